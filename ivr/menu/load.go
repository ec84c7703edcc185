package menu

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// Options choose how a menu is loaded. The zero Options train every model.
type Options struct {
	Models Models // where trained models are kept; nil is nowhere
}

// Load reads and compiles the menu file at path. What is wrong with the file comes back as
// Problems, all of it at once.
func Load(fsys fs.FS, path string) (*Menu, error) { return LoadWith(fsys, path, Options{}) }

// LoadWith is Load with options.
func LoadWith(fsys fs.FS, path string, opts Options) (*Menu, error) {
	data, err := fs.ReadFile(fsys, path)
	if err != nil {
		return nil, fmt.Errorf("load menu: %w", err)
	}
	return ParseWith(path, data, opts)
}

// Parse compiles a menu file already read; name is what problems call it.
func Parse(name string, data []byte) (*Menu, error) { return ParseWith(name, data, Options{}) }

// ParseWith is Parse with options.
func ParseWith(name string, data []byte, opts Options) (*Menu, error) {
	known, err := readDefaults()
	if err != nil {
		return nil, err
	}
	s := &source{name: name}
	root := s.parse(data)
	if root == nil {
		return nil, s.err()
	}
	l := &loader{source: s, known: known, menu: &Menu{prompts: map[string]texts{}, byID: map[string]*Node{}}}
	l.read(root)
	l.check(root)
	if err := s.err(); err != nil {
		return nil, err
	}
	if err := l.menu.compile(opts.Models); err != nil {
		return nil, fmt.Errorf("compile menu %s: %w", name, err)
	}
	return l.menu, nil
}

// loader fills a Menu from its file and remembers where things stood.
type loader struct {
	*source
	known           *defaults
	menu            *Menu
	accept, confirm float64
	unnumbered      bool // what has no key gets none
	humanNode       string
	humanBare       bool            // without what the product knows
	switchedOff     map[string]bool // commands
	places          map[*Node]place
	spoken          []sentence
	languagesAt     ast.Node
	humanAt         ast.Node
	promptsAt       ast.Node
	promptAt        map[string]ast.Node
	groupAt         map[*Group]ast.Node
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

// placedKey is a key of the telephone, who has it, and on which level: that of a group, or "". A
// command has it on all of them.
type placedKey struct {
	digits, owner string
	level         *string // nil for a command
	at            ast.Node
}

// Thresholds of a menu that sets none.
const (
	defaultAccept   = 0.7
	defaultConfirm  = 0.4
	defaultMargin   = 0.15
	defaultFailures = 2
	defaultTimes    = 1
)

func (l *loader) read(root ast.Node) {
	l.places = map[*Node]place{}
	l.promptAt = map[string]ast.Node{}
	l.groupAt = map[*Group]ast.Node{}
	l.switchedOff = map[string]bool{}
	l.accept, l.confirm, l.menu.margin = defaultAccept, defaultConfirm, defaultMargin
	l.menu.Human.Failures = defaultFailures
	l.languagesAt, l.humanAt, l.promptsAt = root, root, root
	var nodes ast.Node
	l.fields(root, "the menu",
		field{"menu", func(n ast.Node) { l.menu.ID = l.id(n, "menu") }},
		field{"languages", l.readLanguages},
		field{"accept", func(n ast.Node) { l.accept = l.score(n, "accept") }},
		field{"confirm", func(n ast.Node) { l.confirm = l.score(n, "confirm") }},
		field{"margin", func(n ast.Node) { l.menu.margin = l.score(n, "margin") }},
		field{"numbering", func(n ast.Node) { l.unnumbered = l.choice(n, "numbering", "auto", "off") == "off" }},
		field{"synonyms", l.readSynonyms},
		field{"human", l.readHuman},
		field{"commands", l.readCommands},
		field{"prompts", l.readPrompts},
		field{"other", l.readOther},
		field{"groups", l.readGroups},
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
