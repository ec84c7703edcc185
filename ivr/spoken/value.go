package spoken

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Decimal is a number as it was written.
type Decimal struct {
	Negative bool
	Whole    uint64 // below 10^16
	Fraction string // its digits after the point, none for a whole number
}

// One reports whether it is exactly one thing.
func (d Decimal) One() bool { return !d.Negative && d.Whole == 1 && d.Fraction == "" }

func (d Decimal) zero() bool { return d.Whole == 0 && strings.Trim(d.Fraction, "0") == "" }

// mostDigits bounds the whole part of a number.
const mostDigits = 16

func parseDecimal(s string) (d Decimal, err error) {
	s, d.Negative = strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(s, ".")
	if !allDigits(whole) || point && !allDigits(fraction) {
		return d, errForm
	}
	if len(strings.TrimLeft(whole, "0")) > mostDigits {
		return d, fmt.Errorf("it has more than %d digits before the point", mostDigits)
	}
	d.Fraction = fraction
	if d.Whole, err = strconv.ParseUint(whole, 10, 64); err != nil {
		return d, errForm
	}
	d.Negative = d.Negative && !d.zero()
	return d, nil
}

// allDigits reports whether s is one ASCII digit or more.
func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// amount is a sum of money; cents are hundredths.
type amount struct {
	negative bool
	whole    uint64
	cents    uint64
	currency string
}

// parseAmount reads "12.50", "12.50 USD" or "USD 12.50".
func parseAmount(s, currency string) (a amount, err error) {
	switch words := strings.Fields(s); {
	case len(words) == 1:
	case len(words) == 2 && isCode(words[1]):
		s, currency = words[0], words[1]
	case len(words) == 2 && isCode(words[0]):
		s, currency = words[1], words[0]
	default:
		return a, errForm
	}
	d, err := parseDecimal(s)
	if err != nil {
		return a, err
	}
	cents := strings.TrimRight(d.Fraction, "0")
	if len(cents) > 2 {
		return a, fmt.Errorf("an amount has two decimals at most")
	}
	a = amount{negative: d.Negative, whole: d.Whole, currency: strings.ToUpper(currency)}
	if cents != "" {
		a.cents, err = strconv.ParseUint((cents + "0")[:2], 10, 64)
	}
	return a, err
}

// isCode reports whether s looks like a currency code.
func isCode(s string) bool {
	return len(s) == 3 && strings.Trim(strings.ToUpper(s), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// Day is a date as far as it is to be spoken; what is zero is not.
type Day struct {
	Year, Month, Day int
	Weekday          int // 1 is Monday, 7 Sunday
}

func parseDay(s string) (d Day, err error) {
	form := ""
	switch len(s) {
	case len("2026-11-21"):
		form = "2006-01-02"
	case len("2026-11"):
		form = "2006-01"
	case len("11-21"):
		s, form = "2000-"+s, "2006-01-02" // a leap year
		defer func() { d.Year = 0 }()
	default:
		return d, errForm
	}
	t, err := time.Parse(form, s)
	if err != nil {
		return d, calendarError(err)
	}
	d = Day{Year: t.Year(), Month: int(t.Month())}
	if form != "2006-01" {
		d.Day = t.Day()
	}
	if d.Year == 0 {
		return d, fmt.Errorf("there is no year 0")
	}
	return d, nil
}

// calendarError tells what has no meaning from what is no date or time at all.
func calendarError(err error) error {
	if strings.HasSuffix(err.Error(), "out of range") {
		return fmt.Errorf("there is no such day or time")
	}
	return errForm
}

// at is the day's midnight, for reckoning.
func (d Day) at() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

// whole reports whether d is one certain day.
func (d Day) whole() bool { return d.Year != 0 && d.Day != 0 }

// Clock is a time of day.
type Clock struct {
	Hour, Minute, Second int
	Seconds              bool // they are to be spoken
}

func parseClock(s string) (c Clock, err error) {
	form := "15:04"
	if c.Seconds = strings.Count(s, ":") == 2; c.Seconds {
		form = "15:04:05"
	}
	if strings.ContainsAny(s, ".,") { // fractions of a second, which time.Parse takes
		return c, errForm
	}
	t, err := time.Parse(form, s)
	if err != nil {
		return c, calendarError(err)
	}
	c.Hour, c.Minute, c.Second = t.Clock()
	return c, nil
}

// part is one unit of a duration.
type part struct {
	n    uint64
	unit string
}

// durationUnits from the largest, each with its seconds.
var durationUnits = []struct {
	letter, unit string
	seconds      uint64
}{{"d", "day", 86400}, {"h", "hour", 3600}, {"m", "minute", 60}, {"s", "second", 1}}

// parseDuration reads "1h30m", "90s" or "90" and returns it in full units.
func parseDuration(s string) (parts []part, err error) {
	total := uint64(0)
	if allDigits(s) {
		s += "s"
	}
	for _, u := range durationUnits {
		n, rest, found := strings.Cut(s, u.letter)
		if !found {
			continue
		}
		if !allDigits(n) {
			return nil, errForm
		}
		if n = strings.TrimLeft(n, "0"); len(n) > 9 {
			return nil, fmt.Errorf("it is longer than can be said")
		}
		v, _ := strconv.ParseUint("0"+n, 10, 64)
		total, s = total+v*u.seconds, rest
	}
	if s != "" {
		return nil, errForm
	}
	for _, u := range durationUnits {
		if n := total / u.seconds; n > 0 {
			parts = append(parts, part{n, u.unit})
			total %= u.seconds
		}
	}
	if parts == nil {
		parts = []part{{0, "second"}}
	}
	return parts, nil
}
