package house

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// module is what every import path of ours begins with.
const module = "trunkline/"

// A rule looks at a tree and says what is wrong with it, one line each.
type rule func(*tree) []string

// A tree is a directory of parsed Go files and everything else beside them.
type tree struct {
	fset     *token.FileSet
	files    []*file             // Go files in order of name
	packages map[string]*pkg     // by directory and package name: "call call", "call call_test"
	texts    map[string][]byte   // all files, by slash-separated name
	dirs     map[string][]string // names of Go files by directory
	broken   []string            // files that do not parse
}

// A file is one Go file.
type file struct {
	name string
	pkg  *pkg
	ast  *ast.File
}

// A pkg is the files of one directory that share a package clause.
type pkg struct {
	dir   string
	files []*file
	types *types.Package
	info  types.Info
}

// repository is the tree this package is part of, read once per test run.
var repository = sync.OnceValue(func() *tree { return grow(os.DirFS("../..")) })

// grow parses the tree below root.
func grow(root fs.FS) *tree {
	tr := &tree{
		fset:     token.NewFileSet(),
		packages: map[string]*pkg{},
		texts:    map[string][]byte{},
		dirs:     map[string][]string{},
	}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a temporary file that somebody else has just removed
		case err != nil:
			return err
		case d.IsDir() && foreign(name):
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return nil // gone, or not ours to read
		}
		tr.plant(name, text)
		return nil
	})
	if err != nil {
		tr.broken = append(tr.broken, err.Error())
	}
	for _, p := range tr.packages {
		p.resolve(tr.fset)
	}
	return tr
}

// foreign reports whether a directory holds nothing that is under version
// control: .gitignore says the same in its own words.
func foreign(dir string) bool {
	return slices.Contains([]string{".git", ".cache", "bin", "data"}, dir)
}

// plant adds one file.
func (tr *tree) plant(name string, text []byte) {
	tr.texts[name] = text
	if path.Ext(name) != ".go" || strings.Contains("/"+name, "/testdata/") {
		return
	}
	parsed, err := parser.ParseFile(tr.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		tr.broken = append(tr.broken, err.Error())
		return
	}
	key := path.Dir(name) + " " + parsed.Name.Name
	p := tr.packages[key]
	if p == nil {
		p = &pkg{dir: path.Dir(name)}
		tr.packages[key] = p
	}
	f := &file{name: name, pkg: p, ast: parsed}
	p.files = append(p.files, f)
	tr.files = append(tr.files, f)
	tr.dirs[p.dir] = append(tr.dirs[p.dir], name)
}

// resolve finds out what each identifier of the package stands for. Imports are
// not followed, so types are unknown, but a name is told from its namesakes.
func (p *pkg) resolve(fset *token.FileSet) {
	p.info = types.Info{
		Uses:   map[*ast.Ident]types.Object{},
		Defs:   map[*ast.Ident]types.Object{},
		Scopes: map[ast.Node]*types.Scope{},
	}
	var files []*ast.File
	for _, f := range p.files {
		files = append(files, f.ast)
	}
	conf := types.Config{Importer: stranger{}, FakeImportC: true, Error: func(error) {}}
	p.types, _ = conf.Check(p.dir, fset, files, &p.info) // incomplete on purpose
}

// stranger is an importer that knows nobody.
type stranger struct{}

func (stranger) Import(string) (*types.Package, error) { return nil, errors.New("not followed") }

// test reports whether f is only compiled for tests.
func (f *file) test() bool { return strings.HasSuffix(f.name, "_test.go") }

// in reports whether f lies in one of dirs or below it.
func (f *file) in(dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(f.name, dir+"/") })
}

// selected returns the path of the package and the name that n selects from it:
// "time", "Now" for time.Now, whatever the import was called. It returns empty
// strings when n is something else.
func (f *file) selected(n ast.Node) (from, name string) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	imported, ok := f.meaning(id).(*types.PkgName)
	if !ok {
		return "", ""
	}
	return imported.Imported().Path(), sel.Sel.Name
}

// meaning returns what an identifier stands for, or nil. Where the type checker
// gave up, because a type comes from an import, the name alone decides.
func (f *file) meaning(id *ast.Ident) types.Object {
	if found := f.pkg.info.Uses[id]; found != nil {
		return found
	}
	scope := f.pkg.info.Scopes[f.ast]
	if _, defined := f.pkg.info.Defs[id]; defined || scope == nil {
		return nil
	}
	_, found := scope.LookupParent(id.Name, token.NoPos)
	return found
}

// at is where n stands: "call/call.go:17".
func (tr *tree) at(n ast.Node) string {
	p := tr.fset.Position(n.Pos())
	return fmt.Sprintf("%s:%d", p.Filename, p.Line)
}

// keep applies a rule to the repository.
func keep(t *testing.T, r rule) {
	t.Helper()
	tr := repository()
	if len(tr.files) < 10 {
		t.Fatalf("only %d Go files found: the tree was not read, no rule can speak of it", len(tr.files))
	}
	for _, complaint := range r(tr) {
		t.Error(complaint)
	}
}

// example makes a tree of "name: content" pairs.
func example(t *testing.T, pairs ...string) *tree {
	t.Helper()
	m := fstest.MapFS{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	tr := grow(m)
	if len(tr.broken) != 0 {
		t.Fatalf("parse example: %v", tr.broken)
	}
	return tr
}

// trip checks that a rule says want, once, of the example, or nothing when want
// is empty.
func trip(t *testing.T, r rule, want string, pairs ...string) {
	t.Helper()
	got := r(example(t, pairs...))
	switch {
	case want == "" && len(got) != 0:
		t.Errorf("a good example was refused: %q", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0], want)):
		t.Errorf("got %q, want one complaint with %q", got, want)
	}
}

func TestEveryFileParses(t *testing.T) {
	keep(t, func(tr *tree) []string { return tr.broken })
	tr := grow(fstest.MapFS{"a/a.go": {Data: []byte("package a\nfunc {")}})
	if len(tr.broken) != 1 || !strings.Contains(tr.broken[0], "a/a.go:2") {
		t.Errorf("a broken file was taken for whole: %q", tr.broken)
	}
}

// sorted returns the keys of m in order, so that complaints are.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
