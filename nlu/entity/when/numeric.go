package when

import (
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// numeric reads a date in figures: 2012-07-25, 2008/08/08, 2008/08, 7/25/2012, 25.7.2012, 85/02/27, 3/4.
func (p *parser) numeric(i int) (almanac.Date, int) {
	parts := make([]lexicon.Token, 0, 3)
	sep, j := "", i
	for len(parts) < 3 && j < len(p.Text) && p.Text[j].Number >= 0 && len(p.Text[j].Text) <= 4 {
		parts = append(parts, p.Text[j])
		j++
		if len(parts) == 3 || !p.Is(j, "/", "-", ".") || sep != "" && p.Word(j) != sep || !p.Text[j].Glued ||
			j+1 >= len(p.Text) || !p.Text[j+1].Glued || p.Text[j+1].Number < 0 {
			break
		}
		sep = p.Word(j)
		j++
	}
	if len(parts) < 2 || i > 0 && p.Text[i].Glued && p.Is(i-1, "/", "-", ".", ":") || p.Is(j, "/", ":", "%") && p.Text[j].Glued || p.Is(j, "of") {
		return almanac.Date{}, 0
	}
	if len(parts) == 3 {
		return p.threeParts(parts), j - i
	}
	return p.twoParts(i, j, sep, parts)
}

func (p *parser) threeParts(parts []lexicon.Token) almanac.Date {
	a, b, c := parts[0], parts[1], parts[2]
	switch {
	case len(a.Text) == 4:
		return almanac.Date{Year: a.Number, HasYear: true, Month: b.Number, Day: c.Number}
	case p.zh && len(c.Text) <= 2:
		return almanac.Date{Year: p.Century(a.Number), HasYear: true, Month: b.Number, Day: c.Number}
	}
	y := c.Number
	if len(c.Text) <= 2 {
		y = p.Century(y)
	}
	return p.eitherWay(a.Number, b.Number, almanac.Date{Year: y, HasYear: true})
}

// twoParts is year and month, or month and day. A point or a hyphen between small numbers is more
// often something else.
func (p *parser) twoParts(i, j int, sep string, parts []lexicon.Token) (almanac.Date, int) {
	a, b := parts[0], parts[1]
	if len(a.Text) == 4 && len(b.Text) <= 2 && sep != "." && b.Number >= 1 && b.Number <= 12 {
		return almanac.Date{Year: a.Number, HasYear: true, Month: b.Number}, j - i
	}
	if len(b.Text) == 4 && len(a.Text) <= 2 && sep == "/" {
		return almanac.Date{Year: b.Number, HasYear: true, Month: a.Number}, j - i
	}
	loose := sep != "/" || a.Number == 1 && b.Number <= 4 // 1/2, 1/4
	if p.zh && sep != "/" && (p.Is(j, "分", "元", "块", "天", "小", "个", "年", "月", "周", "以", "星", "人", "位", "米", "公", "度", "岁") || !p.alone(i, j) && p.Word(i-1) != "在") {
		return almanac.Date{}, 0 // a score, a price, a length
	}
	if sep == "." && !p.zh || len(a.Text) > 2 || len(b.Text) > 2 || a.Number == 0 || b.Number == 0 || loose && p.opts.Expect != Date {
		return almanac.Date{}, 0
	}
	if p.zh {
		return almanac.Date{Month: a.Number, Day: b.Number}, j - i
	}
	return p.eitherWay(a.Number, b.Number, almanac.Date{}), j - i
}

// eitherWay puts month and day in the order of the language; where that is not known, both.
func (p *parser) eitherWay(a, b int, d almanac.Date) almanac.Date {
	monthFirst, dayFirst := d, d
	monthFirst.Month, monthFirst.Day = a, b
	dayFirst.Month, dayFirst.Day = b, a
	region := strings.ToLower(p.opts.Language)
	switch {
	case region == "en-us", b > 12, a == b:
		return monthFirst
	case region == "en-gb", region == "en-au", region == "en-ie", region == "en-nz", a > 12:
		return dayFirst
	}
	monthFirst.Doubt, monthFirst.Why = reading.Ambiguous, "month and day may be the other way round"
	monthFirst.Others = []string{p.Settle(dayFirst).Value}
	return monthFirst
}
