package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// names answers look-ups from a list, one after the other, the last for ever.
type names struct {
	mu      sync.Mutex
	answers [][]netip.Addr
	asked   int
}

func (n *names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.answers) == 0 {
		return nil, errors.New("no such host " + host)
	}
	n.asked++
	return n.answers[min(n.asked, len(n.answers))-1], nil
}

func answers(list ...string) *names {
	n := &names{}
	for _, text := range list {
		var addrs []netip.Addr
		for _, a := range strings.Fields(text) {
			addrs = append(addrs, netip.MustParseAddr(a))
		}
		n.answers = append(n.answers, addrs)
	}
	return n
}

// web is a server and a client that may reach it. cert.test is its name.
func web(t *testing.T, handler http.HandlerFunc, opts Options) (base string, c *Client) {
	t.Helper()
	s := httptest.NewServer(handler)
	t.Cleanup(s.Close)
	opts.PlainOK = true
	if opts.Networks == nil {
		opts.Networks = loopback
	}
	c = New(opts)
	t.Cleanup(c.Close)
	return s.URL, c
}

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprint(w, "hello")
}

func TestGet(t *testing.T) {
	var agent string
	base, c := web(t, func(w http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		hello(w, r)
	}, Options{})
	res, err := c.Get(t.Context(), base+"/a?b=c", Limits{Types: []string{"text/plain"}})
	if err != nil || string(res.Body) != "hello" || res.Header.Get("Content-Type") == "" || agent != "Trunkline" {
		t.Fatalf("%+v, %v, agent %q", res, err, agent)
	}
}

func TestGetByNameAskedOnce(t *testing.T) {
	resolver := answers("127.0.0.1")
	base, c := web(t, hello, Options{Resolver: resolver})
	base = strings.Replace(base, "127.0.0.1", "cert.test", 1)
	for range 3 {
		if _, err := c.Get(t.Context(), base, Limits{}); err != nil {
			t.Fatal(err)
		}
	}
	if resolver.asked != 1 {
		t.Errorf("%d look-ups for one connection", resolver.asked)
	}
}

// TestRebinding has a name that is public when it is asked first and ours the next
// time: what is connected to is what was checked.
func TestRebinding(t *testing.T) {
	reached := false
	base, c := web(t, func(http.ResponseWriter, *http.Request) { reached = true },
		Options{Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	f := func(want string, list ...string) {
		t.Helper()
		c.opts.Resolver = answers(list...)
		ctx, cancel := context.WithCancel(t.Context())
		if want == "canceled" {
			cancel() // nobody is at the public address: that it would be tried is enough
		}
		defer cancel()
		for range list {
			_, err := c.Get(ctx, strings.Replace(base, "127.0.0.1", "cert.test", 1), Limits{})
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %s", list, err, want)
			}
		}
	}
	f("canceled", "192.0.2.1")
	f("forbidden", "127.0.0.1", "127.0.0.1")
	f("forbidden", "192.0.2.1 127.0.0.1")
	f("forbidden", "127.0.0.1 192.0.2.1")
	f("forbidden", "::ffff:127.0.0.1")
	f("forbidden", "64:ff9b::7f00:1")
	f("no address", "")
	if reached {
		t.Error("a private address was connected to")
	}
}

func TestLimits(t *testing.T) {
	release := make(chan struct{})
	base, c := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			w.(http.Flusher).Flush()
			<-release
		case "/declared":
			w.Header().Set("Content-Length", "1000000")
			fmt.Fprint(w, "x")
		case "/large":
			for range 1000 {
				fmt.Fprint(w, strings.Repeat("x", 1000))
			}
		case "/404":
			w.WriteHeader(http.StatusNotFound)
		default:
			hello(w, r)
		}
	}, Options{})
	defer close(release)
	f := func(path string, limits Limits, want error) {
		t.Helper()
		if _, err := c.Get(t.Context(), base+path, limits); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	f("/slow", Limits{Timeout: 20 * time.Millisecond}, context.DeadlineExceeded)
	f("/declared", Limits{}, ErrTooLarge)
	f("/large", Limits{}, ErrTooLarge)
	f("/large", Limits{Bytes: 1_000_000}, nil)
	f("/large", Limits{Bytes: 999_999}, ErrTooLarge)
	f("/404", Limits{}, ErrStatus)
	f("/", Limits{Types: []string{"application/pkix-cert"}}, ErrType)
	f("/", Limits{Types: []string{"application/pkix-cert", "text/plain"}}, nil)
}

func TestRedirections(t *testing.T) {
	base, c := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch to := strings.TrimPrefix(r.URL.Path, "/to/"); to {
		case "once":
			http.Redirect(w, r, "/", http.StatusFound)
		case "twice":
			http.Redirect(w, r, "/to/once", http.StatusFound)
		case "round":
			http.Redirect(w, r, "/to/round", http.StatusFound)
		case "metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
		case "name":
			http.Redirect(w, r, "http://inside.test/", http.StatusFound)
		case "file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "decimal":
			http.Redirect(w, r, "http://2130706433/", http.StatusFound)
		default:
			hello(w, r)
		}
	}, Options{Resolver: answers("10.0.0.1")})
	f := func(path string, most int, want error) {
		t.Helper()
		if _, err := c.Get(t.Context(), base+path, Limits{Redirects: most}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	f("/to/once", 0, ErrStatus)
	f("/to/once", 1, nil)
	f("/to/twice", 1, ErrStatus)
	f("/to/twice", 2, nil)
	f("/to/round", 5, ErrStatus)
	f("/to/metadata", 5, ErrForbidden)
	f("/to/name", 5, ErrForbidden)
	f("/to/file", 5, ErrForbidden)
	f("/to/decimal", 5, ErrForbidden)
}

func TestRedirectionFromTLS(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(hello))
	defer plain.Close()
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
		}
	}))
	defer s.Close()
	roots := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	c := New(Options{Networks: loopback, PlainOK: true, TLS: &tls.Config{RootCAs: roots}})
	defer c.Close()
	if _, err := c.Get(t.Context(), s.URL, Limits{}); err != nil {
		t.Error(err)
	}
	if _, err := c.Get(t.Context(), s.URL+"/down", Limits{Redirects: 1}); !errors.Is(err, ErrForbidden) {
		t.Errorf("from https to http: %v", err)
	}
	stranger := New(Options{Networks: loopback})
	defer stranger.Close()
	if _, err := stranger.Get(t.Context(), s.URL, Limits{}); err == nil {
		t.Error("a server with an unknown certificate was believed")
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	asked := false
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("http_proxy", proxy.URL)
	base, c := web(t, hello, Options{Resolver: answers("127.0.0.1")})
	_, err := c.Get(t.Context(), strings.Replace(base, "127.0.0.1", "cert.test", 1), Limits{})
	if err != nil || asked {
		t.Errorf("%v, proxy asked: %v", err, asked)
	}
}

func TestNextAddressWhenOneRefuses(t *testing.T) {
	base, c := web(t, hello, Options{Resolver: answers("127.0.0.2 127.0.0.1")})
	base = strings.Replace(base, "127.0.0.1", "cert.test", 1)
	if res, err := c.Get(t.Context(), base, Limits{}); err != nil || string(res.Body) != "hello" {
		t.Errorf("%+v, %v", res, err)
	}
	c.Close()
	c.opts.Resolver = answers("127.0.0.2 127.0.0.3 127.0.0.4 127.0.0.5 127.0.0.1")
	if _, err := c.Get(t.Context(), base, Limits{}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("a fifth address was tried: %v", err)
	}
}
