// Package entity finds the values callers say: numbers, digits, amounts,
// telephone numbers, identifiers, dates and times, answers.
//
// It owns the list of kinds and hands each to its reader; flows and menus call
// it and no reader below. It computes and nothing else: no clock, no state, no
// I/O. docs/entities.md describes kinds, canonical forms and conventions.
package entity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"trunkline/nlu"
	"trunkline/nlu/entity/ident"
	"trunkline/nlu/entity/money"
	"trunkline/nlu/entity/name"
	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when"
)

// A Kind is what a flow asks for.
type Kind string

// The kinds, with an example of each value.
const (
	Number   Kind = "number"   // "-12.5", "1/3", "50%"
	Count    Kind = "count"    // "2": people or things
	Digits   Kind = "digits"   // "007"
	Money    Kind = "money"    // "150.00 CNY"
	Phone    Kind = "phone"    // "13800138000", "+442079460958", "01062785001;ext=302"
	IDCard   Kind = "idcard"   // "11010519491231002X"
	BankCard Kind = "bankcard" // "4111111111111111"
	Plate    Kind = "plate"    // "京A12345"
	Code     Kind = "code"     // "AB123": letters and digits, spelled
	Date     Kind = "date"     // "2026-11-21", "2026-11", "2026-11-23/2026-11-29"
	Time     Kind = "time"     // "15:30"
	DateTime Kind = "datetime" // "2026-11-21T15:30", or a date or a time alone
	Duration Kind = "duration" // "PT1H30M"
	YesNo    Kind = "yesno"    // "yes", "no"
	Name     Kind = "name"     // one of Options.Names
)

// A Reading is what was found; see package reading.
type Reading = reading.Reading

// Options say what is expected. The zero value expects nothing in particular.
type Options struct {
	// Now is the moment of speaking in the caller's zone; dates are relative to
	// it. Zero: no date can be relative.
	Now time.Time
	// Currency (ISO 4217) is that of amounts said without one; empty: CNY in
	// Chinese, USD in English.
	Currency string
	// Lengths are the numbers of characters that digits, codes, telephone and
	// card numbers may have; empty: any, or what the kind prescribes.
	Lengths []int
	// Before is the Value of an Incomplete reading of the turn before; the new
	// words carry on from it, or correct it.
	Before string
	// Past takes dates without a year for past ones, as of birth.
	Past bool
	// Hours are the first and the last full hour that make sense; zero: any.
	Hours [2]int
	// Names are the things that a Name may be; nil: there are none.
	Names *name.List
}

// Kinds lists all kinds, in the order of the documentation.
func Kinds() []Kind {
	return []Kind{Number, Count, Digits, Money, Phone, IDCard, BankCard, Plate, Code, Date, Time, DateTime, Duration, YesNo, Name}
}

// ParseKind reads the name of a kind. "telephone", "cardinal", "decimal",
// "fraction" and "ordinal" are accepted for phone and number.
func ParseKind(s string) (Kind, error) {
	k := Kind(strings.ToLower(s))
	switch k {
	case "telephone":
		return Phone, nil
	case "cardinal", "decimal", "fraction", "ordinal":
		return Number, nil
	}
	if !slices.Contains(Kinds(), k) {
		return "", fmt.Errorf("parse kind %q: not one of %v", s, Kinds())
	}
	return k, nil
}

// Find reads the value of a kind from what was said in a language (a tag such
// as "zh-CN"; what is not Chinese is read as English). The reading is not Found
// when the text has no such value.
func Find(kind Kind, lang, text string, o Options) Reading {
	tag, lang := lang, base(lang)
	spelled := ident.Options{Lengths: o.Lengths, Before: o.Before, Today: o.Now}
	switch kind {
	case Number:
		return number.Find(lang, text)
	case Count:
		return number.Count(lang, text)
	case Digits:
		return ident.Digits(lang, text, spelled)
	case Money:
		return money.Find(lang, text, money.Options{Currency: o.Currency})
	case Phone:
		return ident.Phone(lang, text, spelled)
	case IDCard:
		return ident.IDCard(lang, text, spelled)
	case BankCard:
		return ident.BankCard(lang, text, spelled)
	case Plate:
		return ident.Plate(lang, text, spelled)
	case Code:
		return ident.Spelled(lang, text, spelled)
	case YesNo:
		return answer(text)
	case Name:
		if o.Names != nil {
			return o.Names.Find(text)
		}
		return Reading{}
	}
	if opts, ok := timed(kind, tag, o); ok {
		return when.Read(text, opts)
	}
	return Reading{}
}

// timed are the options of the reader of dates, if the kind is one of its.
func timed(kind Kind, lang string, o Options) (when.Options, bool) {
	opts := when.Options{Language: lang, Now: o.Now, Past: o.Past, Hours: o.Hours}
	switch kind {
	case Date:
		opts.Expect = when.Date
	case Time:
		opts.Expect = when.Time
	case Duration:
		opts.Expect = when.Duration
	case DateTime:
	default:
		return opts, false
	}
	return opts, true
}

// All reads every value of a kind in the order said. Kinds of which a turn has
// one give that one.
func All(kind Kind, lang, text string, o Options) []Reading {
	switch kind {
	case Number:
		return number.All(base(lang), text)
	case Money:
		return money.All(base(lang), text, money.Options{Currency: o.Currency})
	}
	if opts, ok := timed(kind, lang, o); ok {
		var out []Reading
		for _, f := range when.All(text, opts) {
			out = append(out, f.Reading)
		}
		return out
	}
	if r := Find(kind, lang, text, o); r.Found() {
		return []Reading{r}
	}
	return nil
}

func answer(text string) Reading {
	a := nlu.YesNo(text)
	if a == nlu.Unclear {
		return Reading{}
	}
	return Reading{Value: a.String(), End: len(text)}
}

func base(lang string) string {
	primary, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if primary == "zh" || primary == "cmn" || primary == "yue" {
		return "zh"
	}
	return "en"
}
