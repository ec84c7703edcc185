package digest

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// desk is a verifier with a clock, and somebody who talks to it.
type desk struct {
	*Verifier
	t     *testing.T
	now   time.Time
	count int
}

func newDesk(t *testing.T, p Policy) *desk {
	t.Helper()
	d := &desk{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)}
	p.Realm, p.Now = "trunkline", func() time.Time { return d.now }
	var err error
	if d.Verifier, err = NewVerifier(p); err != nil {
		t.Fatal(err)
	}
	return d
}

// accounts has one user.
func accounts(user string) (string, bool) {
	if user == "alice" {
		return "wonder", true
	}
	return "", false
}

// ask sends a request without credentials and returns the first challenge.
func (d *desk) ask(as As) Challenge {
	d.t.Helper()
	v := d.Verify(request(d.t, "REGISTER", "sip:example.com"), as, accounts)
	if v.OK() || v.Rule != RuleNone || v.User != "" || v.Status != as.Status() {
		d.t.Fatalf("without credentials: %+v", v)
	}
	c, err := ParseChallenge(v.Headers[0].Value())
	if err != nil || v.Headers[0].Name() != as.challengeHeader() {
		d.t.Fatal(v.Headers, err)
	}
	return c
}

// answer returns right credentials for a challenge, with the next count.
func (d *desk) answer(c Challenge) Credentials {
	d.count++
	return Credentials{
		Username: "alice", Realm: c.Realm, Nonce: c.Nonce, Algorithm: c.Algorithm, URI: "sip:example.com",
		QOP: "auth", NC: fmt.Sprintf("%08x", d.count), CNonce: "c",
	}
}

// send fills in the response unless there is one, and sends.
func (d *desk) send(c Credentials, password string) Verdict {
	if c.Response == "" {
		algorithm, _ := ParseAlgorithm(c.Algorithm)
		c.Response = c.answer(algorithm, "REGISTER", password)
	}
	req := request(d.t, "REGISTER", "sip:example.com")
	req.AppendHeader(gosip.NewHeader("Authorization", c.String()))
	return d.Verify(req, AsServer, accounts)
}

func TestVerify(t *testing.T) {
	for _, a := range []Algorithm{SHA256, SHA512256, MD5} {
		d := newDesk(t, Policy{Algorithms: []Algorithm{a}})
		ch := d.ask(AsServer)
		if ch.Algorithm != string(a) || ch.Stale || len(ch.QOP) != 1 || ch.QOP[0] != "auth" {
			t.Errorf("%+v", ch)
		}
		for range 3 {
			if v := d.send(d.answer(ch), "wonder"); !v.OK() || v.User != "alice" || v.Status != 0 || v.Headers != nil {
				t.Errorf("%s: %+v", a, v)
			}
		}
		upper := d.answer(ch)
		upper.Response = strings.ToUpper(upper.answer(a, "REGISTER", "wonder"))
		if v := d.send(upper, ""); !v.OK() {
			t.Errorf("capital hex: %+v", v)
		}
	}
}

// TestRefusals holds that each wrong thing is noticed (LiveKit once let a wrong user
// name pass), and that the far side cannot tell which it was (AST-2018-008).
func TestRefusals(t *testing.T) {
	d := newDesk(t, Policy{Algorithms: []Algorithm{SHA256, MD5}})
	ch := d.ask(AsServer)
	used := d.answer(ch)
	if v := d.send(used, "wonder"); !v.OK() {
		t.Fatalf("%+v", v)
	}
	var shape string
	f := func(rule string, v Verdict) {
		t.Helper()
		if v.OK() || v.Rule != rule || v.User != "" {
			t.Errorf("%+v, want %s", v, rule)
		}
		text := fmt.Sprint(v.Status)
		for _, h := range v.Headers {
			c, err := ParseChallenge(h.Value())
			if err != nil || c.Nonce == "" || c.Nonce == ch.Nonce {
				t.Fatal(h, err)
			}
			text += "\n" + h.Name() + ": " + strings.ReplaceAll(h.Value(), c.Nonce, "")
		}
		if shape == "" {
			shape = text
		}
		if text != shape {
			t.Errorf("%s: answered with\n%s\nand others with\n%s", rule, text, shape)
		}
	}
	with := func(change func(*Credentials)) Verdict {
		t.Helper()
		c := d.answer(ch)
		change(&c)
		return d.send(c, "wonder")
	}
	f(RuleNone, d.Verify(request(t, "REGISTER", "sip:example.com"), AsServer, accounts))
	f(RuleUser, with(func(c *Credentials) { c.Username = "mallory" }))
	f(RuleUser, with(func(c *Credentials) { c.Username = "Alice" }))
	f(RuleUser, with(func(c *Credentials) { c.Username = "" }))
	f(RuleRealm, with(func(c *Credentials) { c.Realm = "elsewhere" }))
	f(RulePassword, d.send(d.answer(ch), "wrong"))
	f(RulePassword, with(func(c *Credentials) { c.Response = "00" }))
	f(RulePassword, with(func(c *Credentials) { // a response for another user's name
		c.Username = "mallory"
		c.Response = c.answer(SHA256, "REGISTER", "wonder")
		c.Username = "alice"
	}))
	f(RuleReplay, d.send(used, "wonder"))
	f(RuleURI, with(func(c *Credentials) { c.URI = "sip:900@example.com" }))
	f(RuleURI, with(func(c *Credentials) { c.URI = "nonsense" }))
	f(RuleMalformed, with(func(c *Credentials) { c.Algorithm = "SHA-512-256" }))
	f(RuleMalformed, with(func(c *Credentials) { c.Algorithm = "MD5-sess" }))
	f(RuleMalformed, with(func(c *Credentials) { c.QOP = "auth-int" }))
	for _, nc := range []string{"00000000", "1", "-0000001", "0000000g", "000000001", "+0000009"} {
		f(RuleMalformed, with(func(c *Credentials) { c.NC = nc }))
	}
	f(RuleMalformed, with(func(c *Credentials) { c.CNonce = "" }))
	for _, text := range []string{"", "Digest", "Digest ,,", "Basic YTpi", `Digest username="alice"`, "Digest \x00"} {
		req := request(t, "REGISTER", "sip:example.com")
		req.AppendHeader(gosip.NewHeader("Authorization", text))
		f(RuleMalformed, d.Verify(req, AsServer, accounts))
	}
	if v := d.send(d.answer(ch), "wonder"); !v.OK() {
		t.Errorf("after all that: %+v", v)
	}
}

// TestStale holds that old and foreign nonces are said to be stale, but only to
// who knows the password.
func TestStale(t *testing.T) {
	d := newDesk(t, Policy{Life: time.Minute})
	other := newDesk(t, Policy{})
	stale := func(v Verdict) bool {
		c, err := ParseChallenge(v.Headers[0].Value())
		if err != nil {
			t.Fatal(err)
		}
		return c.Stale
	}
	foreign := d.answer(other.ask(AsServer))
	if v := d.send(foreign, "wonder"); v.Rule != RuleStale || !stale(v) {
		t.Errorf("a nonce from before the restart: %+v", v)
	}
	if v := d.send(foreign, "wrong"); v.Rule != RulePassword || stale(v) {
		t.Errorf("somebody else's: %+v", v)
	}
	ch := d.ask(AsServer)
	d.now = d.now.Add(time.Minute)
	if v := d.send(d.answer(ch), "wonder"); !v.OK() {
		t.Errorf("at the end of its life: %+v", v)
	}
	d.now = d.now.Add(1)
	if v := d.send(d.answer(ch), "wrong"); v.Rule != RulePassword || stale(v) {
		t.Errorf("old, and wrong: %+v", v)
	}
	v := d.send(d.answer(ch), "wonder")
	if v.Rule != RuleStale || !stale(v) {
		t.Fatalf("old: %+v", v)
	}
	fresh, err := ParseChallenge(v.Headers[0].Value())
	if err != nil {
		t.Fatal(err)
	}
	if v := d.send(d.answer(fresh), "wonder"); !v.OK() {
		t.Errorf("once more: %+v", v)
	}
	for _, nonce := range []string{"x", ch.Nonce + "A", ch.Nonce[1:], strings.ToUpper(ch.Nonce), "="} {
		c := d.answer(ch)
		c.Nonce = nonce
		if v := d.send(c, "wonder"); v.Rule != RuleStale {
			t.Errorf("nonce %q: %+v", nonce, v)
		}
	}
}

// TestWithoutQOP is RFC 2069: no counts, so each nonce is good for one request.
func TestWithoutQOP(t *testing.T) {
	d := newDesk(t, Policy{Algorithms: []Algorithm{MD5}})
	ch := d.ask(AsServer)
	c := Credentials{Username: "alice", Realm: ch.Realm, Nonce: ch.Nonce, URI: "sip:example.com"}
	if v := d.send(c, "wonder"); !v.OK() {
		t.Errorf("%+v", v)
	}
	if v := d.send(c, "wonder"); v.Rule != RuleReplay {
		t.Errorf("again: %+v", v)
	}
	if v := d.send(d.answer(ch), "wonder"); v.Rule != RuleReplay {
		t.Errorf("with a count: %+v", v)
	}
}

// TestWhoIsMeant holds that the identity is the credentials', that the right header
// of several counts, and how far Request-URI and uri may differ.
func TestWhoIsMeant(t *testing.T) {
	f := func(recipient, uri string, as As, want bool) {
		t.Helper()
		d := newDesk(t, Policy{})
		c := d.answer(d.ask(as))
		c.URI = uri
		c.Response = c.answer(SHA256, "INVITE", "wonder")
		req := request(t, "INVITE", recipient)
		req.AppendHeader(gosip.NewHeader(as.credentialsHeader(), `Digest username="carol", realm="elsewhere", nonce="n", uri="x", response="0"`))
		req.AppendHeader(gosip.NewHeader(as.credentialsHeader(), c.String()))
		if v := d.Verify(req, as, accounts); v.OK() != want || v.OK() != (v.User == "alice") {
			t.Errorf("%s, %s: %+v", recipient, uri, v)
		}
	}
	f("sip:100@example.com", "sip:100@example.com", AsServer, true)
	f("sip:100@example.com", "sip:100@example.com", AsProxy, true)
	f("sip:100@10.0.0.1:5070;transport=tcp", "sip:100@example.com", AsServer, true)
	f("sip:%31%30%30@example.com", "sips:100@example.com", AsServer, true)
	f("tel:+4930123", "sip:+4930123@example.com;user=phone", AsServer, true)
	f("sip:100@example.com", "sip:101@example.com", AsServer, false)
	f("sip:100@example.com", "sip:example.com", AsProxy, false)
}

// TestReplayMemory holds that counts may come in any order but once, and that too
// many nonces lead to questions, never to a replay that passes.
func TestReplayMemory(t *testing.T) {
	d := newDesk(t, Policy{Nonces: 10, Life: time.Hour})
	ch := d.ask(AsServer)
	use := func(count int) Verdict {
		d.count = count - 1
		return d.send(d.answer(ch), "wonder")
	}
	for _, count := range []int{5, 3, 70, 6 + 1, 69, 1000, 1 << 31} {
		if v := use(count); !v.OK() {
			t.Errorf("count %d: %+v", count, v)
		}
		if v := use(count); v.Rule != RuleReplay {
			t.Errorf("count %d again: %+v", count, v)
		}
	}
	if v := use(4); v.Rule != RuleReplay {
		t.Errorf("a count that is far behind: %+v", v)
	}
	unused := d.ask(AsServer)
	for range 100 {
		d.now = d.now.Add(time.Second)
		if v := d.send(d.answer(d.ask(AsServer)), "wonder"); !v.OK() {
			t.Fatalf("%+v", v)
		}
		if n := len(d.nonces.young.used) + len(d.nonces.old.used); n > 10 {
			t.Fatalf("%d nonces are remembered", n)
		}
		if v := use(1 << 31); v.Rule != RuleReplay && v.Rule != RuleStale {
			t.Fatalf("a replay: %+v", v)
		}
	}
	if v := d.send(d.answer(unused), "wonder"); v.Rule != RuleStale {
		t.Errorf("a nonce that may have been forgotten: %+v", v)
	}
	d.now = d.now.Add(2 * time.Hour)
	d.send(d.answer(d.ask(AsServer)), "wonder")
	d.now = d.now.Add(2 * time.Hour)
	d.send(d.answer(d.ask(AsServer)), "wonder")
	if n := len(d.nonces.young.used) + len(d.nonces.old.used); n > 2 {
		t.Errorf("%d nonces are remembered for ever", n)
	}
}

// TestOneOfManyPasses sends the same credentials many times at once.
func TestOneOfManyPasses(t *testing.T) {
	d := newDesk(t, Policy{})
	c := d.answer(d.ask(AsServer))
	c.Response = c.answer(SHA256, "REGISTER", "wonder")
	var passed atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if d.send(c, "").OK() {
				passed.Add(1)
			}
		})
	}
	all.Wait()
	if n := passed.Load(); n != 1 {
		t.Errorf("%d passed", n)
	}
}

// TestBothSides lets our client talk to our verifier.
func TestBothSides(t *testing.T) {
	d := newDesk(t, Policy{Algorithms: []Algorithm{SHA256, MD5}, Life: time.Minute})
	c, err := NewClient(Login{User: "alice", Password: func() (string, error) { return "wonder", nil }})
	if err != nil {
		t.Fatal(err)
	}
	challenged := 0
	for range 10 {
		d.now = d.now.Add(25 * time.Second)
		var attempt Attempt
		req := request(t, "INVITE", "sip:100@example.com")
		if err := c.Sign(req); err != nil {
			t.Fatal(err)
		}
		v := d.Verify(req, AsProxy, accounts)
		if !v.OK() {
			challenged++
			res := gosip.NewResponse(v.Status, "")
			for _, h := range v.Headers {
				res.AppendHeader(h)
			}
			req = request(t, "INVITE", "sip:100@example.com")
			if err := c.Answer(&attempt, req, res); err != nil {
				t.Fatal(err)
			}
			v = d.Verify(req, AsProxy, accounts)
		}
		if v.User != "alice" {
			t.Fatalf("%+v", v)
		}
	}
	if challenged != 4 { // a nonce is good for three requests
		t.Errorf("challenged %d times", challenged)
	}
}

func TestBadPolicies(t *testing.T) {
	f := func(p Policy) {
		t.Helper()
		if _, err := NewVerifier(p); err == nil {
			t.Errorf("%+v: taken", p)
		}
	}
	f(Policy{})
	f(Policy{Realm: "a\nb"})
	f(Policy{Realm: "a", Algorithms: []Algorithm{"sha-256"}})
	f(Policy{Realm: "a", Algorithms: []Algorithm{""}})
	f(Policy{Realm: "a", Algorithms: []Algorithm{SHA256, "CRC"}})
}

// FuzzVerify holds that no header proves anybody.
func FuzzVerify(f *testing.F) {
	v, err := NewVerifier(Policy{Realm: "trunkline", Algorithms: []Algorithm{SHA256, MD5}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(`Digest username="alice", realm="trunkline", nonce="n", uri="sip:example.com", response="00", qop=auth, nc=00000001, cnonce="c"`)
	f.Add(`Digest username="alice", realm="trunkline", nonce="n", uri="*", response=""`)
	f.Fuzz(func(t *testing.T, text string) {
		req := request(t, "REGISTER", "sip:example.com")
		req.AppendHeader(gosip.NewHeader("Authorization", text))
		if got := v.Verify(req, AsServer, accounts); got.OK() || got.Status != 401 || len(got.Headers) != 2 {
			t.Errorf("%q: %+v", text, got)
		}
	})
}
