package bundle

import (
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/spoken"
)

// Unrecorded warns of values that are to be put together of recordings
// (recorded = true) which are not all there. Of a use that names no language it
// takes those of the menus, or else English. Each is "file:line: warning: what".
func (b *Bundle) Unrecorded() (warnings []error) {
	prompts, err := fs.Sub(b.Scripts, "prompts")
	if err != nil {
		return nil
	}
	languages := map[string]bool{}
	for _, m := range b.Menus {
		for _, lang := range m.Languages {
			languages[lang] = true
		}
	}
	if len(languages) == 0 {
		languages["en"] = true
	}
	for _, of := range []map[string]*Script{b.Flows, b.Modules} {
		for _, s := range of {
			for _, u := range uses(b.Scripts, s) {
				langs := []string{u.lang}
				if u.lang == "" {
					langs = slices.Sorted(maps.Keys(languages))
				}
				for _, lang := range langs {
					if what := missing(prompts, lang); what != "" {
						warnings = append(warnings, fmt.Errorf("%s:%d: warning: recorded = true: %s", s.File, u.line, what))
					}
				}
			}
		}
	}
	return warnings
}

// missing says what of a language was not recorded; "" for nothing.
func missing(prompts fs.FS, lang string) string {
	names, err := spoken.Missing(prompts, lang)
	switch {
	case err != nil:
		return err.Error()
	case len(names) == 0:
		return ""
	}
	some, more := names[:min(3, len(names))], ""
	if len(names) > len(some) {
		more = ", …"
	}
	return fmt.Sprintf("%d recordings of %s are missing in prompts/: %s%s", len(names), lang, strings.Join(some, ", "), more)
}

// use is one call of a verb with recorded = true.
type use struct {
	line int
	lang string // "": none is written out
}

// uses finds them in a script.
func uses(scripts fs.FS, s *Script) (found []use) {
	text, err := fs.ReadFile(scripts, s.File)
	if err != nil {
		return nil // of the program, or told already
	}
	// What does not compile is told elsewhere.
	_, _ = sandbox.Compile(s.File, string(text), func(c *ast.FuncCallExpr) {
		for _, a := range c.Args {
			if t, ok := a.(*ast.TableExpr); ok && c.Method != "" {
				if u, ok := recorded(t); ok {
					found = append(found, use{line: c.Line(), lang: u})
				}
			}
		}
	})
	return found
}

// recorded reports whether arguments say recorded = true, and in which language.
func recorded(t *ast.TableExpr) (lang string, yes bool) {
	for _, f := range t.Fields {
		key, ok := f.Key.(*ast.StringExpr)
		if !ok {
			continue
		}
		switch v := f.Value.(type) {
		case *ast.TrueExpr:
			yes = yes || key.Value == "recorded"
		case *ast.StringExpr:
			if key.Value == "lang" {
				lang = v.Value
			}
		}
	}
	return lang, yes
}
