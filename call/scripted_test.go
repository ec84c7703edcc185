package call_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

// scripted is a caller that says exactly what a test tells it to, for what our
// own endpoint never does.
type scripted struct {
	t       *testing.T
	conn    net.Conn
	seq     int
	target  string // the Request-URI
	to      string // the To header
	from    string
	message int
}

func newScripted(t *testing.T, addr, user string) *scripted {
	t.Helper()
	conn, err := net.Dial("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &scripted{t: t, conn: conn, from: fmt.Sprintf("<sip:%s@%s>;tag=scripted", user, conn.LocalAddr())}
}

// send sends a request of the dialog.
func (s *scripted) send(method string, body []byte) {
	s.t.Helper()
	s.message++
	at := s.conn.LocalAddr()
	text := fmt.Sprintf("%s %s SIP/2.0\nVia: SIP/2.0/UDP %s;rport;branch=z9hG4bK%d\nMax-Forwards: 70\nFrom: %s\nTo: %s\n"+
		"Call-ID: scripted@%s\nCSeq: %d %s\nContact: <sip:%s>\n", method, s.target, at, s.message, s.from, s.to, at, s.seq, method, at)
	if len(body) > 0 {
		text += "Content-Type: application/sdp\n"
	}
	text += fmt.Sprintf("Content-Length: %d\n\n", len(body))
	if _, err := s.conn.Write(append([]byte(strings.ReplaceAll(text, "\n", "\r\n")), body...)); err != nil {
		s.t.Fatal(err)
	}
}

// final waits for the final response to what was sent last.
func (s *scripted) final() (status int, body []byte) {
	s.t.Helper()
	buf := make([]byte, 65536)
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			s.t.Fatalf("no final response: %v", err)
		}
		head, rest, _ := strings.Cut(string(buf[:n]), "\r\n\r\n")
		_, _ = fmt.Sscanf(head, "SIP/2.0 %d", &status)
		if status < 200 || !strings.Contains(head, fmt.Sprintf("\r\nCSeq: %d ", s.seq)) {
			continue
		}
		for line := range strings.SplitSeq(head, "\r\n") {
			name, value, _ := strings.Cut(line, ": ")
			switch name {
			case "To":
				s.to = value
			case "Contact":
				s.target = strings.Trim(value, "<>")
			}
		}
		return status, []byte(rest)
	}
}

// invite begins a call to number, without an offer when body is empty, and
// returns the final response.
func (s *scripted) invite(number string, body []byte) (status int, answer []byte) {
	s.t.Helper()
	s.target = fmt.Sprintf("sip:%s@%s", number, s.conn.RemoteAddr())
	s.to = "<" + s.target + ">"
	return s.again(body)
}

// again sends an INVITE, which is a re-INVITE when there is a dialog already.
func (s *scripted) again(body []byte) (status int, answer []byte) {
	s.t.Helper()
	s.seq++
	s.send("INVITE", body)
	return s.final()
}

func (s *scripted) ack(body []byte) { s.send("ACK", body) }

// bye ends the call and waits for the answer.
func (s *scripted) bye() {
	s.t.Helper()
	s.seq++
	s.send("BYE", nil)
	s.final()
}
