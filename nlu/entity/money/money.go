// Package money reads amounts of money: spoken, written, colloquial and vague.
//
// It owns currencies, their units and the ways amounts are cut short
// ("三块五", "two fifty"). nlu/entity calls it. It converts nothing.
package money

import (
	"math/big"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Options say what an amount without a currency is.
type Options struct {
	Currency string // ISO 4217; empty: CNY in Chinese, USD in English
}

// Find reads the amount of a text as "150.00 CNY". A number without a currency
// is an amount only where it is the whole answer. Where several amounts were
// said the first comes as Ambiguous, after a correction the last one.
func Find(lang, text string, o Options) reading.Reading {
	ws := word.Cut(text)
	all := reading.Without(All(lang, text, o), func(start int) bool { return word.Denied(ws, start) })
	return reading.First(all, func(start, end int) bool {
		return word.Corrects(word.Between(ws, start, end))
	})
}

// All reads every amount of a text, in order.
func All(lang, text string, o Options) []reading.Reading {
	if o.Currency == "" {
		o.Currency = "USD"
		if lang == "zh" {
			o.Currency = "CNY"
		}
	}
	return scan(lang, word.Cut(text), o)
}

func scan(lang string, ws []word.Word, o Options) []reading.Reading {
	var out []reading.Reading
	s := scanner{lang: lang, ws: ws, o: o, answer: answer(lang, ws)}
	for i := 0; i < len(ws); {
		r, next := number.Heard(lang, ws, i, func() (reading.Reading, int) { return s.at(i) })
		if next > i {
			out = append(out, r)
		}
		i = max(next, i+1)
	}
	return out
}

// at reads the amount at word i, and where it ends.
func (s scanner) at(i int) (r reading.Reading, next int) {
	a, next := s.amount(i)
	if next > i {
		r = a.reading()
		r.Start, r.End = s.ws[i].Start, s.ws[next-1].End
	}
	return r, next
}

// answer says that a text is nothing but amounts and the words around an answer.
func answer(lang string, ws []word.Word) bool {
	covered := make([]bool, len(ws))
	for i := 0; i < len(ws); {
		_, next := number.Read(lang, ws, i)
		if next > i {
			_, n := currency(lang, ws, next)
			next += n
		}
		for j := i; j < next; j++ {
			covered[j] = true
		}
		i = max(next, i+1)
	}
	return word.Answer(ws, func(i int) bool { return covered[i] })
}

// An amount is a number of one currency.
type amount struct {
	number.Value
	code  string
	about bool
}

func (a amount) reading() reading.Reading {
	var r reading.Reading
	switch {
	case a.N == nil:
	case a.Hi != nil:
		r.Value = digits(a.N) + "~" + digits(a.Hi) + " " + a.code
	default:
		r.Value = digits(a.N) + " " + a.code
	}
	switch {
	case a.Vague:
		r.Doubt, r.Why = reading.Vague, "no exact amount was said"
	case a.about:
		r.Doubt, r.Why = reading.Vague, "the amount was said to be about right"
	case a.Other != nil:
		r.Doubt, r.Why = reading.Ambiguous, "hundreds, or units and hundredths"
		r.Others = []string{digits(a.Other) + " " + a.code}
	}
	return r
}

// digits writes at least two decimal places.
func digits(n *big.Rat) string {
	places, exact := n.FloatPrec()
	if !exact {
		places = 2
	}
	return n.FloatString(max(places, 2))
}

// A scanner reads amounts at places.
type scanner struct {
	lang string
	ws   []word.Word
	o    Options
	// answer: nothing but an amount was said, so that the currency may be left out.
	answer bool
}

func (s scanner) is(i int, words ...string) bool {
	if i < 0 || i >= len(s.ws) {
		return false
	}
	for _, w := range words {
		if s.ws[i].Text == w {
			return true
		}
	}
	return false
}

// amount reads at word i: the currency before the number, behind it, or nowhere.
func (s scanner) amount(i int) (amount, int) {
	if a, next := s.symbolFirst(i); next > i {
		return a, next
	}
	about := i > 0 && (s.is(i-1, "大概", "about", "around", "roughly", "approximately") ||
		word.Said(s.ws, i-2, "大概") > 0 || word.Said(s.ws, i-2, "大约") > 0 || word.Said(s.ws, i-3, "差不多") > 0)
	a, next := s.named(i)
	if next == i {
		a, next = s.bare(i)
	}
	if next > i {
		if word.Said(s.ws, next, "左右") > 0 || word.Said(s.ws, next, "上下") > 0 || word.Said(s.ws, next, "or so") > 0 {
			about, next = true, next+2
		}
		a.about = about
	}
	return a, next
}

// symbolFirst reads "$4.69", "US$ 5 million", "CNY1.25", "€730-40".
func (s scanner) symbolFirst(i int) (amount, int) {
	code, n := symbol(s.lang, s.ws, i)
	if n == 0 || i > 0 && s.ws[i-1].Sort == word.Figures && s.ws[i-1].End == s.ws[i].Start {
		return amount{}, i
	}
	at := i + n
	if at < len(s.ws) && s.ws[i].Sort == word.Letters && n == 1 && s.ws[i].End != s.ws[at].Start {
		return amount{}, i // "try 5", "r 12"
	}
	v, next := number.Read(s.lang, s.ws, at)
	if next == at || v.N == nil {
		return amount{}, i
	}
	if s.is(next, "-", "~") && v.Hi == nil && next+1 < len(s.ws) && s.ws[next+1].Sort == word.Figures {
		low, high := number.Format(v.N), s.ws[next+1].Text
		if len(high) < len(low) {
			high = low[:len(low)-len(high)] + high // 730-40
		}
		if n, ok := new(big.Rat).SetString(high); ok && len(high) < 20 && n.Cmp(v.N) > 0 {
			v.Hi, v.Vague, next = n, true, next+2
		}
	}
	return amount{Value: v, code: code}, next
}

// named reads a number and its currency.
func (s scanner) named(i int) (amount, int) {
	if s.lang == "zh" {
		if a, next := s.jiao(i); next > i {
			return a, next
		}
	}
	v, at := s.quantity(i)
	if at == i {
		return amount{}, i
	}
	unit, n := currency(s.lang, s.ws, at)
	if n == 0 && s.is(at, "-", "~", "到", "至", "to") && v.N != nil && v.Hi == nil {
		if hi, end := s.quantity(at + 1); end > at+1 && hi.N != nil && hi.N.Cmp(v.N) > 0 {
			if unit, n = currency(s.lang, s.ws, end); n > 0 {
				v.Hi, v.Vague, at = hi.N, true, end
			}
		}
	}
	if n == 0 {
		return amount{}, i
	}
	next := at + n
	v.Other = nil // "two fifty dollars" are dollars
	switch {
	case unit.minor:
		if v.N != nil {
			v.N = new(big.Rat).Quo(v.N, big.NewRat(100, 1))
		}
		if v.Hi != nil {
			v.Hi = new(big.Rat).Quo(v.Hi, big.NewRat(100, 1))
		}
	case v.N == nil || v.Hi != nil:
	case s.lang == "zh":
		v.N, next = s.tailZH(v.N, next, unit)
	default:
		v.N, next = s.tailEN(v.N, next, unit)
	}
	if v.Weak && unit.loose && next == at+n && !word.Alone(s.ws, i, next) {
		return amount{}, i // 一块儿, "a pound of"
	}
	if s.lang == "zh" && (word.Said(s.ws, next, "整") > 0 || s.is(next, "钱")) {
		next++
	}
	return amount{Value: v, code: unit.code}, next
}

// quantity reads the number of an amount; "a dollar" is one.
func (s scanner) quantity(i int) (number.Value, int) {
	if s.is(i, "a", "an") {
		if _, n := currency(s.lang, s.ws, i+1); n > 0 {
			return number.Value{N: big.NewRat(1, 1), Weak: true}, i + 1
		}
		if s.is(i+1, "grand") {
			return number.Value{N: big.NewRat(1, 1)}, i + 1
		}
	}
	if s.is(i, "half") && s.is(i+1, "a") {
		if _, n := currency(s.lang, s.ws, i+2); n > 0 {
			return number.Value{N: big.NewRat(1, 2)}, i + 2
		}
	}
	if s.is(i, "半") && s.is(i+1, "块", "元") {
		return number.Value{N: big.NewRat(1, 2)}, i + 1
	}
	return number.Read(s.lang, s.ws, i)
}

// paid tells 还两千三 and 提到五万 from other numbers in a sentence.
func (s scanner) paid(i, next int, v number.Value) bool {
	return s.lang == "zh" && v.N != nil && v.N.Cmp(big.NewRat(100, 1)) >= 0 && len(v.Digit) < 5 &&
		s.is(i-1, "还", "付", "转", "充", "存", "取", "花", "到", "成", "缴", "给", "捐") &&
		(next == len(s.ws) || s.ws[next].Sort == word.Mark || s.is(next, "吧", "了", "可", "行", "给", "就", "呢", "吗"))
}

// bare reads an amount without a currency, where nothing else was said.
func (s scanner) bare(i int) (amount, int) {
	v, next := s.quantity(i)
	if next == i || i > 0 && s.is(i-1, "第") || v.Form == number.Ordinal || v.Form == number.Percent {
		return amount{}, i
	}
	if s.is(next, "grand", "k") && !s.is(next-1, "401") {
		if v.N != nil {
			v.N = new(big.Rat).Mul(v.N, big.NewRat(1000, 1))
		}
		return amount{Value: v, code: s.o.Currency}, next + 1
	}
	if v.Form == number.Row && len(v.Digit) > 6 {
		return amount{}, i
	}
	if s.answer && !s.counted(next) || word.Alone(s.ws, i, next) || s.paid(i, next, v) {
		return amount{Value: v, code: s.o.Currency}, next
	}
	return amount{}, i
}
