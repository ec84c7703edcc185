package menu

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"trunkline/nlu"
)

// check finds what only the whole file can show.
func (l *loader) check(root ast.Node) {
	m := l.menu
	if m.ID == "" {
		l.Problem(root, "the menu has no id: add menu: NAME")
	}
	if len(m.Languages) == 0 {
		l.Problem(l.languagesAt, "the menu has no languages: add languages: [en]")
	}
	l.checkLanguages()
	l.index()
	l.checkHuman()
	l.addDefaults()
	for _, n := range m.Nodes {
		l.checkNode(n)
	}
	for _, f := range l.later {
		f()
	}
	l.checkPrompts()
	l.checkKeys()
	l.checkSentences()
	l.number(root)
}

// index finds the nodes by their ids.
func (l *loader) index() {
	for _, n := range l.menu.Nodes {
		switch {
		case n.ID == "":
			l.Problem(l.places[n].at, "node has no id")
		case l.menu.byID[n.ID] != nil:
			l.Problem(l.places[n].at, "node %q stands twice", n.ID)
		default:
			l.menu.byID[n.ID] = n
		}
	}
}

// number builds the key tree. With groups in a circle there is none.
func (l *loader) number(root ast.Node) {
	m := l.menu
	for _, g := range m.groups {
		if l.circular(g) {
			l.Problem(l.groupAt[g], "group %q stands in itself", g.ID)
			return
		}
	}
	for _, n := range m.Nodes {
		n.Group = m.groupNamed(n.group)
	}
	b := numberer{menu: m, auto: !l.unnumbered, fail: func(i item, err error) {
		at := root
		if i.node != nil {
			at = l.places[i.node].at
		} else if l.groupAt[i.group] != nil {
			at = l.groupAt[i.group]
		}
		l.Problem(at, "%s gets no key: %v", i, err)
	}}
	b.build()
	for _, g := range m.groups {
		if g.Level == nil && !l.unnumbered {
			l.Problem(l.groupAt[g], "group %q has no nodes with keys", g.ID)
		}
	}
	if b.paged {
		for _, lang := range m.Languages {
			if m.Prompt(PromptMore, lang) == "" {
				l.Problem(l.promptsAt, "prompt %q is missing in %s: the keys need further pages", PromptMore, lang)
			}
		}
	}
}

// circular reports whether the groups that a group stands in lead back to it.
func (l *loader) circular(g *Group) bool {
	at := g
	for range l.menu.groups {
		if at = l.menu.groupNamed(at.group); at == nil || at == g {
			return at == g
		}
	}
	return at != nil // a circle it only leads to
}

// checkLanguages reports a language the menu does not have, where it is first used.
func (l *loader) checkLanguages() {
	known := slices.Clone(l.menu.Languages)
	if len(known) == 0 {
		return
	}
	for _, u := range l.languageKeys {
		if !slices.Contains(known, u.lang) {
			known = append(known, u.lang)
			l.Problem(u.at, "language %q is not one of the menu's: %s", u.lang, strings.Join(l.menu.Languages, ", "))
		}
	}
}

// needLanguages reports every language of the menu for which has is false, once the languages are
// known. format takes the language.
func (l *loader) needLanguages(at ast.Node, format string, has func(lang string) bool) {
	l.later = append(l.later, func() {
		for _, lang := range l.menu.Languages {
			if !has(lang) {
				l.Problem(at, format, lang)
			}
		}
	})
}

func (l *loader) checkNode(n *Node) {
	at := l.places[n].at
	what := "node " + n.ID
	if n.ID == "" {
		what = "node"
	}
	for _, lang := range l.menu.Languages {
		if n.names[lang] == "" {
			l.Problem(at, "%s has no name in %s", what, lang)
		}
		if n.examples[lang] == nil {
			l.Problem(at, "%s has no examples in %s", what, lang)
		}
		if len(n.answers) > 0 && n.answers[lang] == "" {
			l.Problem(at, "%s says nothing in %s", what, lang)
		}
	}
	if !l.places[n].leads {
		l.Problem(at, "%s leads nowhere: add say, flow or dial", what)
	}
	if n.Flow != "" && n.Dial != "" {
		l.Problem(at, "%s has both a flow and a dial target", what)
	}
	inherited := n.Accept == l.accept && n.Confirm == l.confirm
	if n.Confirm > n.Accept && !inherited {
		l.Problem(at, "%s: confirm (%v) is above accept (%v)", what, n.Confirm, n.Accept)
	}
}

func (l *loader) checkHuman() {
	h := &l.menu.Human
	if l.humanNode == "" {
		if len(h.words)+len(h.Classes)+h.Age > 0 {
			l.Problem(l.humanAt, "human has rules but no node to bring the caller to")
		}
		return
	}
	h.Node = l.menu.byID[l.humanNode]
	if h.Node == nil {
		l.Problem(l.humanAt, "human node %q is not a node of this menu", l.humanNode)
	}
}

// checkPrompts wants every prompt the dialogue needs, with the places it fills in.
func (l *loader) checkPrompts() {
	needed := []string{
		PromptGreeting, PromptRetry, PromptSilence, PromptConfirm, PromptKeys, PromptHuman, PromptGoodbye,
	}
	places := map[string][]string{
		PromptConfirm: {"{name}"}, PromptKeys: {"{name}", "{key}"}, PromptMore: {"{key}"}, PromptChoice: {"{first}", "{second}"},
	}
	for _, name := range append(needed, PromptMore, PromptChoice) {
		p, ok := l.menu.prompts[name]
		if !ok {
			if slices.Contains(needed, name) {
				l.Problem(l.promptsAt, "prompt %q is missing", name)
			}
			continue
		}
		for _, lang := range l.menu.Languages {
			for _, place := range places[name] {
				if p[lang] != "" && !strings.Contains(p[lang], place) {
					l.Problem(l.promptAt[name], "prompt %s in %s must contain %s", name, lang, place)
				}
			}
		}
	}
}

// checkKeys wants no key to be, or to begin with, another one.
func (l *loader) checkKeys() {
	for i, k := range l.keys {
		for _, o := range l.keys[:i] {
			switch {
			case o.level != nil && k.level != nil && *o.level != *k.level:
			case o.digits == k.digits:
				l.Problem(k.at, "key %s of %s is taken by %s", k.digits, k.owner, o.owner)
			case strings.HasPrefix(o.digits, k.digits), strings.HasPrefix(k.digits, o.digits):
				l.Problem(k.at, "key %s of %s and key %s of %s begin alike", k.digits, k.owner, o.digits, o.owner)
			}
		}
	}
}

// checkSentences wants no sentence to stand under two nodes or commands of one language.
func (l *loader) checkSentences() {
	type key struct{ lang, text string }
	first := map[key]sentence{}
	for _, s := range l.spoken {
		k := key{s.lang, nlu.Normal(s.text)}
		if o, ok := first[k]; !ok {
			first[k] = s
		} else if o.owner != s.owner {
			l.Problem(s.at, "%q is an example of %s and, on line %d, of %s",
				s.text, s.owner, o.at.GetToken().Position.Line, o.owner)
		}
	}
}
