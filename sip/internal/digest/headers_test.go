package digest

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	other "github.com/icholy/digest"
)

// TestVectors has what the RFCs have: RFC 2617 §3.5, the same by RFC 2069, and
// RFC 7616 §3.9.1.
func TestVectors(t *testing.T) {
	f := func(a Algorithm, password, want, header string) {
		t.Helper()
		c, err := ParseCredentials(header)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.answer(a, "GET", password); got != want || c.Response != want {
			t.Errorf("%s: %s, in the header %s, want %s", a, got, c.Response, want)
		}
	}
	const rfc2617 = `Digest username="Mufasa", realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093",
 uri="/dir/index.html", opaque="5ccc069c403ebaf9f0171e9517f40e41", `
	const rfc7616 = `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html",
 nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, qop=auth,
 cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", `
	line := func(s string) string { return strings.ReplaceAll(s, "\n", "") }
	f(MD5, "Circle Of Life", "6629fae49393a05397450978507c4ef1",
		line(rfc2617)+`qop=auth, nc=00000001, cnonce="0a4f113b", response="6629fae49393a05397450978507c4ef1"`)
	f(MD5, "Circle Of Life", "670fd8c2df070c60b045671b8b24ff02", line(rfc2617)+`response="670fd8c2df070c60b045671b8b24ff02"`)
	f(MD5, "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec",
		line(rfc7616)+`algorithm=MD5, response="8ca523f5e9506fed4657c9700eebdbec"`)
	f(SHA256, "Circle of Life", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
		line(rfc7616)+`algorithm=SHA-256, response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"`)
}

// TestAgainstTheLibrary holds our arithmetic and our writing against icholy/digest.
func TestAgainstTheLibrary(t *testing.T) {
	for _, a := range []Algorithm{SHA256, SHA512256, MD5} {
		for _, qop := range [][]string{nil, {"auth"}} {
			ours := Challenge{Realm: `a "realm"`, Nonce: "n0n/ce=", Opaque: "op", Algorithm: string(a), QOP: qop}
			theirs, err := other.ParseChallenge(ours.String())
			if err != nil {
				t.Fatal(err)
			}
			cred, err := other.Digest(theirs, other.Options{Method: "REGISTER", URI: "sip:example.com", Count: 7, Username: "bob", Password: "s3cret"})
			if err != nil {
				t.Fatal(err)
			}
			read, err := ParseCredentials(cred.String())
			if err != nil {
				t.Fatal(err)
			}
			if got := read.answer(a, "REGISTER", "s3cret"); got != cred.Response || got != read.Response {
				t.Errorf("%s %v: %s, want %s", a, qop, got, cred.Response)
			}
		}
	}
}

func TestParseChallenge(t *testing.T) {
	f := func(text string, want Challenge) {
		t.Helper()
		got, err := ParseChallenge(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseChallenge(got.String()); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("written as %s: %+v, %v", got, again, err)
		}
	}
	f(`Digest realm="atlanta.example.com", qop="auth,auth-int", algorithm=SHA-256, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe"`, // RFC 8760 §2.6
		Challenge{
			Realm: "atlanta.example.com", QOP: []string{"auth", "auth-int"}, Algorithm: "SHA-256",
			Nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", Opaque: "FQhe",
		})
	f(`Digest realm="a", nonce="b"`, Challenge{Realm: "a", Nonce: "b"})
	f(`dIGEST  REALM = "a" ,nonce= "b",stale=TRUE`, Challenge{Realm: "a", Nonce: "b", Stale: true})
	f("Digest\trealm=\"a\",\tnonce=\"b\"", Challenge{Realm: "a", Nonce: "b"})
	f(`Digest realm="a",,nonce=b,`, Challenge{Realm: "a", Nonce: "b"})
	f(`Digest realm="",nonce=""`, Challenge{})
	f(`Digest realm="a \"b\" \\ c, d=e",nonce="x"`, Challenge{Realm: `a "b" \ c, d=e`, Nonce: "x"})
	f(`Digest realm="a",nonce="b",qop=" AUTH , x ",domain="sip:x",userhash=true,charset=UTF-8,new_one*=1`,
		Challenge{Realm: "a", Nonce: "b", QOP: []string{"auth", "x"}})
}

func TestParseCredentials(t *testing.T) {
	const whole = `Digest username="bob", realm="r", nonce="n", uri="sip:x", response="00"`
	f := func(text string, want Credentials) {
		t.Helper()
		got, err := ParseCredentials(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseCredentials(got.String()); err != nil || again != want {
			t.Errorf("written as %s: %+v, %v", got, again, err)
		}
	}
	f(whole, Credentials{Username: "bob", Realm: "r", Nonce: "n", URI: "sip:x", Response: "00"})
	f(whole+`, qop="auth", nc=0000000A, cnonce="c", algorithm=md5, opaque="", userhash=false`, Credentials{
		Username: "bob", Realm: "r", Nonce: "n", URI: "sip:x", Response: "00",
		QOP: "auth", NC: "0000000A", CNonce: "c", Algorithm: "md5",
	})
}

func TestBadHeaders(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, asChallenge := ParseChallenge(text)
		_, asCredentials := ParseCredentials(text)
		for _, err := range []error{asChallenge, asCredentials} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%.60s: %v, want %s", text, err, want)
			}
		}
	}
	const start = `Digest username="bob", realm="r", nonce="n", uri="sip:x", response="00"`
	f("", "not Digest")
	f("Basic Zm9vOmJhcg==", "not Digest")
	f(`Digestrealm="r"`, "not Digest")
	f("Digest", "no ")
	f(`Digest username="bob"`, "no realm")
	f(start+`, realm="s"`, "twice")
	f(start+` opaque="x"`, "no comma")
	f(start+`, opaque`, "not a parameter")
	f(start+`, op aque="x"`, "not a parameter")
	f(start+`, ="x"`, "not a parameter")
	f(start+`, opaque=`, "no value")
	f(start+`, opaque=,a=b`, "no value")
	f(start+`, opaque="x`, "closing quote")
	f(start+`, opaque="x\"`, "closing quote")
	f(start+`, opaque="x"y`, "no comma")
	f(start+", opaque=\"x\r\nVia: y\"", "control")
	f(start+`, opaque="`+strings.Repeat("x", maxValue)+`"`, "too long")
	many := start
	for i := range maxParams {
		many += ", x" + strings.Repeat("y", i) + "=1"
	}
	f(many, "one too many")
	if _, err := ParseCredentials(start + `, userhash=true`); err == nil || !strings.Contains(err.Error(), "userhash") {
		t.Errorf("userhash: %v", err)
	}
	if _, err := ParseCredentials(`Digest username*=UTF-8''bob, realm="r", nonce="n", uri="x", response="0"`); err == nil {
		t.Error("an extended user name was read")
	}
	if _, err := ParseChallenge("Basic x"); !errors.Is(err, errScheme) {
		t.Error(err)
	}
}

// FuzzHeaders holds that what is read can be written and read again as the same.
func FuzzHeaders(f *testing.F) {
	f.Add(`Digest realm="a \"b\"", nonce="b", qop="auth,auth-int", stale=true, algorithm=SHA-256, opaque="\\"`)
	f.Add(`Digest username="bob", realm="r", nonce="n", uri="sip:x", response="00", qop=auth, nc=00000001, cnonce="c"`)
	f.Add(`digest ,realm=,nonce="`)
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseChallenge(text); err == nil && c.Algorithm != "" {
			_, known := ParseAlgorithm(c.Algorithm)
			again, err := ParseChallenge(c.String())
			if known && (err != nil || !reflect.DeepEqual(again, c)) {
				t.Errorf("%q: %+v, written as %s: %+v, %v", text, c, c, again, err)
			}
		}
		if c, err := ParseCredentials(text); err == nil && plain(c.Algorithm) && plain(c.QOP) && plain(c.NC) && len(text) < maxValue/2 {
			if c.QOP == "" {
				c.NC, c.CNonce = "", ""
			} else if c.NC == "" {
				c.NC = "1"
			}
			again, err := ParseCredentials(c.String())
			if err != nil || again != c {
				t.Errorf("%q: %+v, written as %s: %+v, %v", text, c, c, again, err)
			}
		}
	})
}

// plain reports whether text is written without quotes as it is read.
func plain(text string) bool { return !strings.ContainsAny(text, " ,\"\\\t") }
