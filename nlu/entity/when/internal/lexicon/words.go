package lexicon

import "strings"

// Word is the value of a number word below 100 that is one word.
func Word(s string) (int, bool) {
	for i, words := range [...]string{
		"zero oh o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	} {
		if hasWord(words, s) {
			return i, true
		}
	}
	if n := Tens(s); n > 0 {
		return n, true
	}
	return 0, false
}

// Tens is the value of "twenty" to "ninety", 0 for other words.
func Tens(s string) int {
	for i, t := range [...]string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"} {
		if s == t || i == 2 && s == "fourty" {
			return 20 + 10*i
		}
	}
	return 0
}

// hasWord says that a word is in a list parted by blanks.
func hasWord(list, s string) bool {
	return s != "" && strings.Contains(" "+list+" ", " "+s+" ")
}

// OrdinalWord is the value of an ordinal that is one word.
func OrdinalWord(s string) (int, bool) {
	for i, o := range [...]string{
		"first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
		"thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth",
	} {
		if s == o {
			return i + 1, true
		}
	}
	if s == "thirtieth" {
		return 30, true
	}
	return 0, false
}

// MonthName is the number of a month, "january" or "jan".
func MonthName(s string) int {
	for i, names := range [...]string{
		"january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
		"september sept sep", "october oct", "november nov", "december dec",
	} {
		if hasWord(names, s) {
			return i + 1
		}
	}
	return 0
}

// WeekdayName is the number of a weekday, Monday 1, and whether it is written in full.
func WeekdayName(s string) (day int, full bool) {
	for i, names := range [...]string{
		"monday mondays", "tuesday tuesdays", "wednesday wednesdays", "thursday thursdays", "friday fridays", "saturday saturdays", "sunday sundays",
	} {
		if hasWord(names, s) {
			return i + 1, true
		}
	}
	for i, names := range [...]string{"mon", "tue tues", "wed weds", "thu thur thurs", "fri", "sat", "sun"} {
		if hasWord(names, s) {
			return i + 1, false
		}
	}
	return 0, false
}

// Numeral is the value of a Chinese digit.
func Numeral(s string) (int, bool) {
	for i, chars := range [...]string{"零〇洞", "一幺壹", "二两贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"} {
		if s != "" && strings.Contains(chars, s) {
			return i, true
		}
	}
	return 0, false
}
