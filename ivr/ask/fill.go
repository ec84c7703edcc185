package ask

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/spoken"
	"trunkline/nlu"
	"trunkline/nlu/entity"
	"trunkline/nlu/entity/reading"
)

// slotTries is how often a slot is asked for.
const slotTries = 3

// fill finds out what the node needs to know: from what was said already, and by
// asking for what is missing. A slot that stays empty is named in Absent. The kind
// again says that the caller wants to go back.
func (q *asking) fill(f Found) (Found, error) {
	n := f.Node
	if len(n.Slots) == 0 {
		return f, nil
	}
	f.Slots = map[string]entity.Reading{}
	known := map[string]any{}
	keep := func(s *menu.Slot, r entity.Reading) {
		f.Slots[s.ID], known[s.ID] = r, r.Value
		q.Note("slot "+s.ID, r.Value)
	}
	for s, r := range q.saidAlready(n, f.Text) {
		r, end, err := q.rightSlot(s, r)
		if err != nil || end.Kind != "" {
			return end, err
		}
		if r.Usable() {
			keep(s, r)
		}
	}
	for {
		s := n.Unfilled(known)
		if s == nil {
			return f, nil
		}
		r, end, err := q.askSlot(s)
		switch {
		case err != nil || end.Kind != "":
			return end, err
		case !r.Usable():
			f.Absent = s.ID
			return f, nil
		}
		keep(s, r)
	}
}

// saidAlready yields slots of which the sentence that led to the node tells the value:
// only what is certain, and nothing twice.
func (q *asking) saidAlready(n *menu.Node, text string) iter.Seq2[*menu.Slot, entity.Reading] {
	return func(yield func(*menu.Slot, entity.Reading) bool) {
		var taken []entity.Reading
		for _, s := range n.Slots {
			if s.Kind == menu.SlotText || s.Kind == menu.SlotKind(entity.YesNo) || text == "" {
				continue
			}
			r := q.readSlot(s, text)
			if !r.Found() || r.Doubt != reading.Certain ||
				slices.ContainsFunc(taken, func(o entity.Reading) bool { return r.Start < o.End && o.Start < r.End }) {
				continue
			}
			taken = append(taken, r)
			if !yield(s, r) {
				return
			}
		}
	}
}

// askSlot asks for a slot until there is a value, the caller wants something else
// (end), or the tries are used up.
func (q *asking) askSlot(s *menu.Slot) (r entity.Reading, end Found, err error) {
	rules := q.slotRules(s)
	text := s.Prompt
	for range slotTries {
		out, end, err := q.small(func() string { return text(q.Lang) }, rules, rules.Press != nil)
		if done, end := q.ended(out, end); err != nil || end.Kind != "" {
			return r, end, err
		} else if done { // silence
			return r, Found{}, nil
		}
		text = s.Retry
		if out.By == line.ByKeys {
			out.Text = strings.TrimRight(out.Digits, "#*")
		}
		r = q.readSlot(s, out.Text)
		if m := q.match(out.Text); !r.Usable() && out.By == line.ByWords && m.Verdict == menu.Human {
			f := Found{By: "speech", Text: out.Text, Rule: string(m.Rule), Score: m.Score, Lang: q.Lang}
			return r, q.reached(f, m.Node), nil
		}
		if !r.Usable() {
			q.misses++
			q.Note("slot "+s.ID+": "+out.Text, "nothing")
			continue
		}
		if r, end, err = q.rightSlot(s, r); r.Usable() || end.Kind != "" || err != nil {
			return r, end, err
		}
	}
	return r, Found{}, nil
}

// slotRules say what decides a turn about a slot.
func (q *asking) slotRules(s *menu.Slot) line.Rules {
	rules := q.rules
	rules.DeafEnds = false
	rules.Press, rules.Enough = nil, func(string) bool { return false }
	switch entity.Kind(s.Kind) {
	case entity.Digits, entity.Phone, entity.Number, entity.Count, entity.BankCard, entity.Money:
		rules.Press = func(digits string) line.Press {
			if s.Max > 0 && len(digits) >= s.Max || strings.HasSuffix(digits, cmp.Or(q.Terminator, "#")) {
				return line.KeysDone
			}
			return line.MoreKeys
		}
	}
	return rules
}

// rightSlot has the caller confirm a value, where the menu wants that. What is named
// instead is confirmed in turn; a value that is turned down comes back as none.
func (q *asking) rightSlot(s *menu.Slot, r entity.Reading) (entity.Reading, Found, error) {
	for range slotTries {
		if s.Confirm(q.Lang, "") == "" {
			return r, Found{}, nil
		}
		out, end, err := q.small(func() string { return s.Confirm(q.Lang, q.inWords(s, r)) }, q.shortRules(), false)
		if done, end := q.ended(out, end); done || err != nil {
			return entity.Reading{}, end, err
		}
		said := nlu.YesNo(out.Text)
		if out.By == line.ByKeys && out.Digits == "1" || out.By == line.ByWords && said == nlu.Yes {
			return r, Found{}, nil
		}
		other := q.readSlot(s, out.Text)
		if out.By == line.ByKeys || !other.Usable() || other.Value == r.Value && said == nlu.No {
			return entity.Reading{}, Found{}, nil
		}
		q.Note("slot "+s.ID+": "+out.Text, other.Value)
		r = other
	}
	return entity.Reading{}, Found{}, nil
}

// inWords is a value as a synthesiser should speak it.
func (q *asking) inWords(s *menu.Slot, r entity.Reading) string {
	kinds := map[menu.SlotKind]spoken.Kind{
		menu.SlotKind(entity.Number): spoken.Number, menu.SlotKind(entity.Count): spoken.Number, menu.SlotKind(entity.Digits): spoken.Digits,
		menu.SlotKind(entity.Money): spoken.Money, menu.SlotKind(entity.Phone): spoken.Phone, menu.SlotKind(entity.BankCard): spoken.Digits,
		menu.SlotKind(entity.IDCard): spoken.Spell, menu.SlotKind(entity.Plate): spoken.Spell, menu.SlotKind(entity.Code): spoken.Spell,
		menu.SlotDate: spoken.Date, menu.SlotTime: spoken.Time,
	}
	if kind, ok := kinds[s.Kind]; ok {
		if text, err := spoken.Text(kind, r.Value, q.Lang, spoken.Options{}); err == nil {
			return text
		}
	}
	if names := s.Values(q.Lang)[r.Value]; len(names) > 0 {
		return names[0]
	}
	return r.Value
}

// readSlot reads a slot's value from what was said or pressed.
func (q *asking) readSlot(s *menu.Slot, text string) entity.Reading {
	o := q.readOptions()
	switch s.Kind {
	case menu.SlotText:
		return entity.Reading{Value: strings.TrimSpace(text), End: len(text)}
	case menu.SlotName:
		return s.Named(q.Lang, text)
	}
	for n := max(s.Min, 1); n <= s.Max; n++ {
		o.Lengths = append(o.Lengths, n)
	}
	return entity.Find(entity.Kind(s.Kind), q.Lang, text, o)
}

// read reads the value that the question wants.
func (q *asking) read(text string) entity.Reading {
	return entity.Find(q.Want, q.Lang, text, q.readOptions())
}

func (q *asking) readOptions() entity.Options {
	o := entity.Options{Currency: q.Currency}
	if q.Now != nil {
		o.Now = q.Now()
	} else {
		o.Now = time.Now()
	}
	return o
}

// spoken1 is one text to speak, or none.
func spoken1(text string) []string { return spokenTexts([]string{text}) }
