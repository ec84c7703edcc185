package session

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
)

// badly makes a link like the worst network we promise to bear: 5 % loss, 50 ms
// of jitter, one packet in ten ahead of others, some doubled.
func badly(l *link) {
	l.delay, l.jitter, l.loss, l.jump, l.double = 20*time.Millisecond, 50*time.Millisecond, 0.05, 0.1, 0.02
}

// A thousand keys, over a bad network: each arrives once, in order.
func TestAThousandDigits(t *testing.T) {
	f := func(name string, id codecs.ID, change func(i int, p *msg.Params)) {
		t.Run(name, func(t *testing.T) {
			x := connect(t, id, func(i int, p *msg.Params, l *link) {
				badly(l)
				if change != nil {
					change(i, p)
				}
			})
			rnd, all := rand.New(rand.NewPCG(3, 3)), ""
			for range 10 {
				b := make([]byte, 100)
				for i := range b {
					b[i] = "0123456789*#ABCD"[rnd.IntN(16)]
				}
				all += string(b)
				x.s[0].SendDigits(1, string(b))
			}
			x.run(4 * time.Minute)
			if got := x.out[1].digits(); got != all {
				t.Errorf("%d keys were heard of %d; wrong from number %d on", len(got), len(all), differ(got, all))
			}
			if n := len(x.out[0].only(msg.DigitsSent)); n != 10 {
				t.Errorf("%d of 10 wishes were answered", n)
			}
		})
	}
	f("G.711", codecs.PCMU, nil)
	f("G.722", codecs.G722, nil)
	f("Opus", codecs.Opus, nil) // events at 48 kHz
	f("Opus with keys at 8 kHz", codecs.Opus, func(_ int, p *msg.Params) { p.EventClock = 8000 })
	f("secured", codecs.PCMU, bothSecured)
	f("60 ms", codecs.PCMU, func(_ int, p *msg.Params) { p.Ptime = 60 * time.Millisecond })
	f("10 ms", codecs.PCMU, func(_ int, p *msg.Params) { p.Ptime = 10 * time.Millisecond })
}

// bothSecured gives the two sides of a call fitting keys.
func bothSecured(i int, p *msg.Params) {
	one, two := secrets(msg.AES128GCM, 1), secrets(msg.AES128GCM, 9)
	p.Secure = []msg.Secure{{Ours: one, Theirs: two}, {Ours: two, Theirs: one}}[i]
}

func differ(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// Keys pass from one bad network to another, over a relay, once each.
func TestDigitsCrossOnce(t *testing.T) {
	for _, id := range []codecs.ID{codecs.PCMU, codecs.Opus} {
		x := newPlan(t, 1, 0, 0, id)
		x.run(time.Second)
		sender := newPhone(t, farA, id, frame20, 440)
		l := &link{now: &x.now, from: farA, to: x.p[0].s, rnd: rand.New(rand.NewPCG(1, 9)), delay: 5 * time.Millisecond, jitter: 30 * time.Millisecond, loss: 0.05, double: 0.02}
		sender.s.wire = l
		sender.s.Start(x.now, sender.params())
		sender.s.SendDigits(1, "0123456789*#ABCD")
		hearer := newPhone(t, farB, id, frame20, 440)
		hearer.s.Start(x.now, hearer.params())
		x.p[1].s.wire = &link{now: &x.now, from: farB, to: hearer.s, rnd: rand.New(rand.NewPCG(1, 9))}
		run(&x.now, 5*time.Second, func(now clock.Time) {
			l.step(now)
			x.p[1].s.wire.(*link).step(now)
		}, x.p[0].s, x.p[1].s, sender.s, hearer.s)
		got := x.p[0].only(msg.Digit)
		crossed := ""
		for _, e := range got {
			if e.Crossed {
				crossed += string(e.Digit)
			}
		}
		if x.p[0].digits() != "0123456789*#ABCD" || hearer.digits() != crossed {
			t.Errorf("%v: reported %q, of which crossed %q; over there %q", id, x.p[0].digits(), crossed, hearer.digits())
		}
		if len(crossed) < 15 {
			t.Errorf("%v: only %q passed by", id, crossed)
		}
	}
}

// A call over a bad network, with junk thrown into it: the prompt is recognised
// at all times, and as well as without the junk.
func TestJunkIsNotHeard(t *testing.T) {
	f := func(name string, id codecs.ID, spoil float64, secure bool) (whole float64) {
		t.Run(name, func(t *testing.T) {
			x := connect(t, id, func(i int, p *msg.Params, l *link) {
				l.delay, l.jitter, l.spoil = 20*time.Millisecond, 20*time.Millisecond, spoil
				if secure {
					bothSecured(i, p)
				}
			})
			x.s[0].Play(msg.Playback{Ref: 1, Loop: -1}, []*prompt.Clip{prompt.Tone(800, time.Minute, -12)})
			x.run(2 * time.Second)
			heard := &tapped{}
			good, all := 0, 0
			for range 500 {
				x.run(frame20)
				heard.note(x.s[1])
			}
			for pcm := heard.pcm; len(pcm) >= rate/25; pcm = pcm[rate/25:] {
				all++
				if l := dsp.Goertzel(pcm[:rate/25], 800, rate); l > -14 && residue(pcm[:rate/25], 800, rate) < -25 {
					good++
				}
			}
			whole = float64(good) / float64(all)
			if len(x.out[1].digits()) > 0 || len(x.out[1].only(msg.MediaLost)) > 0 {
				t.Errorf("events: %+v", x.out[1].events)
			}
		})
		return whole
	}
	clear := f("G.711", codecs.PCMU, 0, false)
	junk := f("G.711 with junk", codecs.PCMU, 0.5, false)
	safe := f("secured with junk", codecs.PCMU, 0.5, true)
	if clear < 0.97 || junk < clear-0.02 || safe < clear-0.02 {
		t.Errorf("whole are %.3f of a call, %.3f with junk, %.3f secured", clear, junk, safe)
	}
}

// Junk thrown at a call whose sound passes by is not heard on the other side.
func TestJunkIsNotRelayed(t *testing.T) {
	x := newPair(t, nil)
	x.run(time.Second)
	n := len(x.b.sent)
	rnd := rand.New(rand.NewPCG(3, 3))
	l, talk := &link{rnd: rnd}, x.talk
	x.talk = func(now clock.Time) {
		talk(now)
		if rnd.IntN(4) == 0 {
			pkt := make([]byte, rtp.HeaderSize+160)
			rtp.Put(pkt, x.a.say)
			x.a.s.Receive(now, l.junk(pkt), x.a.addr)
			x.a.s.ReceiveControl(now, l.junk(pkt), controlA)
		}
	}
	x.run(10 * time.Second)
	x.b.inStep()
	good, all := 0, 0
	for pcm := x.b.listen(n); len(pcm) >= rate/25; pcm = pcm[rate/25:] {
		all++
		if residue(pcm[:rate/25], 440, rate) < -35 && dsp.Goertzel(pcm[:rate/25], 440, rate) > -11 {
			good++
		}
	}
	if good < all*97/100 || all < 200 {
		t.Errorf("%d of %d moments are whole", good, all)
	}
}

// What a bad network leaves of a tone.
func TestSoundOverABadNetwork(t *testing.T) {
	f := func(id codecs.ID, floor float64) {
		t.Helper()
		x := connect(t, id, func(_ int, p *msg.Params, l *link) { badly(l); p.Rate = 8000 })
		x.s[0].Play(msg.Playback{Ref: 1, Loop: -1}, []*prompt.Clip{prompt.Tone(400, time.Minute, -12)})
		x.run(5 * time.Second)
		heard, good, all, most := &tapped{}, 0, 0, time.Duration(0)
		for range 3000 {
			x.run(frame20)
			heard.note(x.s[1])
			d, _ := x.s[1].jitter.Delay()
			most = max(most, d)
		}
		for pcm := heard.pcm; len(pcm) >= rate/25; pcm = pcm[rate/25:] {
			if all++; dsp.Goertzel(pcm[:rate/25], 400, rate) > -15 {
				good++
			}
		}
		if share := float64(good) / float64(all); share < floor || most > 250*time.Millisecond {
			t.Errorf("%v: %.3f of it is whole, delayed by up to %v", id, share, most)
		}
	}
	f(codecs.PCMU, 0.95)
	f(codecs.G722, 0.9)
	f(codecs.Opus, 0.9)
}
