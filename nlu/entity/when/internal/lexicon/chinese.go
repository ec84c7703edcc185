package lexicon

// Number reads a Chinese number below 10,000 with its places (三, 十二, 二十五, 一百零三, 两千零五) or digits.
func (t Text) Number(i int) (v, n int) {
	if i >= 0 && i < len(t) && t[i].Number >= 0 && len(t[i].Text) <= 4 {
		return t[i].Number, 1
	}
	digit, least := -1, 10_000 // digit: -1 when none waits for its place
	for j := i; ; j++ {
		if tens := place(t.Word(j)); j == i && tens > 10 && tens < 100 {
			v, least = tens, 10 // 廿, 卅
			continue
		}
		if d, ok := Numeral(t.Word(j)); ok {
			if digit > 0 || digit == 0 && (d == 0 || v == 0) {
				return v + digit, j - i // the next number
			}
			digit = d
			continue
		}
		unit := place(t.Word(j))
		if unit == 0 || unit >= least || unit > 10 && digit < 0 {
			return v + max(digit, 0), j - i
		}
		if digit <= 0 {
			digit = 1
		}
		v, digit, least = v+digit*unit, -1, unit
	}
}

// Figures reads a run of Chinese digits one by one: 二零零八, 八五, 一九九六.
func (t Text) Figures(i int) (v, n int) {
	for {
		d, ok := Numeral(t.Word(i + n))
		if !ok || n == 4 {
			return v, n
		}
		v, n = v*10+d, n+1
	}
}

// Below reads a number up to a limit: a day, an hour, a minute. A zero may lead (零五).
func (t Text) Below(i, limit int) (v, n int) {
	zero := 0
	if t.Is(i, "零", "〇") {
		zero = 1
	}
	v, n = t.Number(i + zero)
	if n == 0 && zero == 1 {
		return 0, 1
	}
	if n == 0 || v > limit || zero == 1 && v > 9 {
		return 0, 0
	}
	return v, n + zero
}

// place is what a digit before the word counts; 廿 and 卅 stand for it and their digit.
func place(s string) int {
	switch s {
	case "十":
		return 10
	case "廿":
		return 20
	case "卅":
		return 30
	case "百":
		return 100
	case "千":
		return 1000
	}
	return 0
}
