package almanac

import (
	"fmt"
	"strings"
	"time"

	"trunkline/nlu/entity/reading"
)

// A length is a length of time, kept in the units it was said in: "90 minutes" is PT90M.
type Length struct {
	Months, Weeks, Days     int
	Hours, Minutes, Seconds int
}

// Add is both lengths one after the other.
func (l Length) Add(m Length) Length {
	return Length{
		l.Months + m.Months, l.Weeks + m.Weeks, l.Days + m.Days,
		l.Hours + m.Hours, l.Minutes + m.Minutes, l.Seconds + m.Seconds,
	}
}

// Negative is as long, into the past.
func (l Length) Negative() Length {
	return Length{-l.Months, -l.Weeks, -l.Days, -l.Hours, -l.Minutes, -l.Seconds}
}

// Times is n halves of a length; half a week is 3 days, an odd half month 15.
func (l Length) Times(halves int) Length {
	half := func(n int) (whole, odd int) { return n * halves / 2, n * halves % 2 }
	var out Length
	var odd int
	out.Months, odd = half(l.Months)
	out.Days += 15 * odd
	out.Weeks, odd = half(l.Weeks)
	out.Days += 3 * odd
	n, odd := half(l.Days)
	out.Days += n
	out.Hours += 12 * odd
	n, odd = half(l.Hours)
	out.Hours += n
	out.Minutes += 30 * odd
	n, odd = half(l.Minutes)
	out.Minutes += n
	out.Seconds += 30 * odd
	n, _ = half(l.Seconds)
	out.Seconds += n
	return out
}

// Clocked says that the length has hours, minutes or seconds.
func (l Length) Clocked() bool { return l.Hours != 0 || l.Minutes != 0 || l.Seconds != 0 }

// String writes a duration of ISO 8601; weeks stand alone there, so beside others they are days.
func (l Length) String() string {
	if l.Weeks > 0 && (Length{Weeks: l.Weeks}) == l {
		return fmt.Sprintf("P%dW", l.Weeks)
	}
	var b strings.Builder
	put := func(n int, unit string) {
		if n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit)
		}
	}
	b.WriteByte('P')
	put(l.Months/12, "Y")
	put(l.Months%12, "M")
	put(l.Days+7*l.Weeks, "D")
	if l.Clocked() {
		b.WriteByte('T')
		put(l.Hours, "H")
		put(l.Minutes, "M")
		put(l.Seconds, "S")
	}
	return b.String()
}

// From adds the length to a moment; the 31st and a month is the last of that month.
func (l Length) From(t time.Time) time.Time {
	day := t.Day()
	first := time.Date(t.Year(), t.Month()+time.Month(l.Months), 1, t.Hour(), t.Minute(), t.Second(), 0, t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(day, last)-1+7*l.Weeks+l.Days).
		Add(time.Duration(l.Hours)*time.Hour + time.Duration(l.Minutes)*time.Minute + time.Duration(l.Seconds)*time.Second)
}

// Span joins two dates to a range.
func (m Almanac) Span(a, b Date) Date {
	if !a.HasYear && a.Month == 0 && b.Month > 0 { // "from the 3rd to the 5th of May"
		a.Month = b.Month
	}
	if b.Month == 0 && a.Month > 0 && b.Value == "" { // "May 3rd to 5th"
		b.Month = a.Month
	}
	if !a.HasYear && b.HasYear && a.Value == "" {
		a.Year, a.HasYear = b.Year, true
	}
	if a.HasYear && !b.HasYear && b.Value == "" {
		b.Year, b.HasYear = a.Year, true
		if b.Month < a.Month {
			b.Year++
		}
	}
	from, to := m.Settle(a), m.Settle(b)
	if week := a.Weekly && b.Weekly; week && to.Value < from.Value { // "Monday to Friday", said on a Wednesday
		to = m.Settle(m.Shift(b, 7))
	}
	out := Date{Value: from.Value + "/" + to.Value, Doubt: max(from.Doubt, to.Doubt), Why: from.Why + to.Why}
	switch out.Doubt {
	case reading.Certain, reading.Failed:
	default:
		out.Others = nil
		if from.Doubt == reading.Ambiguous && len(from.Others) > 0 {
			out.Others = append(out.Others, from.Others[0]+"/"+to.Value)
		}
		if to.Doubt == reading.Ambiguous && len(to.Others) > 0 {
			out.Others = append(out.Others, from.Value+"/"+to.Others[0])
		}
	}
	return out
}
