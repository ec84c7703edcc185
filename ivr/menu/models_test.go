package menu

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestModelDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "when needed")
	d := ModelDir(dir)
	if _, ok := d.Get("a"); ok {
		t.Error("a model is there before it is kept")
	}
	d.Put("a", []byte("model a"))
	d.Put("../b", []byte("model b"))
	f := func(fingerprint, want string, there bool) {
		t.Helper()
		if got, ok := d.Get(fingerprint); string(got) != want || ok != there {
			t.Errorf("Get(%q) = %q, %v; want %q, %v", fingerprint, got, ok, want, there)
		}
	}
	f("a", "model a", true)
	f("../b", "model b", true)
	f("c", "", false)
	d.Put("a", []byte("another"))
	f("a", "another", true)

	path := modelDir(dir).path("a")
	for _, damage := range []string{"", "short", "0123456789abcdef0123456789abcdef and more"} {
		if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
			t.Fatal(err)
		}
		f("a", "", false)
	}
}

func TestModelDirIsBounded(t *testing.T) {
	dir := t.TempDir()
	d := ModelDir(dir)
	other := filepath.Join(dir, "README")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	for i := range keptModels {
		d.Put(fmt.Sprint(i), []byte("x"))
		if err := os.Chtimes(modelDir(dir).path(fmt.Sprint(i)), old, old.Add(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	d.Get("0") // used now, so number 1 is the oldest
	d.Put("one more", []byte("x"))
	for name, want := range map[string]bool{"0": true, "1": false, "2": true, "one more": true} {
		if _, ok := d.Get(name); ok != want {
			t.Errorf("model %s is there: %v; want %v", name, ok, want)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != keptModels+1 {
		t.Errorf("%d files, %v; want %d and the one that is not ours", len(entries), err, keptModels)
	}
}

// A directory that cannot be written costs training, nothing else.
func TestModelDirThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := ParseWith("shop.yaml", []byte(small), Options{Models: ModelDir(file)})
	if err != nil || m.Node("orders") == nil {
		t.Errorf("ParseWith = %v, %v", m, err)
	}
}
