package when

import "trunkline/nlu/entity/when/internal/almanac"

// unitChinese is the length a word names.
func (p *parser) unitChinese(i int) (almanac.Length, int) {
	for _, u := range [...]struct {
		phrase string
		length almanac.Length
	}{
		{"小 时", almanac.Length{Hours: 1}}, {"钟 头", almanac.Length{Hours: 1}}, {"分 钟", almanac.Length{Minutes: 1}}, {"秒 钟", almanac.Length{Seconds: 1}}, {"秒", almanac.Length{Seconds: 1}},
		{"刻 钟", almanac.Length{Minutes: 15}}, {"天", almanac.Length{Days: 1}}, {"星 期", almanac.Length{Weeks: 1}}, {"礼 拜", almanac.Length{Weeks: 1}}, {"周", almanac.Length{Weeks: 1}},
		{"月", almanac.Length{Months: 1}}, {"年", almanac.Length{Months: 12}}, {"季 度", almanac.Length{Months: 3}}, {"晚 上", almanac.Length{Days: 1}}, {"晚", almanac.Length{Days: 1}}, {"夜", almanac.Length{Days: 1}},
	} {
		if p.Is(i, "晚", "夜") && p.opts.Expect != Duration || p.Is(i, "天") && p.Is(i+1, "优", "连", "酒") || p.Seq(i, "小 时") > 0 && p.Is(i-1, "24") && p.Is(i+2, "热", "营", "服", "自", "便") {
			break // 7天酒店, 24小时热水
		}
		if n := p.Seq(i, u.phrase); n > 0 {
			if p.Is(i, "周") && p.Is(i+1, "边", "围", "一", "二", "三", "四", "五", "六", "日", "末") || p.Is(i, "年") && p.Is(i+1, "级", "代") {
				return almanac.Length{}, 0
			}
			return u.length, n
		}
	}
	return almanac.Length{}, 0
}

// lengthChinese reads 三天, 两个半小时, 一年半, 半小时, 一小时零五分.
func (p *parser) lengthChinese(i int) (almanac.Length, int) {
	l, n := p.oneLengthChinese(i)
	if n == 0 {
		return almanac.Length{}, 0
	}
	if l.Hours > 0 {
		zero := p.OneOf(i+n, "零", "又")
		if m, k := p.Below(i+n+zero, 59); k > 0 && p.Is(i+n+zero+k, "分") {
			l.Minutes, n = m, n+zero+k+1
			n += p.OneOf(i+n, "钟")
			return l, n
		}
	}
	if m, k := p.oneLengthChinese(i + n); k > 0 && smaller(m, l) {
		return l.Add(m), n + k
	}
	return l, n
}

func (p *parser) oneLengthChinese(i int) (almanac.Length, int) {
	halves, n, counted := 0, 0, false
	if p.Is(i, "半") {
		halves, n = 1, 1+p.OneOf(i+1, "个")
		counted = n == 2
	} else {
		v, m := p.Number(i)
		if m == 0 || p.Is(i-1, "第", ".", "周", "期", "拜") {
			return almanac.Length{}, 0
		}
		halves, n = 2*v, m
		if p.Is(i+n, ".") && p.Is(i+n+1, "5") {
			halves, n = halves+1, n+2
		}
		if k := p.OneOf(i+n, "个 半"); k > 0 {
			halves, n, counted = halves+1, n+k, true
		} else if k := p.OneOf(i+n, "个"); k > 0 {
			n, counted = n+k, true
		}
	}
	u, k := p.unitChinese(i + n)
	if k == 0 || u.Months == 1 && !counted || u.Months == 12 && halves >= 2*1000 {
		return almanac.Length{}, 0 // 三月 is March, 二零零八年 a year
	}
	n += k
	if p.Is(i+n, "半") && u.Months != 1 {
		halves, n = halves+1, n+1
	}
	return u.Times(halves), n
}

// lengthsChinese reads a length of time and what makes a date or a moment of it: 半小时后, 三天前, 三天内.
func (p *parser) lengthsChinese(i int) []fragment {
	past := p.OneOf(i, "过", "再 过")
	l, n := p.lengthChinese(i + past)
	if n == 0 || l == (almanac.Length{}) {
		return nil
	}
	end := i + past + n
	if m := p.OneOf(end, "以 后", "之 后", "过 后", "后"); m > 0 {
		return []fragment{p.after(l, i, end+m)}
	}
	if m := p.OneOf(end, "以 前", "之 前", "前"); m > 0 {
		return []fragment{p.after(l.Negative(), i, end+m)}
	}
	if m := p.OneOf(end, "以 内", "之 内", "内"); m > 0 {
		return []fragment{p.inside(l, i, end+m)}
	}
	if past > 0 && p.Is(i, "再") || past > 0 && p.Is(i, "过") && p.opts.Expect != Duration {
		return []fragment{p.after(l, i, end)}
	}
	return []fragment{{from: i + past, to: end, what: lengthSaid, length: l}}
}
