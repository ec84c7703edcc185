package spoken

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Fragments that the rules of every language use.
const (
	minus     = "number/minus"
	point     = "number/point"
	plus      = "symbol/plus"
	extension = "phone/extension"
)

func (l *Language) number(value string, _ Options) ([]string, error) {
	d, err := parseDecimal(value)
	if err != nil {
		return nil, err
	}
	return l.decimal(d)
}

// decimal speaks a number that stands alone.
func (l *Language) decimal(d Decimal) (names []string, err error) {
	if l.Cardinal == nil {
		return nil, l.cannot()
	}
	if d.Negative {
		names = append(names, minus)
	}
	names = append(names, l.Cardinal(d.Whole)...)
	if d.Fraction != "" {
		names = append(names, point)
		names = append(names, digitNames(d.Fraction)...)
	}
	return names, nil
}

// quantity speaks a number before a unit.
func (l *Language) quantity(n uint64) []string {
	if l.Quantity != nil {
		return l.Quantity(n)
	}
	return l.Cardinal(n)
}

// digit is the name of a digit from 0 to 9.
func digit(n uint64) string { return "digits/" + string(rune('0'+n)) }

func digitNames(s string) []string {
	names := make([]string, len(s))
	for i, c := range []byte(s) {
		names[i] = digit(uint64(c - '0'))
	}
	return names
}

func (l *Language) ordinal(value string, _ Options) ([]string, error) {
	d, err := parseDecimal(value)
	switch {
	case err != nil:
		return nil, err
	case d.Negative || d.Whole == 0 || d.Fraction != "":
		return nil, errForm
	case l.Ordinal == nil:
		return nil, l.cannot()
	}
	return l.Ordinal(d.Whole), nil
}

func (l *Language) percent(value string, o Options) ([]string, error) {
	names, err := l.number(value, o)
	if err != nil {
		return nil, err
	}
	if l.Percent == nil {
		return nil, l.cannot()
	}
	return l.Percent(names), nil
}

func (l *Language) count(value string, o Options) ([]string, error) {
	d, err := parseDecimal(value)
	if err != nil {
		return nil, err
	}
	if o.Unit == "" {
		return nil, fmt.Errorf("the option unit is missing")
	}
	return l.counted(d, o.Unit)
}

// counted speaks so and so many of something.
func (l *Language) counted(d Decimal, unit string) (names []string, err error) {
	if l.Cardinal == nil || l.Unit == nil {
		return nil, l.cannot()
	}
	for i, c := range unit {
		if !unicode.IsLetter(c) && (i == 0 || c != '-') {
			return nil, fmt.Errorf("unit %q: want letters and hyphens", unit)
		}
	}
	word := l.Unit(d, unit)
	if word == nil {
		return nil, fmt.Errorf("unit %q: %s has no word for it", unit, l.Tag)
	}
	if d.Fraction != "" {
		names, err = l.decimal(d)
		return append(names, word...), err
	}
	if d.Negative {
		names = append(names, minus)
	}
	return append(append(names, l.quantity(d.Whole)...), word...), nil
}

func (l *Language) money(value string, o Options) ([]string, error) {
	currency := o.Currency
	if currency == "" {
		currency = l.Currency
	}
	a, err := parseAmount(value, currency)
	if err != nil {
		return nil, err
	}
	coin, ok := l.Currencies[a.currency]
	switch {
	case l.Cardinal == nil:
		return nil, l.cannot()
	case !ok:
		return nil, fmt.Errorf("currency %q: %s has %s", a.currency, l.Tag, strings.Join(slices.Sorted(maps.Keys(l.Currencies)), ", "))
	case a.cents > 0 && coin.Cent == "":
		return nil, fmt.Errorf("%s has no decimals", a.currency)
	}
	return l.paid(a, coin), nil
}

// paid speaks an amount: "five dollars and ten cents", 五块一毛.
func (l *Language) paid(a amount, c Coin) (names []string) {
	add := func(n uint64, one, many string) {
		names = append(names, l.quantity(n)...)
		if n != 1 && many != "" {
			one = many
		}
		names = append(names, one)
	}
	if a.negative {
		names = append(names, minus)
	}
	if a.whole > 0 || a.cents == 0 {
		add(a.whole, c.One, c.Many)
	}
	if c.Tenth != "" && a.cents >= 10 {
		add(a.cents/10, c.Tenth, "")
		a.cents %= 10
	} else if c.Tenth != "" && a.whole > 0 && a.cents > 0 {
		names = append(names, digit(0))
	} else if a.whole > 0 && a.cents > 0 {
		names = append(names, l.And...)
	}
	if a.cents > 0 {
		add(a.cents, c.Cent, c.Cents)
	}
	return names
}

func (l *Language) date(value string, o Options) ([]string, error) {
	d, err := parseDay(value)
	if err != nil {
		return nil, err
	}
	if l.Date == nil {
		return nil, l.cannot()
	}
	if o.Weekday {
		if !d.whole() {
			return nil, fmt.Errorf("a weekday needs year, month and day")
		}
		d.Weekday = (int(d.at().Weekday())+6)%7 + 1
	}
	if o.Today == "" {
		return l.Date(d), nil
	}
	today, err := parseDay(o.Today)
	if err != nil || !today.whole() {
		return nil, fmt.Errorf("option today %q: want a date such as 2026-11-21", o.Today)
	}
	if d.whole() {
		if name := l.Relative[int(d.at().Sub(today.at()).Hours()/24)]; name != "" {
			return []string{name}, nil
		}
	}
	if d.Year == today.Year && d.Day != 0 {
		d.Year = 0
	}
	return l.Date(d), nil
}

func (l *Language) time(value string, o Options) ([]string, error) {
	c, err := parseClock(value)
	if err != nil {
		return nil, err
	}
	hours := l.Hours
	if o.Hours != 0 {
		hours = o.Hours
	}
	switch {
	case hours != 12 && hours != 24:
		return nil, fmt.Errorf("option hours %d: want 12 or 24", hours)
	case l.Time == nil:
		return nil, l.cannot()
	}
	return l.Time(c, hours), nil
}

func (l *Language) dateTime(value string, o Options) ([]string, error) {
	if len(value) < len("2026-11-21T15:05") || value[10] != ' ' && value[10] != 'T' {
		return nil, errForm
	}
	date, err := l.date(value[:10], o)
	if err != nil {
		return nil, err
	}
	time, err := l.time(withoutZone(value[11:]), o)
	if err != nil {
		return nil, err
	}
	return slices.Concat(date, l.At, time), nil
}

// withoutZone cuts Z and offsets such as +08:00: the time is spoken as written.
func withoutZone(s string) string {
	if s, utc := strings.CutSuffix(s, "Z"); utc {
		return s
	}
	if at := strings.IndexAny(s, "+-"); at > 0 {
		return s[:at]
	}
	return s
}

func (l *Language) duration(value string, _ Options) (names []string, err error) {
	parts, err := parseDuration(value)
	if err != nil {
		return nil, err
	}
	for i, p := range parts {
		more, err := l.counted(Decimal{Whole: p.n}, p.unit)
		if err != nil {
			return nil, err
		}
		if i > 0 && i == len(parts)-1 {
			names = append(names, l.And...)
		}
		names = append(names, more...)
	}
	return names, nil
}
