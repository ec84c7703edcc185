// Package fill reads the values of a node's slots from what a caller says.
//
// It knows which reader of package nlu/entity serves which kind of slot, and computes: it asks
// nothing and remembers nothing. The dialogue of package ivr calls it, once with the sentence that
// led to the node, then with each answer.
package fill

import (
	"slices"
	"time"

	"trunkline/ivr/menu"
	"trunkline/nlu"
	"trunkline/nlu/entity"
	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when"
)

// Answer says how an answer is read.
type Answer struct {
	Language string    // BCP 47 tag
	Now      time.Time // in the caller's zone, for "tomorrow"; zero: no such words
	Currency string    // of amounts said without one; "" is that of the language
	Before   string    // the Value of an Incomplete reading of the answer before
}

// Read reads the value of one slot from an answer to its prompt. See package reading for how far it
// may be trusted; the value of a name is its id.
func Read(s *menu.Slot, text string, a Answer) reading.Reading {
	switch s.Kind {
	case menu.SlotText:
		if len(nlu.Tokens(text)) == 0 {
			return reading.Reading{}
		}
		return reading.Reading{Value: text, End: len(text)}
	case menu.SlotName:
		return name(s, text, a.Language)
	case menu.SlotDate:
		return when.Read(text, when.Options{Language: a.Language, Now: a.Now, Expect: when.Date})
	case menu.SlotTime:
		return when.Read(text, when.Options{Language: a.Language, Now: a.Now, Expect: when.Time})
	}
	return entity.Find(entity.Kind(s.Kind), a.Language, text, entity.Options{
		Now: a.Now, Currency: a.Currency, Before: a.Before, Lengths: lengths(s),
	})
}

// longest is the most characters that digits without a bound of their own may have.
const longest = 64

// lengths are the numbers of characters that a slot may have, none for any.
func lengths(s *menu.Slot) []int {
	if s.Min == 0 && s.Max == 0 {
		return nil
	}
	most := s.Max
	if most == 0 {
		most = longest
	}
	var out []int
	for n := max(s.Min, 1); n <= most; n++ {
		out = append(out, n)
	}
	return out
}

// Unasked reads what the sentence that led to a node says of its slots already: only what is
// certain, and no part of it for two of them. Slots of words and of yes or no wait for their prompt.
func Unasked(n *menu.Node, text string, a Answer) map[string]string {
	out := map[string]string{}
	var taken []reading.Reading
	for _, s := range n.Slots {
		if s.Kind == menu.SlotText || s.Kind == menu.SlotKind(entity.YesNo) {
			continue
		}
		r := Read(s, text, a)
		used := slices.ContainsFunc(taken, func(o reading.Reading) bool { return r.Start < o.End && o.Start < r.End })
		switch {
		case !r.Found() || r.Doubt != reading.Certain:
		case s.Kind == menu.SlotName: // is all of the text
			out[s.ID] = r.Value
		case !used:
			out[s.ID] = r.Value
			taken = append(taken, r)
		}
	}
	return out
}
