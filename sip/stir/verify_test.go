package stir

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"slices"
	"strings"
	"testing"
	"time"
)

// scene is a provider that signs, and somebody who verifies.
type scene struct {
	*authority
	key    *ecdsa.PrivateKey
	signer *Signer
	shelf  *shelf
	v      *Verifier
}

func newScene(t testing.TB) *scene {
	s := &scene{authority: newAuthority(t), key: newKey(t)}
	s.signer = s.authority.signer(s.key)
	s.shelf = &shelf{certs: map[string][]byte{certURL: s.leaf(s.key, nil)}}
	s.v = s.verifier("", s.shelf)
	return s
}

// sign signs a call of noon from +4930 to +1215.
func (s *scene) sign() string {
	s.t.Helper()
	identity, _, err := s.signer.Sign("+4930", "+1215", Partial, noon)
	if err != nil {
		s.t.Fatal(err)
	}
	return identity
}

// seal signs whatever it is told to.
func (s *scene) seal(h head, c claims) string {
	s.t.Helper()
	token, err := s.signer.seal(h, c)
	if err != nil {
		s.t.Fatal(err)
	}
	return token + ";info=<" + h.X5u + ">"
}

var honest = head{Alg: "ES256", Ppt: shaken, Typ: "passport", X5u: certURL}

func said() claims {
	return claims{Attest: Partial, Dest: numbers{[]string{"1215"}}, Iat: noon.Unix(), Orig: number{"4930"}, OrigID: "x"}
}

func call(identities ...string) Call {
	return Call{Identities: identities, Orig: "+4930", Dest: []string{"sip:x", "+1215"}}
}

func (s *scene) expect(call Call, at time.Time, want Verstat, status int, text string) Result {
	s.t.Helper()
	r := s.v.Verify(s.t.Context(), call, at)
	var p Problem
	if len(r.Problems) > 0 {
		p = r.Problems[0]
	}
	if r.Verstat != want || p.Status != status || !strings.Contains(p.Text, text) {
		s.t.Errorf("%+v, want %s, %d %s", r, want, status, text)
	}
	if r.Verstat != Passed && (r.Attest != "" || r.Signer != "") {
		s.t.Errorf("attested without having passed: %+v", r)
	}
	return r
}

func TestVerify(t *testing.T) {
	s := newScene(t)
	r := s.expect(call(s.sign()), noon.Add(30*time.Second), Passed, 0, "")
	if r.Attest != Partial || r.OrigID == "" || !strings.Contains(r.Signer, "SHAKEN 4711") || r.Provider != "4711" {
		t.Errorf("%+v", r)
	}
	s.expect(call(), noon, Unknown, 0, "")
	s.expect(call(""), noon, Unknown, 0, "")
	c := call(s.sign())
	c.Date = "Sat, 21 Nov 2026 12:00:20 GMT"
	s.expect(c, noon, Passed, 0, "")

	// Somebody without a number: there is nothing to be right about.
	c.Orig = "anonymous"
	s.expect(c, noon, Unknown, 0, "")

	if s.shelf.asked != 1 {
		t.Errorf("the certificate was fetched %d times", s.shelf.asked)
	}
}

// TestVerifyChecksFirst holds what fails without anything being fetched.
func TestVerifyChecksFirst(t *testing.T) {
	s := newScene(t)
	other := func(c claims, orig string, dest ...string) Call {
		return Call{Identities: []string{s.seal(honest, c)}, Orig: orig, Dest: dest}
	}
	s.expect(call(s.sign()), noon.Add(61*time.Second), Failed, 403, "signed 1m1s from now")
	s.expect(call(s.sign()), noon.Add(-61*time.Second), Failed, 403, "signed -1m1s from now")
	s.expect(other(said(), "+4931", "+1215"), noon, Failed, 438, "for caller 4930, not 4931")
	c := said()
	c.Iat = 1 << 62
	s.expect(other(c, "+4930", "+1215"), noon, Failed, 403, "")
	for _, date := range []string{"yesterday", "Sat, 21 Nov 2026 12:05:00 GMT"} {
		late := call(s.sign())
		late.Date = date
		s.expect(late, noon, Failed, 403, "Date")
	}
	if s.shelf.asked != 0 {
		t.Errorf("%d fetches", s.shelf.asked)
	}
	s.expect(other(said(), "+4930", "+1216", ""), noon, Failed, 438, "another called number")
}

func TestVerifyCertificates(t *testing.T) {
	s := newScene(t)
	f := func(cert []byte, status int, text string) {
		t.Helper()
		s.shelf.certs = map[string][]byte{certURL: cert}
		if cert == nil {
			s.shelf.certs = nil
		}
		s.v = s.verifier("", s.shelf)
		want := Failed
		if status == 0 {
			want = Passed
		}
		s.expect(call(s.sign()), noon, want, status, text)
	}
	change := func(change func(*x509.Certificate)) []byte { return s.leaf(s.key, change) }
	list := func(der []byte) []byte {
		return change(func(c *x509.Certificate) { c.ExtraExtensions[0].Value = der })
	}
	f(change(nil), 0, "")
	f(change(func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true }), 0, "")
	f(nil, 436, "status is not")
	f([]byte("<html>"), 437, "no certificate")
	f([]byte{}, 437, "no certificate")
	f(slices.Repeat(encodePEM(s.root), maxChain+1), 437, "more than")
	f([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), 437, "")
	f(s.leaf(newKey(t), nil), 438, "not by the key")
	big, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f(s.leaf(big, nil), 437, "not on P-256")
	f(encodePEM(s.inter), 437, "not for signatures")
	f(change(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }), 437, "not for signatures")
	f(change(func(c *x509.Certificate) { c.NotAfter = noon.Add(-time.Minute) }), 437, "expired")
	f(change(func(c *x509.Certificate) { c.NotBefore = noon.Add(time.Minute) }), 437, "not yet valid")
	f(change(func(c *x509.Certificate) { c.ExtraExtensions = nil }), 437, "no TNAuthList")
	f(change(func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: oidConstraints, Value: []byte{5, 0}})
	}), 437, "constraints")
	f(change(func(c *x509.Certificate) {
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{Id: []int{1, 2, 3}, Critical: true, Value: []byte{5, 0}})
	}), 437, "critical")
	f(list([]byte{5, 0}), 437, "TNAuthList cannot be read")
	f(list(tnAuthList(t, "", entry(t, 2, "4930", "ia5"))), 0, "")
	f(list(tnAuthList(t, "", entry(t, 2, "4931", "ia5"))), 437, "does not cover 4930")
	f(list(tnAuthList(t, "", entry(t, 1, rangeDER{"4920", 11}, ""))), 0, "")
	f(list(tnAuthList(t, "", entry(t, 1, rangeDER{"4920", 10}, ""))), 437, "does not cover")

	stranger := newAuthority(t)
	f(stranger.leaf(s.key, nil), 437, "unknown authority")
	alone, _, _ := strings.Cut(string(change(nil)), "-----END CERTIFICATE-----\n")
	f([]byte(alone+"-----END CERTIFICATE-----\n"), 437, "unknown authority") // the intermediate is missing
}

func TestVerifySignature(t *testing.T) {
	s := newScene(t)
	token, params, _ := strings.Cut(s.sign(), ";")
	parts := strings.Split(token, ".")
	c := said()
	c.Attest = Full
	s.expect(call(parts[0]+"."+encode(c)+"."+parts[2]+";"+params), noon, Failed, 438, "not by the key")
	s.expect(call(parts[0]+"."+parts[1]+"."+b64.EncodeToString(make([]byte, 64))+";"+params), noon, Failed, 438, "not by the key")
	s.expect(call(s.sign()), noon, Passed, 0, "")
}

func TestVerifyDiverted(t *testing.T) {
	s := newScene(t)
	diverted := func(from, to string) string {
		h := honest
		h.Ppt = div
		return s.seal(h, claims{Dest: numbers{[]string{to}}, Div: &number{from}, Iat: noon.Unix(), Orig: number{"4930"}})
	}
	f := func(want Verstat, over []string, dest string, identities ...string) {
		t.Helper()
		r := s.v.Verify(t.Context(), Call{Identities: identities, Orig: "+4930", Dest: []string{dest}}, noon)
		if r.Verstat != want || !slices.Equal(r.Diverted, over) {
			t.Errorf("%+v", r)
		}
	}
	f(Passed, nil, "+1215", s.sign(), diverted("1215", "1216"))
	f(Passed, []string{"1215"}, "+1216", s.sign(), diverted("1215", "1216"))
	f(Passed, []string{"1216", "1215"}, "+1217", diverted("1216", "1217"), s.sign()+","+diverted("1215", "1216"))
	f(Failed, nil, "+1217", s.sign(), diverted("1215", "1216"))
	f(Failed, nil, "+1217", s.sign(), diverted("1216", "1217"))
	f(Failed, nil, "+1216", diverted("1215", "1216"))
	f(Failed, nil, "+1", diverted("1", "2"), diverted("2", "1"))
}

func TestOneOfSeveralIsEnough(t *testing.T) {
	s := newScene(t)
	rich := honest
	rich.Ppt = "rcd"
	s.expect(call(s.seal(rich, said())), noon, Unknown, 0, "")
	r := s.expect(call("nonsense", s.seal(rich, said()), s.sign()), noon, Passed, 438, "three parts")
	if got := r.Reasons(); !slices.Equal(got, []string{`STIR;cause=438;text="Invalid Identity Header"`}) {
		t.Errorf("%q", got)
	}
	s.expect(call("1", "2", "3", "4", s.sign()), noon, Failed, 438, "") // nobody needs five
}

func TestRefusal(t *testing.T) {
	s := newScene(t)
	failed := Result{Verstat: Failed, Problems: []Problem{{Status: 437}}}
	f := func(refuse string, r Result, status int, phrase string) {
		t.Helper()
		v := s.verifier(refuse, s.shelf)
		if got, text := v.Refusal(r); got != status || text != phrase {
			t.Errorf("%s %+v: %d %s", refuse, r, got, text)
		}
	}
	for _, refuse := range []string{"", "nothing"} {
		f(refuse, failed, 0, "")
		f(refuse, Result{Verstat: Unknown}, 0, "")
	}
	f("failed", failed, 437, "Unsupported Credential")
	f("failed", Result{Verstat: Failed, Problems: []Problem{{Status: 403}}}, 403, "Stale Date")
	f("failed", Result{Verstat: Unknown}, 0, "")
	f("failed", Result{Verstat: Passed, Problems: failed.Problems}, 0, "")
	f("unsigned", failed, 437, "Unsupported Credential")
	f("unsigned", Result{Verstat: Unknown}, 428, "Use Identity Header")
	f("unsigned", Result{Verstat: Passed}, 0, "")
	for _, cfg := range []VerifyConfig{{RootsFile: s.dir + "/none"}, {RootsFile: s.file("x", []byte("x"))}, {RootsFile: s.dir + "/roots.pem", Refuse: "x"}} {
		if _, err := NewVerifier(cfg, s.shelf); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
}

func TestVerifyGivesUpWithItsCaller(t *testing.T) {
	s := newScene(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r := s.v.Verify(ctx, call(s.sign()), noon); r.Verstat != Failed || r.Problems[0].Status != 436 {
		t.Errorf("%+v", r)
	}
	s.expect(call(s.sign()), noon, Passed, 0, "") // which says nothing about the next call
}
