//go:build e2e

package e2e

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestProof: who must prove himself is let in with the right answer to a challenge
// by SHA-256 (RFC 8760), once. A wrong password, a user nobody knows and an answer
// that was given before are all refused in the same way.
func TestProof(t *testing.T) {
	s := sippServer(t, setup{})
	g := visitor(t, s)
	nonce := g.nonce(g.ask("INVITE", ""))
	wrong, nobody := g.ask("INVITE", g.proof("4711", "wrong", nonce, 1)), g.ask("INVITE", g.proof("nobody", secret, nonce, 2))
	if a, b := g.shape(wrong), g.shape(nobody); a != b || !strings.HasPrefix(a, "SIP/2.0 401 ") {
		t.Errorf("a wrong password is answered\n%s\na wrong user\n%s\nwant the same 401", a, b)
	}
	right := g.proof("4711", secret, nonce, 3)
	answer := g.ask("INVITE", right)
	if !strings.HasPrefix(answer, "SIP/2.0 200 ") {
		t.Fatalf("the right password is answered\n%s", answer)
	}
	g.hangUp(answer)
	if again := g.ask("INVITE", right); !strings.HasPrefix(again, "SIP/2.0 401 ") {
		t.Errorf("the same answer again is answered\n%s", again)
	}
	s.cdrs(1)
}

// guestPhone asks for what takes a password, with nothing but a socket.
type guestPhone struct {
	t    *testing.T
	s    *server
	conn interface {
		io.ReadWriter // a message at a time
		SetReadDeadline(time.Time) error
	}
	self  string // as it names itself
	via   string // transport, as a Via names it
	sound string // of its offer
	n     int    // of the transaction
}

func visitor(t *testing.T, s *server) *guestPhone {
	t.Helper()
	from := net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(guest), 0))
	conn, err := net.DialUDP("udp", from, net.UDPAddrFromAddrPort(netip.MustParseAddrPort(s.sip)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &guestPhone{t: t, s: s, conn: conn, self: conn.LocalAddr().String(), via: "UDP", sound: offer("127.0.0.2:4000", "inactive")}
}

// offer describes sound in PCMU.
func offer(at, direction string) string {
	ip, port, _ := net.SplitHostPort(at)
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]s RTP/AVP 0\r\na=%[3]s\r\n", ip, port, direction)
}

// ask sends a request outside any dialog and returns its final response; a refusal
// of an INVITE is acknowledged.
func (g *guestPhone) ask(method, more string) string {
	g.t.Helper()
	g.n++
	g.send(method, "sip:echo@"+g.s.sip, "<sip:echo@"+g.s.sip+">", method, more)
	return g.final()
}

func (g *guestPhone) send(method, uri, to, branch, more string) {
	g.t.Helper()
	body, seq := "", 1
	if method == "BYE" {
		seq = 2
	}
	if method == "INVITE" {
		body = g.sound
		more += "Content-Type: application/sdp\r\n"
	}
	_, err := fmt.Fprintf(g.conn, "%[1]s %[2]s SIP/2.0\r\nVia: SIP/2.0/%[11]s %[3]s;branch=z9hG4bKguest%[4]d%[5]s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:guest@%[3]s>;tag=%[4]d\r\nTo: %[6]s\r\nCall-ID: guest%[4]d\r\nCSeq: %[7]d %[1]s\r\nContact: <sip:guest@%[3]s;transport=%[11]s>\r\n%[8]s"+
		"Content-Length: %[9]d\r\n\r\n%[10]s", method, uri, g.self, g.n, branch, to, seq, more, len(body), body, g.via)
	if err != nil {
		g.t.Fatal(err)
	}
}

// final returns the next response that is final.
func (g *guestPhone) final() string {
	g.t.Helper()
	buf := make([]byte, 65536)
	for {
		if err := g.conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			g.t.Fatal(err)
		}
		n, err := g.conn.Read(buf)
		if err != nil {
			g.t.Fatal(err)
		}
		text := string(buf[:n])
		switch {
		case strings.HasPrefix(text, "SIP/2.0 1"):
			continue
		case !strings.HasPrefix(text, "SIP/2.0 2"):
			g.send("ACK", "sip:echo@"+g.s.sip, g.header(text, "To"), "INVITE", "")
		}
		return text
	}
}

// hangUp acknowledges an answer and ends the call.
func (g *guestPhone) hangUp(answer string) {
	g.t.Helper()
	uri := strings.Trim(g.header(answer, "Contact"), "<>")
	g.send("ACK", uri, g.header(answer, "To"), "ACK", "")
	g.send("BYE", uri, g.header(answer, "To"), "BYE", "")
	if end := g.final(); !strings.HasPrefix(end, "SIP/2.0 200 ") {
		g.t.Errorf("the BYE is answered\n%s", end)
	}
}

func (g *guestPhone) header(text, name string) string {
	_, rest, _ := strings.Cut(text, "\r\n"+name+": ")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

var nonceOf = regexp.MustCompile(`nonce="([^"]+)", algorithm=SHA-256`)

func (g *guestPhone) nonce(challenge string) string {
	g.t.Helper()
	m := nonceOf.FindStringSubmatch(challenge)
	if m == nil {
		g.t.Fatalf("no challenge by SHA-256:\n%s", challenge)
	}
	return m[1]
}

// proof answers a challenge.
func (g *guestPhone) proof(user, password, nonce string, count int) string {
	hash := func(parts ...any) string {
		text := strings.TrimSuffix(strings.ReplaceAll(fmt.Sprintln(parts...), " ", ":"), "\n")
		return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
	}
	uri, nc := "sip:echo@"+g.s.sip, fmt.Sprintf("%08x", count)
	response := hash(hash(user, "trunkline", password), nonce, nc, "c", "auth", hash("INVITE", uri))
	return fmt.Sprintf("Authorization: Digest username=%q, realm=\"trunkline\", nonce=%q, uri=%q, response=%q, algorithm=SHA-256, qop=auth, nc=%s, cnonce=\"c\"\r\n",
		user, nonce, uri, response, nc)
}

var fresh = regexp.MustCompile(`nonce="[^"]+"|tag=\w+|guest\d+\w*`)

// shape is a response without what differs each time.
func (g *guestPhone) shape(text string) string { return fresh.ReplaceAllString(text, "…") }
