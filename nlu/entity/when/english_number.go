package when

import "trunkline/nlu/entity/when/internal/lexicon"

// small reads a number from 0 to 99 in words or digits.
func (p *parser) small(i int) (v, n int) {
	if i >= len(p.toks) {
		return 0, 0
	}
	if t := p.toks[i]; t.Number >= 0 {
		if len(t.Text) > 2 {
			return 0, 0
		}
		return t.Number, 1
	}
	v, ok := lexicon.Word(p.tok(i))
	if !ok {
		return 0, 0
	}
	if lexicon.Tens(p.tok(i)) == 0 {
		return v, 1
	}
	j := i + 1
	if p.is(j, "-") {
		j++
	}
	if u, ok := lexicon.Word(p.tok(j)); ok && u > 0 && u < 10 {
		return v + u, j + 1 - i
	}
	return v, 1
}

// count reads a number, also one in hundreds, "a", "an", "a couple of".
func (p *parser) count(i int) (v, n int) {
	if n = p.oneOf(i, "a couple of", "a couple", "couple of"); n > 0 {
		return 2, n
	}
	if p.is(i, "a", "an") {
		return 1, 1
	}
	if i < len(p.toks) && p.toks[i].Number >= 0 && len(p.toks[i].Text) <= 4 {
		return p.toks[i].Number, 1
	}
	return p.small(i)
}

// ordinal reads "third", "twenty first", "5th".
func (p *parser) ordinal(i int) (v, n int) {
	if v, n = p.small(i); n > 0 && p.toks[i].Number >= 0 {
		if p.is(i+1, "st", "nd", "rd", "th") && p.toks[i+1].Glued {
			return v, 2
		}
		return 0, 0
	}
	if v, ok := lexicon.OrdinalWord(p.tok(i)); ok {
		return v, 1
	}
	t := lexicon.Tens(p.tok(i))
	j := i + 1
	if p.is(j, "-") {
		j++
	}
	if u, ok := lexicon.OrdinalWord(p.tok(j)); ok && t > 0 && u < 10 {
		return t + u, j + 1 - i
	}
	return 0, 0
}

// year reads a year of three or four figures: "2012", "twenty twelve", "nineteen oh five", "two thousand and
// nine", "one thousand eight hundred seventy six", "nineteen hundred".
func (p *parser) year(i int) (v, n int) {
	if i < len(p.toks) && p.toks[i].Number >= 1000 && len(p.toks[i].Text) == 4 {
		return p.toks[i].Number, 1
	}
	if v, n = p.thousands(i); n > 0 {
		return v, n
	}
	high, n := p.small(i)
	if n == 0 || p.toks[i].Number >= 0 || high < 1 || high > 21 {
		return 0, 0
	}
	n += p.oneOf(i+n, "-")
	if high >= 10 && p.is(i+n, "hundred") {
		return high * 100, n + 1
	}
	low, m := p.pair(i + n)
	if m == 0 {
		return 0, 0
	}
	return high*100 + low, n + m
}

// pair is the second half of a year: "twelve", "oh five"; not "five" alone.
func (p *parser) pair(i int) (v, n int) {
	if p.is(i, "oh", "o", "zero") {
		if v, ok := lexicon.Word(p.tok(i + 1)); ok && v > 0 && v < 10 {
			return v, 2
		}
		return 0, 0
	}
	v, n = p.small(i)
	if v < 10 || n > 0 && p.toks[i].Number >= 0 {
		return 0, 0
	}
	return v, n
}

// thousands reads "two thousand [and] twelve" and "one thousand eight hundred [and] seventy six".
func (p *parser) thousands(i int) (v, n int) {
	v, ok := lexicon.Word(p.tok(i))
	if !ok || v < 1 || v > 2 || p.tok(i+1) != "thousand" {
		return 0, 0
	}
	v, n = v*1000, 2
	if h, ok := lexicon.Word(p.tok(i + n)); ok && h > 0 && h < 10 && p.tok(i+n+1) == "hundred" {
		v, n = v+h*100, n+2
	}
	and := 0
	if p.is(i+n, "and") {
		and = 1
	}
	if low, m := p.small(i + n + and); m > 0 && low > 0 {
		return v + low, n + and + m
	}
	return v, n
}

// shortYear is one of two figures, as in dates only: "85", "oh five", "eighty five".
func (p *parser) shortYear(i int) (v, n int) {
	if i < len(p.toks) && p.toks[i].Number >= 0 && len(p.toks[i].Text) != 2 {
		return 0, 0
	}
	if v, n = p.pair(i); n == 0 {
		if v, n = p.small(i); n == 0 || p.toks[i].Number < 0 {
			return 0, 0
		}
	}
	return p.Century(v), n
}
