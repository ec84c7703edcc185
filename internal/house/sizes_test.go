package house

import (
	"bytes"
	"fmt"
	"go/ast"
	"testing"
)

// The budgets, in lines. A package is counted without its tests, and a function
// of a test may be longer, since a hundred one-line cases are easy to read.
const (
	functionLines = 60
	fileLines     = 400
	packageLines  = 2500
)

// tooLong are the sins of the past with the size they have: an entry may be
// lowered or removed, never raised, and no entry is added. A function is named
// "file.go Function" or "file.go Type.Method", a package by its directory.
var tooLong = map[string]int{}

func TestSizes(t *testing.T) {
	keep(t, func(tr *tree) []string { return sizes(tr, tooLong) })

	lines := func(n int) string { return string(bytes.Repeat([]byte("\n"), n)) }
	f := func(want string, allowed map[string]int, text string) {
		t.Helper()
		trip(t, func(tr *tree) []string { return sizes(tr, allowed) }, want, "a/a.go", text)
	}
	long := "package a\nfunc (x *T) f() {" + lines(60) + "}\n"
	f("", nil, "package a\nfunc f() {"+lines(59)+"}\n")
	f("f has 61 lines", nil, "package a\nfunc f() {"+lines(60)+"}\n")
	f("a/a.go has 401 lines", nil, "package a"+lines(401))
	f("", nil, "package a"+lines(400))
	f("", map[string]int{"a/a.go T.f": 61}, long)
	f("T.f has 61 lines, allowed are 60", map[string]int{"a/a.go T.f": 60}, long)
	f("a/a.go T.f has 61 lines: lower its entry", map[string]int{"a/a.go T.f": 70}, long)
	f("remove the entry", map[string]int{"a/b.go": 500}, "package a\n")

	trip(t, func(tr *tree) []string { return sizes(tr, nil) }, "", "a/a_test.go", long)

	var pairs []string
	for i := range 7 {
		pairs = append(pairs, fmt.Sprintf("a/%d.go", i), "package a"+lines(400))
	}
	trip(t, func(tr *tree) []string { return sizes(tr, nil) }, "a has 2800 lines", pairs...)
	trip(t, func(tr *tree) []string { return sizes(tr, nil) }, "", append(pairs[:12], "a/a_test.go", "package a"+lines(400))...)
}

func sizes(tr *tree, allowed map[string]int) (complaints []string) {
	packages := map[string]int{}
	used := map[string]bool{}
	check := func(name string, lines, budget int, remedy string) {
		ceiling, excused := allowed[name]
		used[name] = excused && lines > budget
		switch {
		case lines <= budget: // an entry for it is unused, see below
		case excused && lines < ceiling:
			complaints = append(complaints, fmt.Sprintf("%s has %d lines: lower its entry in tooLong to that", name, lines))
		case lines > max(budget, ceiling):
			complaints = append(complaints, fmt.Sprintf("%s has %d lines, allowed are %d: %s", name, lines, max(budget, ceiling), remedy))
		}
	}
	for _, f := range tr.files {
		lines := bytes.Count(tr.texts[f.name], []byte("\n"))
		check(f.name, lines, fileLines, "split it by noun")
		if !f.test() {
			packages[f.pkg.dir] += lines
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && !f.test() {
				check(f.name+" "+funcName(fn), tr.length(fn), functionLines, "name its stages and make them functions")
			}
		}
	}
	for _, dir := range sorted(packages) {
		check(dir, packages[dir], packageLines, "find the second package in it")
	}
	for _, name := range sorted(allowed) {
		if !used[name] {
			complaints = append(complaints, name+" is within its budget or gone: remove the entry from tooLong")
		}
	}
	return complaints
}

// length is how many lines a node covers.
func (tr *tree) length(n ast.Node) int {
	return tr.fset.Position(n.End()).Line - tr.fset.Position(n.Pos()).Line + 1
}

// funcName is "Function" or "Type.Method".
func funcName(fn *ast.FuncDecl) string {
	if r := receiver(fn); r != "" {
		return r + "." + fn.Name.Name
	}
	return fn.Name.Name
}

// receiver is the name of a method's type, or nothing.
func receiver(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return ""
	}
	typ := fn.Recv.List[0].Type
	for {
		switch x := typ.(type) {
		case *ast.StarExpr:
			typ = x.X
		case *ast.IndexExpr:
			typ = x.X
		case *ast.IndexListExpr:
			typ = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}
