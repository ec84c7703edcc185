package load

import (
	"strings"
	"testing"
)

// text makes a datagram of lines.
func text(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n") }

func TestMessagesAreTakenApart(t *testing.T) {
	m, err := parse(append(text("INVITE sip:b2b@127.0.0.1 SIP/2.0", "v: one", "Via: two", "i: 7@a", "CSeq: 1 INVITE",
		"f: \"A\" <sip:alice@a;x=y>;tag=1", "To:<sip:b2b@127.0.0.1>"), "v=0\r\n"...))
	if err != nil {
		t.Fatal(err)
	}
	f := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(m.method(), "INVITE")
	f(m.get("via"), "one")
	f(m.get("call-id"), "7@a")
	f(m.get("route"), "")
	f(uri(m.get("from")), "sip:alice@a;x=y")
	f(user(m.get("from")), "alice")
	f(user("<sip:127.0.0.1>"), "")
	f(uri("sip:a@b;tag=2"), "sip:a@b")
	f(m.body, "v=0\r\n")
	f(string(m.answer("200 OK", "t", "uas@x", "v=0")), "SIP/2.0 200 OK\r\nvia: one\r\nvia: two\r\ncall-id: 7@a\r\ncseq: 1 INVITE\r\n"+
		"from: \"A\" <sip:alice@a;x=y>;tag=1\r\nto: <sip:b2b@127.0.0.1>;tag=t\r\ncontact: <sip:uas@x>\r\n"+
		"content-type: application/sdp\r\ncontent-length: 3\r\n\r\nv=0")
}

func TestResponses(t *testing.T) {
	f := func(first string, status int, method string) {
		t.Helper()
		m, err := parse(text(first, "CSeq: 2 BYE"))
		if err != nil || m.status() != status || m.method() != method {
			t.Errorf("%q: status %d, method %q, %v; want %d, %q", first, m.status(), m.method(), err, status, method)
		}
	}
	f("SIP/2.0 200 OK", 200, "BYE")
	f("SIP/2.0 481 Call/Transaction Does Not Exist", 481, "BYE")
	f("SIP/2.0 x", 0, "SIP/2.0") // answered as a request nobody knows
	f("BYE sip:a SIP/2.0", 0, "BYE")
}

func FuzzParse(f *testing.F) {
	f.Add(text("SIP/2.0 200 OK", "v: a", "t: <sip:x@y>", "f:", "cseq: 1 INVITE"))
	f.Add(text("BYE sip:a SIP/2.0", "i: 1", "no header"))
	f.Add([]byte("\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := parse(data)
		if err != nil {
			return
		}
		back, err := parse(m.answer("200 OK", "t", "c", "v=0"))
		if err != nil && strings.Count(m.first, " ") >= 1 && !strings.ContainsAny(string(data), "\n\r") {
			t.Fatalf("our answer cannot be read: %v", err)
		}
		if err == nil && back.status() != 200 {
			t.Fatalf("our answer is a %d", back.status())
		}
	})
}
