package number

import (
	"math/big"
	"slices"
	"strings"

	"trunkline/nlu/entity/word"
)

// enOrdinals name the cardinal that each ordinal word is made of.
var enOrdinals = map[string]string{
	"zeroth": "zero", "first": "one", "second": "two", "third": "three", "fourth": "four", "fifth": "five", "sixth": "six", "seventh": "seven", "eighth": "eight",
	"ninth": "nine", "tenth": "ten", "eleventh": "eleven", "twelfth": "twelve", "thirteenth": "thirteen", "fourteenth": "fourteen",
	"fifteenth": "fifteen", "sixteenth": "sixteen", "seventeenth": "seventeen", "eighteenth": "eighteen", "nineteenth": "nineteen",
	"twentieth": "twenty", "thirtieth": "thirty", "fortieth": "forty", "fiftieth": "fifty", "sixtieth": "sixty", "seventieth": "seventy",
	"eightieth": "eighty", "ninetieth": "ninety", "hundredth": "hundred", "thousandth": "thousand", "millionth": "million", "billionth": "billion",
}

// longest is of how many words an ordinal may be.
const longest = 24

// enOrdinal reads "third", "twenty first", "one hundred and thirteenth", "16th".
func enOrdinal(ws []word.Word, i int) (Value, int) {
	if i >= len(ws) {
		return Value{}, i
	}
	if ws[i].Sort == word.Figures {
		if n := literal(ws[i].Text); n != nil && n.IsInt() && touches(ws, i) && is(ws, i+1, "st", "nd", "rd", "th") {
			return Value{N: n, Form: Ordinal}, i + 2
		}
		return Value{}, i
	}
	j := i
	for j < len(ws) && j-i < longest && (enSmall[ws[j].Text] > 0 || enScales[ws[j].Text] > 0 || is(ws, j, "a", "hundred", "and", "-")) {
		j++
	}
	if j == len(ws) || enOrdinals[ws[j].Text] == "" {
		return Value{}, i
	}
	cardinal := slices.Clone(ws[i : j+1])
	cardinal[j-i].Text = enOrdinals[ws[j].Text]
	n, end, _ := enWhole(cardinal, 0)
	if end != len(cardinal) {
		return Value{}, i
	}
	return Value{N: n, Form: Ordinal, Weak: j == i && n.Cmp(rat(3)) <= 0}, j + 1
}

// denominator reads what a fraction is divided by: "thirds", "quarters", "twenty fifths", and after
// "one" also "eighth".
func denominator(ws []word.Word, i int, one bool) (d *big.Rat, next int) {
	switch {
	case is(ws, i, "halves"):
		return rat(2), i + 1
	case is(ws, i, "quarter", "quarters"):
		return rat(4), i + 1
	}
	j := i
	for j < len(ws) && j-i < longest && enOrdinals[strings.TrimSuffix(ws[j].Text, "s")] == "" && (enSmall[ws[j].Text] > 0 || is(ws, j, "-")) {
		j++
	}
	if j >= len(ws) {
		return nil, i
	}
	single, several := strings.CutSuffix(ws[j].Text, "s")
	if !several && !one && single != "third" && single != "fifth" || j == i && (single == "first" || single == "second") {
		return nil, i
	}
	if single == "hundredth" && j == i {
		return rat(100), i + 1
	}
	if single == "thousandth" && j == i {
		return rat(1000), i + 1
	}
	named := slices.Clone(ws[i : j+1])
	named[j-i].Text = single
	if v, end := enOrdinal(named, 0); end == len(named) {
		return v.N, j + 1
	}
	return nil, i
}
