package wire

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"
)

// invite is a request without fault; change spoils it.
func invite(change ...string) string {
	text := "INVITE sip:1000@example.com SIP/2.0\r\n" +
		"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\r\n" +
		"From: <sip:2000@example.com>;tag=1\r\n" +
		"To: <sip:1000@example.com>\r\n" +
		"Call-ID: x@y\r\n" +
		"CSeq: 1 INVITE\r\n" +
		"Contact: <sip:2000@192.0.2.1>\r\n" +
		"Max-Forwards: 70\r\n" +
		"Content-Length: 0\r\n\r\n"
	return strings.NewReplacer(change...).Replace(text)
}

// verdict is what the checks make of a request: 0 is nothing.
func verdict(text, transport string) int {
	if f := CheckText([]byte(text)); f != nil {
		return f.Status
	}
	msg, err := gosip.NewParser().ParseSIP([]byte(text))
	if err != nil {
		return 400
	}
	req := msg.(*gosip.Request)
	req.SetTransport(transport)
	if f := CheckRequest(req); f != nil {
		return f.Status
	}
	return 0
}

func TestChecks(t *testing.T) {
	f := func(want int, change ...string) {
		t.Helper()
		if got := verdict(invite(change...), "UDP"); got != want {
			t.Errorf("%.60q: %d, want %d", change, got, want)
		}
	}
	end := "Content-Length: 0\r\n"
	many := func(line string, n int) string { return strings.Repeat(line+"\r\n", n) + end }
	f(0)
	f(0, end, many("X: y", 190))
	f(400, end, many("X: y", 200))
	f(0, end, "X: "+strings.Repeat("y", 8000)+"\r\n"+end)
	f(400, end, "X: "+strings.Repeat("y", 8200)+"\r\n"+end)
	f(0, end, many("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKy", 69))
	f(400, end, many("Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKy", 70))
	f(0, end, many("Route: <sip:192.0.2.1;lr>", 50))
	f(400, end, many("Route: <sip:192.0.2.1;lr>", 51))
	f(400, end, many("Record-Route: <sip:192.0.2.1;lr>", 51))
	f(513, "Content-Length: 0\r\n\r\n", "Content-Length: 70000\r\n\r\n"+strings.Repeat("x", 70000))
	f(414, "sip:1000@", "sip:"+strings.Repeat("1", 9000)+"@")
	f(505, "example.com SIP/2.0", "example.com SIP/3.0")

	f(400, "CSeq: 1 INVITE", "CSeq: 1 OPTIONS")
	f(400, "CSeq: 1 INVITE", "CSeq: 1 invite")
	f(400, "INVITE sip:", "invite sip:")
	f(400, "192.0.2.1:5060;", ",,,;")
	f(400, "CSeq: 1 INVITE", "CSeq: 2147483648 INVITE")
	f(400, "CSeq: 1 INVITE", "CSeq: -1 INVITE")
	f(400, end, end+"Content-Length: 5\r\n")
	f(0, end, end+"l: 0\r\n")
	f(400, end, end+"l: 00\r\n")
	f(400, end, "Content-Length: +0\r\n")
	f(400, end, "Content-Length: 99999999999\r\n")
	f(400, "Max-Forwards: 70", "Max-Forwards: 256")
	f(400, "Max-Forwards: 70", "Max-Forwards: -1")
	f(400, "Max-Forwards: 70", "Max-Forwards: many")
	f(483, "Max-Forwards: 70", "Max-Forwards: 0")
	f(0, "Max-Forwards: 70\r\n", "")
	for _, name := range []string{"From: <sip:2000@example.com>;tag=1\r\n", "To: <sip:1000@example.com>\r\n", "Call-ID: x@y\r\n", "CSeq: 1 INVITE\r\n"} {
		f(400, name, "")
		f(400, name, name+name)
	}
	f(400, "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\r\n", "")
	f(400, ":5060;", ":99999;")
	f(400, "SIP/2.0/UDP", "HTTP/2.0/UDP")
	f(400, ";tag=1", "")
	f(400, "To: <sip:1000@example.com>", "To: <sip:1000@example.com>;tag=")
	f(400, "1000@example.com SIP", "1000@example.com:99999999999 SIP")
	f(400, "1000@example.com SIP", "10\x0000@example.com SIP")
	f(400, "Call-ID: x@y", "Call-ID: x\x00y")
	f(400, "Call-ID: x@y", "Call-ID: x\x7fy")
	f(400, "Call-ID: x@y", "Call-ID: x\ny")
	f(400, "Call-ID: x@y", "Call-ID: x\ry")
	f(400, "sip:1000@example.com SIP", "sip:1000@example.com?Route=%3Csip:h%3E SIP")
	f(416, "sip:1000@example.com SIP", "http://example.com SIP")
	f(416, "sip:1000@example.com SIP", "soap.beep://192.0.2.103:3002 SIP")
	f(0, "sip:1000@example.com SIP", "SIP:1000@example.com SIP")
	f(416, "sip:1000@example.com SIP", "sips:1000@example.com SIP")
	f(0, "sip:1000@example.com SIP", "tel:+4930123 SIP")
	f(400, "Contact: <sip:2000@192.0.2.1>\r\n", "")
	f(400, "Contact: <sip:2000@192.0.2.1>", "Contact: *")
	f(400, "Contact: <sip:2000@192.0.2.1>", "Contact: <sip:2000@192.0.2.1:70000>")

	// RFC 2543 had no magic cookie in the branch: its transactions are told apart
	// by more than that.
	f(0, "z9hG4bKx", "1")
	f(0, "z9hG4bKx", "z9hG4bK")
	f(0, ";branch=z9hG4bKx", "")
}

func TestSipsNeedsTLS(t *testing.T) {
	text := invite("sip:1000@example.com SIP", "sips:1000@example.com SIP", "<sip:2000@192.0.2.1>", "<sips:2000@192.0.2.1>")
	for transport, want := range map[string]int{"UDP": 416, "TCP": 416, "WS": 416, "TLS": 0, "WSS": 0} {
		if got := verdict(text, transport); got != want {
			t.Errorf("%s: %d, want %d", transport, got, want)
		}
	}
}

func TestRequire(t *testing.T) {
	f := func(method, toTag, require, want string) {
		t.Helper()
		text := invite("INVITE", method, "To: <sip:1000@example.com>", "To: <sip:1000@example.com>"+toTag, "Max-Forwards", "Require: "+require+"\r\nMax-Forwards")
		msg, err := gosip.NewParser().ParseSIP([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if f := CheckRequest(msg.(*gosip.Request)); f != nil {
			got = fmt.Sprint(f.Status, f.Extra)
		}
		if got != want {
			t.Errorf("%s %s: %q, want %q", method, require, got, want)
		}
	}
	f("INVITE", "", "100rel, Timer,replaces", "")
	f("INVITE", "", "100rel, nothing, timer, else", "420 [Unsupported: nothing, else]")
	f("INVITE", ";tag=2", "nothing", "420 [Unsupported: nothing]")
	f("BYE", ";tag=2", "nothing", "")
	f("ACK", ";tag=2", "nothing", "")
	f("CANCEL", "", "nothing", "")
	f("OPTIONS", "", "precondition", "420 [Unsupported: precondition]")
	if Supported() != "100rel, timer, replaces, norefersub" {
		t.Errorf("Supported: %s", Supported())
	}
	m := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "h"})
	m.AppendHeader(gosip.NewHeader("Supported", "path, 100REL"))
	if !Has(m, "Supported", "100rel") || Has(m, "Supported", "timer") || Has(m, "Require", "100rel") {
		t.Error("Has")
	}
}

func TestLoop(t *testing.T) {
	text := invite("From", "Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKours\r\nFrom")
	msg, err := gosip.NewParser().ParseSIP([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	req := msg.(*gosip.Request)
	f := func(user string, want bool) {
		t.Helper()
		fault := CheckLoop(req, func(branch string) (gosip.Uri, bool) {
			return gosip.Uri{Scheme: "sip", User: user, Host: "elsewhere"}, branch == "z9hG4bKours"
		})
		if (fault != nil && fault.Status == 482) != want {
			t.Errorf("%s: %+v", user, fault)
		}
	}
	f("1000", true)
	f("1001", false) // forwarded on its way: a spiral
	if CheckLoop(req, func(string) (gosip.Uri, bool) { return gosip.Uri{}, false }) != nil {
		t.Error("nothing of it is ours")
	}
}

// TestNoAmplifier holds that no answer is more than three times what was asked.
func TestNoAmplifier(t *testing.T) {
	from := netip.MustParseAddrPort("[2001:db8:1111:2222:3333:4444:5555:6666]:65535")
	extra := []string{"Allow: " + strings.Repeat("INVITE, ", 20), "Accept: application/sdp"}
	requests := []string{
		"OPTIONS s:a SIP/2.0\r\nv:a\r\nf:b\r\nt:c\r\ni:d\r\nCSeq:1 OPTIONS\r\n\r\n",
		"A B\r\nv:;rport\r\nCSeq:1\r\n\r\n",
		"A B\r\n" + strings.Repeat("v:a\r\n", 70) + "CSeq:1\r\n\r\n",
		invite(),
	}
	answered := 0
	for _, raw := range requests {
		for _, more := range [][]string{nil, extra} {
			got := Refuse([]byte(raw), 405, from, more...)
			if len(got) > 3*len(raw) {
				t.Errorf("%d bytes for %d of %q", len(got), len(raw), raw)
			}
			if len(got) > 0 {
				answered++
			}
		}
	}
	got := string(Refuse([]byte(invite()), 405, from, extra...))
	if answered < 4 || !strings.Contains(got, "Allow: ") || !strings.HasSuffix(got, "sdp\r\nContent-Length: 0\r\n\r\n") {
		t.Errorf("%d answered, the last with %q", answered, got)
	}
}

func TestParts(t *testing.T) {
	nest := func(depth int) (contentType, body string) {
		contentType, body = "application/sdp", "v=0"
		for i := range depth {
			body = fmt.Sprintf("--b%d\r\nContent-Type: %s\r\nContent-Disposition: session\r\n\r\n%s\r\n--b%d--\r\n", i, contentType, body, i)
			contentType = fmt.Sprintf("multipart/mixed;boundary=b%d", i)
		}
		return contentType, body
	}
	f := func(contentType, body string, want int, status int) {
		t.Helper()
		m := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "h"})
		m.AppendHeader(gosip.NewHeader("Content-Type", contentType))
		m.SetBody([]byte(body))
		parts, fault := Parts(m)
		got := 0
		if fault != nil {
			got = fault.Status
		}
		if got != status || fault == nil && len(parts) != want {
			t.Errorf("%s: %d parts, %+v; want %d, %d", contentType, len(parts), fault, want, status)
		}
	}
	for depth := range 6 {
		contentType, body := nest(depth)
		if depth <= 4 {
			f(contentType, body, 1, 0)
			continue
		}
		f(contentType, body, 0, 400)
	}
	some := func(n int) string {
		return strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\nx\r\n", n) + "--b--\r\n"
	}
	f("multipart/mixed;boundary=b", some(16), 16, 0)
	f("multipart/mixed;boundary=b", some(17), 0, 400)
	f("multipart/mixed;boundary="+strings.Repeat("b", 71), some(1), 0, 400)
	f("multipart/mixed;boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nno end", 0, 0)

	m := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "h"})
	m.AppendHeader(gosip.NewHeader("Content-Type", "multipart/mixed;boundary=b"))
	m.SetBody([]byte("--b\r\nContent-Type: application/ISUP;version=itu-t92+\r\nContent-Disposition: signal;handling=optional\r\n\r\n\x01\x00\x02\r\n--b--\r\n"))
	parts, _ := Parts(m)
	if len(parts) != 1 || parts[0].Type != "application/isup" || parts[0].Params["version"] != "itu-t92+" ||
		parts[0].Header["content-disposition"] != "signal;handling=optional" || string(parts[0].Body) != "\x01\x00\x02" {
		t.Errorf("%+v", parts)
	}
}

// TestCheckLeavingOfMessages holds that nothing which was put into a message breaks out of its
// place.
func TestCheckLeavingOfMessages(t *testing.T) {
	f := func(good bool, change func(*gosip.Request)) {
		t.Helper()
		msg, err := gosip.NewParser().ParseSIP([]byte(invite()))
		if err != nil {
			t.Fatal(err)
		}
		req := msg.(*gosip.Request)
		change(req)
		if err := CheckLeaving([]byte(req.String())); (err == nil) != good {
			t.Errorf("%v: %q", err, req.String())
		}
		res := gosip.NewResponseFromRequest(req, 200, "OK", nil)
		if err := CheckLeaving([]byte(res.String())); good && err != nil {
			t.Errorf("response: %v", err)
		}
	}
	add := func(name, value string) func(*gosip.Request) {
		return func(r *gosip.Request) { r.AppendHeader(gosip.NewHeader(name, value)) }
	}
	f(true, func(*gosip.Request) {})
	f(true, add("X-Tenant", "blue\tand green"))
	f(true, func(r *gosip.Request) { r.SetBody([]byte("v=0\r\n\r\nx")) })
	f(false, add("X-Tenant", "blue\r\n folded"))
	f(false, add("X-Tenant", "blue\r\n\r\nBYE sip:x SIP/2.0"))
	f(false, add("X-Tenant", "blue\nEvil: x"))
	f(false, add("X-Tenant", "nul\x00"))
	f(false, add("X-Tenant\r\nEvil", "x"))
	f(false, add("X Tenant", "x"))
	f(false, add("X", strings.Repeat("y", 9000)))
	f(false, func(r *gosip.Request) { r.Recipient.User = "1\r\nEvil: x" })
	f(false, func(r *gosip.Request) { r.Recipient.User = "1 2" })
	f(false, func(r *gosip.Request) { r.Method = "BYE" })
	f(false, func(r *gosip.Request) { r.RemoveHeader("Call-ID") })
	f(false, func(r *gosip.Request) { r.SetBody(make([]byte, 70000)) })
}

// FuzzParts holds that no body takes more than it weighs, and no parts escape.
func FuzzParts(f *testing.F) {
	f.Add("multipart/mixed;boundary=b", "--b\r\nContent-Type: multipart/alternative;boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n")
	f.Add("application/sdp", "v=0")
	f.Add("multipart/mixed;boundary=\"\"", "----")
	f.Fuzz(func(t *testing.T, contentType, body string) {
		m := gosip.NewRequest(gosip.INVITE, gosip.Uri{Host: "h"})
		m.AppendHeader(gosip.NewHeader("Content-Type", contentType))
		m.SetBody([]byte(body))
		parts, fault := Parts(m)
		if fault != nil && len(parts) > 0 || len(parts) > maxParts {
			t.Errorf("%d parts, %+v", len(parts), fault)
		}
		sum := 0
		for _, p := range parts {
			sum += len(p.Body)
		}
		if sum > len(body) {
			t.Errorf("%d bytes in parts of %d", sum, len(body))
		}
		SDP(m)
	})
}

// FuzzRefuse holds that a refusal is a whole message that fits the request, or
// nothing.
func FuzzRefuse(f *testing.F) {
	f.Add([]byte(invite()))
	f.Add([]byte("A B\r\nv:;rport\r\nCSeq:1\r\n\r\n"))
	from := netip.MustParseAddrPort("192.0.2.9:4321")
	f.Fuzz(func(t *testing.T, raw []byte) {
		CheckText(raw)
		ReplyPort(raw, from)
		_, headers, _ := SplitHead(raw)
		if n, fault := ContentLength(headers); fault == nil && n < 0 {
			t.Errorf("Content-Length %d", n)
		}
		got := string(Refuse(raw, 420, from, "Unsupported: x"))
		if got == "" {
			return
		}
		if len(got) > amplify*len(raw) || !strings.HasPrefix(got, "SIP/2.0 420 ") || strings.Index(got, "\r\n\r\n") != len(got)-4 {
			t.Errorf("%q", got)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(got, "\r\n\r\n"), "\r\n") {
			if HasControl(line) {
				t.Errorf("control character in %q", line)
			}
		}
	})
}

// FuzzURI holds what is taken out of URIs, and what is put into them.
func FuzzURI(f *testing.F) {
	for _, seed := range []string{"sip:1000@h", "tel:+1;x=y", "sip:%00%ff@[::1]:5060;a=b?c=d", "sips:a:b@h", "<sip:", "sip:[2001:db8:::1.2.3.4]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var uri gosip.Uri
		if gosip.ParseUri(text, &uri) == nil {
			if user := UserOf(uri); HasControl(user) {
				t.Errorf("user %q", user)
			}
			checkURI(uri, true, "here")
		}
		if escaped := EscapeUser(text); HasControl(escaped) || strings.ContainsAny(escaped, " @<>\"") {
			t.Errorf("escaped %q", escaped)
		}
		CheckOwn([][2]string{{"X", text}, {text, "x"}})
	})
}

// TestRetryAfter reads how long a refusal wants us to stay away.
func TestRetryAfter(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		res := gosip.NewResponse(503, "No")
		res.AppendHeader(gosip.NewHeader("Retry-After", text))
		if got := RetryAfter(res).Seconds(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
	f("5", 5)
	f(" 18 (in a meeting);duration=60", 18)
	f("99999", 3600)
	f("soon", 0)
	f("", 0)
}
