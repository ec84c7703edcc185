package ivr

import (
	"fmt"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// linter looks at the calls of verbs in a script before it runs: unknown verbs
// and arguments, and names of menus, nodes and flows that do not exist. It sees
// only what is written out; the rest is checked when the script gets there.
type linter struct {
	bundle   *bundle
	file     string
	flows    map[string]bool
	problems []error
}

func (l *linter) say(at ast.PositionHolder, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("%s:%d: %s", l.file, at.Line(), fmt.Sprintf(format, args...)))
}

func (l *linter) visit(c *ast.FuncCallExpr) {
	who, ok := c.Receiver.(*ast.IdentExpr)
	if !ok || who.Value != "call" {
		return
	}
	v := verbNamed(c.Method)
	if v == nil {
		l.say(c, "%s", noSuchVerb(c.Method))
		return
	}
	for i, a := range c.Args {
		switch a := a.(type) {
		case *ast.TableExpr:
			l.arguments(v, a)
		case *ast.StringExpr:
			if lead := v.lead(); i == 0 && lead != nil {
				l.value(v, lead, a)
			}
		}
	}
}

func (l *linter) arguments(v *verb, t *ast.TableExpr) {
	for _, f := range t.Fields {
		key, ok := f.Key.(*ast.StringExpr)
		if !ok || v.free {
			continue
		}
		a := v.arg(key.Value)
		if a == nil {
			l.say(key, "%s", v.unknown(key.Value))
			continue
		}
		if text, ok := f.Value.(*ast.StringExpr); ok {
			l.value(v, a, text)
		}
	}
}

// value checks an argument that is written out.
func (l *linter) value(v *verb, a *arg, text *ast.StringExpr) {
	if _, err := a.kind.Read(lua.LString(text.Value)); err != nil {
		l.say(text, "%s: argument %s: %v", v.name, a.name, err)
		return
	}
	l.name(v, a.name, text)
}

// name checks the name of something in the bundle.
func (l *linter) name(v *verb, arg string, text *ast.StringExpr) {
	switch {
	case arg == "menu" && l.bundle.menus[text.Value] == nil:
		l.say(text, "%s: there is no menu %q", v.name, text.Value)
	case v.name == "go" && arg == "to" && !l.flows[text.Value] && !l.isNode(text.Value):
		l.say(text, "go: there is no flow or menu node %q", text.Value)
	}
}

func (l *linter) isNode(id string) bool {
	for _, m := range l.bundle.menus {
		if m.Node(id) != nil {
			return true
		}
	}
	return false
}
