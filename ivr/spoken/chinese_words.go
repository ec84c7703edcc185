package spoken

// chineseMeasures are the units that need no measure word of the designer's.
var chineseMeasures = map[string]string{
	"second": "秒", "minute": "分钟", "hour": "小时", "day": "天", "week": "周", "month": "个月", "year": "年",
	"message": "条留言", "call": "通电话", "person": "位", "item": "件", "order": "个订单", "time": "次", "floor": "层",
	"point": "分", "kilometer": "公里", "meter": "米", "degree": "度",
}

func chineseWords() map[string]string {
	w := words{
		pause: "，", "digits/yao": "幺", liang: "两",
		ten: "十", "number/100": "百", "number/1000": "千", wan: "万", yi: "亿",
		point: "点", minus: "负", "number/percent": "百分之", "number/ordinal": "第",
		"date/year": "年", "date/month": "月", "date/day": "日",
		"date/before-yesterday": "前天", "date/yesterday": "昨天", "date/today": "今天",
		"date/tomorrow": "明天", "date/after-tomorrow": "后天",
		"time/small-hours": "凌晨", "time/morning": "上午", "time/noon": "中午", "time/afternoon": "下午", "time/evening": "晚上",
		"time/hour": "点", "time/minute": "分",
		"currency/yuan": "元", "currency/jiao": "角", "currency/kuai": "块", "currency/mao": "毛", "currency/fen": "分",
		"currency/dollar": "美元", "currency/cent": "美分", "currency/pound": "英镑", "currency/pence": "便士",
		"currency/euro": "欧元", "currency/euro-cent": "欧分", "currency/hkd": "港元", "currency/yen": "日元",
		extension: "转",
		plus:      "加", "symbol/star": "星号", "symbol/hash": "井号", "symbol/at": "艾特", "symbol/dot": "点", "symbol/dash": "横杠",
		"symbol/underscore": "下划线", "symbol/slash": "斜杠", "symbol/and": "和",
	}
	w.list(digit, 0, 1, "零 一 二 三 四 五 六 七 八 九")
	w.list(weekdayName, 1, 1, "星期一 星期二 星期三 星期四 星期五 星期六 星期日")
	w.letters()
	for unit, word := range chineseMeasures {
		w[unitDir+unit] = word
	}
	return w
}
