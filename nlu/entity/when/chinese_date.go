package when

import (
	"fmt"
	"strings"

	"trunkline/nlu/entity/when/internal/almanac"
)

// dateChinese is the longest date, or range of dates, at a token.
func (p *parser) dateChinese(i int) (almanac.Date, int) {
	open := p.OneOf(i, "从", "自")
	from, n := p.oneDateChinese(i + open)
	if n == 0 {
		return almanac.Date{}, 0
	}
	j := i + open + n
	if to := p.OneOf(j, "到", "至", "-"); to > 0 {
		if until, m := p.oneDateChinese(j + to); m > 0 {
			return p.Span(from, until), open + n + to + m
		}
	}
	if open > 0 {
		return almanac.Date{}, 0
	}
	return from, n
}

func (p *parser) oneDateChinese(i int) (best almanac.Date, n int) {
	for _, read := range [...]func(int) (almanac.Date, int){
		p.numeric, p.calendarDate, p.weekdayChinese, p.relativeChinese, p.partOfMonthChinese, p.periodChinese, p.holidayChinese, p.lunar, p.weekOfMonthChinese, p.workdays,
	} {
		if d, m := read(i); m > n {
			best, n = d, m
		}
	}
	return best, n
}

// yearChinese reads 二零零八年, 两千零五年, 公元一六三年, 公元前二百年, 八五年, 今年, 2008年, 2008.
func (p *parser) yearChinese(i int) (almanac.Date, int) {
	for _, r := range [...]struct {
		phrase string
		years  int
	}{{"今 年", 0}, {"本 年", 0}, {"明 年", 1}, {"后 年", 2}, {"去 年", -1}, {"前 年", -2}} {
		if n := p.Seq(i, r.phrase); n > 0 {
			return p.Years(r.years), n
		}
	}
	if n := p.OneOf(i, "民 国", "民 國"); n > 0 {
		v, m := p.Below(i+n, 200)
		if p.Is(i+n, "元") {
			v, m = 1, 1
		}
		if m == 0 || !p.Is(i+n+m, "年") {
			return almanac.Date{}, 0
		}
		return almanac.Date{Year: 1911 + v, HasYear: true}, n + m + 1
	}
	before := p.OneOf(i, "公 元 前", "西 元 前")
	common := before
	if before == 0 {
		common = p.OneOf(i, "公 元", "西 元")
	}
	v, n := p.Number(i + common)
	short := false
	if f, m := p.Figures(i + common); m >= n && m > 1 {
		v, n, short = f, m, m == 2
	} else if n > 0 && p.Text[i+common].Number >= 0 {
		short = len(p.Word(i+common)) == 2
	}
	j := i + common + n
	if n == 0 || !p.Is(j, "年") || p.Is(j+1, "前", "后", "内", "以", "之", "级", "代", "多", "左", "来") {
		return almanac.Date{}, 0
	}
	switch {
	case before > 0:
		v = 1 - v
	case common > 0, v >= 1000:
	case short && (p.figuresOnly(i) || p.monthAt(j+1) || p.opts.Expect == Date):
		v = p.Century(v)
	default:
		return almanac.Date{}, 0 // 三年 is a length
	}
	return almanac.Date{Year: v, HasYear: true}, common + n + 1
}

// figuresOnly tells 八五 from 二十.
func (p *parser) figuresOnly(i int) bool {
	_, n := p.Figures(i)
	return n >= 2
}

func (p *parser) monthAt(i int) bool {
	v, n := p.Below(i, 12)
	return n > 0 && v > 0 && p.Is(i+n, "月")
}

// monthChinese reads 八月, 下个月, 本月.
func (p *parser) monthChinese(i int) (almanac.Date, int) {
	if n := p.OneOf(i, "这 个 月", "这 月", "本 月", "当 月"); n > 0 {
		return p.Months(0), n
	}
	if n := p.OneOf(i, "下 下 个 月", "下 下 月"); n > 0 {
		return p.Months(2), n
	}
	if n := p.OneOf(i, "下 个 月", "下 月"); n > 0 {
		return p.Months(1), n
	}
	if n := p.OneOf(i, "上 个 月", "上 月"); n > 0 {
		return p.Months(-1), n
	}
	v, n := p.Below(i, 99)
	if n > 0 && v > 0 && p.Is(i+n, "月") && !p.countedAt(i-1) {
		return almanac.Date{Month: v}, n + 1 + p.OneOf(i+n+1, "份")
	}
	return almanac.Date{}, 0
}

// countedAt says that a token is part of a number.
func (p *parser) countedAt(i int) bool {
	_, n := p.Number(i)
	return n > 0
}

// calendarDate reads year, month and day, or what of them is said.
func (p *parser) calendarDate(i int) (almanac.Date, int) {
	d, n := p.yearChinese(i)
	if d.Doubt != 0 {
		return d, n
	}
	skip := 0
	if n > 0 {
		skip = p.OneOf(i+n, "的")
	}
	if in, k := p.numeric(i + n); n > 0 && k == 3 && !in.HasYear { // 2005年08/05
		in.Year, in.HasYear = d.Year, true
		return in, n + k
	}
	m, k := p.monthChinese(i + n + skip)
	switch {
	case k > 0 && m.Doubt == 0 && !m.HasYear:
		if n > 0 {
			m.Year, m.HasYear = d.Year, true
		}
		d, n = m, n+skip+k
	case k > 0 && n == 0 && m.Doubt == 0: // 下个月
		d, n = m, k
	case n > 0:
		return d, n
	case k > 0:
		return m, k
	case p.slashed(i):
		return almanac.Date{}, 0
	}
	v, k := p.Below(i+n, 99)
	if k == 0 {
		return d, n
	}
	end := i + n + k
	switch {
	case v > 31 && d.Month == 0, v == 0, d.Month == 0 && (p.countedAt(i-1) || p.Is(i-1, "月")):
		return d, n
	case p.Is(end, "号", "日") && p.countsDays(end, d.Month > 0):
		end++
	case d.Month > 0 && !p.Is(i+n, "一") && !p.Is(end, "点", "个", "分", "时", ":", "小", "天", "位", "人", "元", "块", "月", "-"):
	default:
		return d, n
	}
	d.Day = v
	return p.withWeekday(d, end, i)
}

// withWeekday adds the weekday that may stand after a date.
func (p *parser) withWeekday(d almanac.Date, end, i int) (almanac.Date, int) {
	comma := p.OneOf(end, "，", ",", "(")
	if day, n := p.dayName(end + comma); n > 0 {
		d.Weekday = day
		end += comma + n
	}
	return d, end - i
}

// slashed says that a token begins a date in figures, which is read elsewhere.
func (p *parser) slashed(i int) bool {
	_, n := p.numeric(i)
	return n > 0
}

// countsDays tells the third of a month from platform, building and house three.
func (p *parser) countsDays(i int, month bool) bool {
	if month {
		return true
	}
	if p.Is(i, "日") {
		return !p.Is(i+1, "本", "元", "游", "报")
	}
	for _, what := range []string{"线", "楼", "厅", "门", "店", "桌", "房", "机", "院", "馆", "台", "窗", "车", "柜", "码", "座", "库", "床", "公", "技", "客", "键", "套", "出", "航", "商", "产"} {
		if p.Is(i+1, what) {
			return false
		}
	}
	return true
}

// dayName reads 周三, 星期天, 礼拜五.
func (p *parser) dayName(i int) (day, n int) {
	n = p.OneOf(i, "周", "星 期", "礼 拜")
	if n == 0 {
		return 0, 0
	}
	if day = strings.Index("一二三四五六日", p.Word(i+n)) / len("一"); p.Is(i+n, "天") {
		day = 6
	} else if p.Word(i+n) == "" || !strings.Contains("一二三四五六日", p.Word(i+n)) {
		return 0, 0
	}
	return day + 1, n + 1
}

// weekdayChinese reads 周三, 这周三, 下周三, 上个星期三, 下下周三, 周末, 下周.
func (p *parser) weekdayChinese(i int) (almanac.Date, int) {
	weeks, n := 0, 0
	for _, w := range [...]struct {
		phrase string
		weeks  int
	}{{"下 下 个", 2}, {"下 下", 2}, {"下 个", 1}, {"下", 1}, {"上 上 个", -2}, {"上 上", -2}, {"上 个", -1}, {"上", -1}, {"这 个", 0}, {"这", 0}, {"本", 0}, {"今", 0}} {
		if n = p.Seq(i, w.phrase); n > 0 {
			weeks = w.weeks
			break
		}
	}
	if day, k := p.dayName(i + n); k > 0 {
		if n > 0 {
			return p.WeekdayIn(weeks, day), n + k
		}
		return p.Coming(day), k
	}
	if k := p.OneOf(i+n, "周 末"); k > 0 {
		return p.Weekend(weeks), n + k
	}
	if k := p.OneOf(i+n, "周", "星 期", "礼 拜"); k > 0 && n > 0 && !p.Is(i+n+k, "边", "围", "年", "转") {
		return p.Week(weeks), n + k
	}
	return almanac.Date{}, 0
}

// relativeChinese reads 今天, 大后天 and the like; of 今晚 and 明早 it takes the day and leaves the rest.
func (p *parser) relativeChinese(i int) (almanac.Date, int) {
	for _, r := range [...]struct {
		phrase string
		days   int
	}{
		{"大 后 天", 3}, {"大 前 天", -3}, {"今 天", 0}, {"今 日", 0}, {"当 天", 0}, {"明 天", 1}, {"明 日", 1}, {"明 儿", 1}, {"后 天", 2},
		{"今 儿", 0}, {"后 儿", 2}, {"昨 天", -1}, {"昨 日", -1}, {"昨 儿", -1}, {"前 天", -2},
	} {
		if n := p.Seq(i, r.phrase); n > 0 && !(p.Is(i+1, "日") && p.Is(i+n, "美", "头", "资", "酒", "之")) {
			return p.Days(r.days), n + p.OneOf(i+n, "个")
		}
	}
	if p.Is(i+1, "晚", "早", "晨", "夜") {
		if days, ok := map[string]int{"今": 0, "明": 1, "昨": -1, "当": 0}[p.Word(i)]; ok {
			return p.Days(days), 1
		}
	}
	return almanac.Date{}, 0
}

// partOfMonthChinese reads 月底, 下个月初, 八月中旬, 年底.
func (p *parser) partOfMonthChinese(i int) (almanac.Date, int) {
	month, n := p.monthChinese(i)
	if n == 0 {
		if month, n = p.yearChinese(i); n == 0 {
			month, n = p.Months(0), 0
		}
	}
	j := i + n
	bare := n == 0
	if !bare && p.Is(j-1, "月", "份") && month.Month > 0 || bare && p.Is(j, "月") {
		if bare {
			j++
		} else {
			month = p.Complete(month)
		}
		for part, names := range [...][]string{1: {"初", "上 旬"}, 2: {"中 旬", "中"}, 3: {"底", "末", "下 旬"}} {
			if m := p.OneOf(j, names...); m > 0 {
				return p.Third(month, part), j + m - i
			}
		}
		return almanac.Date{}, 0
	}
	return p.partOfYear(i, j, month, bare)
}

// partOfYear reads 年初 and 年底: January and December.
func (p *parser) partOfYear(i, j int, year almanac.Date, bare bool) (almanac.Date, int) {
	if bare {
		if !p.Is(j, "年") {
			return almanac.Date{}, 0
		}
		year, j = p.Years(0), j+1
	}
	for name, month := range map[string]int{"初": 1, "底": 12, "末": 12} {
		if p.Is(j, name) && year.HasYear && year.Month == 0 {
			year.Month = month
			return almanac.Vague(year.String(), "a part of a year"), j + 1 - i
		}
		if p.Is(j, name) && !year.HasYear {
			return almanac.Unknown(), j + 1 - i
		}
	}
	return almanac.Date{}, 0
}

// periodChinese reads 第二季度, 八十年代, 二十世纪九十年代, 十八世纪.
func (p *parser) periodChinese(i int) (almanac.Date, int) {
	year, n := p.yearChinese(i)
	the := p.OneOf(i+n, "第")
	if q, m := p.Below(i+n+the, 4); m > 0 && q > 0 && p.Is(i+n+the+m, "季") && (the > 0 || p.Is(i+n+the+m+1, "度")) {
		if n == 0 {
			year = p.Years(0)
		}
		return quarterOf(year, q), n + the + m + 1 + p.OneOf(i+n+the+m+1, "度")
	}
	century := 20
	n = p.OneOf(i, "上 个 世 纪", "上 世 纪")
	if c, m := p.Below(i, 30); n == 0 && m > 0 && p.Is(i+m, "世") && p.Is(i+m+1, "纪") {
		century, n = c, m+2
	}
	tens, m := p.Number(i + n)
	if f, k := p.Figures(i + n); k >= m && k > 1 {
		tens, m = f, k
	}
	if m > 0 && tens%10 == 0 && p.Is(i+n+m, "年") && p.Is(i+n+m+1, "代") {
		if tens < 100 {
			tens += (century - 1) * 100
		}
		return decade(tens), n + m + 2
	}
	if n > 0 {
		return almanac.Date{Value: fmt.Sprintf("%02dXX", century-1)}, n
	}
	return almanac.Date{}, 0
}

// holidayChinese knows the holidays with a fixed date.
func (p *parser) holidayChinese(i int) (almanac.Date, int) {
	for _, h := range [...]struct {
		phrase     string
		month, day int
	}{
		{"元 旦", 1, 1}, {"情 人 节", 2, 14}, {"妇 女 节", 3, 8}, {"劳 动 节", 5, 1}, {"五 一", 5, 1}, {"儿 童 节", 6, 1},
		{"国 庆 节", 10, 1}, {"国 庆", 10, 1}, {"平 安 夜", 12, 24}, {"圣 诞 节", 12, 25},
	} {
		n := p.Seq(i, h.phrase)
		if n == 0 || h.phrase == "五 一" && (p.Is(i+n, "二", "三", "四", "五", "六", "七", "八", "九", "零", "一") || p.Is(i-1, "零", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十")) {
			continue
		}
		return almanac.Date{Month: h.month, Day: h.day}, n + p.OneOf(i+n, "节", "当 天")
	}
	return almanac.Date{}, 0
}

// lunar refuses dates of the lunar calendar: they need a table of its months.
func (p *parser) lunar(i int) (almanac.Date, int) {
	if n := p.OneOf(i, "农 历", "阴 历", "旧 历"); n > 0 {
		_, m := p.calendarDate(i + n)
		if m == 0 {
			_, m = p.monthChinese(i + n + p.OneOf(i+n, "正", "腊"))
		}
		for p.Is(i+n+m, "正", "腊", "月", "初", "廿", "十", "一", "二", "三", "四", "五", "六", "七", "八", "九") {
			m++
		}
		return almanac.Vague("", "a date of the lunar calendar"), n + m
	}
	if n := p.OneOf(i, "春 节", "除 夕", "中 秋", "端 午", "元 宵", "清 明", "重 阳", "大 年", "正 月", "腊 月"); n > 0 {
		for p.Is(i+n, "节", "初", "廿", "十", "一", "二", "三", "四", "五", "六", "七", "八", "九") {
			n++
		}
		return almanac.Vague("", "a date of the lunar calendar"), n
	}
	return almanac.Date{}, 0
}
