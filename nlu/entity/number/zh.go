package number

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/word"
)

const (
	wan  = 1e4
	yi   = 1e8
	zhao = 1e12
)

var zhDigits = map[string]int64{
	"零": 0, "〇": 0, "○": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
	"壹": 1, "贰": 2, "貳": 2, "兩": 2, "叁": 3, "參": 3, "肆": 4, "伍": 5, "陆": 6, "陸": 6, "柒": 7, "捌": 8, "玖": 9, "幺": 1, "俩": 2, "仨": 3,
}

var zhUnits = map[string]int64{
	"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000,
	"万": wan, "萬": wan, "亿": yi, "億": yi, "兆": zhao,
}

// readZH reads sign, ordinal, fraction, percentage, decimal or whole number.
func readZH(ws []word.Word, i int) (Value, int) {
	start := i
	negative, ordinal := false, false
	switch {
	case is(ws, i, "负", "負"), minus(ws, i):
		negative, i = true, i+1
	case is(ws, i, "零") && is(ws, i+1, "下"):
		negative, i = true, i+2
	case is(ws, i, "正") && i+1 < len(ws) && ws[i+1].Sort == word.Han && zhDigits[ws[i+1].Text] > 0:
		i++
	case is(ws, i, "第"):
		ordinal, i = true, i+1
	}
	v, next := broken(ws, i)
	if next == i {
		v, next = zhPlain(ws, i)
	}
	if next == i {
		return Value{}, start
	}
	if negative && v.N != nil {
		v.N, v.Weak = new(big.Rat).Neg(v.N), false
	}
	if ordinal {
		v.Form, v.Weak = Ordinal, false
	}
	return v, next
}

// broken reads "三分之一", "百分之五", "一又二分之一", "3/4".
func broken(ws []word.Word, i int) (Value, int) {
	var below *big.Rat
	next := i
	if is(ws, i, "百", "千", "万") && is(ws, i+1, "分") {
		below, next = rat(zhUnits[ws[i].Text]), i+1
	} else {
		v, n := zhPlain(ws, i)
		if n == i || v.N == nil || v.Hi != nil {
			return Value{}, i
		}
		if is(ws, n, "又") {
			if part, end := broken(ws, n+1); end > n+1 && part.Form == Fraction {
				return Value{N: new(big.Rat).Add(v.N, part.N), Form: Fraction}, end
			}
		}
		if ws[n-1].Sort == word.Figures && n < len(ws) && ws[n].Sort == word.Figures && is(ws, n+1, "/") {
			if part, end := broken(ws, n); end > n && part.Form == Fraction {
				return Value{N: new(big.Rat).Add(v.N, part.N), Form: Fraction}, end // 5 1/2
			}
		}
		if is(ws, n, "/") && ws[n-1].Sort == word.Figures && n+1 < len(ws) && ws[n+1].Sort == word.Figures {
			if d := literal(ws[n+1].Text); d != nil && d.Sign() > 0 && !is(ws, n+2, "/") {
				return Value{N: new(big.Rat).Quo(v.N, d), Form: Fraction}, n + 2
			}
		}
		below, next = v.N, n
	}
	if !is(ws, next, "分") || !is(ws, next+1, "之") || below.Sign() == 0 {
		return Value{}, i
	}
	next += 2
	negative := is(ws, next, "负", "負")
	if negative {
		next++
	}
	above, end := zhPlain(ws, next)
	if end == next && is(ws, next, "百") {
		above, end = Value{N: rat(100)}, next+1
	}
	if end == next || above.N == nil {
		return Value{}, i
	}
	if negative {
		below = new(big.Rat).Neg(below)
	}
	v := Value{N: new(big.Rat).Quo(above.N, below), Form: Fraction, Vague: above.Vague}
	if above.Hi != nil {
		v.Hi = new(big.Rat).Quo(above.Hi, below)
	}
	if new(big.Rat).Abs(below).Cmp(rat(100)) == 0 {
		v.Form = Percent
	}
	return v, end
}

// zhPlain reads a number without sign or fraction.
func zhPlain(ws []word.Word, i int) (Value, int) {
	if v, next := zhRange(ws, i); next > i {
		return v, next
	}
	if v, next := zhVague(ws, i); next > i {
		return v, next
	}
	v, next := zhWhole(ws, i)
	if next == i {
		if is(ws, i, "半") && is(ws, i+1, "个", "箇") {
			return Value{N: big.NewRat(1, 2), Form: Fraction, Weak: true}, i + 2
		}
		return Value{}, i
	}
	if next < len(ws) && (is(ws, next, "点", "點", ".") && v.N.IsInt()) {
		if d, end := zhRow(ws, next+1); end > next+1 && !is(ws, end, "分", "整", "半", "钟") {
			v = Value{N: decimals(Format(v.N), d), Form: Decimal}
			next = end
			if v.N == nil {
				return Value{}, i
			}
			if u, n := bigUnit(ws, next); n > next {
				v.N.Mul(v.N, u)
				next = n
			}
		}
	}
	if is(ws, next, "多", "余", "来", "几", "餘", "來") && !is(ws, next+1, "少", "自", "到") {
		v.Vague, v.Weak = true, false
		next++
		if u, n := bigUnit(ws, next); n > next {
			v.N.Mul(v.N, u)
			next = n
		}
	}
	if is(ws, next, "个") && is(ws, next+1, "半") {
		return Value{N: new(big.Rat).Add(v.N, big.NewRat(1, 2)), Form: Decimal}, next + 2
	}
	return percentAfter(ws, v, next)
}

func bigUnit(ws []word.Word, i int) (*big.Rat, int) {
	n := rat(1)
	for i < len(ws) {
		u := zhUnits[ws[i].Text]
		if u == 0 || u < 100 {
			break
		}
		n.Mul(n, rat(u))
		i++
		if u < wan || u == wan && is(ws, i, "亿", "億") {
			continue
		}
		break
	}
	return n, i
}

// zhRow reads digits one by one.
func zhRow(ws []word.Word, i int) (string, int) {
	var b strings.Builder
	for start := i; i < len(ws) && b.Len() < maxFigures; i++ {
		if d, ok := zhDigits[ws[i].Text]; ok && !is(ws, i, "俩", "仨") {
			b.WriteByte('0' + byte(d))
		} else if ws[i].Sort == word.Figures && !strings.Contains(ws[i].Text, ".") && !(i > start && ws[i-1].Sort == word.Figures) {
			b.WriteString(ws[i].Text)
		} else {
			break
		}
	}
	return b.String(), i
}

// zhRange reads "三四百", "七百三四十", "五六个", "十七八": two neighbouring
// digits where one belongs. Both readings are made and joined.
func zhRange(ws []word.Word, i int) (Value, int) {
	j := i
	for j < len(ws) && j-i < maxFigures && (zhUnits[ws[j].Text] > 0 || zhDigits[ws[j].Text] > 0 && !pair(ws, j)) {
		j++
	}
	if !pair(ws, j) {
		return Value{}, i
	}
	after := j + 2
	if after < len(ws) && zhDigits[ws[after].Text] > 0 || j > i && zhUnits[ws[j-1].Text] == 0 {
		return Value{}, i // a longer row of digits
	}
	if j == i && !(after < len(ws) && (zhUnits[ws[after].Text] > 0 || counts(ws, after))) {
		return Value{}, i
	}
	if j == i && is(ws, after, "点", "月", "号", "年") {
		return Value{}, i
	}
	lo, loEnd := zhWhole(without(ws[i:], j+1-i), 0)
	hi, hiEnd := zhWhole(without(ws[i:], j-i), 0)
	if loEnd != hiEnd || loEnd <= j-i || lo.N.Cmp(hi.N) >= 0 {
		return Value{}, i
	}
	return Value{N: lo.N, Hi: hi.N, Vague: true}, i + loEnd + 1
}

// pair: ws[j] and the next are digits that follow each other, or "三五".
func pair(ws []word.Word, j int) bool {
	if j+1 >= len(ws) {
		return false
	}
	a, b := zhDigits[ws[j].Text], zhDigits[ws[j+1].Text]
	return a > 0 && (b == a+1 || a == 3 && b == 5)
}

func without(ws []word.Word, i int) []word.Word {
	out := make([]word.Word, 0, len(ws))
	return append(append(out, ws[:i]...), ws[i+1:]...)
}

// counts says that ws[i] is a word that a counted thing begins with.
func counts(ws []word.Word, i int) bool {
	return i < len(ws) && ws[i].Sort == word.Han && strings.Contains(Measures, ws[i].Text)
}

// Measures are the words that stand between a number and what is counted, and
// the units of money, one character each.
const Measures = "个個位名口人家间間张張份件台辆輛次块塊元圆圓毛角美欧歐英日港新澳加卢盧韩韓泰马馬人只条條瓶杯天岁歲斤米公分小秒里"

// zhVague reads "几百", "好几个", "十来", "上百", "百八十", "万把".
func zhVague(ws []word.Word, i int) (Value, int) {
	start := i
	switch {
	case is(ws, i, "百", "千", "万") && is(ws, i+1, "八", "把"):
		i += 2
		if _, n := bigUnit(ws, i); n > i {
			return Value{Vague: true}, n
		}
		if is(ws, i, "十") {
			return Value{Vague: true}, i + 1
		}
		if is(ws, i-1, "把") {
			return Value{Vague: true}, i
		}
		return Value{}, start
	case is(ws, i, "上", "成", "好") && is(ws, i+1, "百", "千", "万", "几", "亿"):
		i++
	}
	first := i
	for is(ws, i, "几", "幾", "数") || i > first && i < len(ws) && zhUnits[ws[i].Text] > 0 ||
		first > start && i == first && i < len(ws) && zhUnits[ws[i].Text] > 0 {
		i++
	}
	if i == first || is(ws, i-1, "数") || i == first+1 && first == start && !counts(ws, i) {
		return Value{}, start
	}
	if is(ws, i, "多", "来") {
		i++
	}
	return Value{Vague: true, Weak: i == start+1}, i
}
