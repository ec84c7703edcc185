package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/internal/fetch"
)

func loopback() fetch.Options {
	return fetch.Options{PlainOK: true, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
}

// site is a server, and a client that may reach it.
func site(t *testing.T, o Options) (string, *Client) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(serve))
	t.Cleanup(s.Close)
	o.Timeout = time.Minute
	if o.Fetch.Networks == nil {
		resolver := o.Fetch.Resolver
		o.Fetch = loopback()
		o.Fetch.Resolver = resolver
	}
	c := New(o)
	t.Cleanup(c.Close)
	return s.URL, c
}

func serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/slow":
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	case "/huge":
		for range 2000 {
			fmt.Fprint(w, strings.Repeat("x", 1000))
		}
	case "/bomb": // nobody asked for it to be compressed
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.Copy(z, io.LimitReader(zeros{}, 16<<20))
		_ = z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(b.Bytes())
	case "/metadata":
		http.Redirect(w, r, "http://169.254.169.254/latest/", http.StatusFound)
	case "/round":
		http.Redirect(w, r, "/round", http.StatusFound)
	case "/broken":
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.Close()
	case "/nonsense":
		conn, _, _ := w.(http.Hijacker).Hijack()
		_, _ = conn.Write([]byte("SSH-2.0\r\n\r\n"))
		_ = conn.Close()
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "%s %s key=%s", r.Method, r.Header.Get("Authorization"), r.Header.Get("X-Key"))
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func code(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	return e.Code
}

func TestDo(t *testing.T) {
	base, c := site(t, Options{Secrets: map[string]Secret{
		"crm":  {Header: "Authorization", Value: "Bearer s3cret", Hosts: []string{"127.0.0.1"}},
		"else": {Header: "X-Key", Value: "s3cret", Hosts: []string{"crm.example.com"}},
	}})
	a, err := c.Do(t.Context(), Request{Method: "GET", URL: base + "/a", Auth: "crm", Header: http.Header{"X-Key": {"k"}}})
	if err != nil || a.Status != 404 || string(a.Body) != "GET Bearer s3cret key=k" {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err = c.Do(t.Context(), Request{Method: "POST", URL: base + "/a"}); err != nil || string(a.Body) != "POST  key=" {
		t.Errorf("%+v, %v", a, err)
	}
	// What is compressed stays so: nothing small becomes large.
	if a, err = c.Do(t.Context(), Request{Method: "GET", URL: base + "/bomb", Bytes: MostBytes}); err != nil || len(a.Body) > 100_000 {
		t.Fatalf("a bomb: %v, %v", a != nil, err)
	}
	f := func(url, auth, want string) {
		t.Helper()
		_, err := c.Do(t.Context(), Request{Method: "GET", URL: url, Auth: auth})
		if code(err) != want || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "?q") {
			t.Errorf("%.80s: %s: %v; want %s", url, code(err), err, want)
		}
	}
	f(base+"/a", "none", CodeInvalid)
	f(base+"/a?q", "else", CodeBlocked)
	f(base+"/huge?q", "", CodeTooLarge)
	f(base+"/broken?q", "", CodeUnreachable)
	f(base+"/nonsense?q", "", CodeInvalid)
	f(base+"/round?q", "", CodeInvalid)
	f(base+"/metadata?q", "", CodeBlocked)
	f("", "", CodeInvalid)
	f("example.com", "", CodeInvalid)
	f("http://exa mple.com/", "", CodeInvalid)
	f("http://example.com/"+strings.Repeat("x", 3000), "", CodeInvalid)
	f("ftp://example.com/", "", CodeBlocked)
	f("http://user:s3cret@127.0.0.1/?q", "", CodeBlocked)
	for _, address := range []string{"10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.100.100.200", "0.0.0.0", "[::1]",
		"[::ffff:10.0.0.1]", "[fd00::1]", "[64:ff9b::a00:1]", "2130706433", "0x7f.1", "0177.0.0.1"} {
		f("http://"+address+"/?q", "", CodeBlocked)
	}

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	_ = l.Close()
	f("http://"+gone+"/?q", "", CodeRefused)

	_, err = c.Do(t.Context(), Request{Method: "GET", URL: base + "/slow", Timeout: 20 * time.Millisecond})
	if code(err) != CodeTimeout {
		t.Errorf("slow: %v", err)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	if _, err = c.Do(ctx, Request{Method: "GET", URL: base + "/slow"}); code(err) != CodeHangup {
		t.Errorf("hung up: %v", err)
	}
}

// names answers look-ups, one after the other, the last for ever.
type names struct{ answers []string }

func (n *names) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	if len(n.answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
	}
	first := n.answers[0]
	if len(n.answers) > 1 {
		n.answers = n.answers[1:]
	}
	return []netip.Addr{netip.MustParseAddr(first)}, nil
}

func TestNames(t *testing.T) {
	f := func(want string, o fetch.Options) {
		t.Helper()
		o.PlainOK = true
		c := New(Options{Fetch: o})
		defer c.Close()
		_, err := c.Do(t.Context(), Request{Method: "GET", URL: "http://crm.example.com:1/"})
		if code(err) != want {
			t.Errorf("%v; want %s", err, want)
		}
	}
	f(CodeUnreachable, fetch.Options{Resolver: &names{}})
	f(CodeBlocked, fetch.Options{Resolver: &names{answers: []string{"10.0.0.1"}}})
	f(CodeBlocked, fetch.Options{Resolver: &names{answers: []string{"127.0.0.1"}}})
	f(CodeBlocked, fetch.Options{Hosts: []string{"other.example.com"}})
	f(CodeRefused, fetch.Options{Hosts: []string{".example.com"}, Resolver: &names{answers: []string{"127.0.0.1"}}, Networks: loopback().Networks})

	// A name that leads inside the second time it is asked (DNS rebinding).
	base, c := site(t, Options{Fetch: fetch.Options{PlainOK: true, Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")},
		Resolver: &names{answers: []string{"127.0.0.1", "127.0.0.1"}}}})
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(base, "http://"))
	for range 2 {
		if _, err := c.Do(t.Context(), Request{Method: "GET", URL: "http://crm.example.com:" + port + "/"}); code(err) != CodeBlocked {
			t.Errorf("rebound: %v", err)
		}
	}
}

func TestCertificates(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(serve))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	f := func(roots *x509.CertPool, name, want string) {
		t.Helper()
		o := loopback()
		o.PlainOK, o.TLS = false, &tls.Config{RootCAs: roots}
		o.Resolver = &names{answers: []string{"127.0.0.1"}}
		c := New(Options{Fetch: o})
		defer c.Close()
		_, err := c.Do(t.Context(), Request{Method: "GET", URL: strings.Replace(s.URL, "127.0.0.1", name, 1)})
		if err == nil && want != "" || err != nil && code(err) != want {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
	}
	known := x509.NewCertPool()
	known.AddCert(s.Certificate())
	f(known, "127.0.0.1", "")
	f(known, "other.test", CodeInvalid)
	f(x509.NewCertPool(), "127.0.0.1", CodeInvalid)
}

// TestBusy: so many at a time, so many wait, and the next is told at once.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{Concurrent: 1, Queue: 1})
		defer c.Close()
		if err := c.turn(t.Context()); err != nil {
			t.Fatal(err)
		}
		waited := make(chan error, 2)
		wait := func(d time.Duration) {
			ctx, cancel := context.WithTimeout(t.Context(), d)
			defer cancel()
			waited <- c.turn(ctx)
		}
		go wait(time.Second)
		synctest.Wait()
		if err := c.turn(t.Context()); code(err) != CodeBusy {
			t.Errorf("one too many: %v", err)
		}
		if err := <-waited; code(err) != CodeTimeout {
			t.Errorf("waited too long: %v", err)
		}
		go wait(time.Second)
		synctest.Wait()
		<-c.turns
		if err := <-waited; err != nil {
			t.Errorf("its turn has come: %v", err)
		}
	})
}
