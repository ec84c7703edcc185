package study

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// Heard is something callers said, and how often.
type Heard struct {
	Text     string
	Language string // "" to be guessed
	Times    int
	Node     string // where the caller said yes to going, "" when nowhere
}

// Proposal is what could be added to a menu.
type Proposal struct {
	New      []NewNode
	Examples []NewExample // for nodes there are
	// Understood is how many of the sentences the menu understands by now, Single how many are
	// like no other, Left how many rarer ones were not looked at.
	Understood, Single, Left int
}

// NewNode is a group of sentences that no node serves.
type NewNode struct {
	ID       string
	Language string
	Words    []string // the most telling ones
	Times    int      // said
	Examples []Heard
}

// NewExample is a sentence that probably belongs to a node.
type NewExample struct {
	Node     *menu.Node
	Language string
	Heard
	Score float64
	Like  string // the example it is most like, "" when the caller said where it belongs
}

// How alike sentences must be.
const (
	alikeCluster = 0.2  // on the average, to stand together
	alikeExample = 0.45 // to an example of a node, to be one
	mostHeard    = 2000 // distinct sentences; clustering takes the square of it
	tellingWords = 3
)

// Suggest groups what a menu did not understand.
func Suggest(m *menu.Menu, heard []Heard) Proposal {
	var out Proposal
	byLang := map[string][]Heard{}
	near := map[string]*neighbourhood{}
	for _, lang := range m.Languages {
		near[lang] = newNeighbourhood(m, lang)
	}
	distinct := merged(m, heard)
	if len(distinct) > mostHeard {
		out.Left = len(distinct) - mostHeard
		distinct = distinct[:mostHeard]
	}
	for _, h := range distinct {
		if m.Match(h.Language, h.Text).Label() != "" {
			out.Understood++
			continue
		}
		if e, ok := exampleFor(m, near[h.Language], h); ok {
			out.Examples = append(out.Examples, e)
			continue
		}
		byLang[h.Language] = append(byLang[h.Language], h)
	}
	for _, lang := range m.Languages {
		nodes, single := clustered(m, lang, byLang[lang])
		out.New = append(out.New, nodes...)
		out.Single += single
	}
	slices.SortStableFunc(out.New, func(a, b NewNode) int { return cmp.Compare(b.Times, a.Times) })
	out.name(m)
	return out
}

// merged counts sentences that are the same to the menu once, the most frequent first.
func merged(m *menu.Menu, heard []Heard) []Heard {
	place := map[string]int{}
	var out []Heard
	for _, h := range heard {
		key := nlu.Normal(h.Text)
		if key == "" {
			continue
		}
		if h.Language == "" {
			h.Language = LanguageOf(m, h.Text)
		}
		h.Language, h.Times = m.Language(h.Language), max(h.Times, 1)
		key = h.Language + " " + key
		if i, ok := place[key]; ok {
			out[i].Times += h.Times
			out[i].Node = cmp.Or(out[i].Node, h.Node)
			continue
		}
		place[key] = len(out)
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b Heard) int { return cmp.Compare(b.Times, a.Times) })
	return out
}

// exampleFor finds the node a sentence is meant for: the caller has said so, or both the model and
// the nearest example do.
func exampleFor(m *menu.Menu, around *neighbourhood, h Heard) (NewExample, bool) {
	if n := m.Node(h.Node); n != nil {
		return NewExample{n, h.Language, h, 1, ""}, true
	}
	best := m.Match(h.Language, h.Text).Best
	near := around.of(h.Text, 1)
	if best.Node == nil || len(near) == 0 || near[0].Label != best.Node.ID || near[0].Alike < alikeExample {
		return NewExample{}, false
	}
	return NewExample{best.Node, h.Language, h, best.Score, near[0].Text}, true
}

// clustered joins the two groups that are most alike, on the average of their sentences, until none
// are alike enough.
func clustered(m *menu.Menu, lang string, heard []Heard) (nodes []NewNode, single int) {
	var texts []string
	for _, h := range heard {
		texts = append(texts, h.Text)
	}
	_, examples := m.Lessons(lang)
	for _, e := range examples { // what is common everywhere tells nothing
		texts = append(texts, e.Text)
	}
	s := newSpace(texts)
	vectors := make([]vector, len(heard))
	for i, h := range heard {
		vectors[i] = s.vector(h.Text)
	}
	for _, group := range agglomerate(vectors) {
		if len(group) == 1 && heard[group[0]].Times == 1 {
			single++
			continue
		}
		n := NewNode{Language: lang}
		for _, i := range group {
			n.Times += heard[i].Times
			n.Examples = append(n.Examples, heard[i])
		}
		n.Words = telling(s, lang, n.Examples)
		nodes = append(nodes, n)
	}
	return nodes, single
}

// agglomerate returns groups of vectors by number, by average linkage. Ties go to the lower numbers.
func agglomerate(vectors []vector) [][]int {
	n := len(vectors)
	alike := make([][]float32, n)
	groups := make([][]int, n)
	for i := range vectors {
		groups[i] = []int{i}
		alike[i] = make([]float32, n)
		for j := range i {
			alike[i][j] = float32(vectors[i].cosine(vectors[j]))
			alike[j][i] = alike[i][j]
		}
	}
	nearest := make([]int, n) // of the groups after each
	look := func(i int) {
		nearest[i] = -1
		for j := i + 1; j < n; j++ {
			if groups[j] != nil && (nearest[i] < 0 || alike[i][j] > alike[i][nearest[i]]) {
				nearest[i] = j
			}
		}
	}
	for i := range n {
		look(i)
	}
	for {
		a := -1
		for i := range n {
			if groups[i] != nil && nearest[i] >= 0 && (a < 0 || alike[i][nearest[i]] > alike[a][nearest[a]]) {
				a = i
			}
		}
		if a < 0 || alike[a][nearest[a]] < alikeCluster {
			break
		}
		b := nearest[a]
		wa, wb := float32(len(groups[a])), float32(len(groups[b]))
		for j := range n {
			alike[a][j] = (wa*alike[a][j] + wb*alike[b][j]) / (wa + wb)
			alike[j][a] = alike[a][j]
		}
		groups[a], groups[b] = append(groups[a], groups[b]...), nil
		for i := range n {
			if groups[i] != nil && (i <= a || nearest[i] == b || nearest[i] == a) {
				look(i)
			}
		}
	}
	return slices.DeleteFunc(groups, func(g []int) bool { return g == nil })
}

// telling are the words that stand in most of these sentences and in few others. Chinese words are
// pairs of characters here: nothing knows where they end.
func telling(s *space, lang string, group []Heard) []string {
	in := map[string]int{}
	for _, h := range group {
		for f := range count(h.Text) {
			pair := strings.Contains(f, " ")
			if pair == chinese(lang) {
				in[f]++
			}
		}
	}
	words := sortedKeys(in)
	weight := func(w string) float64 { return float64(in[w]) * math.Pow(s.rarity(w), 1.5) }
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(weight(b), weight(a)) })
	words = words[:min(len(words), tellingWords)]
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, " ", "")
	}
	return words
}

// name gives every new node an id that the menu does not have.
func (p *Proposal) name(m *menu.Menu) {
	used := map[string]bool{}
	plain := regexp.MustCompile(`^[a-z][a-z0-9]*$`)
	for i := range p.New {
		n := &p.New[i]
		words := slices.DeleteFunc(slices.Clone(n.Words), func(w string) bool { return !plain.MatchString(w) })
		id := strings.Join(words[:min(len(words), 2)], "_")
		if id == "" {
			id = fmt.Sprintf("new_%d", i+1)
		}
		base := id
		for k := 2; used[id] || m.Node(id) != nil; k++ {
			id = fmt.Sprintf("%s_%d", base, k)
		}
		used[id] = true
		n.ID = id
	}
}
