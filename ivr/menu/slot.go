package menu

import (
	"maps"
	"slices"
	"strings"

	"trunkline/nlu/entity"
)

// Slot is one thing that a node needs to know.
type Slot struct {
	ID       string
	Kind     SlotKind
	Required bool // asked for when the caller has not said it; else taken only when said
	// Min and Max bound the number of digits, or of letters and digits of a code; 0 is any.
	Min, Max int

	prompts, retries, confirms texts
	values                     []slotValue
}

// SlotKind is what a slot holds: a kind of entity, or one of the kinds below.
type SlotKind string

// Kinds that are not, or not only, read by package entity.
const (
	SlotDate SlotKind = "date"
	SlotTime SlotKind = "time"
	SlotName SlotKind = "name" // one of a list of names
	SlotText SlotKind = "text" // whatever is said
)

// SlotKinds lists every kind.
func SlotKinds() []SlotKind {
	var out []SlotKind
	for _, k := range entity.Kinds() {
		out = append(out, SlotKind(k))
	}
	for _, k := range []SlotKind{SlotDate, SlotTime, SlotName, SlotText} {
		if !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// counted reports whether the kind is made of characters that can be counted.
func (k SlotKind) counted() bool { return k == SlotKind(entity.Digits) || k == SlotKind(entity.Code) }

// slotValue is one of the values of a slot of SlotName.
type slotValue struct {
	id    string
	words map[string][]string
}

// Prompt asks for the value.
func (s *Slot) Prompt(lang string) string { return pick(s.prompts, lang) }

// Retry asks again; without a text of its own it is Prompt.
func (s *Slot) Retry(lang string) string {
	if text := pick(s.retries, lang); text != "" {
		return text
	}
	return s.Prompt(lang)
}

// Confirm asks whether the value, as it is spoken, is right. It is "" when the value is taken
// without a question.
func (s *Slot) Confirm(lang, value string) string {
	return strings.ReplaceAll(pick(s.confirms, lang), "{value}", value)
}

// Values returns what a slot of SlotName may hold: the ways each value is said, by the id that the
// flow gets.
func (s *Slot) Values(lang string) map[string][]string {
	out := map[string][]string{}
	for _, v := range s.values {
		out[v.id] = slices.Clone(pick(v.words, lang))
	}
	return out
}

// ValueIDs lists the ids of Values as the file does.
func (s *Slot) ValueIDs() []string {
	out := make([]string, len(s.values))
	for i, v := range s.values {
		out[i] = v.id
	}
	return out
}

// Unfilled returns the first slot that must be asked for, nil when all that is required is there.
func (n *Node) Unfilled(filled map[string]any) *Slot {
	for _, s := range n.Slots {
		if _, there := filled[s.ID]; s.Required && !there {
			return s
		}
	}
	return nil
}

// slotKinds is SlotKinds as one line of text.
func slotKinds() string {
	names := make([]string, 0, len(SlotKinds()))
	for _, k := range SlotKinds() {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// languagesOf are the languages in which any of the texts stands, sorted.
func languagesOf(all ...texts) []string {
	set := texts{}
	for _, t := range all {
		maps.Copy(set, t)
	}
	return slices.Sorted(maps.Keys(set))
}
