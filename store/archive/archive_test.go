package archive

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRecordingsArriveWhole(t *testing.T) {
	f := func(remove bool) {
		t.Helper()
		s, dir := newStore(t, nil), t.TempDir()
		cfg := config(dir, s.server.URL)
		cfg.RemoveLocal = remove
		r := open(t, dir, cfg)
		want := map[string][]byte{"a": []byte("RIFF"), "b": {0}, "c": bytes.Repeat([]byte("sound"), 100_000)}
		path := map[string]string{}
		for id, content := range want {
			path[id] = r.add(id, content)
		}
		for id, content := range want {
			u := r.until(id, is(Done))
			sum := sha256.Sum256(content)
			if u.Object != "2026-11-22/"+id+".wav" || u.Bytes != int64(len(content)) || u.SHA256 != hex.EncodeToString(sum[:]) ||
				u.DoneAt.IsZero() || u.Error != "" || !u.At.Equal(begun) {
				t.Errorf("%+v", u)
			}
			if got := s.object(t, u.Object); !bytes.Equal(got, content) {
				t.Errorf("%s: %d bytes arrived, want %d", id, len(got), len(content))
			}
			if exists(path[id]) == remove {
				t.Errorf("%s: remove %v, but the local file is there: %v", id, remove, !remove)
			}
		}
		if err := r.Add(t.Context(), Recording{ID: "a", Path: "/elsewhere", At: begun}); err != nil {
			t.Error(err)
		}
		counts, err := r.Counts(t.Context())
		list, lerr := r.Uploads(t.Context(), Done, 2)
		if err != nil || lerr != nil || len(counts) != 1 || counts[Done] != 3 || len(list) != 2 {
			t.Errorf("counts %v, %v; listed %d, %v", counts, err, len(list), lerr)
		}
	}
	f(false)
	f(true)
}

func TestItKeepsTryingUntilTheStoreTakesIt(t *testing.T) {
	f := func(name, want string, mood func(w http.ResponseWriter, r *http.Request) bool) {
		t.Helper()
		s, dir := newStore(t, nil), t.TempDir()
		s.be(mood)
		cfg := config(dir, s.server.URL)
		cfg.RemoveLocal = true
		r := open(t, dir, cfg)
		r.bucket.patience = time.Second
		path := r.add("a", []byte("0123456789"))
		u := r.until("a", func(u Upload) bool { return u.Tries >= 3 })
		if u.Status != Pending || !strings.Contains(u.Error, want) || !u.NextAt.After(u.AddedAt) {
			t.Errorf("%s: %+v, want %q", name, u, want)
		}
		if !exists(path) {
			t.Errorf("%s: the local file was removed", name)
		}
		s.be(nil)
		if u := r.until("a", is(Done)); string(s.object(t, u.Object)) != "0123456789" || exists(path) {
			t.Errorf("%s: in the end %+v", name, u)
		}
	}
	f("overload", "SlowDown", func(w http.ResponseWriter, r *http.Request) bool { status(w, 503); return true })
	f("broken", "500", func(w http.ResponseWriter, r *http.Request) bool { http.Error(w, "", 500); return true })
	f("wrong key", "InvalidAccessKeyId", func(w http.ResponseWriter, r *http.Request) bool {
		w.WriteHeader(403)
		io.WriteString(w, "<Error><Code>InvalidAccessKeyId</Code><Message>No.</Message></Error>")
		return true
	})
	f("hangs up", "Connection closed", func(w http.ResponseWriter, r *http.Request) bool { panic(http.ErrAbortHandler) })
	f("alters what it gets", "BadDigest", func(w http.ResponseWriter, r *http.Request) bool {
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(b, []byte("01234"), []byte("01243"), 1)))
		return false
	})
	f("forgets", "verify: ", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			w.WriteHeader(404)
			return true
		}
		return false
	})
	f("keeps too little", "verify: the store has 4 bytes", func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodHead {
			w.Header().Set("Content-Length", "4")
			w.Header().Set("Last-Modified", "Sat, 21 Nov 2026 10:00:00 GMT")
			w.WriteHeader(200)
			return true
		}
		return false
	})
}

func TestAStoreThatNeverAnswersIsLeft(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		io.Copy(io.Discard, r.Body) // or the server would not notice that the client goes
		<-r.Context().Done()
		return true
	})
	r := open(t, dir, config(dir, s.server.URL))
	r.bucket.patience = 300 * time.Millisecond // nobody reads it before there is something to send
	r.add("a", []byte("x"))
	r.until("a", says("deadline"))
	s.be(nil)
	r.until("a", is(Done))
}

func TestAStoreThatIsDownIsAwaited(t *testing.T) {
	at, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := at.Addr().String()
	at.Close()
	dir := t.TempDir()
	r := open(t, dir, config(dir, "http://"+addr))
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		r.add(id, []byte(id))
	}
	r.until("a", says("refused"))
	if at, err = net.Listen("tcp", addr); err != nil {
		t.Fatal(err)
	}
	s := newStore(t, at)
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		if u := r.until(id, is(Done)); string(s.object(t, u.Object)) != id {
			t.Errorf("%s arrived as something else", id)
		}
	}
}

func TestNoMoreThanSoManyAtATime(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	arrived, leave := make(chan struct{}), make(chan struct{})
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		arrived <- struct{}{}
		<-leave
		status(w, 503)
		return true
	})
	cfg := config(dir, s.server.URL)
	cfg.Parallel = 2
	r := open(t, dir, cfg)
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		r.add(id, []byte(id))
	}
	for range 10 { // two are there, and a third comes only when one has left
		<-arrived
		<-arrived
		select {
		case <-arrived:
			t.Fatal("a third upload")
		default:
		}
		leave <- struct{}{}
		leave <- struct{}{}
	}
	s.be(nil)
	go func() { // those that are on their way
		for range arrived {
			leave <- struct{}{}
		}
	}()
	defer close(arrived)
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		r.until(id, is(Done))
	}
}

// TestLongFilesGoInParts uses TLS, where parts go as they are: gofakes3 cannot
// read the chunks of a signed stream in a part.
func TestLongFilesGoInParts(t *testing.T) {
	s, dir := makeStore(t), t.TempDir()
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	var failed atomic.Bool
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("partNumber") == "2" && !failed.Swap(true) {
			panic(http.ErrAbortHandler) // in the middle, once
		}
		return false
	})
	cfg := config(dir, s.server.URL)
	cfg.Roots = x509.NewCertPool()
	cfg.Roots.AddCert(s.server.Certificate())
	r := open(t, dir, cfg)
	content := bytes.Repeat([]byte("0123456789abcdef"), (partSize+1000)/16)
	r.add("a", content)
	u := r.until("a", is(Done))
	if !failed.Load() || u.Tries == 0 {
		t.Errorf("the second part never failed: %+v", u)
	}
	if got := s.object(t, u.Object); !bytes.Equal(got, content) {
		t.Errorf("%d bytes arrived, want %d", len(got), len(content))
	}
}

func TestWhatCannotBeReadFailsUntilRetried(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	r := open(t, dir, config(dir, s.server.URL))
	path := filepath.Join(dir, "late.wav")
	if err := r.Add(t.Context(), Recording{ID: "late", Path: path, At: begun}); err != nil {
		t.Fatal(err)
	}
	if err := r.Add(t.Context(), Recording{ID: "dir", Path: dir, At: begun}); err != nil {
		t.Fatal(err)
	}
	if u := r.until("late", is(Failed)); !strings.Contains(u.Error, "no such file") {
		t.Errorf("%+v", u)
	}
	r.add("empty", nil)
	for _, id := range []string{"dir", "empty"} {
		if u := r.until(id, is(Failed)); !strings.Contains(u.Error, "not a file with something in it") {
			t.Errorf("%+v", u)
		}
	}
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := r.Retry(t.Context(), "late"); err != nil {
		t.Fatal(err)
	}
	r.until("late", is(Done))
	for _, id := range []string{"late", "nobody"} { // done already, never added
		if err := r.Retry(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("Retry(%s): %v", id, err)
		}
	}
	if _, err := r.Upload(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("Upload(nobody): %v", err)
	}
}

func TestItGivesUpWhenToldTo(t *testing.T) {
	s, dir := newStore(t, nil), t.TempDir()
	s.be(func(w http.ResponseWriter, r *http.Request) bool { status(w, 503); return true })
	cfg := config(dir, s.server.URL)
	cfg.GiveUp = time.Nanosecond
	r := open(t, dir, cfg)
	path := r.add("a", []byte("x"))
	if u := r.until("a", is(Failed)); u.Tries != 1 || !exists(path) {
		t.Errorf("%+v", u)
	}
}
