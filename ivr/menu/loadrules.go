package menu

import (
	"slices"

	"github.com/goccy/go-yaml/ast"

	"trunkline/ivr/menu/internal/strict"
	"trunkline/nlu"
)

func (l *loader) readHuman(n ast.Node) {
	l.humanAt = n
	h := &l.menu.Human
	words := map[Rule]map[string][]string{}
	l.Fields(n, "human",
		strict.Key("node", func(n ast.Node) { l.humanNode, l.humanAt = l.Text(n, "node"), n }),
		strict.Key("failures", func(n ast.Node) { h.Failures = l.Count(n, "failures", 20) }),
		strict.Key("ask", func(n ast.Node) { words[RuleAsked] = l.phrases(n, "human.ask", nil) }),
		strict.Key("complaint", func(n ast.Node) { words[RuleComplaint] = l.phrases(n, "human.complaint", nil) }),
		strict.Key("anger", func(n ast.Node) { words[RuleAnger] = l.phrases(n, "human.anger", nil) }),
		strict.Key("classes", l.readClasses),
		strict.Key("age", func(n ast.Node) { h.Age = l.Count(n, "age", 150) }),
		strict.Key("defaults", func(n ast.Node) { l.humanBare = l.defaultsOff(n, "human") }),
	)
	for _, rule := range []Rule{RuleComplaint, RuleAnger, RuleAsked} { // trouble goes before a wish
		if p := words[rule]; p != nil {
			h.words = append(h.words, wordRule{rule, p})
		}
	}
}

func (l *loader) readClasses(n ast.Node) {
	items, _ := l.List(n, "human.classes")
	for _, item := range items {
		if class := l.Text(item, "class"); class != "" {
			l.menu.Human.Classes = append(l.menu.Human.Classes, class)
		}
	}
}

func (l *loader) readCommands(n ast.Node) {
	l.Each(n, "commands", func(_ string, at, value ast.Node) {
		id := l.id(at, "command")
		if isOff(value) {
			l.switchOff(id, at)
			return
		}
		c := &Command{ID: id, examples: map[string][]string{}}
		owner := commandLabel(id)
		what := "command " + id
		l.Fields(value, what,
			strict.Key("key", func(n ast.Node) { c.Key = l.key(n, what, nil) }),
			strict.Key("name", func(n ast.Node) { c.names = l.names(n, what, owner) }),
			strict.Key("examples", func(n ast.Node) { c.examples = l.phrases(n, what, &owner) }),
			strict.Key("language", func(n ast.Node) {
				c.Language = l.Text(n, what+" language")
				l.mention(c.Language, n)
			}),
			strict.Key("defaults", func(n ast.Node) { c.bare = l.defaultsOff(n, what) }),
		)
		if slices.ContainsFunc(l.menu.Commands, func(o *Command) bool { return o.ID == id }) || l.switchedOff[id] {
			l.Problem(at, "command %q stands twice", id)
			return
		}
		l.needLanguages(at, what+" has no examples in %s", func(lang string) bool { return c.examples[lang] != nil })
		l.menu.Commands = append(l.menu.Commands, c)
	})
}

// switchOff forgets a command that the product knows.
func (l *loader) switchOff(id string, at ast.Node) {
	l.switchedOff[id] = true
	l.later = append(l.later, func() {
		if !slices.ContainsFunc(l.defaultCommands(), func(d defaultCommand) bool { return d.ID == id }) {
			l.Problem(at, "command %q cannot be switched off: the product has no such command (words that bring a person are under human)", id)
		}
	})
}

// isOff reports the plain word off.
func isOff(n ast.Node) bool {
	s, ok := n.(*ast.StringNode)
	return ok && s.Value == "off"
}

// defaultsOff reads "defaults: off".
func (l *loader) defaultsOff(n ast.Node, what string) bool {
	return l.Choice(n, what+" defaults", "on", "off") == "off"
}

func (l *loader) readPrompts(n ast.Node) {
	l.promptsAt = n
	l.Each(n, "prompts", func(name string, at, value ast.Node) {
		if l.menu.prompts[name] != nil {
			l.Problem(at, "prompt %q stands twice", name)
			return
		}
		p := l.texts(value, "prompt "+name)
		l.menu.prompts[name], l.promptAt[name] = p, at
		l.needLanguages(at, "prompt "+name+" has no text in %s", func(lang string) bool { return p[lang] != "" })
	})
}

// readOther reads what callers say that no node serves, and what is said to that. A language may
// go without. Where nothing is said, the examples stand there at once.
func (l *loader) readOther(n ast.Node) {
	owner := otherLabel
	examples := func(n ast.Node) { l.menu.other = l.phrases(n, "other", &owner) }
	long := false
	if m, ok := n.(ast.MapNode); ok {
		for it := m.MapRange(); it.Next(); {
			key := it.Key().String()
			long = long || key == "examples" || key == "say" || key == "times"
		}
	}
	if !long {
		examples(n)
		return
	}
	o := &l.menu.Outside
	o.Times = defaultTimes
	l.Fields(n, "other",
		strict.Key("examples", examples),
		strict.Key("say", func(n ast.Node) { o.says = l.texts(n, "other say") }),
		strict.Key("times", func(n ast.Node) { o.Times = l.Count(n, "other times", 20) }),
	)
}

// readSynonyms reads groups of words that mean the same.
func (l *loader) readSynonyms(n ast.Node) {
	l.menu.synonyms = map[string][][]string{}
	l.Each(n, "synonyms", func(lang string, at, value ast.Node) {
		l.mention(lang, at)
		groups, _ := l.List(value, "synonyms in "+lang)
		for _, g := range groups {
			if words := l.synonymGroup(g, lang); len(words) > 1 {
				l.menu.synonyms[lang] = append(l.menu.synonyms[lang], words)
			}
		}
	})
	l.later = append(l.later, func() { l.checkSynonyms(n) })
}

func (l *loader) synonymGroup(n ast.Node, lang string) []string {
	items, ok := l.List(n, "a group of synonyms")
	if ok && len(items) < 2 {
		l.Problem(n, "a group of synonyms in %s has at least two words", lang)
	}
	var words []string
	for _, item := range items {
		if w := l.Text(item, "synonym"); w != "" && len(nlu.Tokens(w)) == 0 {
			l.Problem(item, "%q has no word in it", w)
		} else if w != "" {
			words = append(words, w)
		}
	}
	return words
}

// checkSynonyms wants every word in one group at most: else all of both would mean the same.
func (l *loader) checkSynonyms(at ast.Node) {
	for _, lang := range l.menu.Languages {
		group := map[string]int{}
		for i, words := range l.menu.synonyms[lang] {
			for _, w := range words {
				if o, there := group[nlu.Normal(w)]; there && o != i {
					l.Problem(at, "synonym %q in %s stands in two groups: make them one", w, lang)
				}
				group[nlu.Normal(w)] = i
			}
		}
	}
}
