package ivr

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/line"
)

// mute is a call that flows can neither hear nor speak to.
type mute struct {
	line.Phone // nil: flows of these tests ask nothing else of a call
	id         string
	done       chan struct{}
	inputs     chan call.Input
	gate       chan struct{} // Answer waits for it, when there is one
	said       []string
}

func (m *mute) Info() call.Info           { return call.Info{ID: m.id, Flow: "x"} }
func (m *mute) Done() <-chan struct{}     { return m.done }
func (m *mute) Inputs() <-chan call.Input { return m.inputs }
func (m *mute) Times() call.Times         { return call.Times{} }
func (m *mute) Cause() call.Cause         { return call.Cause{} }
func (m *mute) Emit(event.Data)           {}
func (m *mute) Hangup(_, _, text string) {
	m.said = append(m.said, text)
	close(m.done)
}

func (m *mute) Answer(ctx context.Context) error {
	if m.gate != nil {
		<-m.gate
	}
	return nil
}

// workshop is a directory of scripts that a designer edits.
type workshop struct {
	t      *testing.T
	dir    string
	frozen string
	told   []event.ScriptsChanged
	engine *Engine
}

func newWorkshop(t *testing.T, flow string) *workshop {
	t.Helper()
	w := &workshop{t: t, dir: t.TempDir(), frozen: t.TempDir()}
	w.edit(flow)
	var err error
	if w.engine, err = New(w.config()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *workshop) config() Config {
	return Config{
		Open: func() (fs.FS, string, error) {
			version, err := bundle.Freeze(os.DirFS(w.dir), w.frozen)
			return os.DirFS(filepath.Join(w.frozen, version)), version, err
		},
		Emit:   func(d event.Data) { w.told = append(w.told, d.(event.ScriptsChanged)) },
		Config: flow.Config{},
	}
}

func (w *workshop) edit(flow string) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Join(w.dir, "flows"), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "flows/x.lua"), []byte("local call = ...\n"+flow), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// calls runs a call and returns what it hung up with.
func (w *workshop) calls(id string) (string, error) {
	m := &mute{id: id, done: make(chan struct{}), inputs: make(chan call.Input)}
	err := w.engine.run(w.t.Context(), m)
	return strings.Join(m.said, " "), err
}

func (w *workshop) wants(id, want string) {
	w.t.Helper()
	if got, err := w.calls(id); err != nil || got != want {
		w.t.Errorf("call %s: got %q, %v; want %q", id, got, err, want)
	}
}

func says(text string) string { return "call:hangup{ text = '" + text + "' }" }

// TestDeploy: what is edited changes nothing until it is deployed, a call that
// runs keeps what it began with, and rollback goes back.
func TestDeploy(t *testing.T) {
	w := newWorkshop(t, "call:answer()\n"+says("old"))
	m := &mute{id: "long", done: make(chan struct{}), inputs: make(chan call.Input), gate: make(chan struct{})}
	ended := make(chan error, 1)
	go func() { ended <- w.engine.run(t.Context(), m) }()
	w.edit(says("new"))
	w.wants("a", "old")
	v, err := w.engine.Deploy(t.Context(), Order{Needed: []string{"x"}})
	if err != nil || v.Previous == "" || v.Current.Version == v.Previous {
		t.Fatalf("deploy: %+v, %v", v, err)
	}
	w.wants("b", "new")
	close(m.gate)
	if err := <-ended; err != nil || !slices.Equal(m.said, []string{"old"}) {
		t.Errorf("the call that ran: %q, %v", m.said, err)
	}
	if _, err := w.engine.Rollback("asked for"); err != nil {
		t.Fatal(err)
	}
	w.wants("c", "old")
	if len(w.told) != 2 || w.told[0].What != "deployed" || w.told[1].What != "rolled_back" || w.told[1].Version != v.Previous {
		t.Errorf("told %+v", w.told)
	}
	if tr, ok := w.engine.Trace("b"); !ok || tr.Bundle != v.Current.Version || len(tr.Steps) != 1 || tr.Steps[0].Where != "flows/x.lua:2" {
		t.Errorf("trace %+v, %v", tr, ok)
	}
}

// TestBrokenScriptsAreNotDeployed: all problems are named, and nothing changes.
func TestBrokenScriptsAreNotDeployed(t *testing.T) {
	w := newWorkshop(t, says("old"))
	w.edit("call:foo()\ncall:bar()")
	_, err := w.engine.Deploy(t.Context(), Order{Needed: []string{"x", "y"}})
	var problems *ProblemsError
	if !errors.As(err, &problems) || len(problems.Problems) != 3 {
		t.Fatalf("got %v, want three problems", err)
	}
	for _, want := range []string{"flows/x.lua:2: ", "flows/x.lua:3: ", `no flow "y"`} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	w.wants("a", "old")
}

// TestCanaryFails: a version whose flows fail is taken back by itself.
func TestCanaryFails(t *testing.T) {
	w := newWorkshop(t, says("old"))
	w.edit("error('oops')")
	if _, err := w.engine.Deploy(t.Context(), Order{Canary: 0.3}); err != nil {
		t.Fatal(err)
	}
	failed := 0
	for i := range 200 {
		if _, err := w.calls(string(rune('a'+i%26)) + strings.Repeat("x", i)); err != nil {
			failed++
		}
	}
	if failed < 3 || failed > 20 {
		t.Errorf("%d of 200 calls failed before the version was taken back", failed)
	}
	last := w.told[len(w.told)-1]
	if last.What != "rolled_back" || last.Failed < 3 || w.engine.Versions().Canary != nil {
		t.Errorf("told %+v", w.told)
	}
	w.wants("after", "old")
}

func TestPromote(t *testing.T) {
	w := newWorkshop(t, says("old"))
	if _, err := w.engine.Promote(); err == nil {
		t.Error("promoted nothing")
	}
	w.edit(says("new"))
	if _, err := w.engine.Deploy(t.Context(), Order{Canary: 0.01}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.engine.Promote(); err != nil {
		t.Fatal(err)
	}
	w.wants("a", "new")
}

// TestVersionIsTheContent: the same files, the same name; other files, another.
func TestVersionIsTheContent(t *testing.T) {
	f := func(files map[string]string) string {
		t.Helper()
		m := fstest.MapFS{}
		for name, text := range files {
			m[name] = &fstest.MapFile{Data: []byte(text)}
		}
		v, err := bundle.Version(m)
		if err != nil || len(v) != 12 {
			t.Fatalf("version %q, %v", v, err)
		}
		return v
	}
	base := f(map[string]string{"flows/x.lua": "1", "menus/m.yaml": "2"})
	if f(map[string]string{"menus/m.yaml": "2", "flows/x.lua": "1", "tests/x_test.lua": "3"}) != base {
		t.Error("a test changed the version")
	}
	for _, other := range []map[string]string{
		{"flows/x.lua": "1", "menus/m.yaml": "3"}, {"flows/x.lua": "1"}, {"flows/y.lua": "1", "menus/m.yaml": "2"},
		{"flows/x.lua": "1", "menus/m.yaml": "2", "prompts/a.wav": ""}, {"flows/x.lua": "12", "menus/m.yaml": ""},
	} {
		if f(other) == base {
			t.Errorf("%v has the same version", other)
		}
	}
}
