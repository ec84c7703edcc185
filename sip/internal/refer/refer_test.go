package refer

import (
	"errors"
	"strings"
	"testing"
)

func TestReadTarget(t *testing.T) {
	f := func(text, user, host, replaces string) {
		t.Helper()
		got, err := ReadTarget(text)
		if err != nil || got.User != user || got.Host != host {
			t.Errorf("%s: %+v, %v", text, got, err)
			return
		}
		r := ""
		if got.Replaces != nil {
			r = got.Replaces.String()
		}
		if r != replaces {
			t.Errorf("%s: replaces %q, want %q", text, r, replaces)
		}
	}
	f("<sip:100@example.com>", "100", "example.com", "")
	f("sip:100@example.com", "100", "example.com", "")
	f("\"Bob\" <sip:100@example.com;transport=tcp;method=INVITE>", "100", "example.com", "")
	f("<sip:100@192.0.2.1?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2>", "100", "192.0.2.1", "a@b;to-tag=1;from-tag=2")
	f("<sip:100@h?Replaces=a%3Bfrom-tag%3D2%3Bto-tag%3D1%3Bearly-only&X=y>", "100", "h", "a;to-tag=1;from-tag=2;early-only")
	refused := func(text string) {
		t.Helper()
		if got, err := ReadTarget(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
	refused("")
	refused("<sip:example.com>")
	refused("<sip:100@example.com;method=BYE>")
	refused("<sip:100@h?Replaces=a%3Bto-tag%3D1>")
	if _, err := ReadTarget("<http://x/>"); !errors.Is(err, ErrTarget) {
		t.Errorf("http: %v", err)
	}
}

// TestThereAndBack holds that what we write into a Refer-To is read as it was meant.
func TestThereAndBack(t *testing.T) {
	want := Replaces{CallID: "a-b.c@d&e", ToTag: "t%1", FromTag: "f=2"}
	got, err := ReadTarget(want.In("sip:100@example.com"))
	if err != nil || got.Replaces == nil || *got.Replaces != want {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFragment(t *testing.T) {
	f := func(body string, want int) {
		t.Helper()
		if got, ok := ReadFragment([]byte(body)); got != want && ok || ok != (want != 0) {
			t.Errorf("%q: %d, %v", body, got, ok)
		}
	}
	f(string(Fragment(200, "OK")), 200)
	f("SIP/2.0 100 Trying", 100)
	f("\r\nsip/2.0 486 Busy Here\nTo: x\n", 486)
	f("SIP/2.0 99 x", 0)
	f("SIP/2.0 x", 0)
	f("", 0)
	f(strings.Repeat("x", 70000), 0)
}

func FuzzRefer(f *testing.F) {
	f.Add("<sip:100@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>", "SIP/2.0 200 OK")
	f.Fuzz(func(t *testing.T, target, body string) {
		ReadFragment([]byte(body))
		got, err := ReadTarget(target)
		if err == nil && strings.ContainsAny(got.URI+got.User+got.Host, "\r\n\x00") {
			t.Errorf("control characters in %+v", got)
		}
	})
}
