package spoken

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Language is how one language speaks. Words, and functions for what is not a
// matter of words; what has no function cannot be said in it. A new language is
// a function that returns one of these, and a row in languages.
type Language struct {
	// Tag is its primary subtag (BCP 47), and the directory of its recordings.
	Tag string
	// Words has the word of every fragment, by the fragment's name.
	Words map[string]string
	// Variants are other ways of speaking: by the name of each, the fragments
	// that are spoken as others, or as none ("").
	Variants map[string]map[string]string
	// Between is what stands between two fragments in a text; nil: a space.
	Between func(a, b string) string

	// Currencies by ISO 4217 code, and the one that is meant when none is named.
	Currencies map[string]Coin
	Currency   string
	// Hours is 12 or 24.
	Hours int
	// Relative are the names of days, by their distance from today.
	Relative map[int]string
	// And stands before the last of several parts: "one hour and ten minutes".
	And []string
	// At stands between a date and a time.
	At []string
	// PhoneDigits are spoken in phone numbers instead of others.
	PhoneDigits map[string]string

	// Cardinal counts; n is below 10^16. Quantity, before a unit, may differ; nil:
	// as Cardinal.
	Cardinal func(n uint64) []string
	Quantity func(n uint64) []string
	// Ordinal is of n from 1.
	Ordinal func(n uint64) []string
	// Percent puts the sign to a number.
	Percent func(number []string) []string
	// Unit is the word, or words, for n of a unit; nil when there is none.
	Unit func(n Decimal, unit string) []string
	// Date and Time speak what is set of a day, and a time by 12 or 24 hours.
	Date func(Day) []string
	Time func(c Clock, hours int) []string
}

// Coin has the fragments of a currency: one of it and several, and its
// hundredths. Where tenths have a name of their own they are spoken apart.
// A currency without Cent has no smaller part.
type Coin struct {
	One, Many   string
	Tenth       string
	Cent, Cents string
}

// Languages by their tags.
var languages = sync.OnceValue(func() map[string]*Language {
	all := map[string]*Language{}
	for _, l := range []*Language{
		chinese(),
		english(),
	} {
		all[l.Tag] = l
	}
	return all
})

// Tags lists the languages there are.
func Tags() []string { return slices.Sorted(maps.Keys(languages())) }

// For returns the language of a tag: "zh" for zh, zh-CN and zh_Hans_CN.
func For(tag string) (*Language, error) {
	primary, _, _ := strings.Cut(strings.ReplaceAll(strings.ToLower(tag), "_", "-"), "-")
	if l := languages()[primary]; l != nil {
		return l, nil
	}
	if len(tag) > longest {
		tag = tag[:longest] + "…"
	}
	return nil, fmt.Errorf("say in %q: no words for this language; there are %s", tag, strings.Join(Tags(), ", "))
}

// Names lists the fragments of a language in order: what there may be
// recordings of.
func (l *Language) Names() []string { return slices.Sorted(maps.Keys(l.Words)) }

// pause is the fragment for a short silence; its word is a comma.
const pause = "pause"

// unitDir is the directory of units. Those that are no words of the table are
// their own names.
const unitDir = "units/"

func (l *Language) word(name string) string {
	if w, ok := l.Words[name]; ok {
		return w
	}
	return strings.TrimPrefix(name, unitDir)
}

func (l *Language) between(a, b string) string {
	if l.Between == nil {
		return " "
	}
	return l.Between(a, b)
}

// vary replaces what a variant of the language says otherwise.
func (l *Language) vary(names []string, variant string) ([]string, error) {
	if variant == "" {
		return names, nil
	}
	instead, ok := l.Variants[variant]
	if !ok {
		return nil, fmt.Errorf("variant %q: %s has %s", variant, l.Tag, strings.Join(slices.Sorted(maps.Keys(l.Variants)), ", "))
	}
	return replaced(names, instead), nil
}

// replaced returns names with some spoken as others, or left out.
func replaced(names []string, instead map[string]string) []string {
	var out []string
	for _, name := range names {
		if other, ok := instead[name]; ok {
			name = other
		}
		if name != "" {
			out = append(out, name)
		}
	}
	return out
}

// cannot is the error for what a language has no rule for.
func (l *Language) cannot() error { return fmt.Errorf("%s has no rule for it", l.Tag) }
