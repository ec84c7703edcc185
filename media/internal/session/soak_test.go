package session

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
)

// line is a network path to a session: it delays, reorders, loses and doubles
// packets, and the clock at its far end is not ours.
type line struct {
	f      *far
	rnd    *rand.Rand
	every  time.Duration // the far clock's idea of 20 ms
	jitter time.Duration
	loss   float64
	due    clock.Time
	under  []transit
	c      codecs.Coder
	pcm    [160]int16
}

type transit struct {
	at  clock.Time
	pkt []byte
}

func (l *line) step(now clock.Time) {
	for ; l.due <= now; l.due = l.due.Add(l.every) {
		payload := make([]byte, 160)
		l.f.tone.Fill(l.pcm[:])
		l.c.Encode(payload, l.pcm[:])
		pkt := l.f.packet(0, payload, 160)
		if l.rnd.Float64() < l.loss {
			continue
		}
		for range 1 + int(l.rnd.Float64()+l.loss) {
			l.under = append(l.under, transit{l.due.Add(time.Duration(l.rnd.Int64N(int64(l.jitter)))), pkt})
		}
	}
	kept := l.under[:0]
	for _, p := range l.under {
		if p.at > now {
			kept = append(kept, p)
			continue
		}
		l.f.s.Receive(now, p.pkt, l.f.addr)
	}
	l.under = kept
}

// A call of twenty minutes over two bad lines whose clocks drift apart: the delay
// from one wire to the other stays bounded at every moment, and the tones are
// still told apart at the end.
func TestALongBadCall(t *testing.T) {
	a, b := newFar(t, farA), newFar(t, farB)
	a.tone, b.tone = dsp.NewTone(440, -10, rate), dsp.NewTone(1000, -10, rate)
	a.s.Start(0, a.params(codecs.PCMU, 20*time.Millisecond))
	b.s.Start(0, b.params(codecs.PCMA, 30*time.Millisecond))
	a.s.Join(0, b.s)
	ulaw := codecs.All()[0].New(8000, codecs.Format{})
	la := &line{f: a, rnd: rand.New(rand.NewPCG(1, 1)), every: 19994 * time.Microsecond, jitter: 30 * time.Millisecond, loss: 0.02, c: ulaw}
	lb := &line{f: b, rnd: rand.New(rand.NewPCG(2, 2)), every: 20006 * time.Microsecond, jitter: 50 * time.Millisecond, loss: 0.01, c: ulaw}
	now := clock.Time(0)
	minute := func() {
		a.sent, b.sent = a.sent[:0], b.sent[:0]
		run(&now, time.Minute, func(now clock.Time) {
			la.step(now)
			lb.step(now)
			for _, s := range []*Session{a.s, b.s} {
				delay := int(s.jitter.Held()) + len(s.rest) + s.peer.ear.Held()
				if delay > rate/2 {
					t.Fatalf("after %v the delay is %d ms", time.Duration(now), delay/8)
				}
			}
		}, a.s, b.s)
		clearly(t, a, 1000, 440)
		clearly(t, b, 440, 1000)
	}
	for range 20 {
		minute()
	}
	for _, f := range []*far{a, b} {
		st := f.s.Stats()
		if st.Lost < 300 || st.Lost > 1700 || st.Late > st.PacketsIn/50 || st.Malformed+st.Foreign != 0 {
			t.Errorf("at the end: %+v", st)
		}
		if len(f.events) != 1 {
			t.Errorf("events of an uneventful call: %+v", f.events)
		}
	}
}

// clearly checks that nine moments in ten carry the whole tone, which is all a
// line that loses 2 % can give, and that none carries the other.
func clearly(t *testing.T, f *far, freq, not float64) {
	t.Helper()
	pcm, good, all := f.listen(0), 0, 0
	for ; len(pcm) >= rate/25; pcm = pcm[rate/25:] {
		all++
		if dsp.Goertzel(pcm[:rate/25], freq, rate) > -12 {
			good++
		}
		if l := dsp.Goertzel(pcm[:rate/25], not, rate); l > -25 {
			t.Errorf("a moment of %v Hz at %.1f dBov", not, l)
			return
		}
	}
	if good < all*9/10 {
		t.Errorf("%v Hz is whole in %d of %d moments", freq, good, all)
	}
}
