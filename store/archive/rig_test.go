package archive

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

const (
	accessKey = "AKTEST"
	secretKey = "not-a-secret"
)

// store is an S3 store in memory, whose mood a test can change.
type storeRig struct {
	backend *s3mem.Backend
	server  *httptest.Server

	mu   sync.Mutex
	mood func(w http.ResponseWriter, r *http.Request) (handled bool)
}

func newStore(t *testing.T, at net.Listener) *storeRig {
	t.Helper()
	s := makeStore(t)
	if at != nil {
		s.server.Listener.Close()
		s.server.Listener = at
	}
	s.server.Start()
	t.Cleanup(s.server.Close)
	return s
}

func makeStore(t *testing.T) *storeRig {
	t.Helper()
	s := &storeRig{backend: s3mem.New()}
	if err := s.backend.CreateBucket("rec"); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(s.backend, gofakes3.WithIntegrityCheck(true)).Server()
	s.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		mood := s.mood
		s.mu.Unlock()
		if mood == nil || !mood(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	return s
}

func (s *storeRig) be(mood func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood = mood
}

func (s *storeRig) object(t *testing.T, name string) []byte {
	t.Helper()
	o, err := s.backend.GetObject("rec", name, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Contents.Close()
	b, err := io.ReadAll(o.Contents)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// news is a log handler that tells a test that something has been written down.
type news chan string

func (news) Enabled(context.Context, slog.Level) bool { return true }
func (n news) WithAttrs([]slog.Attr) slog.Handler     { return n }
func (n news) WithGroup(string) slog.Handler          { return n }

func (n news) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool { text += " " + a.String(); return true })
	select {
	case n <- text:
	default: // nobody has listened for long
	}
	return nil
}

// rig is an archive under test.
type rig struct {
	*Archive
	t    *testing.T
	dir  string
	news news
}

func config(dir, endpoint string) Config {
	return Config{
		Journal: filepath.Join(dir, "archive", "uploads.db"), Endpoint: endpoint, Bucket: "rec",
		AccessKey: accessKey, SecretKey: secretKey, Backoff: Backoff{time.Millisecond, 20 * time.Millisecond},
	}
}

func open(t *testing.T, dir string, cfg Config) *rig {
	t.Helper()
	n := make(news, 1000)
	cfg.Log = slog.New(n)
	a, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return &rig{a, t, dir, n}
}

var begun = time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -3600)) // the 22nd in UTC

// add makes a file and adds it.
func (r *rig) add(id string, content []byte) (path string) {
	r.t.Helper()
	path = filepath.Join(r.dir, id+".wav")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		r.t.Fatal(err)
	}
	if err := r.Add(r.t.Context(), Recording{ID: id, Path: path, At: begun}); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// until waits until a recording is as ok wants it.
func (r *rig) until(id string, ok func(Upload) bool) Upload {
	r.t.Helper()
	long := time.After(20 * time.Second)
	for {
		u, err := r.Upload(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		if ok(u) {
			return u
		}
		select {
		case <-r.news:
		case <-long:
			r.t.Fatalf("it stays at %+v", u)
		}
	}
}

func is(s Status) func(Upload) bool { return func(u Upload) bool { return u.Status == s } }
func says(text string) func(Upload) bool {
	return func(u Upload) bool { return strings.Contains(u.Error, text) }
}
func exists(path string) bool             { _, err := os.Stat(path); return err == nil }
func status(w http.ResponseWriter, n int) { http.Error(w, "<Error><Code>SlowDown</Code></Error>", n) }
