package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/rtcp"
)

// controlA is where farA's reports come from.
var controlA = netip.AddrPortFrom(farA.Addr(), farA.Port()+1)

// report is a receiver report that says nothing.
func report() []byte { return rtcp.AppendName(rtcp.AppendReceiver(nil, 0xfa), 0xfa, "x") }

// A far side that says nothing, but reports all along, is there.
func TestReportsAreSignsOfLife(t *testing.T) {
	f := newFar(t, farA)
	f.s.SetTimeout(time.Minute)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	now := clock.Time(0)
	f.talk(now, codecs.PCMU, 160)
	run(&now, 3*time.Minute, every(5*time.Second, func(now clock.Time) { f.s.ReceiveControl(now, report(), controlA) }), f.s)
	if n := len(f.only(msg.MediaLost)); n > 0 {
		t.Errorf("media was lost %d times while %d reports came", n, f.s.Stats().ControlIn)
	}
	junk := every(5*time.Second, func(now clock.Time) { f.s.ReceiveControl(now, []byte("junk"), controlA) })
	run(&now, 2*time.Minute, junk, f.s)
	if n := len(f.only(msg.MediaLost)); n != 1 {
		t.Errorf("after the last report media was lost %d times, want once", n)
	}
}

// How we sound there is what the far side says of it, if it does (RFC 3611 §4.7).
func TestTheFarSideJudges(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	now := clock.Time(0)
	run(&now, time.Second, nil, f.s)
	ssrc := f.sent[0].h.SSRC
	x := rtcp.New(now, rtcp.Config{SSRC: 0xfa, Clock: 8000, Extended: true})
	f.s.ReceiveControl(now, x.Report(now, make([]byte, 0, 700), nil, &rtcp.VoIP{SSRC: ssrc, MOSLQ: 20, MOSCQ: 18, R: 30}), controlA)
	if st := f.s.Stats(); st.ControlIn != 1 || st.RemoteMOS < 1.79 || st.RemoteMOS > 1.81 {
		t.Errorf("the far side says 1.8, we say %.2f of %d reports; %d malformed", st.RemoteMOS, st.ControlIn, st.Malformed)
	}
}

// Reports may come from where SDP says they do (a=rtcp), and from no other host.
func TestReportsFromElsewhere(t *testing.T) {
	f := newFar(t, farA)
	p := f.params(codecs.PCMU, frame20)
	p.Control = netip.MustParseAddrPort("192.0.2.9:4100")
	f.s.Start(0, p)
	f.s.ReceiveControl(0, report(), p.Control)
	f.s.ReceiveControl(0, report(), netip.MustParseAddrPort("192.0.2.9:4101"))
	if st := f.s.Stats(); st.ControlIn != 1 || st.Foreign != 1 {
		t.Errorf("%d taken, %d foreign, want 1 of each", st.ControlIn, st.Foreign)
	}
}

// The instant and the timestamp of a sender report are one moment (RFC 3550 §6.4.1),
// also while keys are sent, or passed on, whose packets carry the time of their
// beginning, and while sound is passed on.
func TestSenderReportsTellOneMoment(t *testing.T) {
	f := func(name string, x *far, live func(now *clock.Time)) {
		t.Helper()
		now, n := clock.Time(0), 0
		live(&now)
		var first, low, high int64
		for _, b := range x.control {
			p, _ := rtcp.Next(b)
			s, ok := p.Sender()
			if !ok {
				continue
			}
			at := int64(float64(s.NTP) / (1 << 32) * rate) // on the RTP clock
			d := int64(int32(uint32(int64(s.Timestamp) - at)))
			if n++; n == 1 {
				first = d
			}
			low, high = min(low, d-first), max(high, d-first)
		}
		if n < 8 || high-low > 200 {
			t.Errorf("%s: %d reports are up to %d ms off each other", name, n, (high-low)/8)
		}
	}
	one := newFar(t, farA)
	one.s.Start(0, one.params(codecs.PCMU, frame20))
	f("dialling", one, func(now *clock.Time) {
		for range 8 {
			one.s.SendDigits(1, fifty)
		}
		run(now, 70*time.Second, nil, one.s)
	})
	x, n := newPair(t, nil), 0
	x.talk = every(frame20, func(now clock.Time) {
		if n++; n%25 >= 5 {
			x.a.talk(now, codecs.PCMU, 160)
			return
		}
		x.a.key(now, '5', n%25+1)
	})
	f("passing on", x.b, func(now *clock.Time) {
		x.run(70 * time.Second)
		*now = x.now
		if crossed := x.a.only(msg.Digit); len(crossed) < 100 || !crossed[50].Crossed {
			t.Errorf("%d keys passed on", len(crossed))
		}
	})
}
