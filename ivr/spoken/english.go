package spoken

import (
	"slices"
	"strings"
	"unicode/utf8"
)

func english() *Language {
	return &Language{
		Tag:   "en",
		Words: englishWords(),
		Variants: map[string]map[string]string{
			"oh":       {"digits/0": "digits/oh"},
			"american": {"number/and": "", "date/the": "", "symbol/hash": "symbol/pound"},
		},
		Between: englishBetween,
		Currencies: map[string]Coin{
			"CNY": {One: "currency/yuan", Cent: "currency/fen"},
			"EUR": {One: "currency/euro", Many: "currency/euros", Cent: "currency/cent", Cents: "currency/cents"},
			"GBP": {One: "currency/pound", Many: "currency/pounds", Cent: "currency/penny", Cents: "currency/pence"},
			"HKD": {One: "currency/hkd", Many: "currency/hkds", Cent: "currency/cent", Cents: "currency/cents"},
			"JPY": {One: "currency/yen"},
			"USD": {One: "currency/dollar", Many: "currency/dollars", Cent: "currency/cent", Cents: "currency/cents"},
		},
		Currency: "USD",
		Hours:    12,
		Relative: map[int]string{-1: "date/yesterday", 0: "date/today", 1: "date/tomorrow"},
		And:      []string{"number/and"},
		At:       []string{"time/at"},
		Cardinal: englishCardinal,
		Ordinal:  func(n uint64) []string { return englishOrdinal(englishCardinal(n)) },
		Percent:  func(number []string) []string { return append(number, "number/percent") },
		Unit:     englishUnit,
		Date:     englishDate,
		Time:     englishTime,
	}
}

// englishBetween writes twenty-one with a hyphen and commas where they belong.
func englishBetween(a, b string) string {
	tens := strings.HasPrefix(a, "number/") && strings.HasSuffix(a, "0")
	ones := strings.HasPrefix(b, "digits/") || strings.HasPrefix(b, "ordinal/")
	switch {
	case b == pause:
		return ""
	case tens && ones:
		return "-"
	}
	return " "
}

// englishScale are the names of the powers of a thousand.
var englishScale = []string{"", "number/thousand", "number/million", "number/billion", "number/trillion", "number/quadrillion"}

func englishCardinal(n uint64) (names []string) {
	if n < 1000 {
		return englishHundreds(n)
	}
	power, divisor := 0, uint64(1)
	for n/divisor >= 1000 {
		power, divisor = power+1, divisor*1000
	}
	for ; power > 0; power, divisor = power-1, divisor/1000 {
		if group := n / divisor; group > 0 {
			names = append(append(names, englishHundreds(group)...), englishScale[power])
		}
		n %= divisor
	}
	switch {
	case n == 0:
		return names
	case n < 100:
		names = append(names, "number/and")
	}
	return append(names, englishHundreds(n)...)
}

// englishHundreds speaks a number below a thousand.
func englishHundreds(n uint64) (names []string) {
	if n >= 100 {
		names = append(names, digit(n/100), "number/hundred")
		if n %= 100; n == 0 {
			return names
		}
		names = append(names, "number/and")
	}
	switch {
	case n < 10:
		return append(names, digit(n))
	case n < 20 || n%10 == 0:
		return append(names, numberName(n))
	}
	return append(names, numberName(n-n%10), digit(n%10))
}

// englishOrdinal makes the last word of a cardinal that of an ordinal.
func englishOrdinal(names []string) []string {
	_, last, _ := strings.Cut(names[len(names)-1], "/")
	return append(slices.Clone(names[:len(names)-1]), "ordinal/"+last)
}

// englishPlurals are the plurals that no rule makes.
var englishPlurals = map[string]string{"person": "people", "child": "children", "man": "men", "woman": "women"}

func englishUnit(n Decimal, unit string) []string {
	if unit[0] >= utf8.RuneSelf {
		return nil // 张 and the like
	}
	if n.One() {
		return []string{unitDir + unit}
	}
	return []string{unitDir + englishPlural(unit)}
}

func englishPlural(unit string) string {
	if many := englishPlurals[unit]; many != "" {
		return many
	}
	stem, y := strings.CutSuffix(unit, "y")
	if y && stem != "" && !strings.ContainsAny(stem[len(stem)-1:], "aeiou") {
		return stem + "ies"
	}
	for _, hiss := range []string{"s", "x", "z", "ch", "sh"} {
		if strings.HasSuffix(unit, hiss) {
			return unit + "es"
		}
	}
	return unit + "s"
}

// englishDate is "Saturday, November the twenty-first, twenty twenty-six".
func englishDate(d Day) (names []string) {
	if d.Weekday != 0 {
		names = append(names, weekdayName(d.Weekday), pause)
	}
	names = append(names, monthName(d.Month))
	if d.Day != 0 {
		names = append(names, "date/the")
		names = append(names, englishOrdinal(englishHundreds(uint64(d.Day)))...)
		if d.Year != 0 {
			names = append(names, pause)
		}
	}
	if d.Year != 0 {
		names = append(names, englishYear(uint64(d.Year))...)
	}
	return names
}

// englishYear speaks a year by its halves where people do.
func englishYear(y uint64) []string {
	century, rest := y/100, y%100
	switch {
	case y < 1000, century%10 == 0 && rest < 10: // two thousand and five
		return englishCardinal(y)
	case rest == 0:
		return append(englishHundreds(century), "number/hundred")
	case rest < 10:
		return append(englishHundreds(century), "digits/oh", digit(rest))
	}
	return append(englishHundreds(century), englishHundreds(rest)...)
}

// englishTime is "three oh five p.m." or, by 24 hours, "fifteen oh five".
func englishTime(c Clock, hours int) (names []string) {
	hour, half := c.Hour, ""
	if hours == 12 {
		hour, half = (c.Hour+11)%12+1, "time/am"
		switch {
		case c.Hour == 12 && c.Minute == 0:
			half = "time/noon"
		case c.Hour == 0 && c.Minute == 0:
			half = "time/midnight"
		case c.Hour >= 12:
			half = "time/pm"
		}
	}
	names = englishHundreds(uint64(hour))
	switch {
	case c.Minute == 0 && half == "":
		names = append(names, "number/hundred", "time/hours")
	case c.Minute == 0:
	case c.Minute < 10:
		names = append(names, "digits/oh", digit(uint64(c.Minute)))
	default:
		names = append(names, englishHundreds(uint64(c.Minute))...)
	}
	if half != "" {
		names = append(names, half)
	}
	if c.Seconds {
		second := Decimal{Whole: uint64(c.Second)}
		names = append(names, "number/and")
		names = append(names, englishHundreds(second.Whole)...)
		names = append(names, englishUnit(second, "second")...)
	}
	return names
}
