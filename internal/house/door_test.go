package house

import (
	"fmt"
	"go/ast"
	"path"
	"testing"
)

func TestOneDoor(t *testing.T) {
	keep(t, oneDoor)

	f := func(want, name, text string) {
		t.Helper()
		trip(t, oneDoor, want, "media/internal/shard/"+name, "package shard\n"+text+"\n")
	}
	f("", "inbox.go", "func (sh *Shard) Post() {}")
	f("", "shard.go", "func (sh *Shard) lap() {}")
	f("", "shard.go", "func (x *ID) String() {}")
	f("Post is a second door", "shard.go", "func (sh *Shard) Post() {}")
	f("Post is a second door", "shard.go", "func (sh Shard) Post() {}")
}

// oneDoor wants everything that other goroutines may call on a shard in one
// file, so that all others can be read as the work of one thread.
func oneDoor(tr *tree) (complaints []string) {
	for _, f := range tr.files {
		if f.test() || f.pkg.dir != "media/internal/shard" || path.Base(f.name) == "inbox.go" {
			continue
		}
		for _, d := range f.ast.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && receiver(fn) == "Shard" && fn.Name.IsExported() {
				complaints = append(complaints, fmt.Sprintf("%s: %s is a second door to the shard: "+
					"move it to inbox.go, or unexport it", tr.at(fn), fn.Name.Name))
			}
		}
	}
	return complaints
}
