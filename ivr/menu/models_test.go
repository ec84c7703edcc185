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

// counter is Models in memory that counts.
type counter struct {
	kept       map[string][]byte
	hits, puts int
}

func (c *counter) Get(fingerprint string) ([]byte, bool) {
	data, ok := c.kept[fingerprint]
	if ok {
		c.hits++
	}
	return data, ok
}

func (c *counter) Put(fingerprint string, model []byte) {
	c.puts++
	c.kept[fingerprint] = model
}

// What has not changed is not trained again, and answers as before.
func TestModelsAreKept(t *testing.T) {
	c := &counter{kept: map[string][]byte{}}
	f := func(text string, hits, puts int) *Menu {
		t.Helper()
		m, err := ParseWith("shop.yaml", []byte(text), Options{Models: c})
		if err != nil {
			t.Fatal(err)
		}
		if c.hits != hits || c.puts != puts {
			t.Errorf("%d models taken, %d kept; want %d, %d", c.hits, c.puts, hits, puts)
		}
		c.hits, c.puts = 0, 0
		return m
	}
	fresh := f(small, 0, 2)
	kept := f(small, 2, 0)
	f(edited(t, "accept: 0.7", "accept: 0.8"), 2, 0) // nothing to learn
	f(edited(t, "send it back", "take it back"), 1, 1)
	f(edited(t, "accept: 0.7", "accept: 0.7\nsynonyms: {en: [[order, purchase]]}"), 1, 1)
	const said = "where could my order be"
	if a, b := fresh.Match("en", said), kept.Match("en", said); a.Best.Score != b.Best.Score || a.Best.Node.ID != b.Best.Node.ID {
		t.Errorf("fresh %v, kept %v", a.Best, b.Best)
	}
	for fingerprint := range c.kept {
		c.kept[fingerprint] = []byte("damaged")
	}
	f(small, 2, 2)
	f(small, 2, 0)
}

func TestSynonyms(t *testing.T) {
	m := parse(t, edited(t, "accept: 0.7", "accept: 0.7\nsynonyms: {en: [[return, bring home]]}"))
	if r := m.Match("en", "I want to bring home it"); r.Best.Node.ID != "returns" || r.Best.Score < 0.7 {
		t.Errorf("Match = %+v", r.Best)
	}
}

func TestExplain(t *testing.T) {
	e := shipped(t).Explain("en", "I lost my card")
	if e.Best.Label != "lost_card" || len(e.Parts) == 0 {
		t.Errorf("Explain = %+v", e)
	}
}
