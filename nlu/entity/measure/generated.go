package measure

import (
	"slices"
	"strings"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/generate"
	"trunkline/nlu/entity/reading"
)

// A Tally counts what became of generated cases.
type Tally struct {
	Cases, Right int
	// Of the cases with a right value to be accepted: Valid in all, Rejected of them.
	Valid, Rejected int
	// Accepted are the values acted on although they are not what was meant.
	Accepted int
	Misses   []Wrong
}

// A Wrong is a generated case that was not read as it should be.
type Wrong struct {
	Case generate.Case
	Got  entity.Reading
}

// Generated runs n cases of a kind.
func Generated(g *generate.Generator, kind entity.Kind, lang string, n int) (Tally, error) {
	var t Tally
	for range n {
		c, err := g.Case(kind, lang)
		if err != nil {
			return t, err
		}
		r := hear(c)
		t.Cases++
		certain := r.Found() && r.Doubt == reading.Certain
		if c.Expect != generate.Refused {
			t.Valid++
			if !r.Usable() {
				t.Rejected++
			}
		}
		if certain && r.Value != c.Want {
			t.Accepted++
		}
		if satisfied(c, r) {
			t.Right++
		} else {
			t.Misses = append(t.Misses, Wrong{c, r})
		}
	}
	return t, nil
}

// hear reads the turns of a case one after the other.
func hear(c generate.Case) entity.Reading {
	var r entity.Reading
	for i, text := range c.Turns {
		o := c.Options
		if i > 0 {
			o.Before = strings.TrimPrefix(r.Value, "+")
		}
		r = entity.Find(c.Kind, c.Lang, text, o)
	}
	return r
}

func satisfied(c generate.Case, r entity.Reading) bool {
	switch c.Expect {
	case generate.Refused:
		return !r.Usable()
	case generate.Either:
		return r.Doubt == reading.Ambiguous && r.Value == c.Want && slices.Equal(r.Others, c.Others)
	default:
		return r.Found() && r.Doubt == reading.Certain && r.Value == c.Want
	}
}
