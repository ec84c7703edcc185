package menu

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"trunkline/ivr/menu/internal/strict"
	"trunkline/nlu"
)

func (l *loader) readNode(at ast.Node) {
	n := &Node{Accept: l.accept, Confirm: l.confirm, Line: strict.Start(at).Position.Line, examples: map[string][]string{}}
	here := place{at: at}
	what, owner := "node", ""
	if id := l.idOf(at); id != "" { // first: the other messages and the examples need it
		what, owner = "node "+id, id
	}
	l.Fields(at, what,
		strict.Key("id", func(v ast.Node) { n.ID, here.at = l.id(v, "id"), v }),
		strict.Key("key", func(v ast.Node) { n.Key, n.keyless = l.keyOrNone(v, what, &n.group) }),
		strict.Key("group", func(v ast.Node) { n.group = l.groupOf(v, what) }),
		strict.Key("name", func(v ast.Node) { n.names = l.names(v, what, owner) }),
		strict.Key("examples", func(v ast.Node) { n.examples = l.phrases(v, what, &owner) }),
		strict.Key("say", func(v ast.Node) { n.answers, here.leads = l.texts(v, what+" say"), true }),
		strict.Key("flow", func(v ast.Node) { n.Flow, here.leads = l.Text(v, what+" flow"), true }),
		strict.Key("dial", func(v ast.Node) { n.Dial, here.leads = l.Text(v, what+" dial"), true }),
		strict.Key("slots", func(v ast.Node) { n.Slots = l.readSlots(v, what) }),
		strict.Key("accept", func(v ast.Node) { n.Accept = l.Score(v, what+" accept") }),
		strict.Key("confirm", func(v ast.Node) { n.Confirm = l.Score(v, what+" confirm") }),
	)
	l.places[n] = here
	l.menu.Nodes = append(l.menu.Nodes, n)
}

// idOf looks ahead for the id of a mapping.
func (l *loader) idOf(at ast.Node) string {
	m, ok := at.(ast.MapNode)
	if !ok {
		return ""
	}
	for it := m.MapRange(); it.Next(); {
		if it.Key().String() == "id" {
			return strings.TrimSpace(it.Value().String())
		}
	}
	return ""
}

// keyOrNone reads a key, or the word none.
func (l *loader) keyOrNone(n ast.Node, what string, level *string) (digits string, none bool) {
	if s, ok := n.(*ast.StringNode); ok && s.Value == "none" {
		return "", true
	}
	return l.key(n, what, level), false
}

// groupOf reads the group something stands in, to be looked for when all are known.
func (l *loader) groupOf(n ast.Node, what string) string {
	id := l.Text(n, what+" group")
	l.later = append(l.later, func() {
		if id != "" && l.menu.groupNamed(id) == nil {
			l.Problem(n, "%s: there is no group %q", what, id)
		}
	})
	return id
}

func (l *loader) readGroups(n ast.Node) {
	items, _ := l.List(n, "groups")
	for _, at := range items {
		g := &Group{line: strict.Start(at).Position.Line}
		what := "group"
		if id := l.idOf(at); id != "" {
			what = "group " + id
		}
		owner := what
		here := at
		l.Fields(at, what,
			strict.Key("id", func(v ast.Node) { g.ID, here = l.id(v, "id"), v }),
			strict.Key("key", func(v ast.Node) { g.key = l.key(v, what, &g.group) }),
			strict.Key("group", func(v ast.Node) { g.group = l.groupOf(v, what) }),
			strict.Key("name", func(v ast.Node) { g.names = l.names(v, what, owner) }),
			strict.Key("prompt", func(v ast.Node) { g.prompts = l.texts(v, what+" prompt") }),
		)
		switch {
		case g.ID == "":
			l.Problem(here, "group has no id")
		case l.menu.groupNamed(g.ID) != nil:
			l.Problem(here, "group %q stands twice", g.ID)
		}
		l.needLanguages(here, what+" has no name in %s", func(lang string) bool { return g.names[lang] != "" })
		l.groupAt[g] = here
		l.menu.groups = append(l.menu.groups, g)
	}
}

func (l *loader) readSlots(n ast.Node, owner string) []*Slot {
	var out []*Slot
	items, _ := l.List(n, owner+" slots")
	for _, at := range items {
		s := l.readSlot(at, owner)
		if slices.ContainsFunc(out, func(o *Slot) bool { return o.ID == s.ID && s.ID != "" }) {
			l.Problem(at, "%s: slot %q stands twice", owner, s.ID)
		}
		out = append(out, s)
	}
	return out
}

func (l *loader) readSlot(at ast.Node, owner string) *Slot {
	s := &Slot{}
	what := owner + " slot"
	if id := l.idOf(at); id != "" {
		what += " " + id
	}
	var values ast.Node
	l.Fields(at, what,
		strict.Key("id", func(v ast.Node) { s.ID = l.id(v, what+" id") }),
		strict.Key("kind", func(v ast.Node) { s.Kind = l.slotKind(v, what) }),
		strict.Key("required", func(v ast.Node) { s.Required = l.Yes(v, what+" required") }),
		strict.Key("prompt", func(v ast.Node) { s.prompts = l.texts(v, what+" prompt") }),
		strict.Key("retry", func(v ast.Node) { s.retries = l.texts(v, what+" retry") }),
		strict.Key("confirm", func(v ast.Node) { s.confirms = l.texts(v, what+" confirm") }),
		strict.Key("min", func(v ast.Node) { s.Min = l.Count(v, what+" min", 64) }),
		strict.Key("max", func(v ast.Node) { s.Max = l.Count(v, what+" max", 64) }),
		strict.Key("values", func(v ast.Node) { values = v; s.values = l.slotValues(v, what) }),
	)
	l.checkSlot(s, at, what, values != nil)
	return s
}

func (l *loader) slotKind(n ast.Node, what string) SlotKind {
	kind := SlotKind(l.Text(n, what+" kind"))
	if kind != "" && !slices.Contains(SlotKinds(), kind) {
		l.Problem(n, "%s: unknown kind %q; known: %s", what, kind, slotKinds())
	}
	return kind
}

// slotValues reads the names a slot may hold, each with the ways to say it.
func (l *loader) slotValues(n ast.Node, what string) []slotValue {
	var out []slotValue
	l.Each(n, what+" values", func(_ string, at, value ast.Node) {
		id := l.id(at, what+" value")
		v := slotValue{id: id, words: l.phrases(value, what+" value "+id, nil)}
		if slices.ContainsFunc(out, func(o slotValue) bool { return o.id == id }) {
			l.Problem(at, "%s: value %q stands twice", what, id)
		}
		l.needLanguages(at, what+" value "+id+" has no name in %s", func(lang string) bool { return len(v.words[lang]) > 0 })
		out = append(out, v)
	})
	return out
}

func (l *loader) checkSlot(s *Slot, at ast.Node, what string, valued bool) {
	if s.ID == "" {
		l.Problem(at, "%s has no id", what)
	}
	if s.Kind == "" {
		l.Problem(at, "%s has no kind; known: %s", what, slotKinds())
	}
	if valued != (s.Kind == SlotName) {
		l.Problem(at, "%s: values belong to the kind name, and to no other", what)
	}
	if (s.Min > 0 || s.Max > 0) && !s.Kind.counted() {
		l.Problem(at, "%s: min and max belong to the kinds digits and code", what)
	}
	if s.Max > 0 && s.Min > s.Max {
		l.Problem(at, "%s: min (%d) is above max (%d)", what, s.Min, s.Max)
	}
	for name, t := range map[string]texts{"prompt": s.prompts, "retry": s.retries, "confirm": s.confirms} {
		if t != nil || name == "prompt" && s.Required {
			l.needLanguages(at, what+" has no "+name+" in %s", func(lang string) bool { return t[lang] != "" })
		}
	}
	for _, lang := range languagesOf(s.confirms) {
		if t := s.confirms[lang]; t != "" && !strings.Contains(t, "{value}") {
			l.Problem(at, "%s confirm in %s must contain {value}", what, lang)
		}
	}
	l.later = append(l.later, func() { l.checkValues(s, at, what) })
}

// checkValues wants no two values of a slot to be said alike.
func (l *loader) checkValues(s *Slot, at ast.Node, what string) {
	for _, lang := range l.menu.Languages {
		of := map[string]string{}
		for _, v := range s.values {
			for _, w := range v.words[lang] {
				if o := of[nlu.Normal(w)]; o != "" && o != v.id {
					l.Problem(at, "%s: %q names %s and %s", what, w, o, v.id)
				}
				of[nlu.Normal(w)] = v.id
			}
		}
		if err := s.list(lang); err != nil {
			l.Problem(at, "%s: %v", what, err)
		}
	}
}
