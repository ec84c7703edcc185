package wire

import (
	"strings"
	"testing"
)

func TestCheckLeaving(t *testing.T) {
	good := "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" +
		"Subject: a\ttab\r\nContent-Length: 2\r\n\r\nhi"
	if err := CheckLeaving([]byte(good)); err != nil {
		t.Error(err)
	}
	if n := testing.AllocsPerRun(100, func() { _ = CheckLeaving([]byte(good)) }); n > 1 { // of the test's own
		t.Errorf("%v allocations", n)
	}
	for what, bad := range map[string]string{
		"a header more":  strings.Replace(good, "a\ttab", "a\r\nTo: <sip:c>", 1),
		"two lengths":    strings.Replace(good, "a\ttab", "a\r\nContent-Length: 2", 1),
		"another body":   strings.Replace(good, "a\ttab", "a\r\n\r\nhi", 1),
		"a bare feed":    strings.Replace(good, "a\ttab", "a\nX: b", 1),
		"a bare return":  strings.Replace(good, "a\ttab", "a\rX: b", 1),
		"a nul":          strings.Replace(good, "a\ttab", "a\x00", 1),
		"no length":      strings.Replace(good, "Content-Length: 2\r\n", "", 1),
		"a longer body":  good + "hi",
		"no From":        strings.Replace(good, "From", "Form", 1),
		"no name":        strings.Replace(good, "Subject:", ":", 1),
		"a folded line":  strings.Replace(good, "a\ttab", "a\r\n folded", 1),
		"an odd name":    strings.Replace(good, "Subject:", "Sub ject:", 1),
		"half a message": good[:40],
		"nothing":        "",
		"too much":       good + strings.Repeat("x", MaxMessage),
		"an odd start":   "OPTIONS\r\n" + good,
	} {
		if CheckLeaving([]byte(bad)) == nil {
			t.Errorf("%s may leave", what)
		}
	}
}

func FuzzCheckLeaving(f *testing.F) {
	f.Add("a", "b")
	f.Fuzz(func(t *testing.T, name, value string) {
		text := "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n" +
			name + ": " + value + "\r\nContent-Length: 0\r\n\r\n"
		if CheckLeaving([]byte(text)) == nil && strings.ContainsAny(value, "\x00\n\r") && !strings.Contains(value, "\r\n") {
			t.Errorf("%q left", text)
		}
	})
}
