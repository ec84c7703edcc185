package study

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"trunkline/ivr/menu"
	"trunkline/nlu"
)

// Warning is something in a menu that works, though perhaps not well.
type Warning struct {
	Line int // of the menu's file; 0 when it is about the whole
	Text string
}

// What a menu should have.
const (
	fewExamples  = 5  // below it a node is hardly recognised
	longLevel    = 10 // keys on one level; nobody remembers more
	folds        = 10 // of the cross-validation
	confusedMost = 3  // sentences quoted of a confusable pair
	strayingLead = 0.1
)

// Warnings looks for what makes a menu misunderstand callers: nodes with few examples, levels with
// many keys, pairs of nodes whose examples are taken for one another by a model that has not seen
// them, and examples that are more like those of another node.
func Warnings(m *menu.Menu) ([]Warning, error) {
	var out []Warning
	for _, n := range m.Nodes {
		for _, lang := range m.Languages {
			if k := len(n.Examples(lang)); k < fewExamples {
				out = append(out, Warning{n.Line, fmt.Sprintf("node %s has %d examples in %s; %d are the least that works, 10 to 20 are good", n.ID, k, lang, fewExamples)})
			}
		}
	}
	out = append(out, longLevels(m.Top(), "the top level")...)
	for _, lang := range m.Languages {
		w, err := confusable(m, lang)
		if err != nil {
			return nil, err
		}
		out = append(out, w...)
		out = append(out, straying(m, lang)...)
	}
	slices.SortStableFunc(out, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	return out, nil
}

func longLevels(l *menu.Level, what string) []Warning {
	var out []Warning
	entries := l.Entries()
	if len(entries) > longLevel {
		out = append(out, Warning{Text: fmt.Sprintf("%s has %d keys; make groups, so that no level has more than %d", what, len(entries), longLevel)})
	}
	for _, e := range entries {
		if e.Below != nil {
			out = append(out, longLevels(e.Below, "the level of key "+e.Below.Path)...)
		}
	}
	return out
}

// confusable finds pairs by asking models that have not seen the sentence.
func confusable(m *menu.Menu, lang string) ([]Warning, error) {
	rows, err := ownRows(m, lang)
	if err != nil {
		return nil, err
	}
	type pair struct{ meant, taken string }
	found := map[pair][]string{}
	var order []pair
	for _, r := range rows {
		if r.first == r.label || r.first == menu.LabelOther || r.label == menu.LabelOther || isCommand(r.first) && isCommand(r.label) {
			continue
		}
		p := pair{r.label, r.first}
		if found[p] == nil {
			order = append(order, p)
		}
		found[p] = append(found[p], r.text)
	}
	slices.SortStableFunc(order, func(a, b pair) int { return cmp.Compare(len(found[b]), len(found[a])) })
	var out []Warning
	for _, p := range order {
		texts := found[p]
		if len(texts) < 2 {
			continue
		}
		more := ""
		if len(texts) > confusedMost {
			more = fmt.Sprintf(" and %d more", len(texts)-confusedMost)
		}
		out = append(out, Warning{line(m, p.meant), fmt.Sprintf("%s is easily taken for %s in %s: %s%s",
			shown(p.meant), shown(p.taken), lang, quoted(texts[:min(len(texts), confusedMost)]), more)})
	}
	return out, nil
}

// straying finds examples that are more like an example of another label than like any of their own.
func straying(m *menu.Menu, lang string) []Warning {
	var out []Warning
	near := newNeighbourhood(m, lang)
	examples, vectors := near.examples, near.vectors
	for i, e := range examples {
		if m.Node(e.Label) == nil {
			continue
		}
		own, other, nearest := 0.0, 0.0, -1
		for j, o := range examples {
			switch alike := vectors[i].cosine(vectors[j]); {
			case i == j:
			case o.Label == e.Label:
				own = max(own, alike)
			case alike > other:
				other, nearest = alike, j
			}
		}
		if nearest >= 0 && other > 0.5 && other > own+strayingLead {
			out = append(out, Warning{line(m, e.Label), fmt.Sprintf("%q of %s is more like %q of %s than like any other example of %s",
				e.Text, e.Label, examples[nearest].Text, shown(examples[nearest].Label), e.Label)})
		}
	}
	return out
}

// line is where a label stands, 0 for commands.
func line(m *menu.Menu, label string) int {
	if n := m.Node(label); n != nil {
		return n.Line
	}
	return 0
}

// shown is a label as designers know it.
func shown(label string) string { return strings.TrimSuffix(label, ":") }

func quoted(texts []string) string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = fmt.Sprintf("%q", t)
	}
	return strings.Join(out, ", ")
}

// ownRows asks for each example of a menu a model that has not seen it.
func ownRows(m *menu.Menu, lang string) ([]row, error) {
	opts, examples := m.Lessons(lang)
	results, err := nlu.CrossValidate(opts, examples, folds)
	if err != nil {
		return nil, fmt.Errorf("study %s in %s: %w", m.ID, lang, err)
	}
	out := make([]row, len(examples))
	for i, e := range examples {
		out[i] = judged(e.Label, e.Text, m.Weigh(results[i]), results[i].Best().Label)
	}
	return out, nil
}
