package stir

import (
	"strings"
	"testing"
)

// TestBadIdentity holds what has taken others down: none of it is more than a
// problem, and nothing is fetched for it.
func TestBadIdentity(t *testing.T) {
	s := newScene(t)
	good := s.sign()
	token, params, _ := strings.Cut(good, ";")
	parts := strings.Split(token, ".")
	f := func(value string, status int, text string) {
		t.Helper()
		p, bad := readIdentity(value)
		if status == 0 {
			if p != nil || bad != nil {
				t.Errorf("%.80q is not ignored: %+v, %+v", value, p, bad)
			}
			return
		}
		if bad == nil || bad.Status != status || !strings.Contains(bad.Text, text) {
			t.Errorf("%.80q: %+v, want %d %s", value, bad, status, text)
		}
	}
	raw := func(head, claims string) string {
		return b64.EncodeToString([]byte(head)) + "." + b64.EncodeToString([]byte(claims)) + "." + parts[2] + ";" + params
	}
	const h = `{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"` + certURL + `"}`
	const c = `{"attest":"A","dest":{"tn":["1215"]},"iat":1795262400,"orig":{"tn":"4930"},"origid":"x"}`

	if p, bad := readIdentity(raw(h, c)); bad != nil || p.Orig.TN != "4930" || p.Dest.TN[0] != "1215" {
		t.Fatalf("%+v, %+v", p, bad)
	}
	other := strings.Replace(h, "{", `{"ALG":"none",`, 1) // another member, not another way of writing alg
	if p, bad := readIdentity(raw(other, c)); bad != nil || p.Alg != "ES256" {
		t.Fatalf("%+v, %+v", p, bad)
	}
	for _, value := range []string{"", ";", ".", "..", "...", "a.b", "a.b.c.d", ";info=<>", "\x00", `"`, `"a.b`} {
		f(value, 438, "")
	}
	f(".."+parts[2]+";"+params, 438, "compact")
	f(parts[0]+".."+parts[2]+";"+params, 438, "compact")
	f(parts[0]+"."+parts[1]+".;"+params, 438, "signature")
	f(parts[0]+"."+parts[1]+"."+parts[2][:40]+";"+params, 438, "signature")
	f(parts[0]+"."+parts[1]+"."+parts[2]+"==;"+params, 438, "signature")
	f("!"+good, 438, "base64url")
	f(parts[0]+"=."+parts[1]+"."+parts[2]+";"+params, 438, "base64url")
	f(strings.Repeat("A", maxHeader+1), 438, "header of")
	f(strings.Repeat("A", maxHeader-10)+".A.A", 438, "bytes")

	// Headers of the token.
	with := func(old, new string) string { return raw(strings.Replace(h, old, new, 1), c) }
	f(with("ES256", "none"), 438, "only ES256")
	f(with("ES256", "HS256"), 438, "only ES256")
	f(with("ES256", "es256"), 438, "only ES256")
	f(with(`"alg":"ES256",`, ""), 438, "alg is missing")
	f(with(`"ES256"`, "256"), 438, "another type")
	f(with(`"alg":`, `"ALG":`), 438, "alg is missing")
	f(with("passport", "JWT"), 438, "typ")
	f(with(`{`, `{"crit":["x"],`), 438, "crit")
	f(with(`"shaken"`, `"rcd"`), 0, "")
	f(with(`"ppt":"shaken",`, ``), 0, "")
	f(with(`"shaken"`, `1`), 438, "another type")
	f(with(certURL, "https://evil.example/"), 436, "info is not x5u")
	f(raw(`[]`, c), 438, "JSON")
	f(raw(`null`, c), 438, "JSON")
	f(raw(``, c), 438, "compact")
	f(raw(strings.Repeat(`[`, 3000), c), 438, "JSON")

	// Parameters of the header.
	f(strings.Replace(good, "ES256", "HS256", 1), 438, "outside")
	f(strings.Replace(good, `"shaken"`, `"div"`, 1), 438, "outside")
	f(token, 436, "info")
	f(token+";info=<https://evil.example/>", 436, "info")
	for _, x5u := range []string{"http://cert.example.com/", "file:///etc/passwd", "", "https://", "https://%zz/", "https://a/" + strings.Repeat("a", maxURL)} {
		token, _, _ := strings.Cut(with(certURL, x5u), ";")
		f(token+";info=<"+x5u+">", 436, "x5u")
	}

	// Claims.
	claim := func(old, new string) string { return raw(h, strings.Replace(c, old, new, 1)) }
	f(claim(`"A"`, `"D"`), 438, "attest")
	f(claim(`"A"`, `null`), 438, "attest")
	f(claim(`"attest":"A",`, ``), 438, "attest")
	f(claim(`1795262400`, `"1795262400"`), 438, "iat")
	f(claim(`1795262400`, `1.5`), 438, "iat")
	f(claim(`1795262400`, `1e300`), 438, "iat")
	f(claim(`"4930"`, `4930`), 438, "orig")
	f(claim(`"4930"`, `"x"`), 438, "orig")
	f(claim(`{"tn":"4930"}`, `"4930"`), 438, "orig")
	f(claim(`["1215"]`, `"1215"`), 438, "dest")
	f(claim(`["1215"]`, `[]`), 438, "dest")
	f(claim(`["1215"]`, `[`+strings.Repeat(`"1",`, maxNumbers)+`"1"]`), 438, "dest")
	f(claim(`{"tn":["1215"]}`, `null`), 438, "dest")
	f(claim(`"origid":"x"`, `"origid":7`), 438, "origid")
	f(raw(h, `7`), 438, "JSON")
	f(raw(strings.Replace(h, "shaken", "div", 1), c), 438, "div is missing")

	if s.shelf.asked != 0 {
		t.Errorf("%d fetches", s.shelf.asked)
	}
}

func FuzzIdentity(f *testing.F) {
	s := newScene(f)
	f.Add(s.sign())
	f.Add("..;info=<https://a>;alg=ES256;ppt=shaken")
	f.Add(";;,,<\"")
	f.Fuzz(func(t *testing.T, value string) {
		r := s.v.Verify(t.Context(), call(value), noon)
		if r.Verstat == Passed && r.Attest != Partial {
			t.Fatalf("%q: %+v", value, r)
		}
		for _, p := range r.Problems {
			if p.Phrase() == "" || strings.ContainsAny(p.Text, "\r\n\x00") {
				t.Fatalf("%q: %+v", value, p)
			}
		}
	})
}
