package when

import "trunkline/nlu/entity/when/internal/lexicon"

// number reads a Chinese number below 10,000 with its places (三, 十二, 二十五, 一百零三, 两千零五) or digits.
func (p *parser) number(i int) (v, n int) {
	if i >= 0 && i < len(p.toks) && p.toks[i].Number >= 0 && len(p.toks[i].Text) <= 4 {
		return p.toks[i].Number, 1
	}
	digit, place := -1, 10_000 // digit: -1 when none waits for its place
	for j := i; ; j++ {
		if tens := map[string]int{"廿": 20, "卅": 30}[p.tok(j)]; tens > 0 && j == i {
			v, place = tens, 10
			continue
		}
		if d, ok := lexicon.Numeral(p.tok(j)); ok {
			if digit > 0 || digit == 0 && (d == 0 || v == 0) {
				return v + digit, j - i // the next number
			}
			digit = d
			continue
		}
		unit := map[string]int{"十": 10, "百": 100, "千": 1000}[p.tok(j)]
		if unit == 0 || unit >= place || unit > 10 && digit < 0 {
			return v + max(digit, 0), j - i
		}
		if digit <= 0 {
			digit = 1
		}
		v, digit, place = v+digit*unit, -1, unit
	}
}

// figures reads a run of Chinese digits one by one: 二零零八, 八五, 一九九六.
func (p *parser) figures(i int) (v, n int) {
	for {
		d, ok := lexicon.Numeral(p.tok(i + n))
		if !ok || n == 4 {
			return v, n
		}
		v, n = v*10+d, n+1
	}
}

// below reads a number up to a limit: a day, an hour, a minute. A zero may lead (零五).
func (p *parser) below(i, limit int) (v, n int) {
	zero := 0
	if p.is(i, "零", "〇") {
		zero = 1
	}
	v, n = p.number(i + zero)
	if n == 0 && zero == 1 {
		return 0, 1
	}
	if n == 0 || v > limit || zero == 1 && v > 9 {
		return 0, 0
	}
	return v, n + zero
}
