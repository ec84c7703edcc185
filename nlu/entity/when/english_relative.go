package when

import (
	"fmt"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// relativeEnglish reads what counts from today.
func (p *parser) relativeEnglish(i int) (almanac.Date, int) {
	for _, r := range [...]struct {
		phrase string
		days   int
	}{
		{"today", 0}, {"todays", 0}, {"today's", 0}, {"tomorrow", 1}, {"tomorrow's", 1}, {"tomorrows", 1}, {"tmrw", 1}, {"yesterday", -1}, {"the day after tomorrow", 2},
		{"day after tomorrow", 2}, {"the day before yesterday", -2}, {"day before yesterday", -2},
		{"a fortnight today", 14}, {"a week today", 7}, {"a week tomorrow", 8}, {"a week from today", 7}, {"a week from tomorrow", 8},
		{"this very day", 0},
	} {
		if n := p.Seq(i, r.phrase); n > 0 && p.longestDay(i, n) {
			return p.Days(r.days), n
		}
	}
	which := map[string]int{"this": 0, "current": 0, "next": 1, "last": -1, "previous": -1, "following": 1, "coming": 1}
	the := p.OneOf(i, "the")
	ahead, ok := which[p.Word(i+the)]
	if !ok || !p.Is(i+the+1, "week", "month", "year", "weekend") {
		return p.partOfMonth(i)
	}
	n := the + 2
	switch p.Word(i + the + 1) {
	case "week":
		return p.Week(ahead), n
	case "month":
		return p.Months(ahead), n
	case "year":
		return p.Years(ahead), n
	}
	return p.Weekend(ahead), n
}

// longestDay keeps "tomorrow" out of the way of "a week tomorrow" found later in the table.
func (p *parser) longestDay(i, n int) bool { return n > 0 && !p.Is(i+n, "week") }

// partOfMonth reads "the end of the month", "mid july", "the weekend".
func (p *parser) partOfMonth(i int) (almanac.Date, int) {
	if n := p.OneOf(i, "the weekend", "weekend"); n > 0 && p.Word(i+n) != "of" {
		return p.Weekend(0), n
	}
	the := p.OneOf(i, "the")
	part := 0
	n := p.OneOf(i+the, "beginning of", "start of", "early")
	if n > 0 {
		part = 1
	} else if n = p.OneOf(i+the, "middle of", "mid -", "mid"); n > 0 {
		part = 2
	} else if n = p.OneOf(i+the, "end of", "late"); n > 0 {
		part = 3
	}
	if part == 0 {
		return almanac.Date{}, 0
	}
	j := i + the + n
	for phrase, ahead := range map[string]int{"the month": 0, "this month": 0, "next month": 1} {
		if m := p.Seq(j, phrase); m > 0 {
			return p.Third(p.Months(ahead), part), j + m - i
		}
	}
	if m := p.OneOf(j, "the year", "this year"); m > 0 && part != 2 {
		y := p.Years(0)
		y.Month = map[int]int{1: 1, 3: 12}[part]
		y.Doubt, y.Value, y.Why = reading.Vague, y.String(), "a part of a year"
		return y, j + m - i
	}
	if month := lexicon.MonthName(p.Word(j)); month > 0 {
		return p.Third(p.Complete(almanac.Date{Month: month}), part), j + 1 - i
	}
	return almanac.Date{}, 0
}

// periodEnglish reads "the nineteen eighties", "1980s", "the eighteenth century", "second quarter of 2022".
func (p *parser) periodEnglish(i int) (almanac.Date, int) {
	the := p.OneOf(i, "the")
	j := i + the
	if c, n := p.Ordinal(j); n > 0 && p.Is(j+n, "century") {
		return almanac.Date{Value: fmt.Sprintf("%02dXX", c-1)}, the + n + 1
	}
	if q, n := p.quarter(j); n > 0 {
		return q, the + n
	}
	if j < len(p.Text) && p.Text[j].Number >= 1000 && p.Is(j+1, "s") && p.Text[j+1].Glued {
		return decade(p.Text[j].Number), the + 2
	}
	high, n := p.Small(j)
	if n == 0 || high < 10 || high > 21 {
		high, n = 19, 0
	}
	for tens, name := range [...]string{"hundreds", "tens", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties"} {
		if p.Word(j+n) == name && (n > 0 || the > 0 && tens > 1) {
			if tens == 0 {
				return almanac.Date{Value: fmt.Sprintf("%02dXX", high)}, the + n + 1
			}
			return decade(high*100 + tens*10), the + n + 1
		}
	}
	return almanac.Date{}, 0
}

func decade(year int) almanac.Date { return almanac.Date{Value: fmt.Sprintf("%03dX", year/10)} }

func quarterOf(year almanac.Date, q int) almanac.Date {
	if !year.HasYear {
		return almanac.Unknown()
	}
	return almanac.Date{Value: fmt.Sprintf("%04d-Q%d", year.Year, q)}
}

// quarter reads "second quarter of twenty twenty two" and "Q2 2022".
func (p *parser) quarter(i int) (almanac.Date, int) {
	q, n := p.Ordinal(i)
	if n > 0 && p.Is(i+n, "quarter") {
		n++
	} else if p.Is(i, "q") && i+1 < len(p.Text) && p.Text[i+1].Glued {
		q, n = p.Text[i+1].Number, 2
	} else {
		return almanac.Date{}, 0
	}
	if q < 1 || q > 4 {
		return almanac.Date{}, 0
	}
	j := i + n + p.OneOf(i+n, "of", "in", "of the year")
	if y, m := p.Year(j); m > 0 {
		return quarterOf(almanac.Date{Year: y, HasYear: true}, q), j + m - i
	}
	for phrase, ahead := range map[string]int{"this year": 0, "next year": 1, "last year": -1} {
		if m := p.Seq(j, phrase); m > 0 {
			return quarterOf(p.Years(ahead), q), j + m - i
		}
	}
	if p.opts.Expect == Date || p.alone(i, i+n) {
		return quarterOf(p.Years(0), q), n
	}
	return almanac.Date{}, 0
}

// bareYear reads a year by itself, after "in" and the like or where a date was asked for.
func (p *parser) bareYear(i int) (almanac.Date, int) {
	y, n := p.Year(i)
	asked := p.opts.Expect == Date && y >= 1000 && y < 3000 && (p.alone(i, i+n) || y >= 1900 && y < 2100 && p.Is(i-1, "of", "by", "from", "to", "for", "before", "after", "born", "was")) || p.opts.Expect == Any && p.alone(i, i+n) && y >= 1500 && y < 2100
	if n == 0 || !asked && !(p.Is(i-1, "in", "since", "year", "until") && y >= 1500 && y < 2100) {
		return almanac.Date{}, 0
	}
	if p.Is(i+n, "dollars", "people", "miles", "percent", "hours", "points", ":", "am", "pm", "calories", "pounds", "euros", "yuan") {
		return almanac.Date{}, 0
	}
	return almanac.Date{Year: y, HasYear: true}, n
}

// era reads "seven fifty b c", "44 BC", "1066 AD".
func (p *parser) era(i int) (almanac.Date, int) {
	if n := p.OneOf(i, "ad", "a d", "a . d ."); n > 0 {
		if y, m := p.anyYear(i + n); m > 0 {
			return almanac.Date{Year: y, HasYear: true}, n + m
		}
	}
	y, n := p.anyYear(i)
	if n == 0 {
		return almanac.Date{}, 0
	}
	if m := p.OneOf(i+n, "bc", "b c", "b . c .", "b . c", "bce", "b c e"); m > 0 {
		return almanac.Date{Year: 1 - y, HasYear: true}, n + m
	}
	if m := p.OneOf(i+n, "ad", "a d", "a . d .", "a . d", "ce", "c e"); m > 0 {
		return almanac.Date{Year: y, HasYear: true}, n + m
	}
	return almanac.Date{}, 0
}

func (p *parser) anyYear(i int) (v, n int) {
	if v, n = p.Year(i); n > 0 {
		return v, n
	}
	if h, m := p.Small(i); m == 1 && h > 0 && h < 10 && p.Is(i+1, "hundred") {
		if low, k := p.Small(i + 2 + p.OneOf(i+2, "and")); k > 0 {
			return h*100 + low, 2 + p.OneOf(i+2, "and") + k
		}
		return h * 100, 2
	}
	return p.Count(i)
}

// holidayEnglish knows the holidays with a fixed date.
func (p *parser) holidayEnglish(i int) (almanac.Date, int) {
	for _, h := range [...]struct {
		phrase     string
		month, day int
	}{
		{"christmas eve", 12, 24}, {"christmas day", 12, 25}, {"christmas", 12, 25}, {"boxing day", 12, 26},
		{"new year's eve", 12, 31}, {"new years eve", 12, 31}, {"new year's day", 1, 1}, {"new years day", 1, 1}, {"new year's", 1, 1},
		{"valentine's day", 2, 14}, {"valentines day", 2, 14}, {"halloween", 10, 31}, {"the fourth of july", 7, 4}, {"independence day", 7, 4},
	} {
		if n := p.Seq(i, h.phrase); n > 0 {
			d, end := p.withYear(almanac.Date{Month: h.month, Day: h.day}, i+n)
			return d, end - i
		}
	}
	return almanac.Date{}, 0
}
