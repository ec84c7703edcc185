package stir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"regexp"
	"strings"
	"testing"
)

func TestSign(t *testing.T) {
	a := newAuthority(t)
	s := a.signer(newKey(t))
	identity, date, err := s.Sign("+49 30 1234", "+1 (215) 555-0100", Full, noon)
	if err != nil || date != "Sat, 21 Nov 2026 12:00:00 GMT" {
		t.Fatalf("%v, %s", err, date)
	}
	token, params, _ := strings.Cut(identity, ";")
	if params != `info=<`+certURL+`>;alg=ES256;ppt="shaken"` {
		t.Error(params)
	}
	parts := strings.Split(token, ".")
	head, _ := b64.DecodeString(parts[0])
	if string(head) != `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"`+certURL+`"}` {
		t.Errorf("%s", head)
	}
	claims, _ := b64.DecodeString(parts[1])
	want := `^{"attest":"A","dest":{"tn":\["12155550100"\]},"iat":1795262400,"orig":{"tn":"49301234"},` +
		`"origid":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"}$`
	if !regexp.MustCompile(want).Match(claims) {
		t.Errorf("%s", claims)
	}
	s.cfg.OrigID = "fixed"
	if identity, _, err = s.Sign("+4930", "+1", Gateway, noon); err != nil {
		t.Error(err)
	}
	p, bad := readIdentity(identity)
	if bad != nil || p.OrigID != "fixed" || p.Attest != Gateway {
		t.Errorf("%+v, %+v", p, bad)
	}
	for _, pair := range [][2]string{{"", "+1"}, {"anonymous", "+1"}, {"+49", "support"}, {"+49", ""}} {
		if _, _, err := s.Sign(pair[0], pair[1], Full, noon); err == nil {
			t.Errorf("signed from %q to %q", pair[0], pair[1])
		}
	}
}

func TestAttest(t *testing.T) {
	s := newAuthority(t).signer(newKey(t))
	f := func(number string, customer bool, want Attest) {
		t.Helper()
		if got := s.Attest(number, customer); got != want {
			t.Errorf("%s: %s", number, got)
		}
	}
	f("+493012345", false, Full)
	f("+493012345", true, Full)
	f("+493099", true, Partial)
	f("+493099", false, Gateway)
	f("", false, Gateway)
}

func TestNewSigner(t *testing.T) {
	a := newAuthority(t)
	good := a.file("good.pem", keyPEM(t, newKey(t)))
	f := func(want string, cfg SignConfig) {
		t.Helper()
		_, err := NewSigner(cfg)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v", cfg, err)
		}
	}
	f("", SignConfig{KeyFile: good, CertificateURL: certURL})
	f("https", SignConfig{KeyFile: good, CertificateURL: "http://cert.example.com/"})
	f("https", SignConfig{KeyFile: good, CertificateURL: "https://cert.example.com/>;x"})
	f("read key", SignConfig{KeyFile: a.dir + "/none", CertificateURL: certURL})
	f("no private key", SignConfig{KeyFile: a.file("x", []byte("x")), CertificateURL: certURL})
	f("no private key", SignConfig{KeyFile: a.file("x", encodePEM(a.root)), CertificateURL: certURL})
	f("own number", SignConfig{KeyFile: good, CertificateURL: certURL, Own: []string{"030"}})
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	f("P-256", SignConfig{KeyFile: a.file("p384", keyPEM(t, other)), CertificateURL: certURL})
	f("P-256", SignConfig{KeyFile: a.file("bad", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}})), CertificateURL: certURL})
	der, err := x509.MarshalPKCS8PrivateKey(newKey(t))
	if err != nil {
		t.Fatal(err)
	}
	f("", SignConfig{KeyFile: a.file("p8", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), CertificateURL: certURL})
}

func TestCanonical(t *testing.T) {
	f := func(number, want string) {
		t.Helper()
		if got := Canonical(number); got != want {
			t.Errorf("%q: %q", number, got)
		}
	}
	f("+49 (30) 12-34.5", "493012345")
	f("*31#", "*31#")
	f("", "")
	f("4+9", "")
	f("anonymous", "")
	f("49\x00", "")
	f(strings.Repeat("1", 33), "")
}
