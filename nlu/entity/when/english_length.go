package when

import "trunkline/nlu/entity/when/internal/almanac"

// unit is the length a word names.
func unit(s string) (almanac.Length, bool) {
	switch s {
	case "second", "seconds", "sec", "secs":
		return almanac.Length{Seconds: 1}, true
	case "minute", "minutes", "min", "mins":
		return almanac.Length{Minutes: 1}, true
	case "hour", "hours", "hr", "hrs":
		return almanac.Length{Hours: 1}, true
	case "day", "days":
		return almanac.Length{Days: 1}, true
	case "week", "weeks":
		return almanac.Length{Weeks: 1}, true
	case "fortnight", "fortnights":
		return almanac.Length{Weeks: 2}, true
	case "month", "months":
		return almanac.Length{Months: 1}, true
	case "year", "years":
		return almanac.Length{Months: 12}, true
	}
	return almanac.Length{}, false
}

func (p *parser) lengthUnit(i int) bool {
	_, ok := unit(p.Word(i))
	return ok
}

// lengthEnglish reads "two and a half hours", "an hour and a half", "one hour thirty minutes".
func (p *parser) lengthEnglish(i int) (almanac.Length, int) {
	l, n := p.oneLength(i)
	if n == 0 {
		return almanac.Length{}, 0
	}
	for {
		and := p.OneOf(i+n, "and")
		m, k := p.oneLength(i + n + and)
		if k == 0 || !smaller(m, l) {
			return l, n
		}
		l, n = l.Add(m), n+and+k
	}
}

// smaller keeps "two hours three hours" apart.
func smaller(a, b almanac.Length) bool {
	now := almanac.Length{}
	switch {
	case b.Months > 0:
		return a.Months == 0 || b.Months%12 == 0 && a.Months < 12
	case b.Weeks > 0:
		return a.Months == 0 && a.Weeks == 0
	case b.Days > 0:
		return a.Clocked() && a.Days == 0
	case b.Minutes > 0:
		return a.Minutes == 0 && a.Hours == 0 && a != now
	case b.Hours > 0:
		return a.Hours == 0 && (a.Minutes > 0 || a.Seconds > 0) && a.Days == 0
	}
	return false
}

func (p *parser) oneLength(i int) (almanac.Length, int) {
	halves, n := 0, 0
	switch {
	case p.OneOf(i, "half a", "half an", "a half", "one half") > 0:
		halves, n = 1, 2
		if m := p.OneOf(i, "a half a", "a half an"); m > 0 {
			n = m
		}
	case p.OneOf(i, "a quarter of an", "quarter of an", "a quarter") > 0 && p.Is(i+p.OneOf(i, "a quarter of an", "quarter of an", "a quarter"), "hour"):
		return almanac.Length{Minutes: 15}, p.OneOf(i, "a quarter of an", "quarter of an", "a quarter") + 1
	case p.Seq(i, "three quarters of an hour") > 0:
		return almanac.Length{Minutes: 45}, 5
	default:
		var v int
		if v, n = p.Count(i); n == 0 {
			return almanac.Length{}, 0
		}
		halves = 2 * v
		if m := p.OneOf(i+n, "and a half", "and half"); m > 0 {
			halves, n = halves+1, n+m
		} else if p.Is(i+n, ".") && p.Is(i+n+1, "5") && p.Text[i+n+1].Glued {
			halves, n = halves+1, n+2
		}
	}
	n += p.OneOf(i+n, "whole", "full", "more", "-", "business")
	u, ok := unit(p.Word(i + n))
	if p.opts.Expect == Duration && p.Is(i+n, "night", "nights") {
		u, ok = almanac.Length{Days: 1}, true
	}
	if !ok {
		return almanac.Length{}, 0
	}
	n += 1
	if m := p.OneOf(i+n, "and a half", "and half"); m > 0 && !p.lengthUnit(i+n+m) && p.Word(i+n+m) != "an" {
		halves, n = halves+1, n+m
	}
	return u.Times(halves), n
}

// rate tells "twice a year" and "how much do I make in a year" from lengths of time.
func (p *parser) rate(i, end int) bool {
	if !p.Is(i, "a", "an") || end != i+2 {
		return false
	}
	asks := p.Is(0, "how", "what", "what's") && p.Is(i-1, "in") && !p.Is(end-1, "hour", "minute", "second")
	return asks || i > 0 && !p.alone(i, end) && !p.Is(i-1, "for", "in", "within", "after", "about", "around", "another", "takes", "take", "last", "lasts", "than", "stay",
		"exactly", "to", "is", "like", "almost", "nearly", "over", "maybe", "just", "or", "only", "say", "up", "under", "least", "set", ",", "uh", "um")
}

// lengthsEnglish reads a length of time and what makes a date or a moment of it: "in two weeks", "an
// hour ago", "three days from now", "within a week".
func (p *parser) lengthsEnglish(i int) []fragment {
	in := p.OneOf(i, "in", "in about", "in like", "in another")
	within := p.OneOf(i, "within", "within the next", "in the next", "over the next", "for the next")
	last := p.OneOf(i, "in the last", "over the last", "the last", "for the last", "in the past", "the past", "last")
	start := i + max(in, within, last)
	l, n := p.lengthEnglish(start)
	if n == 0 || l == (almanac.Length{}) {
		return nil
	}
	end := start + n
	for _, t := range [...]string{"'s time", "s time", "time"} {
		if m := p.Seq(end, t); m > 0 && in > 0 {
			end += m
		}
	}
	switch {
	case within > 0:
		return []fragment{p.inside(l, i, end)}
	case last > 0:
		return []fragment{p.inside(l.Negative(), i, end)}
	case p.OneOf(end, "ago", "earlier") > 0:
		return []fragment{p.after(l.Negative(), i, end+1)}
	}
	if m := p.OneOf(end, "from now", "from today", "from tomorrow", "later", "hence"); m > 0 {
		f := p.after(l, start, end+m)
		if p.Is(end+m-1, "tomorrow") {
			f.date = p.Shift(f.date, 1)
		}
		f.from = i
		return []fragment{f}
	}
	if p.opts.Expect == Duration && (p.rate(start, end) || p.Is(end, "old")) {
		return nil
	}
	if p.opts.Expect == Duration {
		return []fragment{{from: start, to: end, what: lengthSaid, length: l}}
	}
	if in > 0 && !p.Is(i-1, "people") {
		return []fragment{p.after(l, i, end)}
	}
	return []fragment{{from: i, to: end, what: lengthSaid, length: l}}
}
