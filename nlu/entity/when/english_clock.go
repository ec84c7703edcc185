package when

import (
	"time"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// hour reads the number of an hour, 0 to 24.
func (p *parser) hour(i int) (int, int) {
	v, n := p.Small(i)
	if n == 0 || v > 24 || p.Is(i, "o", "oh") {
		return 0, 0
	}
	return v, n
}

// colon reads "7:30", "13:10:36" and, where a time is expected, "7.30".
func (p *parser) colon(i int) (almanac.Clock, int) {
	if i+2 >= len(p.Text) || !p.Is(i+1, ":", ".", "h") || p.Text[i].Number < 0 || len(p.Text[i].Text) > 2 ||
		len(p.Text[i+2].Text) != 2 || p.Text[i+2].Number < 0 || !p.Text[i+1].Glued || !p.Text[i+2].Glued {
		return almanac.Clock{}, 0
	}
	c := almanac.Clock{Hour: p.Text[i].Number, Minute: p.Text[i+2].Number}
	n := 3
	if p.Is(i+1, ".") {
		if h, _ := p.meridiem(i + n); h == almanac.Either && p.opts.Expect != Time {
			return almanac.Clock{}, 0
		}
	}
	if i+4 < len(p.Text) && p.Is(i+3, ":") && len(p.Text[i+4].Text) == 2 && p.Text[i+4].Number >= 0 {
		c.Second, c.Seconds, n = p.Text[i+4].Number, true, 5
	}
	if c.Hour > 12 || c.Hour == 0 || p.Word(i)[0] == '0' {
		c.Half = almanac.Fixed
	}
	return c, n
}

// past reads "half past three", "half seven", "quarter to six", "ten to eleven", "twenty to".
func (p *parser) past(i int) (almanac.Clock, int) {
	a := p.OneOf(i, "a")
	minutes, n := 0, 0
	switch {
	case p.Is(i+a, "half"):
		minutes, n = 30, 1
		if h, m := p.hour(i + a + n); m > 0 && h >= 1 && h <= 12 && p.Text[i+a+n].Number < 100 && !p.lengthUnit(i+a+n+m) {
			return almanac.Clock{Hour: h, Minute: 30}, a + n + m
		}
	case p.Is(i+a, "quarter"):
		minutes, n = 15, 1
	case a > 0:
		return almanac.Clock{}, 0
	default:
		if minutes, n = p.Small(i); n == 0 || minutes < 1 || minutes > 30 {
			return almanac.Clock{}, 0
		}
		n += p.OneOf(i+n, "minutes", "minute", "mins", "min")
	}
	j := i + a + n
	unit := p.Is(j-1, "minutes", "minute", "mins", "min")
	before := p.Is(j, "to", "till", "of", "before", "til")
	if !before && !p.Is(j, "past", "after") || p.Is(j, "of", "before", "after") && minutes%5 != 0 && !unit {
		return almanac.Clock{}, 0
	}
	if before && !unit && minutes%5 != 0 || p.Is(j, "to") && !unit && p.Text[i].Number >= 0 {
		return almanac.Clock{}, 0 // "3 to 4" is a range
	}
	return p.pastHour(i, j+1, minutes, before)
}

// pastHour finds the hour of minutes past or to it; unsaid, it is the next one.
func (p *parser) pastHour(i, j, minutes int, before bool) (almanac.Clock, int) {
	c, m := p.named(j)
	if m == 0 {
		c.Hour, m = p.hour(j)
		m += p.OneOf(j+m, "o'clock", "oclock", "o clock")
	}
	if m == 0 {
		if !p.Is(j-1, "to", "past") || !p.alone(i, j) && p.opts.Expect != Time {
			return almanac.Clock{}, 0
		}
		return p.nearHour(minutes, before), j - i
	}
	if !before {
		c.Minute = minutes
		return c, j + m - i
	}
	c.Minute = 60 - minutes
	c.Hour--
	if c.Hour == 0 && c.Half != almanac.Fixed {
		c.Hour = 12
	} else if c.Hour < 0 {
		c.Hour = 23
	} else if c.Hour == 11 && (c.Half == almanac.Am || c.Half == almanac.Pm) {
		c.Half = almanac.Am + almanac.Pm - c.Half
	}
	c.Next = 0
	if c.Half == almanac.Either && c.Hour == 11 {
		return p.beforeTwelve(c, j+m, i)
	}
	return c, j + m - i
}

// beforeTwelve turns the half round: "ten to twelve p m" is 11:50 in the morning.
func (p *parser) beforeTwelve(c almanac.Clock, end, i int) (almanac.Clock, int) {
	if h, n := p.meridiem(end); n > 0 {
		c.Half = almanac.Am + almanac.Pm - h
		c.Hour = c.At(c.Half)
		c.Half = almanac.Fixed
		return c, end + n - i
	}
	return c, end - i
}

// nearHour is "twenty to": the next such time from now.
func (p *parser) nearHour(minutes int, before bool) almanac.Clock {
	if !p.Relative() {
		return almanac.Clock{Doubt: reading.Incomplete, Why: "the hour was not said"}
	}
	if before {
		minutes = 60 - minutes
	}
	t := p.opts.Now.Truncate(time.Minute)
	for range 60 {
		if t.Minute() == minutes {
			break
		}
		t = t.Add(time.Minute)
	}
	return almanac.Clock{Hour: t.Hour(), Minute: t.Minute(), Half: almanac.Fixed}
}

// named reads "noon" and "midnight".
func (p *parser) named(i int) (almanac.Clock, int) {
	twelve := p.OneOf(i, "twelve", "12")
	switch p.Word(i + twelve) {
	case "noon", "midday", "noonish":
		return almanac.Clock{Hour: 12, Half: almanac.Fixed}, twelve + 1
	case "midnight":
		return almanac.Clock{Hour: 0, Half: almanac.Fixed, Next: 1}, twelve + 1
	}
	return almanac.Clock{}, 0
}

// military reads "oh nine hundred", "thirteen hundred hours", "oh six thirty".
func (p *parser) military(i int) (almanac.Clock, int) {
	if p.Is(i, "oh", "zero") {
		h, n := p.Small(i + 1)
		if n == 0 || h < 1 || h > 9 || p.Text[i+1].Number >= 0 {
			return almanac.Clock{}, 0
		}
		if p.Is(i+1+n, "hundred") {
			return almanac.Clock{Hour: h, Half: almanac.Fixed}, n + 2
		}
		if m, k := p.Pair(i + 1 + n); k > 0 && m < 60 && p.sure(i, i+1+n+k) {
			return almanac.Clock{Hour: h, Minute: m, Half: almanac.Fixed}, 1 + n + k
		}
		return almanac.Clock{}, 0
	}
	h, n := p.hour(i)
	if n > 0 && h >= 10 && p.Is(i+n, "hundred") && (p.Is(i+n+1, "hours") || p.sure(i, i+n+1)) {
		return almanac.Clock{Hour: h, Half: almanac.Fixed}, n + 1
	}
	if i < len(p.Text) && p.Text[i].Number >= 0 && (len(p.Text[i].Text) == 4 || len(p.Text[i].Text) == 3) {
		c := almanac.Clock{Hour: p.Text[i].Number / 100, Minute: p.Text[i].Number % 100, Half: almanac.Fixed}
		_, half := p.meridiem(i + 1)
		if len(p.Text[i].Text) == 3 {
			c.Half = almanac.Either
		}
		if m := p.OneOf(i+1, "hours", "hrs"); c.Hour < 24 && c.Minute < 60 && (half > 0 || len(p.Text[i].Text) == 4 && m > 0 || p.Is(i-1, "at") && p.ends(i+1) || p.opts.Expect == Time && (p.alone(i, i+1) || p.Is(i-1, "for", "by", "around", "about", "until", "till", "before", "after", "from", "@", "say", "it") && p.ends(i+1))) {
			return c, 1 + m
		}
	}
	return almanac.Clock{}, 0
}

// sure says that what stands from i to j is a time if it can be one.
func (p *parser) sure(i, j int) bool {
	if p.opts.Expect == Time || p.alone(i, j) {
		return true
	}
	h, n := p.meridiem(j)
	return n > 0 && h != almanac.Either
}

// spokenHour reads "seven o'clock", "seven p m", "seven thirty", "eight o six", "7 30 pm".
func (p *parser) spokenHour(i int) (almanac.Clock, int) {
	h, n := p.hour(i)
	if n == 0 {
		return almanac.Clock{}, 0
	}
	if m := p.OneOf(i+n, "o'clock", "oclock", "o clock", "' o clock"); m > 0 {
		c := almanac.Clock{Hour: h}
		if h > 12 {
			c.Half = almanac.Fixed
		}
		return c, n + m
	}
	if _, m := p.meridiem(i + n); m > 0 && h > 0 && h <= 12 {
		return almanac.Clock{Hour: h}, n
	}
	if p.Is(i+n, "-") && p.Text[i].Number < 0 { // seven-thirty
		n++
	}
	minute, m := p.Pair(i + n)
	if m == 0 && i+n < len(p.Text) && len(p.Text[i+n].Text) == 2 && p.Text[i+n].Number >= 10 && !p.Text[i+n].Glued {
		minute, m = p.Text[i+n].Number, 1
	}
	if m == 0 || minute > 59 || p.lengthUnit(i+n+m) || p.Is(i+n+m, "people", "dollars", "percent", "hundred", "thousand", "%") || !p.timely(i, i+n+m) {
		return almanac.Clock{}, 0
	}
	c := almanac.Clock{Hour: h, Minute: minute}
	if h > 12 || h == 0 {
		c.Half = almanac.Fixed
	}
	return c, n + m
}

// timely says that two numbers are hour and minute: they are alone, asked for, or among words of time.
func (p *parser) timely(i, j int) bool {
	if p.sure(i, j) || p.Is(i-1, "at", "around", "about", "by", "before", "after", "until", "till", "say", "like", "@", "from", "between") {
		return true
	}
	if _, n := p.partEnglish(j); n > 0 {
		return true
	}
	return p.nearDay(i, j)
}

// nearDay says that a day is said right before or after.
func (p *parser) nearDay(i, j int) bool {
	for _, k := range [...]int{i - 1, j, j + p.OneOf(j, "on", "this", "next")} {
		if day, full := lexicon.WeekdayName(p.Word(k)); day > 0 && full || p.Is(k, "today", "tomorrow", "tonight") {
			return true
		}
	}
	return false
}

// bareHour takes a lone number for an hour where it must be one: "at 7", "7 in the evening".
func (p *parser) bareHour(i int, sure bool) (almanac.Clock, int) {
	h, n := p.hour(i)
	if n == 0 || h < 1 || p.Is(i-1, ":", "/", "-", ".") && p.Text[i].Glued {
		return almanac.Clock{}, 0
	}
	j := i + n
	c := almanac.Clock{Hour: h}
	if h > 12 {
		c.Half = almanac.Fixed
	}
	_, part := p.partEnglish(j)
	switch {
	case p.Is(j, "ish"), part > 0 && p.Is(j, "in", "at"), p.Is(j, "tonight") && h <= 12 && !p.Is(i-1, "for", "of"):
		return c, n
	case p.lengthUnit(j), p.Is(j, "people", "persons", "guests", "of", "adults", "kids", "/", "%", "percent", ":", "or", "-") && !(p.Is(j, "-", "or") && sure), p.Is(j, ".") && j+1 < len(p.Text) && p.Text[j+1].Glued:
		return almanac.Clock{}, 0
	case sure, p.opts.Expect == Time && p.alone(i, j):
		return c, n
	case p.Is(i-1, "at") && p.levels():
		return almanac.Clock{}, 0
	case h <= 12 && p.Is(i-1, "at", "around", "@", "until", "till", "before", "after", "about") && p.ends(j):
		return c, n
	}
	return almanac.Clock{}, 0
}

// levels says that something with steps is spoken of, of which "at 4" may be one.
func (p *parser) levels() bool {
	for i := range p.Text {
		if p.Is(i, "volume", "level", "speed", "temperature", "brightness", "degrees", "percent", "oven", "thermostat") {
			return true
		}
	}
	return false
}

// ends says that a number is not followed by what it counts.
func (p *parser) ends(j int) bool {
	if day, _ := lexicon.WeekdayName(p.Word(j)); day > 0 || j >= len(p.Text) || lexicon.MonthName(p.Word(j)) > 0 {
		return true
	}
	_, part := p.partEnglish(j)
	return part > 0 || p.Is(j, ".", ",", "?", "!", "on", "in", "for", "today", "tomorrow", "tonight", "please", "and", "with", "if", "the", "next", "this", "would",
		"under", "but", "to", "is", "because", "so", "when", "which")
}
