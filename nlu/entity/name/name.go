// Package name finds which of a designer's listed things a sentence names: branches, products,
// cities, colleagues.
//
// Recognisers misspell names they have not met, so words are compared by spelling and by sound:
// English by a phonetic key, Chinese by pinyin, where a homophone (章 for 张) counts almost as the
// character itself and syllables that dialects confuse a little less. What many of the things have
// in common ("branch", 分公司) matters little; a part of a name may be left out.
//
// A List is built once, never changes, and may be used from any goroutine. The package computes and
// nothing else.
package name

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"trunkline/nlu/entity/reading"
)

// An Item is one thing that may be named.
type Item struct {
	Name     string   // what a reading has as its Value
	Synonyms []string // other names of it
}

// Scores are 1 for a thing named as it is written, 0 for one that has nothing in common with the text.
const (
	acceptable = 0.72 // below, nothing was named
	misheard   = 0.1  // of what is said; beyond, it is worth asking back
	close      = 0.08 // a runner-up as near as this may be meant as well
	whole      = 0.85 // a longer name this good wins over a shorter one inside it
)

// A Match is one item and how well a part of the text fits it.
type Match struct {
	Name       string
	Score      float64
	Start, End int // bytes in the text
	misheard   float64
}

// A List is the things that may be named.
type List struct {
	variants []variant
	names    []string
}

// variant is one way to name an item.
type variant struct {
	item   int
	units  []unit
	weight []float64 // what each unit is worth
	total  float64
}

// NewList prepares the items. It fails when there are none, or one has an empty name.
func NewList(items []Item) (*List, error) {
	if len(items) == 0 {
		return nil, errors.New("list names: no items")
	}
	l := &List{}
	for i, item := range items {
		l.names = append(l.names, item.Name)
		for _, said := range append([]string{item.Name}, item.Synonyms...) {
			u := units(said)
			if len(u) == 0 {
				return nil, fmt.Errorf("list names: item %d (%q): %q has no letters or figures", i+1, item.Name, said)
			}
			l.variants = append(l.variants, variant{item: i, units: u})
		}
	}
	l.weigh()
	return l, nil
}

// weigh makes units worth the less the more items have them.
func (l *List) weigh() {
	in := map[string]map[int]bool{}
	for _, v := range l.variants {
		for _, u := range v.units {
			if in[u.text] == nil {
				in[u.text] = map[int]bool{}
			}
			in[u.text][v.item] = true
		}
	}
	for i := range l.variants {
		v := &l.variants[i]
		for _, u := range v.units {
			w := 1.0
			if n := len(in[u.text]); n > 1 {
				w = max(0.1, 1-math.Log(float64(n))/math.Log(float64(len(l.names))))
			}
			v.weight = append(v.weight, w)
			v.total += w
		}
	}
}

// Rank returns the items that fit the text at all, best first, each once, at most limit (0: all).
func (l *List) Rank(text string, limit int) []Match {
	heard := units(text)
	best := map[int]Match{}
	for _, v := range l.variants {
		m, ok := v.in(heard)
		if !ok {
			continue
		}
		m.Name = l.names[v.item]
		if old, seen := best[v.item]; !seen || m.Score > old.Score || m.Score == old.Score && m.End-m.Start > old.End-old.Start {
			best[v.item] = m
		}
	}
	out := make([]Match, 0, len(best))
	for i := range l.names { // in the order of the list, so that equals stay in it
		if m, ok := best[i]; ok {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

// Find returns the thing the text names: Certain, Ambiguous when it only sounds alike or when others
// fit about as well (they are the Others), or not Found.
func (l *List) Find(text string) reading.Reading {
	ranked := l.Rank(text, 0)
	ranked = slices.DeleteFunc(ranked, func(m Match) bool { return m.Score < acceptable })
	ranked = longest(ranked)
	if len(ranked) == 0 {
		return reading.Reading{}
	}
	first := ranked[0]
	r := reading.Reading{Value: first.Name, Start: first.Start, End: first.End}
	for _, m := range ranked[1:] {
		if first.Score-m.Score <= close {
			r.Others = append(r.Others, m.Name)
		}
	}
	switch {
	case len(r.Others) > 0:
		r.Doubt, r.Why = reading.Ambiguous, "several names fit"
	case first.misheard > misheard:
		r.Doubt, r.Why = reading.Ambiguous, "it only sounds alike"
	}
	return r
}

// longest drops names that are only a part of a longer one that was said ("Shanghai" of "Shanghai Pudong").
func longest(ranked []Match) []Match {
	return slices.DeleteFunc(slices.Clone(ranked), func(m Match) bool {
		return slices.ContainsFunc(ranked, func(o Match) bool {
			return o.Score >= whole && o.Start <= m.Start && o.End >= m.End && o.End-o.Start > m.End-m.Start
		})
	})
}
