package menu

import (
	"maps"
	"slices"
	"strings"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/name"
	"trunkline/nlu/entity/reading"
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
	lists                      map[string]*name.List // of the values, by language
}

// SlotKind is what a slot holds: a kind of entity, or one of the kinds below.
type SlotKind string

// The kinds that are no entities, and two that are.
const (
	SlotName SlotKind = "name" // one of a list of names
	SlotText SlotKind = "text" // whatever is said
	SlotDate          = SlotKind(entity.Date)
	SlotTime          = SlotKind(entity.Time)
)

// SlotKinds lists every kind.
func SlotKinds() []SlotKind {
	var out []SlotKind
	for _, k := range entity.Kinds() {
		out = append(out, SlotKind(k))
	}
	for _, k := range []SlotKind{SlotName, SlotText} {
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

// Named finds which of the values of a slot of SlotName a sentence names, also one that a recogniser
// has misheard (see package name). The value of the reading is the id.
func (s *Slot) Named(lang, text string) reading.Reading {
	list := pick(s.lists, lang)
	if list == nil {
		return reading.Reading{}
	}
	r := list.Find(text)
	r.Value = s.valueCalled(lang, r.Value)
	for i, o := range r.Others {
		r.Others[i] = s.valueCalled(lang, o)
	}
	return r
}

// valueCalled is the id of the value whose first name it is.
func (s *Slot) valueCalled(lang, first string) string {
	for _, v := range s.values {
		if words := pick(v.words, lang); len(words) > 0 && words[0] == first {
			return v.id
		}
	}
	return ""
}

// list prepares the values of a language for Named.
func (s *Slot) list(lang string) error {
	var items []name.Item
	for _, v := range s.values {
		if words := v.words[lang]; len(words) > 0 {
			items = append(items, name.Item{Name: words[0], Synonyms: words[1:]})
		}
	}
	if len(items) == 0 {
		return nil // told elsewhere
	}
	list, err := name.NewList(items)
	if err != nil {
		return err
	}
	if s.lists == nil {
		s.lists = map[string]*name.List{}
	}
	s.lists[lang] = list
	return nil
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
