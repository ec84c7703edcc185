package sip

import (
	"strings"
	"testing"
	"time"
)

// TestKeysComeByInfo: as gateways write them.
func TestKeysComeByInfo(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "keys")
	seq := 1
	f := func(contentType, body string, want byte) {
		t.Helper()
		seq++
		p.send(p.request("INFO", "keys", tag, seq, "Content-Type: "+contentType+"\n\n"+body))
		p.recv("SIP/2.0 200")
		if got := s.next(t, Pressed).Key; got != want {
			t.Errorf("%s %q: key %q, want %q", contentType, body, got, want)
		}
	}
	f("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5')
	f("application/dtmf-relay", "Duration=250\nSignal= *\n", '*')
	f("Application/DTMF-Relay; charset=x", "signal = 11", '#')
	f("application/dtmf-relay", "Signal=d", 'D')
	f("application/dtmf", "7", '7')
	f("application/dtmf", "#\r\n", '#')
	p.send(p.request("BYE", "keys", tag, seq+1))
	p.recv("SIP/2.0 200")
	idle(t, e)
}

// TestPressSendsInfoInOrder: one key after the other, each answered first.
func TestPressSendsInfoInOrder(t *testing.T) {
	e, p, calls, s := called(t, nil)
	tag := established(t, p, calls, s, "press")
	done := make(chan struct{})
	s.Press("1x#a", 160*time.Millisecond, func() { close(done) })
	for _, want := range []string{"Signal=1\r\n", "Signal=#\r\n", "Signal=A\r\n"} {
		msg := p.recv("INFO sip:")
		if got := headerOf(msg, "Content-Type"); got != "application/dtmf-relay" {
			t.Errorf("content type %q", got)
		}
		if !strings.Contains(msg, want+"Duration=160\r\n") {
			t.Errorf("sent %q, want %q in it", msg, want)
		}
		p.send(p.respond(msg, 200, ""))
	}
	<-done
	s.Press("", 0, func() {})
	p.send(p.request("BYE", "press", tag, 2))
	p.recv("SIP/2.0 200")
	over := make(chan struct{})
	s.Press("1", time.Second, func() { close(over) })
	<-over
	idle(t, e)
}
