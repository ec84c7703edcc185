package sip

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// overTCP writes a message of a peer as it stands on a stream.
func overTCP(text string) []byte {
	head, body, _ := strings.Cut(strings.ReplaceAll(text, "SIP/2.0/UDP", "SIP/2.0/TCP"), "\n\n")
	return []byte(strings.ReplaceAll(head, "\n", "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}

// reads returns the next message that begins with start; messages have no bodies
// that matter here.
func reads(t *testing.T, conn net.Conn, start string) string {
	t.Helper()
	var text string
	buf := make([]byte, 65536)
	for {
		if _, rest, ok := strings.Cut("\n"+text, "\n"+start); ok && strings.Contains(rest, "\r\n\r\n") {
			return start + rest
		}
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("%q never came: %v; got\n%s", start, err, text)
		}
		text += string(buf[:n])
	}
}

// TestConnectionOfACallIsGone: what is to be said in the call goes by a new
// connection, to the Contact at the trunk's address.
func TestConnectionOfACallIsGone(t *testing.T) {
	e, p, calls, s := called(t, nil)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	contact := func(text string) string {
		return strings.Replace(text, "Contact: <sip:2000@"+p.addr()+">", "Contact: <sip:2000@"+listener.Addr().String()+";transport=tcp>", 1)
	}
	mustWrite(t, conn, overTCP(contact(p.request("INVITE", "tcp", "", 1, sdpType+offerSDP))))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(reads(t, conn, "SIP/2.0 200"), "To"))
	mustWrite(t, conn, overTCP(p.request("ACK", "tcp", tag, 1)))
	s.next(t, Confirmed)
	conn.Close()
	until(t, "the connection to be forgotten", func() bool { return !e.sockets.Connected(addrPortOf(conn.LocalAddr())) })
	s.Hangup(New(Normal, ""))
	again, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	bye := reads(t, again, "BYE sip:2000@"+listener.Addr().String())
	mustWrite(t, again, overTCP(p.respond(bye, 200, "")))
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestConnectionOfAStrangerIsGone: no new one is made to a Contact elsewhere; the call
// ends all the same.
func TestConnectionOfAStrangerIsGone(t *testing.T) {
	e, p, calls, s := called(t, func(c *Config) { c.Trunks[0].Networks = []string{"127.0.0.1/32"} })
	victim, err := net.Listen("tcp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	conn, err := net.Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(p.request("INVITE", "tcp", "", 1, sdpType+offerSDP), "Contact: <sip:2000@"+p.addr()+">",
		"Contact: <sip:2000@"+victim.Addr().String()+";transport=tcp>", 1)
	mustWrite(t, conn, overTCP(text))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	tag := tagOf(headerOf(reads(t, conn, "SIP/2.0 200"), "To"))
	mustWrite(t, conn, overTCP(p.request("ACK", "tcp", tag, 1)))
	s.next(t, Confirmed)
	conn.Close()
	until(t, "the connection to be forgotten", func() bool { return !e.sockets.Connected(addrPortOf(conn.LocalAddr())) })
	s.Hangup(New(Normal, ""))
	s.ended(t, Normal, false)
	idle(t, e)
	_ = victim.(*net.TCPListener).SetDeadline(time.Now().Add(20 * time.Millisecond))
	if c, err := victim.Accept(); err == nil {
		c.Close()
		t.Error("the stranger's Contact was called")
	}
}

// TestPrackOfReinvite: reliable ringing is acknowledged there, too.
func TestPrackOfReinvite(t *testing.T) {
	e, p, calls, s := called(t, nil)
	established(t, p, calls, s, "again")
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	invite := p.recv("INVITE ")
	p.send(p.respond(invite, 183, "", append(reliably("4"), p.contact())...))
	prack := p.past("PRACK ", "INVITE ")
	if headerOf(prack, "RAck") != "4 1 INVITE" {
		t.Errorf("PRACK is\n%s", prack)
	}
	p.send(p.respond(prack, 200, ""))
	p.send(p.respond(invite, 200, "", p.contact(), sdpType+answerSDP))
	p.recv("ACK ")
	s.next(t, Reanswered)
	hungUp(t, e, p, s)
}

// TestHangupDuringEarlyUpdate leaves no request without a response.
func TestHangupDuringEarlyUpdate(t *testing.T) {
	e, p, s, invite := dials(t, nil)
	p.send(p.respond(invite, 183, "x", append(reliably("1"), p.contact(), sdpType+answerSDP)...))
	p.send(p.respond(p.recv("PRACK "), 200, ""))
	s.next(t, Ringing)
	p.send(p.within("UPDATE", s, invite, "x", 2, sdpType+offerSDP))
	s.next(t, Reoffered)
	s.Hangup(New(Cancelled, ""))
	s.ended(t, Cancelled, false)
	p.send(p.respond(p.recv("CANCEL "), 200, "x"))
	p.send(p.respond(invite, 487, "x"))
	if got := headerOf(p.past("SIP/2.0 487", "ACK "), "CSeq"); got != "2 UPDATE" {
		t.Errorf("487 for %q", got)
	}
	idle(t, e)
}
