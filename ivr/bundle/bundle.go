// Package bundle loads what flows are made of: scripts, menus and prompts, as
// one immutable thing that is compiled and checked before the first call.
//
//	flows/NAME.lua    a flow
//	lib/NAME.lua      what flows require
//	menus/NAME.yaml   a menu
//	prompts/…         sound, read when it is first played
//
// A Bundle never changes after Load: a call keeps the one it began with. The
// package knows the verbs that scripts may use only by their shapes; it runs
// nothing.
package bundle

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/verb"
	"trunkline/media/prompt"
)

// Bundle is all flows, modules and menus, compiled, and the sound they play.
type Bundle struct {
	Version string // what it is known by; "" for one that was never deployed
	Scripts fs.FS
	Prompts *prompt.Cache // of the sound files in Scripts
	Flows   map[string]*Script
	Modules map[string]*Script // what require finds
	Menus   map[string]*menu.Menu
}

// Script is one compiled file.
type Script struct {
	File  string
	Proto *lua.FunctionProto
	Err   error // why it must not run
}

// Known is what scripts may use.
type Known struct {
	Verbs     verb.Shapes            // of a call
	Libraries map[string]verb.Shapes // by the name of the global table
	Models    menu.Models            // where trained menus are kept; nil: nowhere
	Globals   []string               // what modules that are there set
	Modules   map[string]string      // what is there to require without being in the bundle: source by name
}

// maxSource is the longest script that is read, bytes.
const maxSource = 256 << 10

// Load reads everything and returns every problem found.
func Load(scripts fs.FS, known Known) (*Bundle, []error) {
	b := &Bundle{
		Scripts: scripts, Prompts: prompt.NewCache(scripts, prompt.Config{}),
		Flows: map[string]*Script{}, Modules: map[string]*Script{}, Menus: map[string]*menu.Menu{},
	}
	if scripts == nil {
		return b, []error{errors.New("load scripts: no directory of scripts is configured")}
	}
	problems := b.loadMenus(known.Models)
	flows, err := fs.Glob(scripts, "flows/*.lua")
	if err != nil {
		problems = append(problems, fmt.Errorf("load flows: %w", err))
	}
	flows = slices.DeleteFunc(flows, func(file string) bool { return strings.HasSuffix(file, "_test.lua") }) // of package flowtest
	modules, err := fs.Glob(scripts, "lib/*.lua")
	if err != nil {
		problems = append(problems, fmt.Errorf("load modules: %w", err))
	}
	if len(flows) == 0 {
		problems = append(problems, errors.New("load scripts: there is no flow: no file flows/*.lua"))
	}
	l := &linter{bundle: b, known: known, flows: namesOf(flows), modules: namesOf(modules)}
	for name, text := range known.Modules {
		l.modules[name] = true
		proto, err := sandbox.Compile(name+".lua", text, func(*ast.FuncCallExpr) {})
		b.Modules[name] = &Script{File: name + ".lua", Proto: proto, Err: err}
	}
	for _, file := range modules {
		problems = append(problems, b.load(file, b.Modules, l)...)
	}
	for _, file := range flows {
		problems = append(problems, b.load(file, b.Flows, l)...)
	}
	problems = append(problems, b.checkGlobals(known)...)
	return b, append(problems, b.checkMenus()...)
}

func (b *Bundle) loadMenus(models menu.Models) (problems []error) {
	menus, err := fs.Glob(b.Scripts, "menus/*.y*ml")
	if err != nil {
		problems = append(problems, fmt.Errorf("load menus: %w", err))
	}
	for _, file := range menus {
		problems = append(problems, b.loadMenu(file, models)...)
	}
	return problems
}

// checkMenus wants the flows that nodes lead to.
func (b *Bundle) checkMenus() (problems []error) {
	for _, m := range b.SortedMenus() {
		for _, n := range m.Nodes {
			if n.Flow != "" && b.Flows[n.Flow] == nil {
				problems = append(problems, fmt.Errorf("menu %s: node %s: there is no flow %q", m.ID, n.ID, n.Flow))
			}
		}
	}
	return problems
}

func (b *Bundle) loadMenu(file string, models menu.Models) []error {
	m, err := menu.LoadWith(b.Scripts, file, menu.Options{Models: models})
	var list menu.Problems
	switch {
	case errors.As(err, &list):
		out := make([]error, len(list))
		for i, p := range list {
			out[i] = p
		}
		return out
	case err != nil:
		return []error{err}
	case b.Menus[m.ID] != nil:
		return []error{fmt.Errorf("%s: there is a menu %q already", file, m.ID)}
	}
	b.Menus[m.ID] = m
	return nil
}

// namesOf are the names that scripts use for files.
func namesOf(files []string) map[string]bool {
	names := map[string]bool{}
	for _, file := range files {
		names[nameOf(file)] = true
	}
	return names
}

func nameOf(file string) string { return strings.TrimSuffix(path.Base(file), ".lua") }

// load compiles one script into a table. One with a problem is kept all the
// same, so that its calls can be told why they fail.
func (b *Bundle) load(file string, into map[string]*Script, l *linter) []error {
	s := &Script{File: file}
	into[nameOf(file)] = s
	l.file, l.problems = file, nil
	problems := func() []error {
		text, err := fs.ReadFile(b.Scripts, file)
		switch {
		case err != nil:
			return []error{fmt.Errorf("load script: %w", err)}
		case len(text) > maxSource:
			return []error{fmt.Errorf("%s: a script may be %d bytes long, not %d", file, maxSource, len(text))}
		}
		if s.Proto, err = sandbox.Compile(file, string(text), l.visit); err != nil {
			return []error{err}
		}
		return l.problems
	}()
	s.Err = errors.Join(problems...)
	return problems
}

// FlowNames returns the names of all flows, sorted.
func (b *Bundle) FlowNames() []string { return slices.Sorted(maps.Keys(b.Flows)) }

// SortedMenus returns the menus by id.
func (b *Bundle) SortedMenus() []*menu.Menu {
	return slices.SortedFunc(maps.Values(b.Menus), func(x, y *menu.Menu) int { return strings.Compare(x.ID, y.ID) })
}

// FixedTexts are the prompts of a menu that need no filling in.
func FixedTexts(m *menu.Menu, lang string) []string {
	var out []string
	for _, name := range []string{
		menu.PromptGreeting, menu.PromptRetry, menu.PromptSilence, menu.PromptHuman, menu.PromptGoodbye,
	} {
		out = append(out, m.Prompt(name, lang))
	}
	for _, n := range m.Nodes {
		out = append(out, n.Answer(lang))
	}
	out = append(out, m.KeysPrompt(lang))
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}
