package journal

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// thing is something under way.
type thing struct {
	ID    string
	Since time.Time
	More  []string
}

func entry(id string) thing {
	return thing{ID: id, Since: time.Unix(1_700_000_000, 0).UTC(), More: []string{"a", "b"}}
}

func open(t *testing.T, path string) (*Journal[thing], []thing) {
	t.Helper()
	j, left, err := Open[thing](path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j, left
}

// TestWhatIsLeft holds that whatever was up when the process died is found by the
// next one, once, and nothing else, over random lives of dialogs.
func TestWhatIsLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "dialogs")
	random := rand.New(rand.NewPCG(1, 2))
	j, left := open(t, path)
	if len(left) != 0 {
		t.Fatalf("a new journal has %d", len(left))
	}
	live := map[string]Slot{}
	for i := range 3000 {
		id := fmt.Sprint("call", i)
		live[id] = j.Add(entry(id))
		if live[id] == 0 {
			t.Fatal("not remembered")
		}
		for id, s := range live {
			if random.IntN(50) == 0 {
				j.Drop(s)
				delete(live, id)
			}
		}
	}
	_, left = open(t, path) // as after kill -9: nothing was closed
	if len(left) != len(live) || len(live) == 0 {
		t.Fatalf("%d left, want %d", len(left), len(live))
	}
	for _, e := range left {
		if live[e.ID] == 0 || fmt.Sprint(e) != fmt.Sprint(entry(e.ID)) {
			t.Errorf("found %+v", e)
		}
	}
	if _, again := open(t, path); len(again) != 0 {
		t.Errorf("%d found twice", len(again))
	}
}

// TestSlotsAreUsedAgain holds that the file is as large as the most dialogs at a
// time, not as all there were.
func TestSlotsAreUsedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialogs")
	j, _ := open(t, path)
	for i := range 1000 {
		j.Drop(j.Add(entry(fmt.Sprint(i))))
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > slotSize {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
}

// TestDamage holds that a journal which is half written, or is none, harms nothing.
func TestDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dialogs")
	j, _ := open(t, path)
	j.Add(entry("whole"))
	j.Add(entry("torn"))
	if err := os.Truncate(path, slotSize+40); err != nil {
		t.Fatal(err)
	}
	if _, left := open(t, path); len(left) != 1 || left[0].ID != "whole" {
		t.Errorf("left %+v", left)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat("rubbish\n", 5000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, left := open(t, path); len(left) != 0 {
		t.Errorf("left %+v of rubbish", left)
	}
}

// TestTooLarge holds that what does not fit is not remembered, and that nothing else
// minds.
func TestTooLarge(t *testing.T) {
	j, _ := open(t, filepath.Join(t.TempDir(), "dialogs"))
	big := entry("big")
	big.More = []string{strings.Repeat("x", slotSize)}
	if s := j.Add(big); s != 0 {
		t.Errorf("slot %d", s)
	}
	j.Drop(0)
	var none *Journal[thing]
	none.Drop(none.Add(entry("nobody")))
	if err := none.Close(); err != nil {
		t.Error(err)
	}
}

// TestPut holds that an entry can change, and that what does not fit changes nothing.
func TestPut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "things")
	j, _ := open(t, path)
	s := j.Add(entry("one"))
	if !j.Put(s, entry("a longer one")) || !j.Put(s, entry("two")) || j.Put(0, entry("none")) {
		t.Error("put")
	}
	big := entry("big")
	big.More = []string{strings.Repeat("x", slotSize)}
	if j.Put(s, big) {
		t.Error("too large, and written")
	}
	if _, left := open(t, path); len(left) != 1 || left[0].ID != "two" {
		t.Errorf("left %+v", left)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"ID":"a"}` + "\n"))
	f.Fuzz(func(t *testing.T, slot []byte) {
		if _, ok := decode[thing](slot); ok && slot[0] != '{' {
			t.Errorf("read %q", slot)
		}
	})
}
