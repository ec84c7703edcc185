package ident

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

const (
	idLength = 18
	// cardShortest is how much of a card's number is one amid a sentence.
	cardShortest = 8
)

// IDCard reads a mainland Chinese identity number of 18 characters and checks
// region, birth date and check character (GB 11643). One that fails is Failed
// with the reason; a shorter one Incomplete.
func IDCard(lang, text string, o Options) reading.Reading {
	o.Lengths = []int{idLength}
	ws := word.Cut(text)
	l := lexer{ws: ws, zh: lang == "zh", extra: crosses}
	best, ok := pick(ws, l.rows(o), o)
	if !ok {
		return reading.Reading{}
	}
	if len(best.value) < cardShortest && !best.alone(ws) && o.Before == "" {
		return reading.Reading{}
	}
	r := judge(best.reading(ws), o.Lengths, false)
	if r.Doubt == reading.Certain {
		if why := checkID(r.Value, o.Today); why != "" {
			r.Doubt, r.Why = reading.Failed, why
		}
	}
	return r
}

// crosses are the ways of saying the X that a number may end in.
var crosses = map[string]string{
	"x": "X", "ex": "X", "叉": "X", "埃克斯": "X", "艾克斯": "X", "爱克斯": "X", "*": "X", "大写x": "X", "字母x": "X", "大写的x": "X", "大写的叉": "X", "大写叉": "X", "小写x": "X",
}

// regions are the first two digits that provinces have.
const regions = " 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83 "

// checkID says what is wrong with 18 characters, or nothing.
func checkID(id string, today time.Time) string {
	for i, c := range []byte(id) {
		if (c < '0' || c > '9') && (c != 'X' || i != idLength-1) {
			return "a character that cannot be there"
		}
	}
	if !strings.Contains(regions, " "+id[:2]+" ") {
		return "no region has this beginning"
	}
	born, err := time.Parse("20060102", id[6:14])
	if err != nil || born.Year() < 1880 || !today.IsZero() && born.After(today) {
		return "no possible date of birth"
	}
	if id[idLength-1] != idCheck(id) {
		return "the check character does not match"
	}
	return ""
}

// idCheck is the check character of the first 17 digits (ISO 7064, mod 11-2).
func idCheck(id string) byte {
	sum := 0
	for i := range idLength - 1 {
		sum += int(id[i]-'0') * (1 << (idLength - 1 - i) % 11)
	}
	return "10X98765432"[sum%11]
}

// BankCard reads a card number and checks its length and Luhn digit.
func BankCard(lang, text string, o Options) reading.Reading {
	ws := word.Cut(text)
	best, ok := pick(ws, rows(lang, ws, false, o), o)
	if !ok {
		return reading.Reading{}
	}
	if len(o.Lengths) == 0 {
		o.Lengths = cardLengths(best.value)
		if b, ok := pick(ws, rows(lang, ws, false, o), o); ok {
			best = b
		}
	}
	if len(best.value) < cardShortest && !best.alone(ws) && o.Before == "" {
		return reading.Reading{}
	}
	r := judge(best.reading(ws), o.Lengths, true)
	if r.Found() && r.Doubt == reading.Certain && !Luhn(r.Value) {
		r.Doubt, r.Why = reading.Failed, "the check digit does not match"
		if len(r.Value) < slices.Max(o.Lengths) {
			r.Doubt, r.Why = reading.Incomplete, "no card of this length; a longer one begins so"
		}
	}
	return r
}

// cardLengths are the lengths that cards with this beginning have (ISO 7812).
func cardLengths(v string) []int {
	two, err := strconv.Atoi(v[:min(2, len(v))])
	switch {
	case err != nil:
		return []int{16, 19}
	case two == 34 || two == 37:
		return []int{15}
	case two >= 40 && two <= 55:
		return []int{16}
	case two == 30 || two == 36 || two == 38:
		return []int{14, 16}
	}
	return []int{16, 19}
}

// Luhn reports whether digits pass the check of payment cards (ISO/IEC 7812-1,
// annex B).
func Luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits != "" && sum%10 == 0
}
