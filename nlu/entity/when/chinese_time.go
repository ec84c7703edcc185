package when

import (
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// chinese lists what begins at a token.
func (p *parser) chinese(i int) []fragment {
	var out []fragment
	add := func(f fragment, n int) {
		if n > 0 {
			f.from, f.to = i, i+n
			out = append(out, f)
		}
	}
	c, n := p.clockChinese(i)
	add(fragment{what: clockSaid, clock: c}, n)
	d, n := p.dateChinese(i)
	add(fragment{what: dateSaid, date: d}, n)
	s, n := p.partChinese(i)
	add(fragment{what: partSaid, part: s}, n)
	return append(out, p.lengthsChinese(i)...)
}

// partChinese reads 上午, 凌晨, and the 晚 of 今晚.
func (p *parser) partChinese(i int) (almanac.Part, int) {
	for _, s := range [...]struct {
		part    almanac.Part
		phrases []string
	}{
		{almanac.EarlyHours, []string{"凌 晨"}},
		{almanac.Morning, []string{"早 上", "上 午", "早 晨", "清 晨", "清 早", "大 早", "一 早", "一 大 早", "午 前"}},
		{almanac.Midday, []string{"中 午", "正 午"}},
		{almanac.Afternoon, []string{"下 午", "午 后"}},
		{almanac.Evening, []string{"傍 晚", "黄 昏"}},
		{almanac.Night, []string{"晚 上", "夜 里", "夜 晚", "半 夜", "深 夜", "夜 间", "晚 间", "午 夜"}},
	} {
		if n := p.OneOf(i, s.phrases...); n > 0 {
			return s.part, n
		}
	}
	if p.Is(i-1, "今", "明", "昨", "当") {
		switch p.Word(i) {
		case "早", "晨":
			return almanac.Morning, 1
		case "晚", "夜":
			return almanac.Night, 1
		}
	}
	return p.shortPart(i)
}

// shortPart reads the 早 and 晚 that stand before an hour: 早八点.
func (p *parser) shortPart(i int) (almanac.Part, int) {
	if !p.Is(i, "早", "晚", "午") || p.Seq(i+1, "一 点") > 0 && !p.Is(i+3, "钟", "半", "到") {
		return almanac.NoPart, 0 // 晚一点: a bit later
	}
	if _, n := p.hourChinese(i + 1); n == 0 {
		return almanac.NoPart, 0
	}
	switch p.Word(i) {
	case "早":
		return almanac.Morning, 1
	case "晚":
		return almanac.Night, 1
	}
	return almanac.Midday, 1
}

// clockChinese is the longest time, or range of times, at a token.
func (p *parser) clockChinese(i int) (almanac.Clock, int) {
	if c, n := p.eitherHour(i); n > 0 {
		return c, n
	}
	from, n := p.oneClockChinese(i)
	if n == 0 {
		return almanac.Clock{}, 0
	}
	to := p.OneOf(i+n, "到", "至", "-")
	if to == 0 {
		return from, n
	}
	part, k := p.partChinese(i + n + to)
	if until, m := p.oneClockChinese(i + n + to + k); m > 0 {
		until = until.In(part)
		from.Until = &until
		return from, n + to + k + m
	}
	return from, n
}

// eitherHour reads 三四点 and 十一二点: one of two hours.
func (p *parser) eitherHour(i int) (almanac.Clock, int) {
	ten := p.OneOf(i, "十")
	a, first := lexicon.Numeral(p.Word(i + ten))
	b, second := lexicon.Numeral(p.Word(i + ten + 1))
	if !first || !second || a == 0 || b != a+1 || ten > 0 && b > 2 || !p.Is(i+ten+2, "点") || p.countedAt(i-1) {
		return almanac.Clock{}, 0
	}
	until := hourOnly(10*ten + b)
	return almanac.Clock{Hour: 10*ten + a, Until: &until, Or: true}, ten + 3 + p.OneOf(i+ten+3, "钟")
}

func (p *parser) oneClockChinese(i int) (best almanac.Clock, n int) {
	for _, read := range [...]func(int) (almanac.Clock, int){p.colonChinese, p.pointed, p.short, p.middays} {
		if c, m := read(i); m > n {
			best, n = c, m
		}
	}
	if n == 0 && p.opts.Expect == Time && p.alone(i, i+1) {
		if h, m := p.Below(i, 24); m == 1 && h > 0 {
			return hourOnly(h), 1
		}
	}
	return best, n
}

func hourOnly(h int) almanac.Clock {
	c := almanac.Clock{Hour: h}
	if h > 12 || h == 0 {
		c.Half = almanac.Fixed
	}
	return c
}

// colonChinese reads 8:30 and, behind it, am or pm as a normaliser writes them.
func (p *parser) colonChinese(i int) (almanac.Clock, int) {
	c, n := p.colon(i)
	if n == 0 {
		if half, m := p.meridiem(i + 1); m > 0 && p.Text[i].Number > 0 && p.Text[i].Number <= 12 {
			return almanac.Clock{Hour: p.Text[i].Number, Half: half}, 1 + m
		}
	}
	if n == 0 || p.Is(i+1, ".") {
		return almanac.Clock{}, 0
	}
	h, m := p.meridiem(i + n)
	if m > 0 && c.Half != almanac.Fixed || m > 0 && c.Hour > 0 && c.Hour <= 12 {
		c.Half = h
	}
	return c, n + m
}

// middays reads 正午 and 午夜, which need no hour.
func (p *parser) middays(i int) (almanac.Clock, int) {
	if n := p.OneOf(i, "正 午"); n > 0 {
		if _, m := p.hourChinese(i + n); m == 0 {
			return almanac.Clock{Hour: 12, Half: almanac.Fixed}, n
		}
	}
	if n := p.OneOf(i, "午 夜", "零 时"); n > 0 {
		if _, m := p.hourChinese(i + n); m == 0 {
			return almanac.Clock{Half: almanac.Fixed, Next: 1}, n
		}
	}
	return almanac.Clock{}, 0
}

// hourChinese reads an hour with its 点 (or 时 of the official style).
func (p *parser) hourChinese(i int) (h, n int) {
	h, n = p.Below(i, 24)
	if n == 0 || !p.Is(i+n, "点", "时", "點") {
		return 0, 0
	}
	if _, m := p.Below(i-1, 99); m == 1 && p.Word(i-1) != "零" || p.Is(i-1, ".", "第", "有", "百", "几", "十") {
		return 0, 0 // within a longer number
	}
	j := i + n + 1
	if p.Is(i+n, "时") && (p.Is(j, "间", "候", "常", "代", "期", "装") || p.Is(i-1, "小")) {
		return 0, 0
	}
	if p.Is(j, "儿", "意", "建", "要", "问", "评") || p.Is(j, "多") && h == 1 {
		return 0, 0
	}
	if h == 1 && !p.hourNotBit(i, j) {
		return 0, 0
	}
	return h, n + 1
}

// hourNotBit tells one o'clock from 一点, a bit.
func (p *parser) hourNotBit(i, j int) bool {
	if p.Is(i, "1", "01", "零") || p.opts.Expect == Time && (p.alone(i, j) || p.Is(i-1, "是", "在", "到", "约", "定", "改", "为", "成", "要", "选", "，", ",", "分", "刻", "午", "间", "上")) || p.Is(j, "半", "钟", "整", "一", "三", "过", "零", "十", "二", "四", "五", "到", "前", "后", "差") {
		return true
	}
	_, m := p.partChinese(i - 2)
	return m == 2 || p.Is(i-1, "早", "晚") && p.Is(i-2, "今", "明") || p.Is(i-1, "天", "周", "号")
}

// pointed reads 三点, 三点半, 三点一刻, 八点零五分, 十三点十分三十六秒, 三点差五分.
func (p *parser) pointed(i int) (almanac.Clock, int) {
	h, n := p.hourChinese(i)
	if n == 0 {
		return almanac.Clock{}, 0
	}
	c := hourOnly(h)
	if p.Word(i) == "零" && h > 0 {
		c.Half = almanac.Fixed
	}
	j := i + n
	switch {
	case p.Is(j, "半"):
		c.Minute, j = 30, j+1
	case p.Seq(j, "一 刻") > 0, p.Seq(j, "1 刻") > 0:
		c.Minute, j = 15, j+2
	case p.Seq(j, "三 刻") > 0, p.Seq(j, "3 刻") > 0:
		c.Minute, j = 45, j+2
	case p.Is(j, "差"):
		if m, k := p.minutesShort(j); k > 0 {
			return before(c, m), j + k - i
		}
	case p.Is(j, "钟", "整"):
		j += 1 + p.OneOf(j+1, "整")
	default:
		over := p.OneOf(j, "过", "零", "〇")
		if p.Is(j, "过") {
			over += p.OneOf(j+1, "零")
		}
		m, k := p.Below(j+over, 59)
		unit := p.Is(j+over+k, "分")
		if k == 0 || !unit && over == 0 && m < 10 || p.Is(j+over+k, "个", "人", "位", "号", "天", "块", "元", "月", "点", "小", "年") {
			break
		}
		c.Minute, j = m, j+over+k
		if unit {
			j++
		}
		if s, k := p.Below(j, 59); k > 0 && unit && p.Is(j+k, "秒") {
			c.Second, c.Seconds, j = s, true, j+k+1
		}
	}
	return c, j - i
}

// minutesShort reads 差五分 and 差一刻.
func (p *parser) minutesShort(i int) (minutes, n int) {
	if !p.Is(i, "差") {
		return 0, 0
	}
	if m := p.OneOf(i+1, "一 刻"); m > 0 {
		return 15, 1 + m
	}
	v, m := p.Below(i+1, 59)
	if m == 0 || v == 0 || !p.Is(i+1+m, "分") {
		return 0, 0
	}
	return v, m + 2 + p.OneOf(i+m+2, "钟")
}

// short reads 差五分八点.
func (p *parser) short(i int) (almanac.Clock, int) {
	minutes, n := p.minutesShort(i)
	if n == 0 {
		return almanac.Clock{}, 0
	}
	n += p.OneOf(i+n, "到")
	h, m := p.hourChinese(i + n)
	if m == 0 {
		return almanac.Clock{}, 0
	}
	return before(hourOnly(h), minutes), n + m + p.OneOf(i+n+m, "钟", "整")
}

// before is so many minutes before a full hour.
func before(c almanac.Clock, minutes int) almanac.Clock {
	c.Minute = 60 - minutes
	c.Hour--
	switch {
	case c.Hour < 0:
		c.Hour = 23
	case c.Hour == 0 && c.Half == almanac.Either:
		c.Hour = 12
	}
	return c
}
