package fill

import (
	"slices"
	"strings"

	"trunkline/ivr/menu"
	"trunkline/nlu"
	"trunkline/nlu/entity/reading"
)

// name finds the one of a slot's values that is said. When several are, the longest words win: "the
// savings account" is no account. Where they stood in the text is not known.
func name(s *menu.Slot, text, lang string) reading.Reading {
	said := " " + nlu.Normal(text) + " "
	var found []string
	best := 0
	values := s.Values(lang)
	for _, id := range s.ValueIDs() {
		for _, words := range values[id] {
			n := nlu.Normal(words)
			if n == "" || !strings.Contains(said, " "+n+" ") || len(n) < best {
				continue
			}
			if len(n) > best {
				best, found = len(n), nil
			}
			if !slices.Contains(found, id) {
				found = append(found, id)
			}
		}
	}
	switch len(found) {
	case 0:
		return reading.Reading{}
	case 1:
		return reading.Reading{Value: found[0], End: len(text)}
	}
	return reading.Reading{Value: found[0], End: len(text), Doubt: reading.Ambiguous, Others: found[1:], Why: "several were said"}
}
