package spoken

import (
	"strings"
	"unicode/utf8"
)

func chinese() *Language {
	return &Language{
		Tag:   "zh",
		Words: chineseWords(),
		Variants: map[string]map[string]string{
			"formal": {"currency/kuai": "currency/yuan", "currency/mao": "currency/jiao"},
			"yao":    {"digits/1": "digits/yao"},
			"yi":     {"digits/yao": "digits/1"},
		},
		Between: chineseBetween,
		Currencies: map[string]Coin{
			"CNY": {One: "currency/kuai", Tenth: "currency/mao", Cent: "currency/fen"},
			"EUR": {One: "currency/euro", Cent: "currency/euro-cent"},
			"GBP": {One: "currency/pound", Cent: "currency/pence"},
			"HKD": {One: "currency/hkd", Tenth: "currency/jiao", Cent: "currency/fen"},
			"JPY": {One: "currency/yen"},
			"USD": {One: "currency/dollar", Cent: "currency/cent"},
		},
		Currency: "CNY",
		Hours:    12,
		Relative: map[int]string{
			-2: "date/before-yesterday", -1: "date/yesterday", 0: "date/today",
			1: "date/tomorrow", 2: "date/after-tomorrow",
		},
		PhoneDigits: map[string]string{"digits/1": "digits/yao"},
		Cardinal:    func(n uint64) []string { return withLiang(chineseCardinal(n)) },
		Quantity:    chineseQuantity,
		Ordinal:     func(n uint64) []string { return append([]string{"number/ordinal"}, chineseCardinal(n)...) },
		Percent:     func(number []string) []string { return append([]string{"number/percent"}, number...) },
		Unit:        chineseUnit,
		Date:        chineseDate,
		Time:        chineseTime,
	}
}

// chineseBetween sets letters apart, which else would look like a word.
func chineseBetween(a, b string) string {
	if strings.HasPrefix(a, "letter/") && strings.HasPrefix(b, "letter/") {
		return " "
	}
	return ""
}

const (
	liang = "digits/liang" // 两
	ten   = "number/10"
	wan   = "number/wan"
	yi    = "number/yi"
)

// chineseCardinal speaks a number in groups of four digits; 10 to 19 begin with
// 十 when nothing stands before it.
func chineseCardinal(n uint64) []string {
	names := chineseScaled(n)
	if len(names) > 1 && names[0] == digit(1) && names[1] == ten {
		return names[1:]
	}
	return names
}

// chineseScaled speaks a number with 亿 and 万. A gap of zeros within it is one 零.
func chineseScaled(n uint64) (names []string) {
	for _, s := range []struct {
		size uint64
		name string
	}{{1e8, yi}, {1e4, wan}} {
		if n < s.size {
			continue
		}
		names = append(chineseScaled(n/s.size), s.name)
		rest := n % s.size
		switch {
		case rest == 0:
			return names
		case rest < s.size/10:
			names = append(names, digit(0))
		}
		return append(names, chineseScaled(rest)...)
	}
	return chineseGroup(n)
}

// chineseGroup speaks a number below 10,000.
func chineseGroup(n uint64) (names []string) {
	if n == 0 {
		return []string{digit(0)}
	}
	gap := false
	for _, s := range []struct {
		size uint64
		name string
	}{{1000, "number/1000"}, {100, "number/100"}, {10, ten}, {1, ""}} {
		d := n / s.size % 10
		if d == 0 {
			gap = len(names) > 0
			continue
		}
		if gap {
			names, gap = append(names, digit(0)), false
		}
		if names = append(names, digit(d)); s.name != "" {
			names = append(names, s.name)
		}
	}
	return names
}

// withLiang begins with 两 for 二 where people do: 两百, 两千, 两万, 两亿.
func withLiang(names []string) []string {
	if len(names) > 1 && names[0] == digit(2) && names[1] != ten {
		names[0] = liang
	}
	return names
}

// chineseQuantity is a number before a measure word: 2 by itself is 两.
func chineseQuantity(n uint64) []string {
	if n == 2 {
		return []string{liang}
	}
	return withLiang(chineseCardinal(n))
}

// chineseUnit knows the units of its table, and takes measure words as they are.
func chineseUnit(_ Decimal, unit string) []string {
	name := unitDir + unit
	if _, known := chineseMeasures[unit]; known || unit[0] >= utf8.RuneSelf {
		return []string{name}
	}
	return nil
}

// chineseDate is 二零二六年十一月二十一日星期六.
func chineseDate(d Day) (names []string) {
	if d.Year != 0 {
		names = append(digitNames(fourDigits(d.Year)), "date/year")
	}
	names = append(append(names, chineseCardinal(uint64(d.Month))...), "date/month")
	if d.Day != 0 {
		names = append(append(names, chineseCardinal(uint64(d.Day))...), "date/day")
	}
	if d.Weekday != 0 {
		names = append(names, weekdayName(d.Weekday))
	}
	return names
}

// chineseHours are the parts of a day, each with the hour at which it begins.
var chineseHours = []struct {
	from int
	name string
}{{18, "time/evening"}, {13, "time/afternoon"}, {12, "time/noon"}, {5, "time/morning"}, {0, "time/small-hours"}}

// chineseTime is 下午三点零五分 or, by 24 hours, 十五点零五分.
func chineseTime(c Clock, hours int) (names []string) {
	hour := c.Hour
	if hours == 12 {
		for _, part := range chineseHours {
			if c.Hour >= part.from {
				names = append(names, part.name)
				break
			}
		}
		if hour > 12 {
			hour -= 12
		}
	}
	names = append(append(names, chineseQuantity(uint64(hour))...), "time/hour")
	sixty := func(n int, unit string) {
		if 0 < n && n < 10 {
			names = append(names, digit(0))
		}
		names = append(append(names, chineseCardinal(uint64(n))...), unit)
	}
	if c.Minute > 0 || c.Seconds {
		sixty(c.Minute, "time/minute")
	}
	if c.Seconds {
		sixty(c.Second, "units/second")
	}
	return names
}
