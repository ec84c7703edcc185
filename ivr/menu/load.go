package menu

import (
	"fmt"
	"io/fs"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"trunkline/ivr/menu/internal/strict"
)

// Options choose how a menu is loaded. The zero Options train every model.
type Options struct {
	Models Models // where trained models are kept; nil is nowhere
}

// Problem is one mistake in a menu file, Problems every one of a file in the order of its lines.
type (
	Problem  = strict.Problem
	Problems = strict.Problems
)

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
	file := &strict.File{Name: name}
	root := file.Parse(data)
	if root == nil {
		return nil, file.Err()
	}
	l := &loader{File: file, known: known, menu: &Menu{prompts: map[string]texts{}, byID: map[string]*Node{}}}
	l.read(root)
	l.check(root)
	if err := file.Err(); err != nil {
		return nil, err
	}
	if err := l.menu.compile(opts.Models); err != nil {
		return nil, fmt.Errorf("compile menu %s: %w", name, err)
	}
	return l.menu, nil
}

// loader fills a Menu from its file and remembers where things stood.
type loader struct {
	*strict.File
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
	l.Fields(root, "the menu",
		strict.Key("menu", func(n ast.Node) { l.menu.ID = l.id(n, "menu") }),
		strict.Key("languages", l.readLanguages),
		strict.Key("accept", func(n ast.Node) { l.accept = l.Score(n, "accept") }),
		strict.Key("confirm", func(n ast.Node) { l.confirm = l.Score(n, "confirm") }),
		strict.Key("margin", func(n ast.Node) { l.menu.margin = l.Score(n, "margin") }),
		strict.Key("numbering", func(n ast.Node) { l.unnumbered = l.Choice(n, "numbering", "auto", "off") == "off" }),
		strict.Key("synonyms", l.readSynonyms),
		strict.Key("human", l.readHuman),
		strict.Key("commands", l.readCommands),
		strict.Key("prompts", l.readPrompts),
		strict.Key("other", l.readOther),
		strict.Key("groups", l.readGroups),
		strict.Key("nodes", func(n ast.Node) { nodes = n }),
	)
	l.menu.accept = l.accept
	if l.confirm > l.accept {
		l.Problem(root, "confirm (%v) is above accept (%v)", l.confirm, l.accept)
	}
	if nodes == nil {
		l.Problem(root, "the menu has no nodes")
		return
	}
	items, ok := l.List(nodes, "nodes")
	if ok && len(items) == 0 {
		l.Problem(nodes, "the menu has no nodes")
	}
	for _, n := range items { // after the thresholds they inherit
		l.readNode(n)
	}
}

func (l *loader) readLanguages(n ast.Node) {
	l.languagesAt = n
	items, _ := l.List(n, "languages")
	for _, item := range items {
		lang := l.Text(item, "language")
		if slices.Contains(l.menu.Languages, lang) {
			l.Problem(item, "language %q stands twice", lang)
			continue
		}
		l.menu.Languages = append(l.menu.Languages, lang)
	}
}
