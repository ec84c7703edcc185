package archive

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

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
