package number

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/word"
)

var enSmall = map[string]int64{
	"zero": 0, "nought": 0, "naught": 0, "nil": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
	"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
	"twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}

// enScales are powers of ten by name.
var enScales = map[string]int64{
	"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "quadrillion": 15, "quintillion": 18, "sextillion": 21,
	"lakh": 5, "lakhs": 5, "crore": 7, "crores": 7, "thousands": 3, "millions": 6, "billions": 9,
}

// readEN reads sign, decimal, fraction, ordinal, row or whole number.
func readEN(ws []word.Word, i int) (Value, int) {
	start := i
	if is(ws, i, "one") && !is(ws, i+1, "hundred", "thousand", "million", "billion") &&
		is(ws, i-1, "that", "this", "which", "another", "right", "wrong", "every", "any", "each", "same", "other", "good", "new") {
		return Value{}, i // a pronoun
	}
	negative := is(ws, i, "minus", "negative") || minus(ws, i)
	if negative {
		i++
	}
	if v, next := enVague(ws, i); next > i {
		return v, next
	}
	v, next := enPlain(ws, i)
	if next == i {
		return Value{}, start
	}
	if negative {
		v.N, v.Weak = new(big.Rat).Neg(v.N), false
	}
	return percentAfter(ws, v, next)
}

// enVague reads "a few", "several", "a couple hundred", "dozens of".
func enVague(ws []word.Word, i int) (Value, int) {
	j := i
	if is(ws, j, "a") {
		j++
	}
	switch {
	case is(ws, j, "few") && j > i, is(ws, j, "several", "hundreds", "thousands", "dozens", "millions"),
		is(ws, j, "couple") && is(ws, j+1, "hundred", "thousand"):
		j++
	default:
		return Value{}, i
	}
	for is(ws, j, "hundred", "thousand", "million", "of") {
		j++
	}
	return Value{Vague: true, Weak: true}, j
}

// enPlain reads a number without sign.
func enPlain(ws []word.Word, i int) (Value, int) {
	if v, next := enHalf(ws, i); next > i {
		return v, next
	}
	n, next, weak := enWhole(ws, i)
	if next == i && is(ws, i, "point") {
		n = new(big.Rat)
	} else if next == i {
		return enOrdinal(ws, i)
	}
	if is(ws, next, "point") {
		if part, end := enRow(ws, next+1); end > next+1 {
			v := Value{N: decimals(Format(n), part), Form: Decimal}
			if v.N == nil {
				return Value{}, i
			}
			return enScaled(ws, v, end)
		}
	}
	if next == i {
		return Value{}, i
	}
	if is(ws, next, "dozen") {
		return Value{N: n.Mul(n, rat(12))}, next + 1
	}
	if v, end := enOrdinal(ws, i); end > next && v.N != nil {
		return v, end
	}
	if v, end := enParts(ws, n, next); end > next {
		return v, end
	}
	if v, end := enPairs(ws, i, n, next); end > next {
		return v, end
	}
	if !n.IsInt() {
		return Value{N: n, Form: Decimal}, next
	}
	return Value{N: n, Weak: weak}, next
}

// enScaled multiplies by the scales that follow: "two point five million".
func enScaled(ws []word.Word, v Value, i int) (Value, int) {
	for i < len(ws) && enScales[ws[i].Text] > 0 {
		v.N = new(big.Rat).Mul(v.N, power(enScales[ws[i].Text]))
		i++
	}
	return v, i
}

func power(n int64) *big.Rat {
	return new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil))
}

// enHalf reads "half", "half a million", "a quarter", "a third".
func enHalf(ws []word.Word, i int) (Value, int) {
	j := i
	if is(ws, j, "a") {
		j++
	}
	if d, end := denominator(ws, j, true); j > i && end > j && !is(ws, end, "past", "to", "after", "of", "till") {
		return Value{N: new(big.Rat).Inv(d), Form: Fraction, Weak: true}, end
	}
	if !is(ws, j, "half") || is(ws, j+1, "past", "an") {
		return Value{}, i
	}
	j++
	v := Value{N: big.NewRat(1, 2), Form: Fraction, Weak: true}
	if is(ws, j, "a") && j+1 < len(ws) && enScales[ws[j+1].Text] > 0 {
		v, j = enScaled(ws, v, j+1)
		v.Weak, v.Form = false, Cardinal
	}
	return v, j
}

// enParts reads what may follow a whole number to make it broken: "two thirds",
// "3/4", "one and a half [million]", "two and three quarters".
func enParts(ws []word.Word, n *big.Rat, i int) (Value, int) {
	if is(ws, i, "half") && n.Cmp(rat(1)) == 0 && !is(ws, i+1, "past") {
		return Value{N: big.NewRat(1, 2), Form: Fraction}, i + 1
	}
	if d, end := denominator(ws, i, n.Cmp(rat(1)) == 0); end > i && n.Sign() > 0 && n.Cmp(rat(1000)) < 0 {
		return Value{N: new(big.Rat).Quo(n, d), Form: Fraction}, end
	}
	if is(ws, i, "over") {
		if d, end, _ := enWhole(ws, i+1); end > i+1 && d.Sign() > 0 && !is(ws, end, "percent", "%") {
			return Value{N: new(big.Rat).Quo(n, d), Form: Fraction}, end
		}
	}
	if is(ws, i, "/") && i+1 < len(ws) && ws[i+1].Sort == word.Figures {
		if d := literal(ws[i+1].Text); d != nil && d.Sign() > 0 {
			return Value{N: new(big.Rat).Quo(n, d), Form: Fraction}, i + 2
		}
	}
	if i+2 < len(ws) && ws[i].Sort == word.Figures && is(ws, i+1, "/") && ws[i+2].Sort == word.Figures {
		a, d := literal(ws[i].Text), literal(ws[i+2].Text)
		if a != nil && d != nil && d.Sign() > 0 {
			return Value{N: new(big.Rat).Add(n, a.Quo(a, d)), Form: Fraction}, i + 3
		}
	}
	if !is(ws, i, "and") {
		return Value{}, i
	}
	j := i + 1
	part := rat(1)
	if is(ws, j, "a") {
		j++
	} else if m, next, _ := enWhole(ws, j); next > j {
		part, j = m, next
	}
	d, end := rat(2), j+1
	if !is(ws, j, "half") {
		if d, end = denominator(ws, j, part.Cmp(rat(1)) == 0); end == j {
			return Value{}, i
		}
	}
	v := Value{N: new(big.Rat).Add(n, part.Quo(part, d)), Form: Fraction}
	return enScaled(ws, v, end)
}

// enWhole reads a whole number of falling scales, or written digits. weak: the
// word is "one" alone.
func enWhole(ws []word.Word, i int) (sum *big.Rat, next int, weak bool) {
	sum, next = new(big.Rat), i
	limit := int64(99) // scales fall
	for {
		j := next
		if j > i && is(ws, j, "and", ",") {
			j++
		}
		part, end := enSection(ws, j)
		if end == j {
			break
		}
		scale := int64(0)
		for end < len(ws) && enScales[ws[end].Text] > 0 && scale < 21 {
			scale += enScales[ws[end].Text]
			end++
		}
		if is(ws, end, "k") && ws[end-1].Text != "401" && ws[end-1].Sort == word.Figures && touches(ws, end-1) {
			scale, end = scale+3, end+1
		}
		if next > i && (scale >= limit || part.Cmp(power(limit)) >= 0) {
			break
		}
		sum.Add(sum, part.Mul(part, power(scale)))
		if next == i {
			weak = end == i+1 && is(ws, i, "one", "a")
		}
		next = end
		if limit = scale; scale == 0 {
			break
		}
	}
	return sum, next, weak
}

// enSection reads what may stand before a scale: "seven", "twenty-one",
// "eleven hundred and five", "a" before a scale, or written digits.
func enSection(ws []word.Word, i int) (*big.Rat, int) {
	if i >= len(ws) {
		return nil, i
	}
	if ws[i].Sort == word.Figures {
		if n := literal(ws[i].Text); n != nil {
			return n, i + 1
		}
		return nil, i
	}
	if is(ws, i, "a", "the") && i+1 < len(ws) && (ws[i+1].Text == "hundred" || ws[i].Text == "a" && enScales[ws[i+1].Text] > 0) {
		if ws[i].Text == "the" {
			return nil, i
		}
		if ws[i+1].Text != "hundred" {
			return rat(1), i + 1
		}
		return hundreds(ws, 1, i+1)
	}
	n, next := under100(ws, i)
	if next == i || !is(ws, next, "hundred") || n == 0 {
		return rat(n), next
	}
	return hundreds(ws, n, next)
}

// hundreds reads "hundred and five" at ws[i] for n hundreds.
func hundreds(ws []word.Word, n int64, i int) (*big.Rat, int) {
	i++
	j := i
	if is(ws, j, "and") {
		j++
	}
	m, next := under100(ws, j)
	if next == j || m == 0 || is(ws, next, "hundred") {
		return rat(n * 100), i
	}
	return rat(n*100 + m), next
}

// under100 reads "zero" to "ninety nine".
func under100(ws []word.Word, i int) (int64, int) {
	if i >= len(ws) {
		return 0, i
	}
	n, ok := enSmall[ws[i].Text]
	if !ok {
		return 0, i
	}
	j := i + 1
	if n < 20 {
		return n, j
	}
	if is(ws, j, "-") {
		j++
	}
	if j < len(ws) {
		if m := enSmall[ws[j].Text]; m > 0 && m < 10 {
			return n + m, j + 1
		}
	}
	return n, i + 1
}

// enPairs reads numbers said in pieces, after the first piece n at ws[i:next]:
// "two fifty" is 250 (or 2.50), "nineteen ninety four" 1994, "nineteen oh five"
// 1905, "one two three" the row 123.
func enPairs(ws []word.Word, i int, n *big.Rat, next int) (Value, int) {
	if n.Cmp(rat(100)) >= 0 || ws[i].Sort == word.Figures {
		return Value{}, next
	}
	digits, pieces, end := Format(n), 1, next
	second := int64(0)
	for end < len(ws) && len(digits) < maxFigures {
		j := end
		if is(ws, j, "-") {
			j++
		}
		if is(ws, j, "oh", "o") {
			digits, pieces, end = digits+"0", pieces+1, j+1
			continue
		}
		m, to := under100(ws, j)
		if to == j || is(ws, to, "hundred") || to < len(ws) && enScales[ws[to].Text] > 0 {
			break
		}
		second = m
		digits, pieces, end = digits+Format(rat(m)), pieces+1, to
	}
	if pieces == 1 || is(ws, end-1, "oh", "o") && pieces == 2 {
		return Value{}, next
	}
	v := Value{N: whole(digits), Form: Row, Digit: digits}
	if pieces == 2 && n.Sign() > 0 && second >= 10 {
		v.Other = new(big.Rat).Add(n, big.NewRat(second, 100))
	}
	return v, end
}

// enRow reads digits after a point.
func enRow(ws []word.Word, i int) (string, int) {
	var b strings.Builder
	for ; i < len(ws) && b.Len() < maxFigures; i++ {
		if is(ws, i, "oh", "o") {
			b.WriteByte('0')
		} else if ws[i].Sort == word.Figures && !strings.Contains(ws[i].Text, ".") {
			b.WriteString(ws[i].Text)
		} else if n, to := under100(ws, i); to > i {
			b.WriteString(Format(rat(n)))
			i = to - 1
		} else {
			break
		}
	}
	return b.String(), i
}

// Below100 reads one English number below a hundred as its digits ("oh" is none).
func Below100(ws []word.Word, i int) (digits string, next int) {
	n, next := under100(ws, i)
	return Format(rat(n)), next
}

// Whole reads an English whole number, as its digits.
func Whole(ws []word.Word, i int) (digits string, next int) {
	n, next, _ := enWhole(ws, i)
	return Format(n), next
}
