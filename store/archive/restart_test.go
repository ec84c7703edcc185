package archive

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestANewArchiveGoesOn(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	began := make(chan struct{}, 10)
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body)
		began <- struct{}{}
		<-r.Context().Done()
		return true
	})
	r := open(t, dir, config(dir, s.server.URL))
	r.add("a", []byte("x"))
	<-began // in the middle of an upload
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s.be(nil)
	r = open(t, dir, config(dir, s.server.URL))
	if u := r.until("a", is(Done)); u.Tries != 0 || u.Error != "" {
		t.Errorf("having been closed counts as a failure: %+v", u)
	}
}

// childOf names the store to the process that TestAKilledProcessLosesNothing starts.
const childOf, childIn = "TRUNKLINE_ARCHIVE_STORE", "TRUNKLINE_ARCHIVE_DIR"

func TestAKilledProcessLosesNothing(t *testing.T) {
	if url := os.Getenv(childOf); url != "" {
		r := open(t, os.Getenv(childIn), config(os.Getenv(childIn), url))
		r.add("a", []byte("x"))
		r.add("b", []byte("y"))
		io.WriteString(os.Stdout, "added\n")
		<-t.Context().Done() // never: we are killed
	}
	s, dir := newStore(t, nil), t.TempDir()
	began := make(chan struct{}, 10)
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body)
		began <- struct{}{}
		<-r.Context().Done()
		return true
	})
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAKilledProcessLosesNothing$")
	cmd.Env = append(os.Environ(), childOf+"="+s.server.URL, childIn+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, len("added\n"))); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait() // killed
	s.be(nil)
	r := open(t, dir, config(dir, s.server.URL))
	r.until("a", is(Done))
	r.until("b", is(Done))
}

func TestWhatAnEarlierProcessCouldNotRemoveIsRemoved(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	cfg := config(dir, s.server.URL)
	r := open(t, dir, cfg)
	kept, removed := r.add("kept", []byte("x")), r.add("removed", []byte("y"))
	r.until("kept", is(Done))
	u := r.until("removed", is(Done))
	// As if it had been killed between the two steps.
	if err := r.journal.done(t.Context(), "removed", sent{u.Bytes, u.SHA256}, true, time.Now()); err != nil {
		t.Fatal(err)
	}
	r.Close()
	cfg.RemoveLocal = true
	r = open(t, dir, cfg)
	r.add("next", []byte("z"))
	r.until("next", is(Done)) // swept before
	if exists(removed) || !exists(kept) {
		t.Fatalf("removed exists: %v, kept exists: %v", exists(removed), exists(kept))
	}
}
