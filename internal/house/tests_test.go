package house

import (
	"go/ast"
	"slices"
	"testing"
)

func TestNoSleepInTests(t *testing.T) {
	keep(t, noSleepInTests)

	f := func(want, text string) {
		t.Helper()
		trip(t, noSleepInTests, want, "a/a_test.go", text)
	}
	f("", "package a\nimport \"time\"\nfunc f() { <-time.After(time.Second) }\n")
	f("", "package a\ntype c struct{}\nfunc f(time c) { time.Sleep(1) }\n")
	f("sleeps", "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }\n")
	f("sleeps", "package a\nimport clock \"time\"\nfunc f() { wait := clock.Sleep; wait(1) }\n")
	f("", "package a\nimport (\n\"time\"\n\"testing/synctest\"\n)\nfunc f() { synctest.Test(t, func(t T) { time.Sleep(1) }) }\n")
}

// noSleepInTests lets a test sleep in a synctest bubble only, where it moves a
// clock and takes no time.
func noSleepInTests(tr *tree) (complaints []string) {
	for _, f := range tr.files {
		if !f.test() {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if from, _ := f.selected(call.Fun); from == "testing/synctest" {
					return false
				}
			}
			if from, name := f.selected(n); from == "time" && name == "Sleep" {
				complaints = append(complaints, tr.at(n)+": a test sleeps and hopes: wait for the event, or use testing/synctest")
			}
			return true
		})
	}
	return complaints
}

// optional are the test files that may skip, each with what they need and why it
// cannot be here. A skipped test proves nothing: keep this short.
var optional = map[string]string{
	"nlu/intents_test.go": "measures accuracy on public intent sets, which are too large to keep here",
}

func TestNoSkips(t *testing.T) {
	keep(t, func(tr *tree) []string { return noSkips(tr, optional) })

	f := func(want, body string) {
		t.Helper()
		trip(t, func(tr *tree) []string { return noSkips(tr, nil) }, want, "a/a_test.go", "package a\nfunc TestX(t *testing.T) { "+body+" }\n")
	}
	f("", "d.Skip(3)")
	f("skips", "t.Skip()")
	f("skips", "t.SkipNow()")
	f("skips", "t.Skipf(x)")
	f("skips", "func(tb testing.TB) { tb.Skip() }(t)")

	allowing := func(tr *tree) []string { return noSkips(tr, map[string]string{"a/a_test.go": "because"}) }
	trip(t, allowing, "", "a/a_test.go", "package a\nfunc TestX(t *testing.T) { t.Skip() }\n")
	trip(t, allowing, "remove the entry", "a/a_test.go", "package a\n")
}

func noSkips(tr *tree, allowed map[string]string) (complaints []string) {
	used := map[string]bool{}
	for _, f := range tr.files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Skip", "SkipNow", "Skipf"}, sel.Sel.Name) {
				return true
			}
			id, ok := sel.X.(*ast.Ident)
			if !ok || !f.test() || !slices.Contains([]string{"t", "b", "f", "tb"}, id.Name) {
				return true
			}
			if used[f.name] = allowed[f.name] != ""; !used[f.name] {
				complaints = append(complaints, tr.at(n)+": a test skips: make it run everywhere, move it to bench/e2e, or delete it")
			}
			return true
		})
	}
	for _, name := range sorted(allowed) {
		if !used[name] {
			complaints = append(complaints, name+" no longer skips: remove the entry from optional")
		}
	}
	return complaints
}
