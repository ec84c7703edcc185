// Package spoken puts values into words: numbers, digits, money, dates, times,
// durations, phone numbers, in Chinese, English and whatever language gets a
// row in the table.
//
// Its rules make a sequence of fragment names ("digits/1", "number/hundred").
// Text looks each up among the words of the language, for a synthesiser;
// Fragments hands the names out, for recordings below prompts/. So both ways of
// speaking follow the same rules and cannot disagree.
//
// All of it is pure and may be called from anywhere: no clock, no file but those
// of the fs.FS that Missing and Files are given, no state. Values are text and
// never pass through a float.
package spoken

import (
	"errors"
	"fmt"
	"strings"
)

// Kind is what a value is.
type Kind string

// The kinds. What each takes is said in the table of rules.
const (
	Number   Kind = "number"
	Ordinal  Kind = "ordinal"
	Digits   Kind = "digits"
	Spell    Kind = "spell"
	Phone    Kind = "phone"
	Money    Kind = "money"
	Percent  Kind = "percent"
	Count    Kind = "count"
	Date     Kind = "date"
	Time     Kind = "time"
	DateTime Kind = "datetime"
	Duration Kind = "duration"
)

// Options say more of how a value is spoken. The zero value is the habit of the
// language.
type Options struct {
	// Currency is an ISO 4217 code, for money whose value names none.
	Currency string
	// Unit is what is counted: a word of the language's table ("minute",
	// "message", "person"), else the noun itself in English, or the measure word
	// in Chinese.
	Unit string
	// Groups are how many digits are spoken before each pause; the last goes on
	// for the rest. Without, digits pause where their value has a space or hyphen.
	Groups []int
	// Hours is 12 or 24.
	Hours int
	// Weekday has a date begin or end with the day of the week.
	Weekday bool
	// Today is the date now, as 2026-11-21: dates near it are spoken as "tomorrow"
	// and the like, others in its year without the year.
	Today string
	// Variant names a way of speaking that the language's table has, such as
	// "oh" or "formal".
	Variant string
}

// rule puts values of one kind into fragment names.
type rule struct {
	kind  Kind
	takes string // what its value looks like, for documents and errors
	run   func(l *Language, value string, o Options) ([]string, error)
}

// rules are all the kinds there are.
var rules = []rule{
	{Number, "a decimal number such as -12.50, below 10^16, every digit spoken", (*Language).number},
	{Ordinal, "a whole number from 1", (*Language).ordinal},
	{Digits, "digits, * and #, one by one; spaces and hyphens are pauses", (*Language).digits},
	{Spell, "letters, digits and signs, one by one", (*Language).spell},
	{Phone, "a phone number, with + before a country code, x before an extension", (*Language).phone},
	{Money, "an amount such as 105.30, or with its currency: 105.30 CNY", (*Language).money},
	{Percent, "a decimal number, without %", (*Language).percent},
	{Count, "a decimal number of what the option unit names", (*Language).count},
	{Date, "2026-11-21, 11-21 or 2026-11", (*Language).date},
	{Time, "15:05 or 15:05:30", (*Language).time},
	{DateTime, "2026-11-21 15:05, also with T, seconds and a zone, which is not spoken", (*Language).dateTime},
	{Duration, "185s, 3m5s, 1h, 2d12h, or seconds alone", (*Language).duration},
}

// Kinds lists what can be spoken.
func Kinds() []Kind {
	all := make([]Kind, len(rules))
	for i, r := range rules {
		all[i] = r.kind
	}
	return all
}

// Text puts a value into the words of a language, for a synthesiser. lang is a
// tag such as "zh", "zh-CN" or "en". Errors say what is wrong with the value.
func Text(kind Kind, value, lang string, o Options) (string, error) {
	l, err := For(lang)
	if err != nil {
		return "", err
	}
	return l.Text(kind, value, o)
}

// Fragments is Text for recordings: the names of the fragments to play in turn,
// such as "digits/1", "number/hundred", "currency/dollars". Files finds them.
func Fragments(kind Kind, value, lang string, o Options) ([]string, error) {
	l, err := For(lang)
	if err != nil {
		return nil, err
	}
	return l.Fragments(kind, value, o)
}

// Text is the function Text for one language.
func (l *Language) Text(kind Kind, value string, o Options) (string, error) {
	names, err := l.Fragments(kind, value, o)
	if err != nil {
		return "", err
	}
	var s strings.Builder
	for i, name := range names {
		if i > 0 {
			s.WriteString(l.between(names[i-1], name))
		}
		s.WriteString(l.word(name))
	}
	return s.String(), nil
}

// longest is how long a value, or the name of a unit, may be, in bytes.
const longest = 100

// Fragments is the function Fragments for one language.
func (l *Language) Fragments(kind Kind, value string, o Options) ([]string, error) {
	names, err := l.fragments(kind, value, o)
	if err != nil {
		if len(value) > longest {
			value = value[:longest] + "…"
		}
		return nil, fmt.Errorf("say %s %q: %w", kind, value, err)
	}
	return names, nil
}

func (l *Language) fragments(kind Kind, value string, o Options) ([]string, error) {
	if len(value) > longest || len(o.Unit) > longest {
		return nil, fmt.Errorf("longer than %d bytes", longest)
	}
	for _, r := range rules {
		if r.kind != kind {
			continue
		}
		if strings.TrimSpace(value) == "" {
			return nil, fmt.Errorf("nothing to say: want %s", r.takes)
		}
		names, err := r.run(l, strings.TrimSpace(value), o)
		if errors.Is(err, errForm) {
			return nil, fmt.Errorf("want %s", r.takes)
		}
		if err != nil {
			return nil, err
		}
		return l.vary(names, o.Variant)
	}
	return nil, fmt.Errorf("there is no such kind: want one of %v", Kinds())
}

// errForm says that a value does not look as its kind wants it.
var errForm = errors.New("not understood")
