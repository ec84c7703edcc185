package digest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

func request(t *testing.T, method, uri string) *gosip.Request {
	t.Helper()
	var u gosip.Uri
	if err := gosip.ParseUri(uri, &u); err != nil {
		t.Fatal(err)
	}
	return gosip.NewRequest(gosip.RequestMethod(method), u)
}

func challenge(as As, values ...string) *gosip.Response {
	res := gosip.NewResponse(as.Status(), "")
	for _, v := range values {
		res.AppendHeader(gosip.NewHeader(as.challengeHeader(), v))
	}
	return res
}

// credentialsOn returns the credentials of a request.
func credentialsOn(t *testing.T, req *gosip.Request, as As) Credentials {
	t.Helper()
	list := req.GetHeaders(as.credentialsHeader())
	if len(list) != 1 {
		t.Fatalf("%d %s headers", len(list), as.credentialsHeader())
	}
	c, err := ParseCredentials(list[0].Value())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func client(t *testing.T, realm string) *Client {
	t.Helper()
	c, err := NewClient(Login{User: `bob "b"`, Password: func() (string, error) { return "s3cret", nil }, Realm: realm})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWhichChallengeIsAnswered(t *testing.T) {
	f := func(realm, want string, values ...string) {
		t.Helper()
		req := request(t, "INVITE", "sip:100@example.com")
		err := client(t, realm).Answer(new(Attempt), req, challenge(AsServer, values...))
		if err != nil {
			if want == "" || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %s", err, want)
			}
			if req.GetHeader("Authorization") != nil {
				t.Error("credentials in spite of an error")
			}
			return
		}
		if got := credentialsOn(t, req, AsServer); got.Nonce != want {
			t.Errorf("answered %q, want %q", got.Nonce, want)
		}
	}
	const md5, sha, sha512 = `Digest realm="a", nonce="md5"`, `Digest realm="a", nonce="sha", algorithm=SHA-256, qop="auth"`,
		`Digest realm="a", nonce="sha512", algorithm=sha-512-256, qop="auth-int, auth"`
	f("", "md5", md5)
	f("", "sha", md5, sha)
	f("", "sha", sha, md5)
	f("", "sha512", md5, sha512, sha)
	f("a", "sha", sha)
	f("b", "realm", md5, sha)
	f("b", "other", md5, `Digest realm="b", nonce="other"`)
	f("", "md5", "Basic xyz", `Digest realm="a`, md5)
	f("", ErrNoChallenge.Error(), "Basic xyz", `Digest realm="a`)
	f("", ErrNoChallenge.Error())
	f("", `algorithm "SHA-999"`, `Digest realm="a", nonce="n", algorithm=SHA-999`)
	f("", `algorithm "MD5-sess"`, `Digest realm="a", nonce="n", algorithm=MD5-sess`)
	f("", `qop "auth-int"`, `Digest realm="a", nonce="n", qop="auth-int"`)
	f("", "md5", `Digest realm="a", nonce="n", algorithm=SHA-999`, md5)
}

// TestAnswer reads what is sent with the eyes of the other side.
func TestAnswer(t *testing.T) {
	c := client(t, "")
	req := request(t, "INVITE", "sip:100@example.com;user=phone")
	req.AppendHeader(gosip.NewHeader("Authorization", "Digest stale"))
	res := challenge(AsProxy, `Digest realm="a\"b", nonce="n1", opaque="o\\p", algorithm=SHA-256, qop="auth"`)
	if err := c.Answer(new(Attempt), req, res); err != nil {
		t.Fatal(err)
	}
	if req.GetHeader("Authorization") != nil {
		t.Error("old credentials are still there")
	}
	got := credentialsOn(t, req, AsProxy)
	if got.Username != `bob "b"` || got.Realm != `a"b` || got.Opaque != `o\p` || got.NC != "00000001" || got.QOP != "auth" ||
		got.URI != "sip:100@example.com;user=phone" || len(got.CNonce) < 16 || got.Algorithm != "SHA-256" {
		t.Errorf("%+v", got)
	}
	if got.Response != got.answer(SHA256, "INVITE", "s3cret") {
		t.Error("wrong response")
	}
	ack := request(t, "ACK", "sip:100@example.com")
	ack.AppendHeader(gosip.NewHeader("Proxy-Authorization", "Digest other"))
	Repeat(ack, req)
	if credentialsOn(t, ack, AsProxy) != got {
		t.Error("the ACK has other credentials than its INVITE")
	}
}

// TestLaterRequestsAreSigned holds that the nonce is used on, with rising counts,
// and that a changed password file counts at once.
func TestLaterRequestsAreSigned(t *testing.T) {
	password, fail := "one", error(nil)
	c, err := NewClient(Login{User: "bob", Password: func() (string, error) { return password, fail }})
	if err != nil {
		t.Fatal(err)
	}
	req := request(t, "REGISTER", "sip:example.com")
	if err := c.Sign(req); err != nil || req.GetHeader("Authorization") != nil {
		t.Fatalf("signed before anybody asked: %v", err)
	}
	if err := c.Answer(new(Attempt), req, challenge(AsServer, `Digest realm="a", nonce="n1", qop="auth"`)); err != nil {
		t.Fatal(err)
	}
	password = "two"
	for i := 2; i < 20; i++ {
		if err := c.Sign(req); err != nil {
			t.Fatal(err)
		}
		got := credentialsOn(t, req, AsServer)
		if got.NC != fmt.Sprintf("%08x", i) || got.Nonce != "n1" || got.Response != got.answer(MD5, "REGISTER", "two") {
			t.Errorf("request %d: %+v", i, got)
		}
	}
	if err := c.Answer(new(Attempt), req, challenge(AsServer, `Digest realm="a", nonce="n2"`)); err != nil {
		t.Fatal(err)
	}
	if got := credentialsOn(t, req, AsServer); got.Nonce != "n2" || got.QOP != "" || got.NC != "" || got.CNonce != "" {
		t.Errorf("RFC 2069: %+v", got)
	}
	fail = errors.New("no such file")
	if err := c.Sign(req); !errors.Is(err, fail) || req.GetHeader("Authorization") != nil {
		t.Errorf("without a password: %v", err)
	}
}

// TestChallengesForEver is AST-2020-002: each answer leads to a new nonce.
func TestChallengesForEver(t *testing.T) {
	f := func(stale string, want int) {
		t.Helper()
		c, a, sent := client(t, ""), new(Attempt), 0
		for i := range 100 {
			req := request(t, "INVITE", "sip:100@example.com")
			err := c.Answer(a, req, challenge(AsServer, fmt.Sprintf(`Digest realm="a", nonce="%d"%s`, i, stale)))
			if err != nil {
				if !errors.Is(err, ErrRefused) {
					t.Error(err)
				}
				continue
			}
			sent++
		}
		if sent != want {
			t.Errorf("stale %q: answered %d times, want %d", stale, sent, want)
		}
		req := request(t, "INVITE", "sip:100@example.com")
		if err := c.Sign(req); err != nil || req.GetHeader("Authorization") != nil {
			t.Errorf("refused credentials are sent again unasked: %v", err)
		}
	}
	f("", 1)
	f(", stale=false", 1)
	f(", stale=true", 2)
}

// TestProxyAndServer is a request that both challenge: it ends with credentials
// for both.
func TestProxyAndServer(t *testing.T) {
	c, a := client(t, ""), new(Attempt)
	req := request(t, "INVITE", "sip:100@example.com")
	if err := c.Answer(a, req, challenge(AsProxy, `Digest realm="a", nonce="p"`)); err != nil {
		t.Fatal(err)
	}
	if err := c.Answer(a, req, challenge(AsServer, `Digest realm="a", nonce="s"`)); err != nil {
		t.Fatal(err)
	}
	if credentialsOn(t, req, AsProxy).Nonce != "p" || credentialsOn(t, req, AsServer).Nonce != "s" {
		t.Error(req)
	}
	if err := c.Answer(a, req, challenge(AsProxy, `Digest realm="a", nonce="q"`)); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
}

// TestFirstRealmBinds holds that nobody else gets an answer later: not a proxy
// further on, not one whom a call was forked to.
func TestFirstRealmBinds(t *testing.T) {
	c := client(t, "")
	req := request(t, "INVITE", "sip:100@example.com")
	if err := c.Answer(new(Attempt), req, challenge(AsServer, `Digest realm="a", nonce="n"`)); err != nil {
		t.Fatal(err)
	}
	for _, as := range []As{AsServer, AsProxy} {
		err := c.Answer(new(Attempt), request(t, "INVITE", "sip:100@example.com"), challenge(as, `Digest realm="evil", nonce="n"`))
		if !errors.Is(err, ErrRealm) {
			t.Error(err)
		}
	}
	if err := c.Sign(req); err != nil || credentialsOn(t, req, AsServer).NC != "" {
		t.Errorf("what others asked made us forget: %v", err)
	}
	if err := c.Answer(new(Attempt), req, gosip.NewResponse(403, "")); !errors.Is(err, ErrNoChallenge) {
		t.Error(err)
	}
}

// TestCountsAreTakenOnce holds that requests of one nonce which are signed at the
// same time have counts of their own.
func TestCountsAreTakenOnce(t *testing.T) {
	c := client(t, "")
	if err := c.Answer(new(Attempt), request(t, "INVITE", "sip:100@example.com"), challenge(AsServer, `Digest realm="a", nonce="n", qop="auth"`)); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	requests := make([]*gosip.Request, 50)
	for i := range requests {
		requests[i] = request(t, "INVITE", "sip:100@example.com")
		all.Go(func() {
			if err := c.Sign(requests[i]); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, req := range requests {
		seen[credentialsOn(t, req, AsServer).NC] = true
	}
	if len(seen) != len(requests) {
		t.Errorf("%d counts in %d requests", len(seen), len(requests))
	}
}

func TestNoErrorTellsThePassword(t *testing.T) {
	c := client(t, "b")
	err := c.Answer(new(Attempt), request(t, "INVITE", "sip:100@example.com"), challenge(AsServer, `Digest realm="a", nonce="n"`))
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Error(err)
	}
}

func TestBadLogins(t *testing.T) {
	f := func(l Login) {
		t.Helper()
		if _, err := NewClient(l); err == nil {
			t.Errorf("%+v: taken", l)
		}
	}
	some := func() (string, error) { return "", nil }
	f(Login{Password: some})
	f(Login{User: "a\r\nb", Password: some})
	f(Login{User: "a", Realm: "\x00", Password: some})
	f(Login{User: "a"})
}
