// Package number reads the numbers people say: whole, broken, negative, vague,
// and rows of digits, in English and Chinese.
//
// It owns the grammar of numerals and of digit rows. The readers of amounts and
// identifiers next to it, and nlu/entity, call it. It never decides whether a
// number was wanted: it says what stands at a place.
package number

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/word"
)

// A Form is how a number was put.
type Form uint8

const (
	Cardinal Form = iota
	Row           // digits one by one, or in pairs: "two fifty", "一二三"
	Decimal       // with a point
	Fraction      // "三分之一", "two thirds", "half"
	Percent       // "百分之五", "5 %"
	Ordinal       // "第三", "twenty first"
)

// A Value is one number read.
type Value struct {
	N *big.Rat // nil: vague and without any figure ("几十")
	// Hi is the upper end where a range was said ("三四百", with N the lower).
	Hi *big.Rat
	// Other is the second number the words allow, as in "two fifty" (250, 2.50).
	Other *big.Rat
	Form  Form
	Vague bool // "十来", "a few"
	// Weak says that the word is no number most of the time: "one", "a", "一".
	Weak  bool
	Digit string // of a Row: the digits, leading zeros kept
}

// Read reads the longest number that starts at ws[i] in the language ("zh" or
// "en"), and where it ends. It returns i where there is none.
func Read(lang string, ws []word.Word, i int) (Value, int) {
	if i >= len(ws) {
		return Value{}, i
	}
	if lang == "zh" {
		if v, next := readZH(ws, i); next > i {
			return v, next
		}
		if ws[i].Sort == word.Han {
			return Value{}, i
		}
	}
	return readEN(ws, i)
}

// Format writes n as flows see it: "12", "-3.5", and "1/3" where a decimal
// would not end.
func Format(n *big.Rat) string {
	if n.IsInt() {
		return n.Num().String()
	}
	digits, exact := n.FloatPrec()
	if !exact {
		return n.RatString()
	}
	return n.FloatString(digits)
}

// String is the canonical form: the number, "5%" for a percentage, "3~4" for a
// range, nothing for what has no figure.
func (v Value) String() string {
	if v.N == nil {
		return ""
	}
	form := Format
	if v.Form == Percent {
		form = func(n *big.Rat) string { return Format(new(big.Rat).Mul(n, rat(100))) + "%" }
	}
	if v.Hi != nil {
		return form(v.N) + "~" + form(v.Hi)
	}
	return form(v.N)
}

// rat is a whole number.
func rat(n int64) *big.Rat { return new(big.Rat).SetInt64(n) }

// literal reads written digits ("1234.5"); what is too long to be a number is none.
func literal(s string) *big.Rat {
	if len(s) > maxFigures {
		return nil
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil
	}
	return n
}

// maxFigures keeps arithmetic on hostile input cheap.
const maxFigures = 64

// is says that ws[i] is one of the words.
func is(ws []word.Word, i int, words ...string) bool {
	if i < 0 || i >= len(ws) {
		return false
	}
	for _, w := range words {
		if ws[i].Text == w {
			return true
		}
	}
	return false
}

// touches says that nothing stands between ws[i] and the next word.
func touches(ws []word.Word, i int) bool {
	return i+1 < len(ws) && ws[i].End == ws[i+1].Start
}

// minus: ws[i] is the sign of the number behind it, no hyphen or dash.
func minus(ws []word.Word, i int) bool {
	return is(ws, i, "-") && touches(ws, i) && !(i > 0 && ws[i-1].Sort != word.Han && touches(ws, i-1))
}

// whole reads a row of digits as a number.
func whole(digits string) *big.Rat {
	if digits == "" {
		return nil
	}
	return literal(digits)
}

// percentAfter reads "%", "percent", "per cent" after a number.
func percentAfter(ws []word.Word, v Value, i int) (Value, int) {
	next := i
	switch {
	case is(ws, i, "‰") && v.N != nil && v.Hi == nil:
		return Value{N: new(big.Rat).Quo(v.N, rat(1000)), Form: Decimal}, i + 1
	case is(ws, i, "%", "percent"):
		next = i + 1
	case is(ws, i, "per") && is(ws, i+1, "cent"):
		next = i + 2
	}
	if next > i && v.N != nil {
		v.Form = Percent
		v.N = new(big.Rat).Quo(v.N, rat(100))
		if v.Hi != nil {
			v.Hi = new(big.Rat).Quo(v.Hi, rat(100))
		}
	}
	return v, next
}

// decimals reads whole and part as one number.
func decimals(whole, part string) *big.Rat {
	return literal(strings.TrimLeft(whole, "+") + "." + part)
}
