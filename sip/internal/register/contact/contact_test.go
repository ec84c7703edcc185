package contact

import (
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func TestRoute(t *testing.T) {
	f := func(want string, whole bool, values ...string) {
		t.Helper()
		var headers []gosip.Header
		for _, v := range values {
			headers = append(headers, gosip.NewHeader("Path", v))
		}
		list, ok := Route(headers, 3)
		var got []string
		for _, u := range list {
			got = append(got, u.String())
		}
		if strings.Join(got, " ") != want || ok != whole {
			t.Errorf("%q: %q, %v", values, got, ok)
		}
	}
	f("", true)
	f("", true, "", ",")
	f("sip:a;lr", true, "<sip:a;lr>")
	f("sip:a;lr sips:b:5061 sip:c@d", true, `<sip:a;lr>;x="1,2", "x, y" <sips:b:5061>`, "sip:c@d;lr")
	f("sip:a sip:b sip:c", false, "<sip:a>,<sip:b>,<sip:c>,<sip:d>,<sip:e>")
	f("sip:b", false, "junk, <sip:b>, *, <tel:1>, <sip:>")
	f("sip:a?b@c", false, "<sip:a?b@c>", "<sip:b@c?Subject=x>", "<sip:c;x?y=z>")
	f("", false, "<sip:a@b;x=\"\x00\">", "<sip:a b>", "<sip:"+strings.Repeat("a", maxURI)+">", "<sip:ä>")
}

func TestSeconds(t *testing.T) {
	f := func(text string, want time.Duration, wantOK bool) {
		t.Helper()
		if got, ok := Seconds(text); ok != wantOK || ok && got != want {
			t.Errorf("%q: %s, %v", text, got, ok)
		}
	}
	const most = (1<<32 - 1) * time.Second
	f("0", 0, true)
	f("60", time.Minute, true)
	f(` "60"`, time.Minute, true)
	f("4294967295", most, true)
	f("99999999999999999999999", most, true)
	f("", 0, false)
	f("-1", 0, false)
	f("1.5", 0, false)
	f("1 h", 0, false)
}

func TestParam(t *testing.T) {
	list := gosip.HeaderParams{{K: "Q", V: "0.5"}, {K: " Expires", V: "60"}, {K: "flag"}}
	f := func(name, want string, wantOK bool) {
		t.Helper()
		if got, ok := Param(list, name); got != want || ok != wantOK {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	f("q", "0.5", true)
	f("expires", "60", true)
	f("flag", "", true)
	f("none", "", false)
}

// FuzzRoute holds that what is read can be written into a header and read again.
func FuzzRoute(f *testing.F) {
	f.Add(`<sip:a;lr>, "x, y" <sips:b@c:5061?x=y>;z`)
	f.Add("<sip:[::1]:5060;lr>,sip:a;b")
	f.Fuzz(func(t *testing.T, text string) {
		list, _ := Route([]gosip.Header{gosip.NewHeader("Path", text)}, 10)
		for _, u := range list {
			again, whole := Route([]gosip.Header{gosip.NewHeader("Path", "<"+u.String()+">")}, 1)
			if !whole || len(again) != 1 || again[0].String() != u.String() {
				t.Errorf("%q: %q is read as %v", text, u.String(), again)
			}
		}
	})
}
