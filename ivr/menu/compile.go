package menu

import (
	"fmt"

	"trunkline/nlu"
)

// compile trains the matcher of each language.
func (m *Menu) compile(models Models) error {
	m.matchers = map[string]*matcher{}
	for _, lang := range m.Languages {
		opts, examples := m.Lessons(lang)
		model, err := trained(models, opts, examples)
		if err != nil {
			return fmt.Errorf("language %s: %w", lang, err)
		}
		mt := &matcher{
			model: model,
			exact: map[string]string{},
			group: map[string]*Group{},
		}
		for _, r := range m.Human.words {
			mt.words = append(mt.words, tokenRule{r.rule, tokenised(r.phrases[lang])})
		}
		for _, g := range m.groups {
			mt.group[nlu.Normal(g.names[lang])] = g
		}
		for label, name := range opts.Names {
			mt.exact[nlu.Normal(name)] = label
		}
		for _, e := range examples {
			mt.exact[nlu.Normal(e.Text)] = e.Label
		}
		m.matchers[lang] = mt
	}
	return nil
}

// Lessons is what the model of one language learns: of every node under its id, and of commands and
// what no node serves under LabelCommand and LabelOther, which are no ids.
func (m *Menu) Lessons(lang string) (nlu.Options, []nlu.Example) {
	opts := nlu.Options{Language: lang, Names: map[string]string{}, Synonyms: m.synonyms[lang], Outside: otherLabel}
	var examples []nlu.Example
	learn := func(label, name string, texts []string) {
		if name != "" {
			opts.Names[label] = name
		}
		for _, t := range texts {
			examples = append(examples, nlu.Example{Label: label, Text: t})
		}
	}
	for _, c := range m.Commands {
		if len(c.examples[lang]) > 0 {
			learn(commandLabel(c.ID), c.names[lang], c.examples[lang])
		}
	}
	for _, n := range m.Nodes {
		learn(n.ID, n.names[lang], n.examples[lang])
	}
	learn(otherLabel, "", m.other[lang])
	return opts, examples
}

func tokenised(phrases []string) [][]string {
	out := make([][]string, len(phrases))
	for i, p := range phrases {
		out[i] = nlu.Tokens(p)
	}
	return out
}
