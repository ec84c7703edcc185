// Package study tells the designer of a menu what callers would make of it: which examples are
// easily confused, how often sentences reach their node, and what callers said that no node served.
//
// It reads compiled menus and lists of sentences and returns findings; it prints and stores nothing.
// cmd calls it. The same input always gives the same findings.
package study

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// LanguageOf guesses which of a menu's languages a sentence is in, by its script.
func LanguageOf(m *menu.Menu, text string) string {
	han := strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	for _, lang := range m.Languages {
		if chinese(lang) == han {
			return lang
		}
	}
	return m.Languages[0]
}

func chinese(lang string) bool {
	return lang == "zh" || strings.HasPrefix(lang, "zh-") || strings.HasPrefix(lang, "zh_")
}

// space measures how alike sentences are: the cosine of their words and pairs of neighbours, each
// weighed by how rare it is.
type space struct {
	seen  map[string]int // number of sentences that have a feature
	total int
}

// vector is one sentence, of length 1.
type vector map[string]float64

func newSpace(texts []string) *space {
	s := &space{seen: map[string]int{}, total: len(texts)}
	for _, t := range texts {
		for f := range count(t) {
			s.seen[f]++
		}
	}
	return s
}

// count finds the features of a sentence.
func count(text string) map[string]int {
	tokens := nlu.Tokens(text)
	out := map[string]int{}
	for i, t := range tokens {
		out[t]++
		if i > 0 {
			out[tokens[i-1]+" "+t]++
		}
	}
	return out
}

func (s *space) rarity(feature string) float64 {
	return math.Log(float64(1+s.total)/float64(1+s.seen[feature])) + 0.1
}

func (s *space) vector(text string) vector {
	v := vector{}
	counted := count(text)
	sum := 0.0
	for _, f := range sortedKeys(counted) {
		x := (1 + math.Log(float64(counted[f]))) * s.rarity(f)
		v[f] = x
		sum += x * x
	}
	for f := range v {
		v[f] /= math.Sqrt(sum)
	}
	return v
}

// cosine adds in a fixed order, so that it is the same every time.
func (v vector) cosine(o vector) float64 {
	if len(o) < len(v) {
		v, o = o, v
	}
	var shared []string
	for f := range v {
		if _, ok := o[f]; ok {
			shared = append(shared, f)
		}
	}
	slices.Sort(shared)
	sum := 0.0
	for _, f := range shared {
		sum += v[f] * o[f]
	}
	return sum
}

// Neighbour is an example that is like a sentence.
type Neighbour struct {
	Label string // as menu.Lessons names it
	Text  string
	Alike float64 // 0–1
}

// Neighbours finds the examples of a menu that are most like a sentence, best first.
func Neighbours(m *menu.Menu, lang, text string, most int) []Neighbour {
	return newNeighbourhood(m, lang).of(text, most)
}

// neighbourhood is the examples of a menu in one language.
type neighbourhood struct {
	space    *space
	examples []nlu.Example
	vectors  []vector
}

func newNeighbourhood(m *menu.Menu, lang string) *neighbourhood {
	_, examples := m.Lessons(m.Language(lang))
	n := &neighbourhood{examples: examples}
	texts := make([]string, len(examples))
	for i, e := range examples {
		texts[i] = e.Text
	}
	n.space = newSpace(texts)
	for _, t := range texts {
		n.vectors = append(n.vectors, n.space.vector(t))
	}
	return n
}

func (n *neighbourhood) of(text string, most int) []Neighbour {
	v := n.space.vector(text)
	var out []Neighbour
	for i, e := range n.examples {
		if alike := v.cosine(n.vectors[i]); alike > 0 {
			out = append(out, Neighbour{e.Label, e.Text, alike})
		}
	}
	slices.SortStableFunc(out, func(a, b Neighbour) int { return cmp.Compare(b.Alike, a.Alike) })
	return out[:min(len(out), most)]
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
