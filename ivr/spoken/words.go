package spoken

import (
	"fmt"
	"strconv"
	"strings"
)

// words is a language's table while it is written.
type words map[string]string

// list adds words, apart by spaces, under the names of first, first+step, ….
func (w words) list(name namer, first, step uint64, all string) {
	for i, word := range strings.Fields(all) {
		w[name(first+uint64(i)*step)] = word
	}
}

// letters adds the letters as themselves: synthesisers know how to spell.
func (w words) letters() {
	for c := 'a'; c <= 'z'; c++ {
		w["letter/"+string(c)] = strings.ToUpper(string(c))
	}
}

// commonUnits are the units that the shipped languages have words for.
var commonUnits = []string{
	"second", "minute", "hour", "day", "week", "month", "year",
	"message", "call", "person", "item", "order", "time", "floor", "point", "kilometer", "meter", "degree",
}

// namer makes a fragment's name of a number.
type namer func(n uint64) string

func numberName(n uint64) string  { return "number/" + strconv.FormatUint(n, 10) }
func ordinalName(n uint64) string { return "ordinal/" + strconv.FormatUint(n, 10) }

func monthName[N int | uint64](n N) string   { return "month/" + strconv.FormatUint(uint64(n), 10) }
func weekdayName[N int | uint64](n N) string { return "weekday/" + strconv.FormatUint(uint64(n), 10) }

// fourDigits writes a year.
func fourDigits(year int) string { return fmt.Sprintf("%04d", year) }
