package almanac

import (
	"fmt"

	"trunkline/nlu/entity/reading"
)

// Half is the half of the day an hour is in.
type Half uint8

const (
	Either Half = iota // a twelve-hour clock, and nothing said which half
	Am
	Pm
	Fixed // a twenty-four-hour clock
)

// A part is a part of the day.
type Part uint8

const (
	NoPart Part = iota
	EarlyHours
	Morning
	Midday
	Afternoon
	Evening
	Night
)

// A clock is a time of day as it was said, or a range of them.
type Clock struct {
	Hour, Minute, Second int
	Seconds              bool // were said
	Half                 Half
	Zone                 string
	Next                 int    // days later than the date said with it (midnight "tonight")
	Until                *Clock // the end of a range
	Or                   bool   // the range is two hours of which one is meant
	Doubt                reading.Doubt
	Why                  string
}

// hours are those a part of the day spans.
func (s Part) hours() (from, to int) {
	switch s {
	case EarlyHours:
		return 0, 6
	case Morning:
		return 6, 12
	case Midday:
		return 11, 14
	case Afternoon:
		return 12, 18
	case Evening:
		return 17, 22
	case Night:
		return 20, 24
	case NoPart:
	}
	return 0, 24
}

// In puts a time into a part of the day.
func (c Clock) In(s Part) Clock {
	if c.Until != nil {
		u := c.Until.In(s)
		c.Until = &u
	}
	if c.Half != Either {
		return c
	}
	switch s {
	case EarlyHours:
		c.Half = Am
	case Morning:
		c.Half = Am
		if c.Hour == 12 {
			c.Half = Pm
		}
	case Midday:
		c.Half = Pm
		if c.Hour >= 9 && c.Hour < 12 {
			c.Half = Am
		}
	case Afternoon, Evening:
		c.Half = Pm
		if s == Evening && c.Hour == 12 {
			c.Half, c.Next = Am, 1
		}
	case Night:
		c.Half = Pm
		if c.Hour == 12 || c.Hour < 5 {
			c.Half, c.Next = Am, 1
		}
	case NoPart:
	}
	return c
}

// possible says that a clock can show it.
func (c Clock) possible() bool {
	limit := 24
	if c.Half == Am || c.Half == Pm {
		limit = 12
	}
	return c.Doubt == reading.Certain && c.Hour <= limit && c.Minute < 60 && c.Second < 60
}

// At is the hour of the day when the half is known.
func (c Clock) At(h Half) int {
	switch {
	case h == Am && c.Hour == 12:
		return 0
	case h == Pm && c.Hour < 12:
		return c.Hour + 12
	}
	return c.Hour
}

// Show writes the time, taken in a half of the day.
func (c Clock) Show(h Half) string {
	s := fmt.Sprintf("%02d:%02d", c.At(h), c.Minute)
	if c.Seconds {
		s += fmt.Sprintf(":%02d", c.Second)
	}
	return s + c.Zone
}

// halves are the halves of the day the time may be in, the likelier first.
func (m Almanac) halves(c Clock) []Half {
	if c.Half != Either {
		return []Half{c.Half}
	}
	both := []Half{Am, Pm}
	if c.Hour == 12 {
		both = []Half{Pm, Am}
	}
	if from, to := m.Hours[0], m.Hours[1]; to > from {
		first := c.At(both[0]) >= from && c.At(both[0]) <= to
		second := c.At(both[1]) >= from && c.At(both[1]) <= to
		switch {
		case first && !second:
			return both[:1]
		case second && !first:
			return both[1:]
		}
	}
	return both
}

// Tell gives a time its canonical values.
func (m Almanac) Tell(c Clock) reading.Reading {
	if c.Doubt != reading.Certain {
		return reading.Reading{Doubt: c.Doubt, Why: c.Why}
	}
	if !c.possible() {
		return reading.Reading{Value: c.Show(Fixed), Doubt: reading.Failed, Why: "no clock shows such a time"}
	}
	if c.Until != nil {
		return m.tellRange(c)
	}
	var r reading.Reading
	for i, h := range m.halves(c) {
		if i == 0 {
			r.Value = c.Show(h)
			continue
		}
		r.Others, r.Doubt, r.Why = append(r.Others, c.Show(h)), reading.Ambiguous, "morning or evening"
	}
	return r
}

// tellRange makes "5 to 6 pm" end as said and begin before it ends.
func (m Almanac) tellRange(c Clock) reading.Reading {
	from, to := c, *c.Until
	from.Until = nil
	if !to.possible() {
		return reading.Reading{Value: from.Show(Fixed) + "/" + to.Show(Fixed), Doubt: reading.Failed, Why: "no clock shows such a time"}
	}
	if from.Half == Either && to.Half != Either {
		from.Half = to.Half
		if from.At(from.Half) > to.At(to.Half) && from.Hour < 12 { // 11 to 1 pm
			from.Half = Am
		}
	}
	var r reading.Reading
	if c.Or {
		r.Doubt, r.Why = reading.Vague, "one of two hours"
	}
	for i, h := range m.halves(from) {
		end := to
		if end.Half == Either {
			end.Half = h
			if end.At(h) < from.At(h) { // 11 to 1
				end.Half = Am + Pm - h
			}
		}
		value := from.Show(h) + "/" + end.Show(end.Half)
		if i == 0 {
			r.Value = value
			continue
		}
		if !c.Or {
			r.Others, r.Doubt, r.Why = append(r.Others, value), reading.Ambiguous, "morning or evening"
		}
	}
	return r
}

// SpanOf is a part of the day without an hour.
func (m Almanac) SpanOf(s Part) reading.Reading {
	from, to := s.hours()
	c := Clock{Hour: from, Half: Fixed, Until: &Clock{Hour: to, Half: Fixed}}
	return reading.Reading{Value: m.tellRange(c).Value, Doubt: reading.Vague, Why: "a part of the day, no hour"}
}
