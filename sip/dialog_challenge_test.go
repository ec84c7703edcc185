package sip

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/sip/trunk"
)

// withLogin lets the trunk have a password.
func withLogin(t *testing.T) func(*Config, *peer) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func(c *Config, _ *peer) {
		c.Trunks[0].Credentials = &trunk.Credentials{User: "us", PasswordFile: file}
	}
}

func challenge(header string, nonce int, more string) string {
	return fmt.Sprintf(`%s: Digest realm="r", nonce="n%d", qop="auth"%s`, header, nonce, more)
}

// acknowledges returns the next ACK of this CSeq, past those to refusals.
func (p *peer) acknowledges(cseq string) string {
	p.t.Helper()
	ack := p.recv("ACK ")
	for headerOf(ack, "CSeq") != cseq {
		ack = p.recv("ACK ")
	}
	return ack
}

// TestChallenges: an INVITE, a re-INVITE and a BYE log in, each with the next count
// of the same nonce, and so does the ACK.
func TestChallenges(t *testing.T) {
	for status, headers := range map[int][2]string{
		401: {"WWW-Authenticate", "Authorization"}, 407: {"Proxy-Authenticate", "Proxy-Authorization"},
	} {
		e, p, s, invite := dials(t, withLogin(t))
		if got := headerOf(invite, headers[1]); got != "" {
			t.Errorf("logged in unasked: %s", got)
		}
		p.send(p.respond(invite, status, "x", challenge(headers[0], 1, "")))
		again := p.past("INVITE ", "ACK ")
		login := headerOf(again, headers[1])
		if !strings.Contains(login, `username="us"`) || !strings.Contains(login, "nc=00000001") || headerOf(again, "CSeq") != "2 INVITE" {
			t.Errorf("logged in by\n%s", again)
		}
		if branchIn(again) == branchIn(invite) || headerOf(again, "Call-ID") != headerOf(invite, "Call-ID") ||
			headerOf(again, "From") != headerOf(invite, "From") {
			t.Errorf("not the same INVITE:\n%s", again)
		}
		p.send(p.respond(again, 200, "x", p.contact(), sdpType+answerSDP))
		ack := p.acknowledges("2 ACK")
		if got := headerOf(ack, headers[1]); got != login { // RFC 3261 §22.1
			t.Errorf("ACK has %q, want %q", got, login)
		}
		s.next(t, Answered)
		p.send(p.respond(again, 200, "x", p.contact(), sdpType+answerSDP))
		if repeated := p.acknowledges("2 ACK"); repeated != ack {
			t.Errorf("acknowledged by\n%s\nthen by\n%s", ack, repeated)
		}
		if err := s.Reoffer([]byte(offerSDP)); err != nil {
			t.Fatal(err)
		}
		renew := p.past("INVITE ", "ACK ")
		if got := headerOf(renew, headers[1]); !strings.Contains(got, "nc=00000002") {
			t.Errorf("re-INVITE logs in by %q", got)
		}
		p.send(p.respond(renew, status, "", challenge(headers[0], 2, ", stale=true")))
		renew = p.past("INVITE ", "ACK ")
		if got := headerOf(renew, headers[1]); !strings.Contains(got, `nonce="n2"`) || !strings.Contains(got, "nc=00000001") {
			t.Errorf("re-INVITE logs in by %q", got)
		}
		p.send(p.respond(renew, 200, "", p.contact(), sdpType+answerSDP))
		p.acknowledges("4 ACK")
		s.next(t, Reanswered)
		s.Hangup(New(Normal, ""))
		bye := p.past("BYE ", "ACK ")
		p.send(p.respond(bye, status, "", challenge(headers[0], 3, "")))
		bye = p.past("BYE ", "ACK ") // that of the re-INVITE which was refused may take its time
		if got := headerOf(bye, headers[1]); !strings.Contains(got, `nonce="n3"`) || headerOf(bye, "CSeq") != "6 BYE" {
			t.Errorf("BYE is\n%s", bye)
		}
		p.send(p.respond(bye, 200, ""))
		s.ended(t, Normal, false)
		idle(t, e)
	}
}

// TestEndlessChallenges ends with the second of them, however new the nonce is
// (AST-2020-002), in an INVITE and in a re-INVITE, where the call goes on.
func TestEndlessChallenges(t *testing.T) {
	e, p, s, invite := dials(t, withLogin(t))
	for nonce := range 2 {
		p.send(p.respond(invite, 401, "x", challenge("WWW-Authenticate", nonce, "")))
		if nonce == 0 {
			invite = p.past("INVITE ", "ACK ")
		}
	}
	s.ended(t, Rejected, true)
	idle(t, e)

	e, p, s, invite = dials(t, withLogin(t))
	p.answers(t, s, invite, "x")
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	invites := 0
	for nonce := range 5 {
		msg := p.any(patience)
		for strings.HasPrefix(msg, "ACK ") {
			msg = p.any(100 * time.Millisecond)
		}
		if msg == "" {
			break
		}
		invites++
		p.send(p.respond(msg, 401, "", challenge("WWW-Authenticate", nonce, ", stale=true")))
	}
	if invites != 3 {
		t.Errorf("%d INVITEs", invites)
	}
	if ev := s.next(t, Reanswered); ev.Status != 401 {
		t.Errorf("got %s", tell(ev))
	}
	s.Hangup(New(Normal, ""))
	p.send(p.respond(p.past("BYE ", "ACK "), 200, ""))
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestNoPasswordForCallers: whoever calls us gets no answer to a challenge, of a BYE
// or of a re-INVITE (CVE-2021-41158).
func TestNoPasswordForCallers(t *testing.T) {
	e, p, calls, s := called(t, func(c *Config) { withLogin(t)(c, nil) })
	established(t, p, calls, s, "leak")
	if err := s.Reoffer([]byte(offerSDP)); err != nil {
		t.Fatal(err)
	}
	p.send(p.respond(p.recv("INVITE "), 407, "", challenge("Proxy-Authenticate", 1, "")))
	p.recv("ACK ")
	if ev := s.next(t, Reanswered); ev.Status != 407 {
		t.Errorf("got %s", tell(ev))
	}
	s.Hangup(New(Normal, ""))
	bye := p.recv("BYE ")
	p.send(p.respond(bye, 407, "", challenge("Proxy-Authenticate", 2, "")))
	s.ended(t, Normal, false)
	idle(t, e)
	p.silence(t)
	if strings.Contains(bye, "uthorization") {
		t.Errorf("BYE is\n%s", bye)
	}
}
