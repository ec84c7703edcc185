package when

import (
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// english lists what begins at a token.
func (p *parser) english(i int) []fragment {
	var out []fragment
	add := func(f fragment, n int) {
		f.from, f.to = i, i+n
		out = append(out, f)
	}
	if c, n := p.clockEnglish(i); n > 0 {
		add(fragment{what: clockSaid, clock: c}, n)
	}
	if p.Is(i, "tonight", "tonite") {
		add(fragment{what: dateSaid, date: p.Days(0), part: almanac.Night}, 1)
	}
	for s, phrase := range [...]string{almanac.Morning: "this morning", almanac.Afternoon: "this afternoon", almanac.Evening: "this evening"} {
		if phrase != "" && p.Seq(i, phrase) > 0 {
			add(fragment{what: dateSaid, date: p.Days(0), part: almanac.Part(s)}, 2)
		}
	}
	if d, n := p.dateEnglish(i); n > 0 {
		add(fragment{what: dateSaid, date: d}, n)
	}
	if s, n := p.partEnglish(i); n > 0 {
		add(fragment{what: partSaid, part: s}, n)
	}
	return append(out, p.lengthsEnglish(i)...)
}

func (p *parser) partEnglish(i int) (almanac.Part, int) {
	in := p.OneOf(i, "in the", "in the early", "in the late", "at", "this", "early", "late", "the")
	s := almanac.NoPart
	switch p.Word(i + in) {
	case "morning", "mornings":
		s = almanac.Morning
	case "afternoon":
		s = almanac.Afternoon
	case "evening", "evenings":
		s = almanac.Evening
	case "night":
		s = almanac.Night
	}
	if s == almanac.NoPart || in == 0 && !p.partOfDay(i) || in > 0 && p.Is(i, "the") || p.Is(i-1, "good") || p.Seq(i+in, "night s") > 0 {
		return almanac.NoPart, 0
	}
	if p.Is(i, "in", "at") {
		return s, in + 1
	}
	return s, in + 1
}

// partOfDay tells "tomorrow morning" from "my morning playlist".
func (p *parser) partOfDay(i int) bool {
	if day, _ := lexicon.WeekdayName(p.Word(i - 1)); day > 0 || p.alone(i, i+1) {
		return true
	}
	_, n := p.Small(i - 1)
	_, m := p.Ordinal(i - 1)
	return i == 0 || n > 0 || m > 0 || lexicon.MonthName(p.Word(i-1)) > 0 ||
		p.Is(i-1, "tomorrow", "today", "yesterday", "last", "every", "each", "any", "next", "and", "or", ",", "st", "nd", "rd", "th", "am", "pm", "m", "o'clock", "by", "until")
}

// clockEnglish is the longest time, or range of times, at a token.
func (p *parser) clockEnglish(i int) (almanac.Clock, int) {
	open := p.OneOf(i, "from", "between")
	if p.moved(i + open) {
		if open > 0 {
			return almanac.Clock{}, 0
		}
		return p.oneClock(i, false) // and no range
	}
	from, n := p.oneClock(i+open, true)
	if h, m := p.hour(i + open); open > 0 && m > 0 && h > 0 && p.Is(i+open+m, "to") {
		from, n = almanac.Clock{Hour: h}, m // not "five to seven"
	}
	if n == 0 {
		return almanac.Clock{}, 0
	}
	j := i + open + n
	to := p.OneOf(j, "to", "till", "until", "til", "-")
	if p.Is(i, "between") {
		to = p.OneOf(j, "and", "-", "to", "or")
	}
	if to > 0 && from.Doubt == reading.Certain {
		until, m := p.oneClock(j+to, true)
		if m > 0 && (open > 0 || from.Half != almanac.Either || until.Half != almanac.Either || p.opts.Expect == Time) {
			from.Until = &until
			return from, open + n + to + m
		}
	}
	if open > 0 {
		return almanac.Clock{}, 0 // "from" is no part of a single time
	}
	if p.Is(j, "or") && from.Half == almanac.Either && from.Minute == 0 {
		if until, m := p.oneClock(j+1, true); m > 0 && until.Half != almanac.Either && until.Minute == 0 {
			from.Until, from.Or = &until, true
			return from, n + 1 + m
		}
	}
	return p.oneClock(i, false)
}

// oneClock tries every form of a time. With sure, a bare number is one.
func (p *parser) oneClock(i int, sure bool) (best almanac.Clock, n int) {
	for _, read := range [...]func(int) (almanac.Clock, int){p.colon, p.past, p.named, p.military, p.spokenHour} {
		if c, m := read(i); m > n {
			best, n = c, m
		}
	}
	if n == 0 {
		best, n = p.bareHour(i, sure)
	}
	if n == 0 {
		return almanac.Clock{}, 0
	}
	if m := p.Seq(i+n, "ish"); m > 0 {
		n += m
	}
	if m := p.Seq(i+n, "hours"); m > 0 && best.Half == almanac.Fixed {
		n += m
	}
	if h, m := p.meridiem(i + n); m > 0 && best.Half != almanac.Fixed {
		best.Half = h
		n += m
	} else if m > 0 { // "13:30 pm", "08:00 am"
		if best.Hour <= 12 && best.Hour > 0 {
			best.Half = h
		}
		n += m
	}
	z, m := p.zone(i + n)
	best.Zone = z
	return best, n + m
}

// meridiem reads "pm", "p.m.", "p m".
func (p *parser) meridiem(i int) (almanac.Half, int) {
	for h, letter := range [...]string{almanac.Am: "a", almanac.Pm: "p"} {
		if letter == "" || !strings.HasPrefix(p.Word(i), letter) {
			continue
		}
		if n := p.OneOf(i, letter+" . m .", letter+" . m", letter+" m"); n > 0 {
			return almanac.Half(h), n
		}
		if n := p.OneOf(i, letter+"m .", letter+"m"); n > 0 {
			if i+n == len(p.Text) && n > 1 {
				n-- // the end of the sentence
			}
			return almanac.Half(h), n
		}
	}
	return almanac.Either, 0
}

// zone reads a time zone by its letters, run together or one by one.
func (p *parser) zone(i int) (string, int) {
	for _, z := range zones {
		if first := p.Word(i); first == "" || first[0] != z.name[0] && first[0] != z.long[0] {
			continue
		}
		spelled := ""
		for k, r := range z.name {
			if k > 0 {
				spelled += " "
			}
			spelled += string(r)
		}
		if n := p.OneOf(i, z.name, spelled, z.long); n > 0 {
			return z.iso, n
		}
	}
	return "", 0
}

// zones: those that mean one distance from UTC, and those that change it twice a year (RFC 9557).
var zones = []struct{ name, long, iso string }{
	{"gmt", "greenwich mean time", "Z"}, {"utc", "universal time", "Z"}, {"est", "eastern standard time", "-05:00"}, {"edt", "eastern daylight time", "-04:00"},
	{"cst", "central standard time", "-06:00"}, {"cdt", "central daylight time", "-05:00"}, {"mst", "mountain standard time", "-07:00"},
	{"mdt", "mountain daylight time", "-06:00"}, {"pst", "pacific standard time", "-08:00"}, {"pdt", "pacific daylight time", "-07:00"},
	{"bst", "british summer time", "+01:00"}, {"cet", "central european time", "+01:00"}, {"cest", "central european summer time", "+02:00"},
	{"jst", "japan standard time", "+09:00"}, {"et", "eastern time", "[America/New_York]"}, {"ct", "central time", "[America/Chicago]"},
	{"mt", "mountain time", "[America/Denver]"}, {"pt", "pacific time", "[America/Los_Angeles]"},
	{"et", "eastern", "[America/New_York]"}, {"ct", "central", "[America/Chicago]"}, {"mt", "mountain", "[America/Denver]"}, {"pt", "pacific", "[America/Los_Angeles]"},
}
