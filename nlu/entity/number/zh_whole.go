package number

import (
	"math/big"

	"trunkline/nlu/entity/word"
)

// wholeZH holds a number while its words come in.
type wholeZH struct {
	sum, sect, digit *big.Rat
	last             int64 // the unit said last
	zero             bool  // after 零
	words            int
}

// zhWhole reads a whole number, with the digits dropped at its end filled in:
// 一百五 is 150, 两万三 is 23,000, 一千零五 is 1,005. Written digits may take
// the place of spoken ones: 100万1111, 1.5万.
func zhWhole(ws []word.Word, i int) (Value, int) {
	if row, next := zhRow(ws, i); len(row) > maxFigures {
		return Value{}, i
	} else if len(row) >= 2 && !(next < len(ws) && zhUnits[ws[next].Text] > 0 && next == i+1) {
		if next > i+1 || next >= len(ws) || zhUnits[ws[next].Text] == 0 {
			return Value{N: whole(row), Form: Row, Digit: row}, next
		}
	}
	p := wholeZH{sum: new(big.Rat), sect: new(big.Rat)}
	j := i
	for j < len(ws) && p.take(ws, j) {
		j++
		if p.digit != nil && is(ws, j, "个") && is(ws, j+1, "亿", "万") {
			j++
		}
	}
	if p.words == 0 || p.zero && p.words > 1 && p.digit == nil && p.last > 0 && !is(ws, j-1, "零", "〇") {
		return Value{}, i
	}
	if is(ws, j-1, "零", "〇") && p.words > 1 {
		j-- // 一百零: the zero belongs to what was not understood
	}
	if is(ws, j, "来") && p.digit != nil {
		return Value{}, i
	}
	v := p.value()
	weak := j == i+1 && is(ws, i, "一", "两", "十")
	return Value{N: v, Weak: weak}, j
}

// take adds ws[j], or says that the number ended before it.
func (p *wholeZH) take(ws []word.Word, j int) bool {
	w := ws[j]
	switch {
	case is(ws, j, "廿", "卅"):
		tens := map[string]int64{"廿": 2, "卅": 3}[w.Text]
		return p.digit == nil && p.takeDigit(rat(tens), false) && p.small(10)
	case is(ws, j, "兆") && is(ws, j+1, "赫", "瓦", "帕", "字", "欧", "伏", "焦", "比"):
		return false // a prefix of the unit
	}
	if d, ok := zhDigits[w.Text]; ok {
		return p.takeDigit(rat(d), false)
	}
	if w.Sort == word.Figures {
		n := literal(w.Text)
		return n != nil && p.takeDigit(n, true)
	}
	u := zhUnits[w.Text]
	switch {
	case u == 0:
		return false
	case u < wan:
		return p.small(u)
	default:
		return p.big(u)
	}
}

func (p *wholeZH) takeDigit(d *big.Rat, written bool) bool {
	if p.digit != nil || written && p.last > 0 && d.Cmp(rat(p.last)) >= 0 {
		return false
	}
	if d.Sign() == 0 && p.words > 0 {
		if p.zero {
			return false
		}
		p.zero = true
		p.words++
		return true
	}
	p.digit = d
	p.words++
	return true
}

// small takes 十, 百 or 千, which must fall within a section.
func (p *wholeZH) small(u int64) bool {
	if p.last > 0 && p.last < wan && u >= p.last {
		return false
	}
	d := p.digit
	switch {
	case d != nil && d.Sign() == 0:
		return false
	case d == nil && u == 10:
		d = rat(1)
	case d == nil:
		return false
	}
	p.sect.Add(p.sect, new(big.Rat).Mul(d, rat(u)))
	p.digit, p.last, p.zero = nil, u, false
	p.words++
	return true
}

// big takes 万, 亿 or 兆: it multiplies the section, or after another of them
// everything (万亿).
func (p *wholeZH) big(u int64) bool {
	if p.digit != nil {
		p.sect.Add(p.sect, p.digit)
		p.digit = nil
	}
	switch {
	case p.sect.Sign() > 0 && (p.sum.Sign() == 0 || p.sum.Cmp(rat(u)) >= 0):
		p.sum.Add(p.sum, new(big.Rat).Mul(p.sect, rat(u)))
	case p.sum.Sign() > 0 && p.sum.Cmp(rat(u)) < 0:
		p.sum.Mul(p.sum.Add(p.sum, p.sect), rat(u))
	case p.sect.Sign() == 0 && p.sum.Sign() > 0 && u > wan && p.sum.Cmp(rat(zhao)) < 0:
		p.sum.Mul(p.sum, rat(u))
	default:
		return false
	}
	p.sect, p.last, p.zero = new(big.Rat), u, false
	p.words++
	return true
}

func (p *wholeZH) value() *big.Rat {
	n := new(big.Rat).Add(p.sum, p.sect)
	if p.digit == nil {
		return n
	}
	d := p.digit
	if p.last >= 100 && !p.zero && d.Cmp(rat(10)) < 0 {
		d = new(big.Rat).Mul(d, rat(p.last/10))
	}
	return n.Add(n, d)
}
