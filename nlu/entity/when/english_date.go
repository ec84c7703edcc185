package when

import (
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// dateEnglish is the longest date, or range of dates, at a token.
func (p *parser) dateEnglish(i int) (almanac.Date, int) {
	start := i
	open := p.OneOf(i, "from", "between")
	if p.moved(i + open) {
		if open > 0 {
			return almanac.Date{}, 0
		}
		return p.oneDate(i) // and no range
	}
	from, n := p.oneDate(i + open)
	if n == 0 {
		return almanac.Date{}, 0
	}
	i += open + n
	to := p.OneOf(i, "to", "till", "until", "til", "through", "thru", "-")
	if open > 0 && p.Word(start) == "between" {
		to = p.OneOf(i, "and", "-", "to")
	}
	if to > 0 {
		if until, m := p.endDate(i+to, from); m > 0 {
			return p.Span(from, until), i + to + m - start
		}
	}
	if open > 0 {
		return almanac.Date{}, 0 // "from" is no part of a single date
	}
	return from, n
}

// endDate is the second date of a range, which may be a bare number: "May 2 - 5".
func (p *parser) endDate(i int, from almanac.Date) (almanac.Date, int) {
	if d, n := p.oneDate(i); n > 0 {
		return d, n
	}
	skip := p.Seq(i, "the")
	if v, n := p.Ordinal(i + skip); n > 0 {
		return almanac.Date{Day: v}, skip + n
	}
	if v, n := p.Small(i); n > 0 && from.Month > 0 && v >= 1 && v <= 31 && !p.Is(i+n, "am", "pm", ":") {
		return almanac.Date{Day: v}, n
	}
	return almanac.Date{}, 0
}

// oneDate tries every form of a date and takes the longest.
func (p *parser) oneDate(i int) (best almanac.Date, n int) {
	for _, read := range [...]func(int) (almanac.Date, int){
		p.numeric, p.monthFirst, p.dayFirst, p.weekdayEnglish, p.relativeEnglish, p.periodEnglish, p.bareYear, p.era, p.holidayEnglish, p.weekOfMonth, p.workdays,
	} {
		if d, m := read(i); m > n {
			best, n = d, m
		}
	}
	return best, n
}

// monthFirst reads "july 25 2012", "july twenty fifth", "march sixteen sixty five", "in may".
func (p *parser) monthFirst(i int) (best almanac.Date, n int) {
	month := lexicon.MonthName(p.Word(i))
	if month == 0 {
		return almanac.Date{}, 0
	}
	j := i + 1 + p.OneOf(i+1, ".")
	if y, m := p.Year(j + p.OneOf(j, "of", ",")); y >= 1000 {
		best, n = almanac.Date{Year: y, HasYear: true, Month: month}, j+p.OneOf(j, "of", ",")+m-i
	}
	the := p.OneOf(j, "the")
	d, m := p.Ordinal(j + the)
	if m == 0 {
		if d, m = p.Small(j + the); m > 0 && p.Is(j+the+m, "am", "pm", ":", "o'clock", "oclock", "people", "%") {
			m = 0
		}
	}
	if m > 0 && d > 0 {
		full, k := p.withYear(almanac.Date{Month: month, Day: d}, j+the+m)
		if k-i > n {
			best, n = full, k-i
		}
	}
	asked := p.opts.Expect == Date && (p.alone(i, i+1) || p.Is(i-1, "for", "since", "until", "by", "from", "during", "early", "late", "mid"))
	if n == 0 && (p.Word(i) != "may" && p.Word(i) != "march" && len(p.Word(i)) > 3 || asked || p.Is(i-1, "in", "of", "this", "next", "last")) {
		return almanac.Date{Month: month}, 1
	}
	return best, n
}

// withYear adds the year that may follow a day, and returns the token after it.
func (p *parser) withYear(d almanac.Date, j int) (almanac.Date, int) {
	k := j + p.OneOf(j, ",", "of", "in")
	if y, m := p.Year(k); y >= 1000 {
		d.Year, d.HasYear = y, true
		return d, k + m
	}
	if y, m := p.shortYear(j); m > 0 && d.Month > 0 && !p.Is(j+m, "am", "pm", ":", "people", "o'clock", "oclock", ".") {
		d.Year, d.HasYear = y, true
		return d, j + m
	}
	if p.Seq(j, "this year") > 0 || p.Seq(j, "next year") > 0 || p.Seq(j, "last year") > 0 {
		if y := p.Years(map[string]int{"this": 0, "next": 1, "last": -1}[p.Word(j)]); y.HasYear {
			d.Year, d.HasYear = y.Year, true
			return d, j + 2
		}
	}
	return d, j
}

// dayFirst reads "the twenty fifth of july twenty twelve", "5 may", "the third".
func (p *parser) dayFirst(i int) (almanac.Date, int) {
	the := p.OneOf(i, "the")
	d, n := p.Ordinal(i + the)
	ordinal := n > 0
	if !ordinal {
		d, n = p.Small(i + the)
	}
	if n == 0 || d < 1 || lexicon.Tens(p.Word(i-1)) > 0 {
		return almanac.Date{}, 0
	}
	j := i + the + n
	k := j + p.OneOf(j, "of", "day of", "-", "in")
	if month := lexicon.MonthName(p.Word(k)); month > 0 && (k == j || ordinal || p.Word(j) != "in") && (p.Word(k) != "may" || k > j || !p.Is(k+1, "i")) {
		out, end := p.withYear(almanac.Date{Month: month, Day: d}, k+1)
		return out, end - i
	}
	for ahead, phrase := range [...]string{"of this month", "of next month"} {
		if m := p.Seq(j, phrase); m > 0 && ordinal {
			out := p.Months(ahead)
			out.Day = d
			return out, j + m - i
		}
	}
	if ordinal && d <= 31 && p.meansDay(i, j, the > 0) {
		return almanac.Date{Day: d}, j - i
	}
	return almanac.Date{}, 0
}

// meansDay tells "on the third" from "the third one".
func (p *parser) meansDay(i, j int, the bool) bool {
	if p.alone(i, j) && (the || p.opts.Expect == Date) || the && p.besideClock(i, j) {
		return true
	}
	if p.opts.Expect == Date && (the || p.Text[j-1].Text == "st" || len(p.Text[j-1].Text) == 2) {
		return p.afterDay(j)
	}
	if !the && !p.Is(i-1, "from", "between", "on") || !p.Is(i-1, "on", "from", "until", "till", "to", "by", "for", "and", "between", "before", "after", "through") {
		return false
	}
	return p.afterDay(j)
}

// afterDay: what stands behind a day of the month is nothing that it counts.
func (p *parser) afterDay(j int) bool {
	if day, _ := lexicon.WeekdayName(p.Word(j)); day > 0 {
		return true
	}
	_, part := p.partEnglish(j)
	return part > 0 || j >= len(p.Text) || p.Is(j, ".", ",", "?", "!", "of", "is", "was", "would", "works", "will", "on", "then", "instead", "though", "by", "as", "this", "next", "put", "with", "but", "because", "under", "'", "it", "i", "at", "for", "to", "and", "until", "till", "through", "in", "please", "if", "or", "-", "around", "with")
}

// besideClock says that a time stands right before or after.
func (p *parser) besideClock(i, j int) bool {
	c, n := p.oneClock(j+p.OneOf(j, "at", "around", "about", ","), true)
	return n > 0 && c.Half != almanac.Either || p.Is(i-1, "am", "pm", "m", "o'clock", "oclock", "noon") || p.Is(i-1, ".") && p.Is(i-2, "m")
}

// weekdayEnglish reads "friday", "next friday", "friday the 5th", "friday week", "a week from friday".
func (p *parser) weekdayEnglish(i int) (almanac.Date, int) {
	if n := p.OneOf(i, "a week from", "a week on", "one week from"); n > 0 {
		if d, _ := lexicon.WeekdayName(p.Word(i + n)); d > 0 {
			return p.Shift(p.Coming(d), 7), n + 1
		}
	}
	j, which := p.whichWeek(i)
	day, full := lexicon.WeekdayName(p.Word(j))
	if day == 0 || !full && j == i && !p.opts.abbreviates(p, j) {
		return almanac.Date{}, 0
	}
	end := j + 1 + p.OneOf(j+1, ".")
	if end > j+1 && end == len(p.Text) {
		end--
	}
	if m := p.OneOf(end, "week"); m > 0 && which == "" && !p.Is(end+1, "day") {
		return p.Shift(p.Coming(day), 7), end + m - i
	}
	for ahead, phrase := range [...]string{"this week", "next week"} {
		if m := p.OneOf(end, phrase, "of "+phrase); m > 0 && which == "" {
			return p.WeekdayIn(ahead, day), end + m - i
		}
	}
	k := end + p.OneOf(end, ",")
	if d, m := p.monthFirst(k); m > 1 && d.Day > 0 {
		d.Weekday = day
		return d, k + m - i
	}
	if d, m := p.dayFirst(k); m > 0 && d.Month > 0 {
		d.Weekday = day
		return d, k + m - i
	}
	the := p.OneOf(k, "the")
	if v, m := p.Ordinal(k + the); m > 0 {
		return almanac.Date{Day: v, Weekday: day}, k + the + m - i
	}
	return p.WhichWeekday(which, day), end - i
}

// abbreviates says that "sat" and "sun" here are days: asked for one, or with a day of a month after.
func (o Options) abbreviates(p *parser, i int) bool {
	d, n := p.Small(i + 1)
	if full, m := p.dayFirst(i + 1 + p.OneOf(i+1, ",")); m > 0 && full.Month > 0 {
		return true // Sun, 05 Aug
	}
	return o.Expect == Date || n > 0 && d <= 31 && !p.Is(i, "sat", "sun") || p.Is(i-1, "on", "every") || p.Is(i, "tues", "thurs", "fri", "weds")
}

func (p *parser) whichWeek(i int) (next int, which string) {
	if p.Is(i, "the") && p.Is(i+1, "following", "coming") {
		return i + 2, "this"
	}
	switch {
	case p.Is(i, "this", "coming"):
		return i + 1 + p.OneOf(i+1, "coming"), "this"
	case p.Is(i, "next"):
		return i + 1, "next"
	case p.Is(i, "last", "past"):
		return i + 1, "last"
	}
	return i, ""
}

// shortYear is one of two figures, as in dates only: "85", "oh five", "eighty five".
func (p *parser) shortYear(i int) (v, n int) {
	if i < len(p.Text) && p.Text[i].Number >= 0 && len(p.Text[i].Text) != 2 {
		return 0, 0
	}
	if v, n = p.Pair(i); n == 0 {
		if v, n = p.Small(i); n == 0 || p.Text[i].Number < 0 {
			return 0, 0
		}
	}
	return p.Century(v), n
}
