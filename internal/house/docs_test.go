package house

import (
	"fmt"
	"strings"
	"testing"
)

func TestEveryPackageHasADoc(t *testing.T) {
	keep(t, everyPackageHasADoc)

	f := func(want string, pairs ...string) {
		t.Helper()
		trip(t, everyPackageHasADoc, want, pairs...)
	}
	const doc = "// Package a is\n// two lines.\npackage a\n"
	f("", "a/a.go", doc, "a/b.go", "package a\n")
	f("", "a/a.go", doc, "a/a_test.go", "package a\n", "a/x_test.go", "package a_test\n")
	f("", "a/a_test.go", doc)
	f("a: no package comment", "a/a.go", "package a\n")
	f("a: no package comment", "a/a.go", "// +build x\n\npackage a\n")
	f("is 1 line", "a/a.go", "// Package a is short.\npackage a\n")
	f("2 package comments (a/a.go, a/b.go)", "a/a.go", doc, "a/b.go", doc)
}

// everyPackageHasADoc wants one comment per directory. Test files need none of
// their own, unless there is nothing but tests.
func everyPackageHasADoc(tr *tree) (complaints []string) {
	for _, dir := range sorted(tr.dirs) {
		var with []string
		lines := 0
		for _, f := range tr.files {
			if f.pkg.dir != dir || f.ast.Doc == nil || f.test() && tr.hasCode(dir) {
				continue
			}
			with = append(with, f.name)
			lines = strings.Count(strings.TrimSpace(f.ast.Doc.Text()), "\n") + 1
		}
		switch {
		case len(with) == 0:
			complaints = append(complaints, dir+": no package comment: say in 3–15 lines what it is, "+
				"what it owns, who may call it from where, what it never does")
		case len(with) > 1:
			complaints = append(complaints, fmt.Sprintf("%s: %d package comments (%s): keep one",
				dir, len(with), strings.Join(with, ", ")))
		case lines < 2:
			complaints = append(complaints, fmt.Sprintf("%s: the package comment is %d line: say what it is, "+
				"what it owns, who may call it, what it never does", with[0], lines))
		}
	}
	return complaints
}

// hasCode reports whether a directory has Go files that are not tests.
func (tr *tree) hasCode(dir string) bool {
	for _, name := range tr.dirs[dir] {
		if !strings.HasSuffix(name, "_test.go") {
			return true
		}
	}
	return false
}
