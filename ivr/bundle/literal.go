package bundle

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// literal is the value of an expression that is written out; nil for any other. Of
// tables and functions only what they are is known.
func literal(e ast.Expr) lua.LValue {
	switch e := e.(type) {
	case *ast.StringExpr:
		return lua.LString(e.Value)
	case *ast.NumberExpr:
		if n, err := strconv.ParseFloat(e.Value, 64); err == nil {
			return lua.LNumber(n)
		}
	case *ast.TrueExpr:
		return lua.LTrue
	case *ast.FalseExpr:
		return lua.LFalse
	case *ast.TableExpr:
		return &lua.LTable{}
	case *ast.FunctionExpr:
		return &lua.LFunction{}
	}
	return nil
}

// fits reports what is wrong with a value for an argument, as far as can be known.
func fits(a *verb.Arg, v lua.LValue) error {
	_, table := v.(*lua.LTable)
	if v == nil || table && (a.Kind == value.Texts || a.Kind == value.Any) {
		return nil
	}
	_, err := a.Read(v)
	return err
}

// given says which arguments a call writes out by name; whole is false when there
// may be more.
func given(v *verb.Shape, args []ast.Expr) (names map[string]bool, whole bool) {
	names = map[string]bool{}
	lead := v.Lead()
	for _, arg := range args {
		t, isTable := arg.(*ast.TableExpr)
		switch {
		case isTable && (lead == nil || !lead.Whole):
			for _, f := range t.Fields {
				key, written := f.Key.(*ast.StringExpr)
				switch {
				case f.Key == nil && lead != nil:
					names[lead.Name] = true
				case !written:
					return names, false
				default:
					names[key.Value] = true
				}
			}
		case literal(arg) != nil && lead != nil:
			names[lead.Name] = true
			if _, fn := arg.(*ast.FunctionExpr); fn {
				return names, false // call:on("hangup", function() … end)
			}
		default:
			return names, false // a variable may be anything
		}
	}
	return names, true
}

// lacking are the arguments that a call must have and has not.
func lacking(v *verb.Shape, args []ast.Expr) string {
	names, whole := given(v, args)
	if !whole {
		return ""
	}
	var out []string
	for i := range v.Args {
		if a := &v.Args[i]; a.Required && !names[a.Name] {
			out = append(out, a.Name)
		}
	}
	return strings.Join(out, ", ")
}
