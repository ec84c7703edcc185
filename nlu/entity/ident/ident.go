// Package ident reads what a caller spells: rows of digits, telephone numbers,
// identity cards, bank cards, number plates, references of letters and digits.
//
// It owns the ways of saying a digit or a letter, the corrections and restarts
// within such a row, and the checks that tell a right identifier from a
// misheard one. nlu/entity calls it. It never repairs a row so that a check
// passes: a failed check is reported, and the caller is asked again.
package ident

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Options say what is expected.
type Options struct {
	// Lengths are the numbers of characters that are right; empty: any.
	Lengths []int
	// Before is the Value of an Incomplete reading of the turn before. The new
	// words carry on from it, or correct it.
	Before string
	// Today bounds birth dates from above; zero: they are not.
	Today time.Time
}

// shortest is how many digits a row in the middle of a sentence must have to
// be one; an answer that is nothing else may be shorter.
const shortest = 3

// Digits reads the digit row of a text: the longest one, or the one of a length
// expected.
func Digits(lang, text string, o Options) reading.Reading {
	ws := word.Cut(text)
	best, ok := pick(ws, rows(lang, ws, false, o), o)
	if !ok {
		return reading.Reading{}
	}
	return judge(best.reading(ws), o.Lengths, false)
}

// pick chooses among the rows of a text.
func pick(ws []word.Word, all []row, o Options) (row, bool) {
	var best row
	for _, r := range all {
		alone := r.alone(ws)
		if len(r.value) < shortest && !alone && o.Before == "" || !alone && (r.counted || r.part(ws)) || r.sigh(ws) {
			continue
		}
		fits, fitted := slices.Contains(o.Lengths, len(r.value)), slices.Contains(o.Lengths, len(best.value))
		if best.value == "" || fits && !fitted || fits == fitted && len(r.value) > len(best.value) {
			best = r
		}
	}
	return best, best.value != ""
}

// judge compares a row's length with those wanted. open: longer ones may be
// wanted still, so that a wrong length between them is Incomplete.
func judge(r reading.Reading, lengths []int, open bool) reading.Reading {
	n := len(r.Value)
	switch {
	case len(lengths) == 0 || slices.Contains(lengths, n):
	case n < slices.Min(lengths) || open && n < slices.Max(lengths):
		r.Doubt, r.Why = reading.Incomplete, "fewer characters than expected"
	case n > slices.Max(lengths):
		r.Doubt, r.Why = reading.Failed, "more characters than expected"
	default:
		r.Doubt, r.Why = reading.Failed, "a length between those expected"
	}
	return r
}

// Spelled reads a reference of letters and digits ("a as in alpha double seven
// dash nine"): capital letters and digits, with dots kept and dashes dropped.
func Spelled(lang, text string, o Options) reading.Reading {
	ws := word.Cut(text)
	var all []row
	for _, r := range rows(lang, ws, true, o) {
		if r = r.withoutArticle(ws); r.alone(ws) && !(len(ws) > 1 && (r.value == "A" || r.value == "I")) || r.code() {
			all = append(all, r)
		}
	}
	best, ok := pick(ws, all, o)
	if !ok {
		return reading.Reading{}
	}
	return judge(best.reading(ws), o.Lengths, false)
}

// codeShortest is how much of a reference with letters is one amid a sentence.
const codeShortest = 4

// code: the row would be a reference even in the middle of a sentence.
func (r row) code() bool {
	a, b, product := strings.Cut(r.value, "X")
	if product && a != "" && b != "" && strings.Trim(a+b, "0123456789") == "" || strings.HasPrefix(r.value, "401K") {
		return false // 20 x 20
	}
	letters := strings.ContainsFunc(r.value, unicode.IsLetter)
	digits := strings.ContainsAny(r.value, "0123456789")
	return digits && (!letters || len(r.value) >= codeShortest && !strings.HasSuffix(r.value, "K"))
}

// withoutArticle drops an "a" that begins a row amid a sentence.
func (r row) withoutArticle(ws []word.Word) row {
	if rest, ok := strings.CutPrefix(r.value, "A"); ok && rest != "" && r.from+1 < r.to && ws[r.from].Text == "a" && !r.alone(ws) {
		r.value = rest
		r.from++
	}
	return r
}
