// Package measure compares values read from speech with values written down,
// and counts.
//
// It owns the reading of the house styles in which inverse text normalisers
// write ("$0.2 million", "100万1111", "+91 123-123-5678") and the rules by
// which two values are the same. The entity command and tests call it. It reads
// no files and prints nothing.
package measure

import (
	"math/big"
	"slices"
	"strings"
	"unicode"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/ident"
	"trunkline/nlu/entity/number"
)

// A Pair is something said and how it is written.
type Pair struct{ Spoken, Written string }

// A Miss is a pair of which the values differ.
type Miss struct {
	Line      int // of the file, from 1
	Pair      Pair
	Got, Want []string // values of the spoken and the written form
}

// A Report says how many pairs have the same values.
type Report struct {
	Total, Right int
	Misses       []Miss
}

// Rate is the share that is right; of nothing it is 0.
func (r Report) Rate() float64 {
	if r.Total == 0 {
		return 0
	}
	return float64(r.Right) / float64(r.Total)
}

// Compare reads both sides of every pair as a kind. kind is one of
// entity.Kinds, or "measure": quantities, compared in base units.
func Compare(kind, lang string, pairs []Pair) Report {
	var r Report
	for i, p := range pairs {
		r.Total++
		got, want := values(kind, lang, p.Spoken), values(kind, lang, p.Written)
		if same(kind, got, want) && (len(want) > 0 || p.Spoken == p.Written) {
			r.Right++
			continue
		}
		r.Misses = append(r.Misses, Miss{i + 1, p, got, want})
	}
	return r
}

// values are the canonical values of a text, in order.
func values(kind, lang, text string) []string {
	if kind == "measure" {
		return quantities(lang, text)
	}
	k, err := entity.ParseKind(kind)
	if err != nil {
		return nil
	}
	if k == entity.Phone {
		return spelled(lang, text)
	}
	var out []string
	for _, r := range entity.All(k, lang, text, entity.Options{}) {
		out = append(out, hundredths(r.Value))
	}
	if k == entity.Time && len(out) == 0 { // such files have lengths of time too
		return values("duration", lang, text)
	}
	if k == entity.Money && strings.Contains(text, "¥") {
		for i := range out { // either currency is written so
			out[i] = strings.NewReplacer("JPY", "¥", "CNY", "¥").Replace(out[i])
		}
	}
	return out
}

// hundredths writes a percentage as the number it is.
func hundredths(value string) string {
	digits, percent := strings.CutSuffix(value, "%")
	n, ok := new(big.Rat).SetString(digits)
	if !percent || !ok {
		return value
	}
	return number.Format(n.Quo(n, big.NewRat(100, 1)))
}

// spelled reads telephone numbers and what such files hold besides: addresses,
// references.
func spelled(lang, text string) []string {
	if r := ident.Spelled(base(lang), apart(text), ident.Options{}); r.Found() {
		return []string{r.Value}
	}
	return nil
}

// apart writes the characters of references like "ab9" and "RTX" one by one, as
// they are spoken.
func apart(text string) string {
	fields := strings.Fields(text)
	for i, f := range fields {
		digits := strings.ContainsAny(f, "0123456789")
		letters := strings.ContainsFunc(f, unicode.IsLetter)
		if letters && (digits || f == strings.ToUpper(f)) && !strings.ContainsFunc(f, func(r rune) bool { return r > unicode.MaxASCII }) {
			fields[i] = strings.Join(strings.Split(f, ""), " ")
		}
	}
	return strings.Join(fields, " ")
}

func base(lang string) string {
	if strings.HasPrefix(lang, "zh") {
		return "zh"
	}
	return "en"
}

// same compares values; "¥" stands for yen and yuan, and a unit that is not known for any.
func same(kind string, got, want []string) bool {
	return slices.EqualFunc(got, want, func(a, b string) bool {
		if a == b {
			return true
		}
		if kind == "measure" {
			a, unit, _ := strings.Cut(a, " ")
			b, other, _ := strings.Cut(b, " ")
			return a == b && (unit == "" || other == "")
		}
		n, yen := strings.CutSuffix(b, " ¥")
		return yen && (a == n+" CNY" || a == n+" JPY" || a == b)
	})
}

// A Trigger is a value found where there should be none.
type Trigger struct {
	Line int // of the file, from 1
	Text string
	Hit  entity.Reading
}

// Triggers reads texts without values of a kind and returns what was found.
func Triggers(kind entity.Kind, lang string, texts []string) []Trigger {
	var out []Trigger
	for i, t := range texts {
		if r := entity.Find(kind, lang, t, entity.Options{}); r.Found() {
			out = append(out, Trigger{i + 1, t, r})
		}
	}
	return out
}
