package wire

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

func TestHeadersAreUnfolded(t *testing.T) {
	var got []string
	for h := range Headers("V : a ;\r\n  b\r\n\tc\r\nX-y:z:1\r\nnocolon\r\nl:  5\t") {
		got = append(got, h.Name+"="+h.Value)
	}
	if s := strings.Join(got, "|"); s != "via=a ; b c|x-y=z:1|=nocolon|content-length=5" {
		t.Errorf("got %s", s)
	}
}

// A datagram of nothing but short continuation lines must cost what it weighs:
// copying the line anew for each of them took 25 ms of the one reader.
func TestHeadersUnfoldInOneGo(t *testing.T) {
	folds := "X: a" + strings.Repeat("\r\n b", MaxMessage/5) + "\r\n \t\r\n c\r\nY: d"
	want := len("a") + MaxMessage/5*len(" b") + len(" c")
	allocs := testing.AllocsPerRun(1, func() {
		var got []int
		for h := range Headers(folds) {
			got = append(got, len(h.Value))
		}
		if !slices.Equal(got, []int{want, 1}) {
			t.Errorf("lengths %d, want %d and 1", got, want)
		}
	})
	if allocs > 100 {
		t.Errorf("%v allocations", allocs)
	}
}

func TestStampVia(t *testing.T) {
	from := netip.MustParseAddrPort("192.0.2.9:4321")
	f := func(in, want string) {
		t.Helper()
		if got := stampVia(in, from); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f("SIP/2.0/UDP h;branch=b", "SIP/2.0/UDP h;branch=b;received=192.0.2.9")
	f("SIP/2.0/UDP h;rport;branch=b", "SIP/2.0/UDP h;rport=4321;branch=b;received=192.0.2.9")
	f("SIP/2.0/UDP h;RPORT, SIP/2.0/UDP g;rport", "SIP/2.0/UDP h;rport=4321;received=192.0.2.9, SIP/2.0/UDP g;rport")
}

func TestReplyPort(t *testing.T) {
	f := func(via string, want uint16) {
		t.Helper()
		raw := []byte("OPTIONS sip:a SIP/2.0\r\nVia: " + via + "\r\n\r\n")
		if got := ReplyPort(raw, netip.MustParseAddrPort("192.0.2.9:4321")); got != want {
			t.Errorf("%s: %d, want %d", via, got, want)
		}
	}
	f("SIP/2.0/UDP h", 5060)
	f("SIP/2.0/UDP h:7000;branch=x", 7000)
	f("SIP/2.0/UDP h:7000;rport;branch=x", 4321)
	f("SIP/2.0/UDP [2001:db8::1]", 5060)
	f("SIP/2.0/UDP [2001:db8::1]:7000", 7000)
	f("SIP/2.0/UDP h:99999", 4321)
}

func TestRefuse(t *testing.T) {
	from := netip.MustParseAddrPort("192.0.2.9:4321")
	head := "INVITE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n"
	got := string(Refuse([]byte(head+"\r\n"), 420, from, "Unsupported: y"))
	for _, part := range []string{"SIP/2.0 420 Bad Extension\r\n", "\r\nTo: <sip:c@d>;tag=", "\r\nUnsupported: y\r\n", "\r\nContent-Length: 0\r\n\r\n"} {
		if !strings.Contains(got, part) {
			t.Errorf("%q is not in\n%s", part, got)
		}
	}
	silent := func(raw string) {
		t.Helper()
		if got := Refuse([]byte(raw), 400, from); got != nil {
			t.Errorf("%q is answered with %q", raw, got)
		}
	}
	silent("")
	silent("SIP/2.0 200 OK\r\n" + head + "\r\n")
	silent(strings.Replace(head, "INVITE sip", "ACK sip", 1) + "\r\n")
	silent(head) // no end
	silent(strings.Replace(head, "Via", "Bia", 1) + "\r\n")
	silent(strings.Replace(head, "Call-ID: x", "Call-ID: x\x00", 1) + "\r\n")
	silent(strings.Replace(head, "CSeq: 1 INVITE", "CSeq:", 1) + "\r\n")
}

func TestBody(t *testing.T) {
	f := func(contentType, body, want string) {
		t.Helper()
		m := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "h"})
		if contentType != "" {
			m.AppendHeader(gosip.NewHeader("Content-Type", contentType))
		}
		m.SetBody([]byte(body))
		got, fault := SDP(m)
		if text := string(got); fault != nil && want != "415" || fault == nil && text != want {
			t.Errorf("%s: got %q, %+v, want %q", contentType, text, fault, want)
		}
	}
	f("", "", "")
	f("application/sdp", "v=0", "v=0")
	f("Application/SDP; charset=utf-8", "v=0", "v=0")
	f("", "v=0", "415")
	f("text/plain", "v=0", "415")
	f("nonsense;;;", "v=0", "415")
	part := "--b\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n"
	f("multipart/mixed;boundary=b", part, "v=0")
	f("multipart/mixed;boundary=c", part, "415")
	f("multipart/mixed", part, "415")
	f("multipart/mixed;boundary=b", strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", 100)+"--b--\r\n", "415")
}

func TestCleanAndQuote(t *testing.T) {
	if got := Clean("a\x00b\r\nc\xffd中"); got != "abcd中" {
		t.Errorf("got %q", got)
	}
	if got := Unquote(Quote(`say "hi" \o/`)); got != `say "hi" \o/` {
		t.Errorf("got %q", got)
	}
}

func TestPhrases(t *testing.T) {
	for code, want := range map[int]string{200: "OK", 486: "Busy Here", 699: "Unknown"} {
		if got := Phrase(code); got != want {
			t.Errorf("%d: %q", code, got)
		}
	}
}
