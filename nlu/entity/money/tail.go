package money

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/word"
)

// withHundredths adds n hundredths.
func withHundredths(n *big.Rat, hundredths int64) *big.Rat {
	return new(big.Rat).Add(n, big.NewRat(hundredths, 100))
}

// tailEN reads "and fifty cents", "sixty three" after whole dollars.
func (s scanner) tailEN(n *big.Rat, i int, unit unit) (*big.Rat, int) {
	at := i
	if s.is(at, "and") {
		at++
	}
	if at > i && s.is(at, "a") && s.is(at+1, "half", "quarter") {
		if s.is(at+1, "half") {
			return withHundredths(n, 50), at + 2
		}
		return withHundredths(n, 25), at + 2
	}
	v, next := number.Read("en", s.ws, at)
	if next == at || v.N == nil || !v.N.IsInt() || v.N.Cmp(big.NewRat(100, 1)) >= 0 || v.N.Sign() < 0 {
		return n, i
	}
	if small, k := currency("en", s.ws, next); k > 0 && small.minor {
		return withHundredths(n, v.N.Num().Int64()), next + k
	}
	if at == i && v.N.Cmp(big.NewRat(10, 1)) >= 0 && (next == len(s.ws) || s.ws[next].Sort == word.Mark || unit.code == "USD") {
		if _, k := currency("en", s.ws, next); k == 0 {
			return withHundredths(n, v.N.Num().Int64()), next
		}
	}
	return n, i
}

// jiao reads amounts below one yuan: 五毛, 两角五分, 五分钱.
func (s scanner) jiao(i int) (amount, int) {
	v, at := number.Read("zh", s.ws, i)
	if at == i {
		return amount{}, i
	}
	var n *big.Rat
	next := at
	switch {
	case s.is(at, "毛", "角"):
		next = at + 1
		if v.N != nil {
			n = new(big.Rat).Quo(v.N, big.NewRat(10, 1))
			if d, to := s.fen(next); to > next {
				n, next = withHundredths(n, d), to
			}
		}
	case s.is(at, "分") && s.is(at+1, "钱"):
		next = at + 1
		if v.N != nil {
			n = new(big.Rat).Quo(v.N, big.NewRat(100, 1))
		}
	default:
		return amount{}, i
	}
	if s.is(next, "钱") {
		next++
	}
	v.N = n
	if v.Hi != nil {
		v.Hi, v.N = nil, nil
	}
	return amount{Value: v, code: "CNY"}, next
}

// tailZH reads what follows 块 and 元: 五 (五毛), 五毛二, 零五分, 半.
func (s scanner) tailZH(n *big.Rat, i int, unit unit) (*big.Rat, int) {
	switch {
	case unit.loose && s.is(i, "半") && !s.is(i+1, "个"):
		return withHundredths(n, 50), i + 1
	case s.is(i, "零"):
		if d, to := s.fen(i + 1); to > i+1 {
			if s.is(to, "毛", "角") {
				return withHundredths(n, d*10), to + 1
			}
			return withHundredths(n, d), to
		}
		return n, i
	}
	d := s.digit(i)
	if d < 0 {
		return n, i
	}
	switch {
	case s.is(i+1, "毛", "角"):
		n = withHundredths(n, d*10)
		if f, to := s.fen(i + 2); to > i+2 {
			return withHundredths(n, f), to
		}
		if s.is(i+2, "零") {
			if f, to := s.fen(i + 3); to > i+3 {
				return withHundredths(n, f), to
			}
		}
		return n, i + 2
	case s.is(i+1, "分") && !s.is(i+2, "钟", "之"):
		return withHundredths(n, d), i + 2
	case !unit.loose:
		if i+1 == len(s.ws) {
			return withHundredths(n, d*10), i + 1
		}
	case s.digit(i+1) >= 0 && !s.counted(i+2):
		return withHundredths(n, d*10+s.digit(i+1)), i + 2
	case !s.counted(i + 1):
		return withHundredths(n, d*10), i + 1
	}
	return n, i
}

// fen reads a digit, and 分 or the end of the amount behind it.
func (s scanner) fen(i int) (int64, int) {
	d := s.digit(i)
	switch {
	case d < 0 || s.counted(i+1) && !s.is(i+1, "分", "毛", "角"):
		return 0, i
	case s.is(i+1, "分"):
		return d, i + 2
	}
	return d, i + 1
}

func (s scanner) digit(i int) int64 {
	if i < len(s.ws) {
		if w := s.ws[i]; w.Sort == word.Han {
			if at := strings.Index("零一二三四五六七八九", w.Text); at >= 0 {
				return int64(at / 3)
			}
			if w.Text == "两" {
				return 2
			}
		} else if w.Sort == word.Figures && len(w.Text) == 1 {
			return int64(w.Text[0] - '0')
		}
	}
	return -1
}

// counted: the word makes the digit before it a number of its own.
func (s scanner) counted(i int) bool {
	return i < len(s.ws) && s.ws[i].Sort == word.Han &&
		strings.Contains("十百千万亿个位人张件斤年月天号点分次只台"+"零一二三四五六七八九两", s.ws[i].Text)
}
