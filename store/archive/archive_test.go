package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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
	r.bucket.patience = 20 * time.Millisecond
	r.add("a", []byte("x"))
	r.until("a", says("deadline"))
	r.bucket.patience = time.Minute
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

func TestAStoreThatNobodyVouchesForGetsNothing(t *testing.T) {
	s, dir := makeStore(t), t.TempDir()
	s.server.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.server.StartTLS()
	t.Cleanup(s.server.Close)
	var requests atomic.Int32
	s.be(func(http.ResponseWriter, *http.Request) bool { requests.Add(1); return false })
	r := open(t, dir, config(dir, s.server.URL))
	r.add("a", []byte("x"))
	r.until("a", says("certificate"))
	if requests.Load() != 0 {
		t.Fatalf("it was asked %d times", requests.Load())
	}
}

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

// TestOnlyTheConfiguredEndpointIsCalled: neither a redirect nor a proxy of the
// environment leads elsewhere.
func TestOnlyTheConfiguredEndpointIsCalled(t *testing.T) {
	var strays atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strays.Add(1) }))
	t.Cleanup(elsewhere.Close)
	t.Setenv("HTTP_PROXY", elsewhere.URL)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", elsewhere.URL)
	s, dir := newStore(t, nil), t.TempDir()
	s.be(func(w http.ResponseWriter, r *http.Request) bool {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
		return true
	})
	r := open(t, dir, config(dir, s.server.URL))
	r.add("a", []byte("x"))
	r.until("a", func(u Upload) bool { return u.Tries >= 2 })
	if strays.Load() != 0 {
		t.Fatalf("%d requests went elsewhere", strays.Load())
	}
	o := only{host: "s3.example.com", bucket: "rec"}
	req := httptest.NewRequest(http.MethodGet, "http://169.254.169.254/latest", nil)
	if _, err := o.RoundTrip(req); err == nil || !strings.Contains(err.Error(), "169.254.169.254") {
		t.Fatalf("a request elsewhere: %v", err)
	}
}

func TestOpenRefusesClearly(t *testing.T) {
	f := func(want string, change func(*Config)) {
		t.Helper()
		cfg := config(t.TempDir(), "https://s3.example.com")
		change(&cfg)
		a, err := Open(t.Context(), cfg)
		if err == nil {
			a.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secretKey) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	f("not the URL of a store", func(c *Config) { c.Endpoint = "s3.example.com" })
	f("not the URL of a store", func(c *Config) { c.Endpoint = "" })
	f("not the URL of a store", func(c *Config) { c.Endpoint = "ftp://s3.example.com" })
	f("all it may have", func(c *Config) { c.Endpoint = "https://a:" + secretKey + "@s3.example.com" })
	f("all it may have", func(c *Config) { c.Endpoint = "https://s3.example.com/bucket" })
	f("are needed", func(c *Config) { c.Bucket = "" })
	f("are needed", func(c *Config) { c.AccessKey = "" })
	f("are needed", func(c *Config) { c.SecretKey = "" })
	f("{nonsense}", func(c *Config) { c.Object = "{nonsense}/{id}" })
	f("must hold {id} or {file}", func(c *Config) { c.Object = "{date}" })
	f("journal /dev/null/x", func(c *Config) { c.Journal = "/dev/null/x" })
	f("used by a newer one", func(c *Config) {
		j, err := openJournal(t.Context(), c.Journal)
		if err != nil {
			t.Fatal(err)
		}
		defer j.close()
		if _, err := j.db.ExecContext(t.Context(), "PRAGMA user_version = 2"); err != nil {
			t.Fatal(err)
		}
	})
}

func TestObjectsAreNamedByTheTemplate(t *testing.T) {
	f := func(template, id, path, want string) {
		t.Helper()
		n, err := parseName(template)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := n.Name(Recording{ID: id, Path: path, At: begun}); err != nil || got != want {
			t.Errorf("%q of %q, %q: %q, %v; want %q", template, id, path, got, err, want)
		}
	}
	f("", "c1", "/rec/c1.wav", "2026-11-22/c1.wav")
	f("pbx/{year}/{month}/{day}/{id}{ext}", "c1", "/rec/x.opus.sealed", "pbx/2026/11/22/c1.opus.sealed")
	f("/{id}", "c1", "x", "c1")
	f("{id}", "../../etc/{date}", "x", ".._.._etc__date_")
	f("{file}", "x", "/rec/a b\nü.wav", "a_b__.wav")

	n, err := parseName("")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []Recording{{}, {ID: "x"}, {Path: "x"}, {ID: "x", Path: strings.Repeat("x", 1020)}} {
		if name, err := n.Name(r); err == nil {
			t.Errorf("%.40v is named %.40s", r, name)
		}
	}
}

func TestPausesGrowToALimit(t *testing.T) {
	b := Backoff{time.Second, time.Minute}
	f := func(tries int, random float64, want time.Duration) {
		t.Helper()
		if got := b.pause(tries, random); got != want {
			t.Errorf("pause(%d, %v) = %v, want %v", tries, random, got, want)
		}
	}
	f(1, 0, time.Second)
	f(1, 0.5, 750*time.Millisecond)
	f(2, 0, 2*time.Second)
	f(6, 0, 32*time.Second)
	f(7, 0, time.Minute)
	f(1<<40, 1, 30*time.Second)
}
