package ivr

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/media/prompt"
)

// bundle is all flows and menus, compiled. It never changes: a call keeps the
// bundle it started with. Only prompts are read when they are needed.
type bundle struct {
	scripts fs.FS
	prompts *prompt.Cache // of the sound files in scripts
	flows   map[string]*flow
	menus   map[string]*menu.Menu
}

// flow is one compiled script.
type flow struct {
	proto *lua.FunctionProto
	err   error // why it must not run
}

// maxSource is the longest flow that is read, bytes.
const maxSource = 256 << 10

// loadBundle reads everything and returns every problem found.
func loadBundle(scripts fs.FS) (*bundle, []error) {
	b := &bundle{scripts: scripts, prompts: prompt.NewCache(scripts, prompt.Config{}), flows: map[string]*flow{}, menus: map[string]*menu.Menu{}}
	if scripts == nil {
		return b, []error{errors.New("load scripts: no directory of scripts is configured")}
	}
	var problems []error
	menus, err := fs.Glob(scripts, "menus/*.y*ml")
	if err != nil {
		problems = append(problems, fmt.Errorf("load menus: %w", err))
	}
	for _, file := range menus {
		problems = append(problems, b.loadMenu(file)...)
	}
	flows, err := fs.Glob(scripts, "flows/*.lua")
	if err != nil {
		problems = append(problems, fmt.Errorf("load flows: %w", err))
	}
	if len(flows) == 0 {
		problems = append(problems, errors.New("load scripts: there is no flow: no file flows/*.lua"))
	}
	names := map[string]bool{}
	for _, file := range flows {
		names[flowName(file)] = true
	}
	for _, file := range flows {
		problems = append(problems, b.loadFlow(file, names)...)
	}
	for _, m := range b.sortedMenus() {
		for _, n := range m.Nodes {
			if n.Flow != "" && !names[n.Flow] {
				problems = append(problems, fmt.Errorf("menu %s: node %s: there is no flow %q", m.ID, n.ID, n.Flow))
			}
		}
	}
	return b, problems
}

func (b *bundle) loadMenu(file string) []error {
	m, err := menu.Load(b.scripts, file)
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
	case b.menus[m.ID] != nil:
		return []error{fmt.Errorf("%s: there is a menu %q already", file, m.ID)}
	}
	b.menus[m.ID] = m
	return nil
}

func flowName(file string) string { return strings.TrimSuffix(path.Base(file), ".lua") }

// loadFlow compiles one flow. Names are all flows there are. One with a problem
// is kept all the same, so that its calls can be told why they fail.
func (b *bundle) loadFlow(file string, names map[string]bool) []error {
	f := &flow{}
	b.flows[flowName(file)] = f
	l := &linter{bundle: b, file: file, flows: names}
	problems := func() []error {
		text, err := fs.ReadFile(b.scripts, file)
		switch {
		case err != nil:
			return []error{fmt.Errorf("load flow: %w", err)}
		case len(text) > maxSource:
			return []error{fmt.Errorf("%s: a flow may be %d bytes long, not %d", file, maxSource, len(text))}
		}
		if f.proto, err = sandbox.Compile(file, string(text), l.visit); err != nil {
			return []error{err}
		}
		return l.problems
	}()
	f.err = errors.Join(problems...)
	return problems
}

func (b *bundle) flowNames() []string { return slices.Sorted(maps.Keys(b.flows)) }

func (b *bundle) sortedMenus() []*menu.Menu {
	return slices.SortedFunc(maps.Values(b.menus), func(x, y *menu.Menu) int { return strings.Compare(x.ID, y.ID) })
}

// fixedTexts are the prompts of a menu that need no filling in.
func fixedTexts(m *menu.Menu, lang string) []string {
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

// primary is the language of a BCP 47 tag without region or script: "zh" of
// "zh-CN".
func primary(tag string) string {
	p, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	return p
}
