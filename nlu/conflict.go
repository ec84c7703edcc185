package nlu

import "slices"

// Conflict is one sentence that examples give to more than one label. A Model trained on it can
// only guess, so the designer should hear about it.
type Conflict struct {
	Text   string   // as the first example has it
	Labels []string // in order of appearance
}

// Conflicts finds the sentences that, once normalised, stand under several labels.
func Conflicts(examples []Example) []Conflict {
	var order []string
	found := map[string]*Conflict{}
	for _, e := range examples {
		key := Normal(e.Text)
		c := found[key]
		if c == nil {
			c = &Conflict{Text: e.Text}
			found[key] = c
			order = append(order, key)
		}
		if !slices.Contains(c.Labels, e.Label) {
			c.Labels = append(c.Labels, e.Label)
		}
	}
	var out []Conflict
	for _, key := range order {
		if c := found[key]; len(c.Labels) > 1 {
			out = append(out, *c)
		}
	}
	return out
}
