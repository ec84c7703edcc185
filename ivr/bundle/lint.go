package bundle

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/verb"
)

// linter looks at the calls of verbs in a script before it runs: unknown verbs
// and arguments, and names of menus, nodes, flows and modules that do not exist.
// It sees only what is written out; the rest is checked when the script gets
// there.
type linter struct {
	bundle         *Bundle
	known          Known
	flows, modules map[string]bool

	file     string
	problems []error
}

func (l *linter) say(at ast.PositionHolder, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s:%d: %s", l.file, at.Line(), fmt.Sprintf(format, args...)))
}

func (l *linter) visit(c *ast.FuncCallExpr) {
	switch f := c.Func.(type) {
	case nil:
		if who, ok := c.Receiver.(*ast.IdentExpr); ok && who.Value == "call" {
			l.verb(c, l.known.Verbs, c.Method, "call has no verb")
		}
	case *ast.IdentExpr:
		if f.Value == "require" && len(c.Args) == 1 {
			l.require(c.Args[0])
		}
	case *ast.AttrGetExpr:
		who, ok := f.Object.(*ast.IdentExpr)
		name, written := f.Key.(*ast.StringExpr)
		if !ok || !written {
			return
		}
		if library := l.known.Libraries[who.Value]; library != nil {
			l.verb(c, library, who.Value+"."+name.Value, who.Value+" has no function")
		}
	}
}

func (l *linter) require(arg ast.Expr) {
	if name, ok := arg.(*ast.StringExpr); ok && !l.modules[name.Value] {
		l.say(name, "require: there is no module %q: no file lib/%s.lua", name.Value, name.Value)
	}
}

// verb checks the use of one verb or function.
func (l *linter) verb(c *ast.FuncCallExpr, of verb.Shapes, name, none string) {
	v := of[name]
	if v == nil {
		l.say(c, "%s", NoSuch(none, name, of))
		return
	}
	if names := lacking(v, c.Args); names != "" {
		l.say(c, "%s: argument %s is missing", v.Name, names)
	}
	lead := v.Lead()
	for i, a := range c.Args {
		t, isTable := a.(*ast.TableExpr)
		switch {
		case isTable && (i > 0 || lead == nil || !lead.Whole):
			l.arguments(v, t)
		case i == 0 && lead != nil:
			l.value(c, v, lead, a)
		}
	}
}

// NoSuch says that a table has no verb of that name, and which it has.
func NoSuch(none, name string, of verb.Shapes) string {
	return fmt.Sprintf("%s %q; there are %s", none, name, strings.Join(slices.Sorted(maps.Keys(of)), ", "))
}

func (l *linter) arguments(v *verb.Shape, t *ast.TableExpr) {
	seen := map[string]bool{}
	for _, f := range t.Fields {
		key, ok := f.Key.(*ast.StringExpr)
		if !ok || v.Free {
			continue
		}
		a := v.Arg(key.Value)
		switch {
		case a == nil:
			l.say(key, "%s", v.Unknown(key.Value))
			continue
		case seen[a.Name]:
			l.say(key, "%s: argument %s is given twice", v.Name, a.Name)
		}
		seen[a.Name] = true
		l.value(key, v, a, f.Value)
	}
}

// value checks an argument that is written out.
func (l *linter) value(at ast.PositionHolder, v *verb.Shape, a *verb.Arg, e ast.Expr) {
	if err := fits(a, literal(e)); err != nil {
		l.say(at, "%s: argument %s: %v", v.Name, a.Name, err)
		return
	}
	if text, ok := e.(*ast.StringExpr); ok {
		l.name(v, a.Name, text)
	}
}

// name checks the name of something in the bundle.
func (l *linter) name(v *verb.Shape, arg string, text *ast.StringExpr) {
	switch {
	case arg == "menu" && l.bundle.Menus[text.Value] == nil:
		l.say(text, "%s: there is no menu %q; there are %s", v.Name, text.Value, l.menus())
	case v.Name == "go" && arg == "to" && !l.flows[text.Value] && !l.isNode(text.Value):
		l.say(text, "go: there is no flow or menu node %q", text.Value)
	}
}

func (l *linter) menus() string {
	if len(l.bundle.Menus) == 0 {
		return "none that can be used"
	}
	return strings.Join(slices.Sorted(maps.Keys(l.bundle.Menus)), ", ")
}

func (l *linter) isNode(id string) bool {
	for _, m := range l.bundle.Menus {
		if m.Node(id) != nil {
			return true
		}
	}
	return false
}
