package ledger

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"trunkline/call/event"
	"trunkline/store"
)

// shelf keeps records, unless it is broken.
type shelf struct {
	broken bool
	list   []store.CDR
}

func (s *shelf) AddCDR(_ context.Context, c store.CDR) error {
	if s.broken {
		return errors.New("disk full")
	}
	s.list = append(s.list, c)
	return nil
}

func open(t *testing.T, path string, s *shelf) *Ledger {
	t.Helper()
	l, err := Open(path, s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// TestLostCallsWaitForTheDatabase holds that a lost call is kept until its record is
// written, and not a moment longer.
func TestLostCallsWaitForTheDatabase(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "calls"), &shelf{}
	dead := open(t, path, s)
	rings, talks, over := dead.Page(Info{ID: "rings"}), dead.Page(Info{ID: "talks", Trunk: "carrier"}), dead.Page(Info{ID: "over"})
	for _, p := range []*Page{rings, talks, over} {
		p.Begin()
	}
	talks.Answered(time.Now())
	over.Ended()
	if err := over.Close(event.Cause{Code: "normal"}, nil); err != nil {
		t.Fatal(err)
	}
	s.broken = true
	open(t, path, s)
	s.broken = false
	open(t, path, s)
	open(t, path, s)
	if len(s.list) != 3 {
		t.Fatalf("records %+v", s.list)
	}
	for i, want := range []string{"over", "rings", "talks"} {
		c := s.list[i]
		if lost := c.Cause.Code == Lost; c.ID != want || lost != (i > 0) || (c.AnsweredAt != nil) != (want == "talks") || c.EndedAt.Before(c.StartedAt) {
			t.Errorf("record %d: %+v", i, c)
		}
	}
}

// TestPage holds that the first nodes and the recording of the first leg are the
// call's.
func TestPage(t *testing.T) {
	s := &shelf{}
	p := open(t, "", s).Page(Info{ID: "c", Flow: "f"})
	p.Begin()
	for range maxNodes + 1 {
		p.Note(event.NodeReached{Node: "balance"})
	}
	p.Ended()
	legs := []store.LegRecord{{ID: "a", Recording: &store.Recording{Path: "a.wav"}}, {ID: "b", Recording: &store.Recording{Path: "b.wav"}}}
	if err := p.Close(event.Cause{Code: "normal"}, legs); err != nil {
		t.Fatal(err)
	}
	c := s.list[0]
	if len(c.Nodes) != maxNodes || c.Recording.Path != "a.wav" || c.Legs[0].Recording != nil || c.Legs[1].Recording.Path != "b.wav" {
		t.Errorf("record of %d nodes, recording %+v, legs %+v", len(c.Nodes), c.Recording, c.Legs)
	}
}
