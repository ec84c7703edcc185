package grammar

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if got := Split(text, ','); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
	f("", "")
	f("a", "a")
	f(" a , b ,", "a", "b", "")
	f(`"a,b", c`, `"a,b"`, "c")
	f(`"a\",b", c`, `"a\",b"`, "c")
	f(`<sip:a,b@c>;x, "d"`, `<sip:a,b@c>;x`, `"d"`)
	f(`"<", a`, `"<"`, "a")
	f(`"a, b`, `"a, b`)
	f(`"a\`, `"a\`)
	if got := List([]string{"a,,b", "", "c,d"}, 3); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("%q", got)
	}
}

func TestQuotes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := Unquote(text); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
	f(`a`, `a`)
	f(`"a"`, `a`)
	f(`"`, `"`)
	f(`""`, ``)
	f(`"a \"b\" \\"`, `a "b" \`)
	f(`"a\"`, `a\`)
	f(Quote(`a "b" \`), `a "b" \`)
	if v, ok := Param([]string{"x", `Text = "a;b"`}, "text"); v != "a;b" || !ok {
		t.Errorf("%q", v)
	}
	if _, ok := Param([]string{"x"}, "y"); ok {
		t.Error("a parameter that is not there")
	}
}

func TestClean(t *testing.T) {
	if got := Clean("a\r\n\x00\x7f\u0085\xffü b", 20); got != "aü b" {
		t.Errorf("%q", got)
	}
	if got := Clean("üü", 3); got != "ü" {
		t.Errorf("%q", got)
	}
	if !IsToken("X-a.b") || IsToken("") || IsToken("a b") || IsToken("a:b") || IsToken("ü") {
		t.Error("tokens")
	}
}

func TestReadAddress(t *testing.T) {
	f := func(text, display, scheme, user, host string) {
		t.Helper()
		a, ok := ReadAddress(text)
		if !ok || a.Display != display || a.Scheme != scheme || a.User != user || a.Host != host {
			t.Errorf("%q: %+v, %v", text, a, ok)
		}
	}
	f(`"Al <x> \"B\"" <sip:+4930@h.example:5061;user=phone?a=b>;c=d`, `Al <x> "B"`, "sip", "+4930", "h.example")
	f(`Al B <sips:al@[2001:db8::1]:5060>`, "Al B", "sips", "al", "[2001:db8::1]")
	f(`<sip:h.example>`, "", "sip", "", "h.example")
	f(`sip:a%20b@h;tag=x`, "", "sip", "a b", "h")
	f(`<SIP:+4930;phone-context=x:secret@H>`, "", "sip", "+4930", "h")
	f(`<tel:+49-30-(1.2)3;cpc=ordinary>`, "", "tel", "+4930123", "")
	f(`tel:110;phone-context=+49`, "", "tel", "110", "")
	f("\"\xff\x01A\" <sip:a%00%0d%0ab@h>", "A", "sip", "ab", "h")
	f(`"" <sip:a@b@h>`, "", "sip", "a@b", "h")

	bad := func(text string) {
		t.Helper()
		if a, ok := ReadAddress(text); ok {
			t.Errorf("%q: %+v", text, a)
		}
	}
	bad(``)
	bad(`x`)
	bad(`"`)
	bad(`"x`)
	bad(`<sip:a@h`)
	bad(`<>`)
	bad(`<mailto:a@h>`)
	bad(`<sip:>`)
	bad(`<sip:a@>`)
	bad(`<sip:a@[::1>`)
	bad(`<tel:>`)
	bad(`<tel:;x>`)
	bad(`sip:a@h h`)
}

func TestParameters(t *testing.T) {
	a, ok := ReadAddress(`<sip:a@h;cause=486;x?Reason=SIP%3Bcause%3D302&Privacy=history>;index=1.1;mp="1"`)
	if !ok {
		t.Fatal("not read")
	}
	cause, _ := a.URIParam("CAUSE")
	index, _ := a.Param("index")
	mp, _ := a.Param("mp")
	if _, ok := a.Param("cause"); cause != "486" || index != "1.1" || mp != "1" || ok {
		t.Errorf("%+v", a)
	}
	if a.URIHeader("reason") != "SIP;cause=302" || a.URIHeader("privacy") != "history" || a.URIHeader("x") != "" {
		t.Errorf("%+v", a)
	}
	if got := EscapeHeader(`SIP;cause=302;text="a&b"`); got != "SIP%3Bcause%3D302%3Btext%3D%22a%26b%22" {
		t.Error(got)
	}
}

func FuzzReadAddress(f *testing.F) {
	f.Add(`"Al" <sip:+4930@h.example:5061;user=phone?Reason=SIP%3Bcause%3D302>;index=1.1`)
	f.Add(`tel:+49-30;phone-context=x`)
	f.Add(`<sip:[`)
	f.Fuzz(func(t *testing.T, text string) {
		List([]string{text}, 4)
		a, ok := ReadAddress(text)
		if !ok {
			return
		}
		all := a.Display + a.User + a.Host + a.URIHeader("Reason")
		if !utf8.ValidString(all) || strings.ContainsAny(all, "\r\n\x00") || len(all) > 1100 {
			t.Fatalf("%q: %+v", text, a)
		}
		if a.Scheme == "tel" {
			return
		}
		text = Quote(a.Display) + " <" + a.Scheme + ":" + EscapeUser(a.User) + "@" + a.Host + ">"
		b, ok := ReadAddress(text)
		if !ok || b.User != a.User || b.Host != a.Host || b.Display != a.Display {
			t.Fatalf("%+v is written as %q and read as %+v", a, text, b)
		}
	})
}
