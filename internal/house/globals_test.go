package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"testing"
)

// knobs are the variables of foreign packages that we set because there is no
// other way to say it, each with the file that does and why.
var knobs = map[string]string{
	"sip/internal/sockets/settle.go gosip.UDPMTUSize":              "sipgo drops longer responses over UDP and asks nobody else",
	"sip/internal/sockets/settle.go gosip.TransportBufferReadSize": "sipgo cuts longer datagrams and asks nobody else",
}

func TestNoInit(t *testing.T) {
	keep(t, noInit)
	trip(t, noInit, "", "a/a.go", "package a\nfunc (t T) init() {}\n")
	trip(t, noInit, "func init", "a/a.go", "package a\nfunc init() {}\n")
}

func noInit(tr *tree) (complaints []string) {
	for _, f := range tr.files {
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				complaints = append(complaints, tr.at(fn)+": func init runs unseen: write a table, or let cmd call it by name")
			}
		}
	}
	return complaints
}

func TestNoMutableGlobals(t *testing.T) {
	keep(t, func(tr *tree) []string { return noMutableGlobals(tr, knobs) })

	f := func(want, body string) {
		t.Helper()
		text := "package a\nimport (\n\"sync\"\n\"lib\"\n)\nvar table = []int{1}\nvar one struct{ n int }\n" + body + "\n"
		trip(t, func(tr *tree) []string { return noMutableGlobals(tr, nil) }, want, "a/a.go", text)
	}
	f("", "func f() int { return table[0] }")
	f("", "func f() { table := 1; table = 2; _ = table }")
	f("", "func f(one T) { one.n++; p := &one; _ = p }")
	f("", "var once = sync.OnceValue(f)")
	f("", "func f() { for i, x := range table { _, _ = i, x } }")
	f("", "var err = errors.New(x)")
	f("table is assigned", "func f() { table = nil }")
	f("table is assigned", "func f() { table[0] = 2 }")
	f("table is assigned", "func f() { table[0]++ }")
	f("table is assigned", "func f() { x, table = y() }")
	f("table is assigned", "func f() { for table[0] = range x {} }")
	f("one is assigned", "func f() { one.n += 2 }")
	f("one is assigned", "func f() { (one).n = 2 }")
	f("its address is taken", "func f() *T { return &one }")
	f("its address is taken", "func f() *int { return &table[0] }")
	f("table is assigned", "func f() { clear(table) }")
	f("table is assigned", "func f() { copy(table[1:], x) }")
	f("made to be changed", "var mu sync.Mutex")
	f("made to be changed", "var mu = &sync.Mutex{}")
	f("made to be changed", "var m sync.Map")
	f("made to be changed", "var c = make(chan int)")
	f("made to be changed", "var m = make(map[string]int)")
	f("lib.Knob is assigned", "func f() { lib.Knob = 2 }")
	f("lib.Knob is assigned", "func f() { lib.Knob.x[2] = 2 }")
	trip(t, func(tr *tree) []string { return noMutableGlobals(tr, map[string]string{"a/a.go lib.Knob": "because"}) }, "",
		"a/a.go", "package a\nimport \"lib\"\nfunc f() { lib.Knob = 1 }\n")
	trip(t, func(tr *tree) []string { return noMutableGlobals(tr, map[string]string{"a/a.go lib.Knob": "because"}) },
		"remove the entry", "a/a.go", "package a\n")
}

// noMutableGlobals wants every package-level variable to be a constant that Go
// cannot express: a table, an error, embedded files.
func noMutableGlobals(tr *tree, allowed map[string]string) (complaints []string) {
	used := map[string]bool{}
	for _, f := range tr.files {
		if f.test() {
			continue
		}
		say := func(n ast.Node, name, what string) {
			key := f.name + " " + name
			if used[key] = allowed[key] != ""; !used[key] {
				complaints = append(complaints, fmt.Sprintf("%s: package variable %s %s: "+
					"give it an owner and pass it, or return it from a function", tr.at(n), name, what))
			}
		}
		f.born(say)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			for _, target := range written(n) {
				if name := f.global(target); name != "" {
					say(n, name, "is assigned")
				}
			}
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND {
				if name := f.global(u.X); name != "" {
					say(n, name, "is not safe: its address is taken")
				}
			}
			return true
		})
	}
	for _, key := range sorted(allowed) {
		if !used[key] {
			complaints = append(complaints, key+" is no longer set: remove the entry from knobs")
		}
	}
	return complaints
}

// born finds package variables that can have no other purpose than to change.
func (f *file) born(say func(n ast.Node, name, what string)) {
	for _, d := range f.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v := spec.(*ast.ValueSpec)
			if f.changing(v.Type) || slices.ContainsFunc(v.Values, f.changing) {
				say(v, v.Names[0].Name, "is made to be changed")
			}
		}
	}
}

// changing reports whether a type or a value is one that only makes sense when
// it changes: locks, atomics, channels and what make and new return.
func (f *file) changing(e ast.Expr) bool {
	switch x := e.(type) {
	case *ast.SelectorExpr:
		from, _ := f.selected(x)
		return from == "sync" || from == "sync/atomic"
	case *ast.StarExpr:
		return f.changing(x.X)
	case *ast.IndexExpr: // atomic.Pointer[T]
		return f.changing(x.X)
	case *ast.UnaryExpr:
		return f.changing(x.X)
	case *ast.CompositeLit:
		return f.changing(x.Type)
	case *ast.ChanType:
		return true
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		return ok && (id.Name == "make" || id.Name == "new")
	}
	return false
}

// written returns what a statement or call writes to.
func written(n ast.Node) []ast.Expr {
	switch x := n.(type) {
	case *ast.AssignStmt:
		if x.Tok != token.DEFINE {
			return x.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{x.X}
	case *ast.RangeStmt:
		if x.Tok == token.ASSIGN {
			return []ast.Expr{x.Key, x.Value}
		}
	case *ast.CallExpr:
		id, ok := x.Fun.(*ast.Ident)
		if ok && len(x.Args) > 0 && slices.Contains([]string{"clear", "copy", "delete"}, id.Name) {
			return x.Args[:1]
		}
	}
	return nil
}

// global returns the name of the package variable that e is, or is a part of:
// "table" for table[3].x, "lib.Knob" for another package's. Composite literals
// and locals give nothing.
func (f *file) global(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SelectorExpr:
			if from, name := f.selected(x); from != "" {
				return x.X.(*ast.Ident).Name + "." + name
			}
			e = x.X
		case *ast.Ident:
			v, ok := f.meaning(x).(*types.Var)
			if ok && f.pkg.types != nil && v.Parent() == f.pkg.types.Scope() {
				return x.Name
			}
			return ""
		default:
			return ""
		}
	}
}
