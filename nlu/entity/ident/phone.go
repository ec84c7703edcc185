package ident

import (
	"slices"
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Phone reads a telephone number. The Value is its digits, with "+" before them
// where a country was named and ";ext=12" behind where an extension was
// (RFC 3966); a Chinese +86 before a mobile number is dropped, for it is said or
// not as it comes.
func Phone(lang, text string, o Options) reading.Reading {
	ws := word.Cut(text)
	plan := plans(lang)
	best, ok := pick(ws, rows(lang, ws, false, o), o)
	if !ok {
		return reading.Reading{}
	}
	wanted := o.Lengths
	if len(wanted) == 0 {
		wanted = plan(best)
		again := o
		again.Lengths = wanted
		if b, ok := pick(ws, rows(lang, ws, false, again), again); ok {
			best = b
		}
	}
	if strings.Contains(best.value, ".") {
		best.value = strings.ReplaceAll(best.value, ".", "")
	}
	short := slices.Contains(wanted, len(best.value)) && len(best.value) < 7
	if len(best.value) < 7 && !short && !best.alone(ws) && o.Before == "" || short && !best.alone(ws) {
		return reading.Reading{}
	}
	r := judge(best.reading(ws), wanted, true)
	if national, ok := strings.CutPrefix(r.Value, "86"); ok && lang == "zh" && len(r.Value) == 13 && national[0] == '1' {
		r.Value, best.plus = national, false
	}
	if national, ok := strings.CutPrefix(r.Value, "0086"); ok && lang == "zh" {
		r.Value, best.plus = national, false
	}
	if best.plus {
		r.Value = "+" + r.Value
	}
	if best.ext != "" {
		r.Value += ";ext=" + best.ext
	}
	return r
}

// plans gives the lengths a number may have by how it begins.
func plans(lang string) func(row) []int {
	if lang == "zh" {
		return china
	}
	return abroad
}

func china(r row) []int {
	v := r.value
	switch {
	case r.plus:
		if strings.HasPrefix(v, "861") {
			return []int{13}
		}
		return abroad(r)
	case strings.HasPrefix(v, "861") && len(v) > 11:
		return []int{13}
	case strings.HasPrefix(v, "0086"):
		return []int{14, 15}
	case strings.HasPrefix(v, "010"), strings.HasPrefix(v, "02"):
		return []int{11}
	case strings.HasPrefix(v, "0"):
		return []int{11, 12}
	case strings.HasPrefix(v, "400"), strings.HasPrefix(v, "800"):
		return []int{10}
	case strings.HasPrefix(v, "95") && len(v) <= 6:
		return []int{5, 6}
	case v == "110" || v == "119" || v == "120" || v == "122":
		return []int{3}
	case (strings.HasPrefix(v, "10") || strings.HasPrefix(v, "12") || strings.HasPrefix(v, "11")) && len(v) == 5:
		return []int{5}
	case strings.HasPrefix(v, "1"):
		return []int{11}
	}
	return []int{7, 8}
}

func abroad(r row) []int {
	switch {
	case r.plus:
		return []int{8, 9, 10, 11, 12, 13, 14, 15}
	case strings.HasPrefix(r.value, "0"):
		return []int{9, 10, 11, 12}
	case r.value == "911" || r.value == "999" || r.value == "411":
		return []int{3}
	case strings.HasPrefix(r.value, "1"):
		return []int{11}
	case len(r.value) <= 7:
		return []int{7, 10}
	}
	if strings.HasPrefix(r.value, "44") && len(r.value) > 10 {
		return []int{12}
	}
	return []int{10}
}
