package scan

import (
	"bytes"
	"strings"
	"testing"
)

const invite = "INVITE sip:200@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\n" +
	"Max-Forwards: 70\r\nFrom: <sip:100@192.0.2.9>;tag=a\r\nTo: <sip:200@192.0.2.1>\r\n" +
	"Call-ID: 3848276298220188511@192.0.2.9\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"

func TestCallID(t *testing.T) {
	f := func(want, message string) {
		t.Helper()
		if got := string(CallID([]byte(message))); got != want {
			t.Errorf("Call-ID %q, want %q, of %q", got, want, message)
		}
	}
	f("3848276298220188511@192.0.2.9", invite)
	f("a@b", "BYE sip:x SIP/2.0\r\ni: a@b\r\n\r\n")
	f("a@b", "BYE sip:x SIP/2.0\r\nI\t :\t a@b \r\n\r\n")
	f("a@b", "BYE sip:x SIP/2.0\r\nCALL-id:a@b\r\n\r\n")
	f("a@b", "BYE sip:x SIP/2.0\nVia: x\ncall-id: a@b\n\n")
	f("a@b", "BYE sip:x SIP/2.0\r\nCall-ID:\r\n\t\r\n a@b\r\n\r\n")
	f("a", "BYE sip:x SIP/2.0\r\ni: a\r\nCall-ID: b\r\n\r\n")
	f("a", "SIP/2.0 200 OK\r\ni: a")
	f("", "SIP/2.0 200 OK\r\n\r\ni: a\r\n")
	f("", "i: a\r\n\r\n")
	f("", "BYE sip:x SIP/2.0\r\nX-Call-ID: a\r\nId: a\r\ni a\r\nCall-ID\r\n\r\n")
	f("", "\r\n\r\n")
	f("", "")
}

func TestMethodAndStatus(t *testing.T) {
	f := func(wantMethod string, wantStatus int, message string) {
		t.Helper()
		if _, status := Start([]byte(message)); status != wantStatus {
			t.Errorf("status %d, want %d, of %q", status, wantStatus, message)
		}
		if got := string(Method([]byte(message))); got != wantMethod {
			t.Errorf("method %q, want %q, of %q", got, wantMethod, message)
		}
	}
	f("INVITE", 0, invite)
	f("BYE", 200, "SIP/2.0 200 OK\r\nCSeq: 7 BYE\r\n\r\n")
	f("ACK", 486, "SIP/2.0 486\r\ncseq : 7  ACK\r\n\r\n")
	f("", 200, "SIP/2.0 200 OK\r\n\r\n")
	f("", 0, "SIP/2.0 2x0 OK\r\n\r\n")
	f("", 0, "SIP/2.0 20")
	f("", 0, "\r\n\r\n")
	f("", 0, "")
}

func TestBody(t *testing.T) {
	f := func(want, message string) {
		t.Helper()
		if got := string(Body([]byte(message))); got != want {
			t.Errorf("body %q, want %q", got, want)
		}
	}
	f("v=0\r\n\r\nx", "a\r\nb\r\n\r\nv=0\r\n\r\nx")
	f("v=0", "a\nb\n\nv=0")
	f("", "a\r\nb\r\n")
}

func TestScanDoesNotAllocate(t *testing.T) {
	m := []byte(invite)
	if n := testing.AllocsPerRun(100, func() { CallID(m); Method(m); Body(m) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzCallID holds the scan against one that is obvious and slow.
func FuzzCallID(f *testing.F) {
	f.Add([]byte(invite))
	f.Add([]byte("BYE x\r\ni:\r\n \r\n\ta\r\n\r\ni: b"))
	f.Add([]byte("SIP/2.0 200\nI : b\n\n"))
	f.Fuzz(func(t *testing.T, m []byte) {
		if got, want := string(CallID(m)), slowCallID(string(m)); got != want {
			t.Errorf("Call-ID %q, want %q", got, want)
		}
		if body := Body(m); !bytes.HasSuffix(m, body) {
			t.Errorf("the body %q is not the end of the message", body)
		}
		Method(m)
	})
}

func slowCallID(m string) string {
	lines := strings.Split(m, "\n")
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\r")
	}
	for i, line := range lines {
		if i == 0 {
			continue
		}
		if line == "" {
			return ""
		}
		name, value, colon := strings.Cut(line, ":")
		name = strings.TrimRight(asciiLower(name), " \t")
		if !colon || name != "i" && name != "call-id" {
			continue
		}
		value = strings.Trim(value, " \t")
		for j := i + 1; j < len(lines) && value == "" && strings.Trim(lines[j], " \t") != lines[j] && (lines[j][0] == ' ' || lines[j][0] == '\t'); j++ {
			value = strings.Trim(lines[j], " \t")
		}
		return value
	}
	return ""
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

func BenchmarkCallID(b *testing.B) {
	m := []byte(invite)
	b.ReportAllocs()
	for b.Loop() {
		CallID(m)
	}
}
