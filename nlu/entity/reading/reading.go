// Package reading is what every reader of a caller's words gives back: the one
// value it heard, where in the text it stood, and how far it may be trusted.
//
// It owns the shape and nothing else, so that the readers of numbers, dates and
// names need not know each other. Anybody may import it. It never reads text.
package reading

import "slices"

// A Reading is one value heard in a text.
type Reading struct {
	// Value is canonical: it depends on what was meant and not on how it was
	// said ("150.00 CNY", "2026-11-21", "13800138000"). Empty: nothing was found.
	Value string
	// Start and End are byte offsets in the text that was handed in, from the
	// first byte that belongs to the value to the one after the last.
	Start, End int
	Doubt      Doubt
	// Others are the further values the words allow, most likely first, in the
	// form of Value. Only an Ambiguous reading has any.
	Others []string
	// Why says in a few English words what makes the reading other than Certain.
	Why string
}

// Found says that the text has a value of the kind asked for, usable or not.
func (r Reading) Found() bool { return r.End > r.Start }

// Usable says that the value may be acted on, after asking back where the
// reading is Ambiguous.
func (r Reading) Usable() bool {
	return r.Found() && (r.Doubt == Certain || r.Doubt == Ambiguous)
}

// Doubt is how far a reading may be trusted.
type Doubt uint8

const (
	// Certain: the words allow this value and no other.
	Certain Doubt = iota
	// Ambiguous: Value is the likeliest, Others are the rest; ask back.
	Ambiguous
	// Vague: an amount or a time was meant, but not one value ("十来块", "a few
	// dollars"). Value is empty or a rough one, never to be acted on.
	Vague
	// Failed: the right form, but a check says that it cannot be (a check digit,
	// the 30th of February); Value is what was heard. Ask again.
	Failed
	// Incomplete: a beginning of the value; more is to come in the next turn.
	Incomplete
)

func (d Doubt) String() string {
	switch d {
	case Certain:
		return "certain"
	case Ambiguous:
		return "ambiguous"
	case Vague:
		return "vague"
	case Failed:
		return "failed"
	case Incomplete:
		return "incomplete"
	default:
		return "unknown"
	}
}

// Without drops the readings that were named as wrong, unless none is left.
func Without(all []Reading, wrong func(start int) bool) []Reading {
	left := slices.DeleteFunc(slices.Clone(all), func(r Reading) bool { return wrong(r.Start) })
	if len(left) == 0 {
		return all
	}
	return left
}

// First makes one reading of all that a text has: the first, Ambiguous if a
// later one differs. corrects says whether the bytes between two of them take
// the earlier one back; then only what follows counts.
func First(all []Reading, corrects func(start, end int) bool) Reading {
	if len(all) == 0 {
		return Reading{}
	}
	first := 0
	for i := 1; i < len(all); i++ {
		if corrects(all[i-1].End, all[i].Start) {
			first = i
		}
	}
	r := all[first]
	for _, o := range all[first+1:] {
		if o.Value != r.Value && o.Value != "" && !slices.Contains(r.Others, o.Value) && r.Doubt <= Ambiguous {
			r.Doubt, r.Others = Ambiguous, append(r.Others[:len(r.Others):len(r.Others)], o.Value)
			r.Why = "several were said"
		}
	}
	return r
}
