package menu

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"trunkline/nlu"
)

// Load reads and compiles the menu file at path. What is wrong with the file comes back as
// Problems, all of it at once.
func Load(fsys fs.FS, path string) (*Menu, error) {
	data, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, fmt.Errorf("load menu: %w", err)
	}
	return Parse(path, data)
}

// Parse compiles a menu file already read; name is what problems call it.
func Parse(name string, data []byte) (*Menu, error) {
	s := &source{name: name}
	root := s.parse(data)
	if root == nil {
		return nil, s.err()
	}
	l := &loader{source: s, menu: &Menu{prompts: map[string]texts{}, byID: map[string]*Node{}}}
	l.read(root)
	l.check(root)
	if err := s.err(); err != nil {
		return nil, err
	}
	if err := l.menu.compile(); err != nil {
		return nil, fmt.Errorf("compile menu %s: %w", name, err)
	}
	return l.menu, nil
}

// loader fills a Menu from its file and remembers where things stood.
type loader struct {
	*source
	menu            *Menu
	accept, confirm float64
	humanNode       string
	places          map[*Node]place
	spoken          []sentence
	languagesAt     ast.Node
	humanAt         ast.Node
	promptsAt       ast.Node
	promptAt        map[string]ast.Node
	languageKeys    []languageKey
	keys            []placedKey
	later           []func() // checks that need the whole file read
}

// place is where a node stands, and whether it tries to lead anywhere.
type place struct {
	at    ast.Node
	leads bool
}

// sentence is one example and where it stands.
type sentence struct {
	lang, owner, text string
	at                ast.Node
}

// languageKey is a language mentioned anywhere below the list of languages.
type languageKey struct {
	lang string
	at   ast.Node
}

// placedKey is a key of the telephone and who has it.
type placedKey struct {
	digits, owner string
	at            ast.Node
}

// Thresholds of a menu that sets none.
const (
	defaultAccept   = 0.7
	defaultConfirm  = 0.4
	defaultFailures = 2
)

func (l *loader) read(root ast.Node) {
	l.places = map[*Node]place{}
	l.promptAt = map[string]ast.Node{}
	l.accept, l.confirm = defaultAccept, defaultConfirm
	l.menu.Human.Failures = defaultFailures
	l.languagesAt, l.humanAt, l.promptsAt = root, root, root
	var nodes ast.Node
	l.fields(root, "the menu",
		field{"menu", func(n ast.Node) { l.menu.ID = l.id(n, "menu") }},
		field{"languages", l.readLanguages},
		field{"accept", func(n ast.Node) { l.accept = l.score(n, "accept") }},
		field{"confirm", func(n ast.Node) { l.confirm = l.score(n, "confirm") }},
		field{"human", l.readHuman},
		field{"commands", l.readCommands},
		field{"prompts", l.readPrompts},
		field{"other", l.readOther},
		field{"nodes", func(n ast.Node) { nodes = n }},
	)
	l.menu.accept = l.accept
	if l.confirm > l.accept {
		l.problem(root, "confirm (%v) is above accept (%v)", l.confirm, l.accept)
	}
	if nodes == nil {
		l.problem(root, "the menu has no nodes")
		return
	}
	items, ok := l.list(nodes, "nodes")
	if ok && len(items) == 0 {
		l.problem(nodes, "the menu has no nodes")
	}
	for _, n := range items { // after the thresholds they inherit
		l.readNode(n)
	}
}

func (l *loader) readLanguages(n ast.Node) {
	l.languagesAt = n
	items, _ := l.list(n, "languages")
	for _, item := range items {
		lang := l.text(item, "language")
		if slices.Contains(l.menu.Languages, lang) {
			l.problem(item, "language %q stands twice", lang)
			continue
		}
		l.menu.Languages = append(l.menu.Languages, lang)
	}
}

func (l *loader) readHuman(n ast.Node) {
	l.humanAt = n
	h := &l.menu.Human
	l.fields(n, "human",
		field{"node", func(n ast.Node) { l.humanNode, l.humanAt = l.text(n, "node"), n }},
		field{"failures", func(n ast.Node) { h.Failures = l.count(n, "failures", 20) }},
		field{"ask", func(n ast.Node) { h.ask = l.phrases(n, "human.ask", nil) }},
		field{"complaint", func(n ast.Node) { h.complaint = l.phrases(n, "human.complaint", nil) }},
	)
}

func (l *loader) readCommands(n ast.Node) {
	l.each(n, "commands", func(_ string, at, value ast.Node) {
		id := l.id(at, "command")
		c := &Command{ID: id}
		owner := commandLabel(id)
		what := "command " + id
		l.fields(value, what,
			field{"key", func(n ast.Node) { c.Key = l.key(n, what) }},
			field{"name", func(n ast.Node) { c.names = l.names(n, what, owner) }},
			field{"examples", func(n ast.Node) { c.examples = l.phrases(n, what, &owner) }},
		)
		if slices.ContainsFunc(l.menu.Commands, func(o *Command) bool { return o.ID == id }) {
			l.problem(at, "command %q stands twice", id)
			return
		}
		l.needLanguages(at, what+" has no examples in %s", func(lang string) bool { return c.examples[lang] != nil })
		l.menu.Commands = append(l.menu.Commands, c)
	})
}

func (l *loader) readPrompts(n ast.Node) {
	l.promptsAt = n
	l.each(n, "prompts", func(name string, at, value ast.Node) {
		if l.menu.prompts[name] != nil {
			l.problem(at, "prompt %q stands twice", name)
			return
		}
		p := l.texts(value, "prompt "+name)
		l.menu.prompts[name], l.promptAt[name] = p, at
		l.needLanguages(at, "prompt "+name+" has no text in %s", func(lang string) bool { return p[lang] != "" })
	})
}

// readOther reads what callers say that no node serves. A language may go without.
func (l *loader) readOther(n ast.Node) {
	owner := otherLabel
	l.menu.other = l.phrases(n, "other", &owner)
}

func (l *loader) readNode(at ast.Node) {
	n := &Node{Accept: l.accept, Confirm: l.confirm}
	here := place{at: at}
	what, owner := "node", ""
	if m, ok := at.(ast.MapNode); ok { // its id first: the other messages and the examples need it
		for it := m.MapRange(); it.Next(); {
			if it.Key().String() == "id" {
				owner = strings.TrimSpace(it.Value().String())
				what = "node " + owner
			}
		}
	}
	l.fields(at, what,
		field{"id", func(v ast.Node) { n.ID, here.at = l.id(v, "id"), v }},
		field{"key", func(v ast.Node) { n.Key = l.key(v, what) }},
		field{"name", func(v ast.Node) { n.names = l.names(v, what, owner) }},
		field{"examples", func(v ast.Node) { n.examples = l.phrases(v, what, &owner) }},
		field{"say", func(v ast.Node) { n.answers, here.leads = l.texts(v, what+" say"), true }},
		field{"flow", func(v ast.Node) { n.Flow, here.leads = l.text(v, what+" flow"), true }},
		field{"dial", func(v ast.Node) { n.Dial, here.leads = l.text(v, what+" dial"), true }},
		field{"accept", func(v ast.Node) { n.Accept = l.score(v, what+" accept") }},
		field{"confirm", func(v ast.Node) { n.Confirm = l.score(v, what+" confirm") }},
	)
	l.places[n] = here
	l.menu.Nodes = append(l.menu.Nodes, n)
}

// id reads a name that flows, events and records use.
func (l *loader) id(n ast.Node, what string) string {
	v := l.text(n, what)
	if v != "" && !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(v) {
		l.problem(n, "%s %q must be lower-case letters, digits and _, a letter first", what, v)
	}
	return v
}

// key reads the digits of a telephone key.
func (l *loader) key(n ast.Node, owner string) string {
	v := l.text(n, owner+" key")
	if strings.Trim(v, "0123456789*#") != "" {
		l.problem(n, "%s key %q must be made of 0-9, * and #", owner, v)
		return ""
	}
	if v != "" {
		l.keys = append(l.keys, placedKey{v, owner, n})
	}
	return v
}

// texts reads one text per language.
func (l *loader) texts(n ast.Node, what string) texts {
	out := texts{}
	l.each(n, what, func(lang string, at, value ast.Node) {
		l.mention(lang, at)
		if _, twice := out[lang]; twice {
			l.problem(at, "language %q stands twice in %s", lang, what)
		}
		out[lang] = l.text(value, what)
	})
	return out
}

// names reads one name per language. The owner is recognised by it, so it needs a word.
func (l *loader) names(n ast.Node, what, owner string) texts {
	out := l.texts(n, what+" name")
	for _, lang := range slices.Sorted(maps.Keys(out)) {
		switch text := out[lang]; {
		case text == "":
		case len(nlu.Tokens(text)) == 0:
			l.problem(n, "%s name %q has no word in it", what, text)
		default:
			l.spoken = append(l.spoken, sentence{lang, owner, text, n})
		}
	}
	return out
}

// phrases reads a list of sentences per language. Those of an owner are what the model learns.
func (l *loader) phrases(n ast.Node, what string, owner *string) map[string][]string {
	out := map[string][]string{}
	l.each(n, what, func(lang string, at, value ast.Node) {
		l.mention(lang, at)
		items, ok := l.list(value, what+" in "+lang)
		if !ok || len(items) > 0 {
			out[lang] = []string{} // there is something, right or wrong
		}
		for _, item := range items {
			text := l.text(item, "example of "+what)
			if text == "" {
				continue
			}
			if len(nlu.Tokens(text)) == 0 {
				l.problem(item, "%q has no word in it", text)
				continue
			}
			out[lang] = append(out[lang], text)
			if owner != nil {
				l.spoken = append(l.spoken, sentence{lang, *owner, text, item})
			}
		}
	})
	return out
}

// mention remembers a language to be checked when all of them are known.
func (l *loader) mention(lang string, at ast.Node) {
	l.languageKeys = append(l.languageKeys, languageKey{lang, at})
}
