package lexicon

// Small reads a number from 0 to 99 in words or digits.
func (t Text) Small(i int) (v, n int) {
	if i >= len(t) {
		return 0, 0
	}
	if tok := t[i]; tok.Number >= 0 {
		if len(tok.Text) > 2 {
			return 0, 0
		}
		return tok.Number, 1
	}
	v, ok := Word(t.Word(i))
	if !ok {
		return 0, 0
	}
	if Tens(t.Word(i)) == 0 {
		return v, 1
	}
	j := i + 1
	if t.Is(j, "-") {
		j++
	}
	if u, ok := Word(t.Word(j)); ok && u > 0 && u < 10 {
		return v + u, j + 1 - i
	}
	return v, 1
}

// Count reads a number, also one in hundreds, "a", "an", "a couple of".
func (t Text) Count(i int) (v, n int) {
	if n = t.OneOf(i, "a couple of", "a couple", "couple of"); n > 0 {
		return 2, n
	}
	if t.Is(i, "a", "an") {
		return 1, 1
	}
	if i < len(t) && t[i].Number >= 0 && len(t[i].Text) <= 4 {
		return t[i].Number, 1
	}
	return t.Small(i)
}

// Ordinal reads "third", "twenty first", "5th".
func (t Text) Ordinal(i int) (v, n int) {
	if v, n = t.Small(i); n > 0 && t[i].Number >= 0 {
		if t.Is(i+1, "st", "nd", "rd", "th") && t[i+1].Glued {
			return v, 2
		}
		return 0, 0
	}
	if v, ok := OrdinalWord(t.Word(i)); ok {
		return v, 1
	}
	tens := Tens(t.Word(i))
	j := i + 1
	if t.Is(j, "-") {
		j++
	}
	if u, ok := OrdinalWord(t.Word(j)); ok && tens > 0 && u < 10 {
		return tens + u, j + 1 - i
	}
	return 0, 0
}

// Year reads a year of three or four figures: "2012", "twenty twelve", "nineteen oh five", "two thousand and
// nine", "one thousand eight hundred seventy six", "nineteen hundred".
func (t Text) Year(i int) (v, n int) {
	if i < len(t) && t[i].Number >= 1000 && len(t[i].Text) == 4 {
		return t[i].Number, 1
	}
	if v, n = t.thousands(i); n > 0 {
		return v, n
	}
	high, n := t.Small(i)
	if n == 0 || t[i].Number >= 0 || high < 1 || high > 21 {
		return 0, 0
	}
	n += t.OneOf(i+n, "-")
	if high >= 10 && t.Is(i+n, "hundred") {
		return high * 100, n + 1
	}
	low, m := t.Pair(i + n)
	if m == 0 {
		return 0, 0
	}
	return high*100 + low, n + m
}

// Pair is the second half of a year: "twelve", "oh five"; not "five" alone.
func (t Text) Pair(i int) (v, n int) {
	if t.Is(i, "oh", "o", "zero") {
		if v, ok := Word(t.Word(i + 1)); ok && v > 0 && v < 10 {
			return v, 2
		}
		return 0, 0
	}
	v, n = t.Small(i)
	if v < 10 || n > 0 && t[i].Number >= 0 {
		return 0, 0
	}
	return v, n
}

// thousands reads "two thousand [and] twelve" and "one thousand eight hundred [and] seventy six".
func (t Text) thousands(i int) (v, n int) {
	v, ok := Word(t.Word(i))
	if !ok || v < 1 || v > 2 || t.Word(i+1) != "thousand" {
		return 0, 0
	}
	v, n = v*1000, 2
	if h, ok := Word(t.Word(i + n)); ok && h > 0 && h < 10 && t.Word(i+n+1) == "hundred" {
		v, n = v+h*100, n+2
	}
	and := 0
	if t.Is(i+n, "and") {
		and = 1
	}
	if low, m := t.Small(i + n + and); m > 0 && low > 0 {
		return v + low, n + and + m
	}
	return v, n
}
