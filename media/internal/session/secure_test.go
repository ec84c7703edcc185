package session

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/srtp"
)

// secrets makes keys of a suite that a test can repeat.
func secrets(suite msg.Suite, seed byte) msg.Keys {
	full := msg.Keys{Suite: suite}
	for i := range full.Key {
		full.Key[i] = seed + byte(i)
	}
	for i := range full.Salt {
		full.Salt[i] = seed ^ byte(7*i)
	}
	k, err := srtp.KeysFrom(suite, srtp.Inline(full))
	if err != nil {
		panic(err)
	}
	return k
}

// secure agrees on keys for a phone and its session.
func (p *phone) secure(suite msg.Suite, seed byte) msg.Params {
	m := p.params()
	m.Secure = msg.Secure{Ours: secrets(suite, seed), Theirs: secrets(suite, seed+100)}
	ctx, err := srtp.New(m.Secure.Theirs, m.Secure.Ours)
	if err != nil {
		p.t.Fatal(err)
	}
	p.ctx = ctx
	return m
}

// pairOf is two joined phones, each with a tone, the first at 440 Hz.
type pairOf struct {
	a, b *phone
	now  clock.Time
	talk func(clock.Time)
}

func newPairOf(t *testing.T, idA, idB codecs.ID) *pairOf {
	x := &pairOf{a: newPhone(t, farA, idA, frame20, 440), b: newPhone(t, farB, idB, frame20, 1000)}
	x.talk = every(frame20, func(now clock.Time) { x.a.speak(now); x.b.speak(now) })
	return x
}

func (x *pairOf) start(a, b msg.Params) {
	x.a.s.Start(x.now, a)
	x.b.s.Start(x.now, b)
	x.a.s.Join(x.now, x.b.s)
}

func (x *pairOf) run(d time.Duration) {
	x.a.heard, x.b.heard = nil, nil
	run(&x.now, d, x.talk, x.a.s, x.b.s)
}

func (x *pairOf) clean(t *testing.T) {
	t.Helper()
	clean(t, x.a.heard, x.a.rate, 1000, -12, -28)
	clean(t, x.b.heard, x.b.rate, 440, -12, -28)
	x.a.sequences()
	x.b.sequences()
	if x.a.bad+x.b.bad > 0 {
		t.Errorf("%d and %d packets could not be opened", x.a.bad, x.b.bad)
	}
}

func suites() []msg.Suite {
	return []msg.Suite{msg.AES128SHA1With80, msg.AES128SHA1With32, msg.AES128GCM, msg.AES256GCM}
}

// Sound travels between any two ways to secure it, relayed and decoded, and over
// a change of keys.
func TestSecuredLegs(t *testing.T) {
	f := func(a, b msg.Suite, decode bool) {
		t.Run(fmt.Sprintf("%d to %d, decoded %v", a, b, decode), func(t *testing.T) {
			x := newPairOf(t, codecs.PCMU, codecs.PCMU)
			begin := func(seed byte) {
				pa, pb := x.a.secure(a, seed), x.b.params()
				if b != msg.PlainRTP {
					pb = x.b.secure(b, seed+10)
				}
				pa.Decode = decode
				x.start(pa, pb)
				x.run(300 * time.Millisecond)
				x.run(time.Second)
				x.clean(t)
			}
			begin(1)
			begin(33) // a re-INVITE with other keys
			st := x.a.s.Stats()
			if st.Forged != 0 || (st.Relayed > 0) == decode {
				t.Errorf("%+v", st)
			}
		})
	}
	for _, a := range suites() {
		for _, b := range append(suites(), msg.PlainRTP) {
			f(a, b, true)
			f(a, b, false)
		}
	}
}

// Who has not the keys is not heard, and is counted.
func TestForgeriesAreSilence(t *testing.T) {
	f := func(name string, spoil func(p *phone)) {
		t.Run(name, func(t *testing.T) {
			for _, decode := range []bool{false, true} {
				x := newPairOf(t, codecs.PCMU, codecs.PCMU)
				pa, pb := x.a.secure(msg.AES128SHA1With80, 1), x.b.params()
				pa.Decode = decode
				spoil(x.a)
				x.start(pa, pb)
				x.run(2 * time.Second)
				if l := dsp.Level(x.b.heard); l > -70 {
					t.Errorf("sound of %.1f dBov comes through", l)
				}
				if st := x.a.s.Stats(); st.Forged != 100 || st.PacketsIn != 0 || len(x.a.only(msg.FirstPacket)) != 0 {
					t.Errorf("%+v", st)
				}
			}
		})
	}
	f("wrong key", func(p *phone) {
		p.ctx, _ = srtp.New(secrets(msg.AES128SHA1With80, 50), secrets(msg.AES128SHA1With80, 51))
	})
	f("wrong suite", func(p *phone) {
		p.ctx, _ = srtp.New(secrets(msg.AES128GCM, 101), secrets(msg.AES128GCM, 1))
	})
	f("plain RTP", func(p *phone) { p.ctx = nil })
}

// Packets recorded off a secured call and sent again change nothing.
func TestReplaysAreNotHeard(t *testing.T) {
	for _, decode := range []bool{false, true} {
		x := newPairOf(t, codecs.PCMU, codecs.PCMU)
		pa, pb := x.a.secure(msg.AES128SHA1With80, 1), x.b.params()
		pa.Decode = decode
		x.start(pa, pb)
		var old [][]byte
		x.a.tap = func(pkt []byte) { old = append(old, bytes.Clone(pkt)) }
		talk := x.talk
		x.talk = func(now clock.Time) {
			talk(now)
			if now%clock.Time(frame20) == 0 {
				for _, i := range []int{0, len(old) * 2 / 3, len(old) - 1} {
					x.a.s.Receive(now, append(make([]byte, 0, maxBuffer), old[i]...), farA)
				}
			}
		}
		x.run(300 * time.Millisecond)
		x.run(3 * time.Second)
		x.clean(t)
		if st := x.a.s.Stats(); st.Duplicate+st.Late > 0 || st.Forged < 450 {
			t.Errorf("decoded %v: %+v", decode, st)
		}
	}
}

// Keys that make no sense let nothing pass, in no direction; good ones do again.
func TestBrokenKeysNeverSendPlain(t *testing.T) {
	f := func(name string, spoil func(k *msg.Secure), before bool) {
		t.Run(name, func(t *testing.T) {
			x := newPairOf(t, codecs.PCMU, codecs.PCMU)
			pa, pb := x.a.secure(msg.AES128GCM, 1), x.b.params()
			if before {
				x.start(pa, pb)
				x.run(time.Second)
			}
			good := pa
			spoil(&pa.Secure)
			ctx := x.a.ctx
			x.a.ctx = nil // look at what is on the wire
			sent, control := len(x.a.sent), len(x.a.control)
			x.start(pa, pb)
			x.a.s.SendDigits(1, "1")
			x.run(20 * time.Second)
			x.a.s.Play(msg.Playback{Ref: 2, Loop: -1}, nil)
			x.run(time.Second)
			if len(x.a.sent) != sent || len(x.a.control) != control {
				t.Errorf("%d packets and %d reports were sent", len(x.a.sent)-sent, len(x.a.control)-control)
			}
			if l := dsp.Level(x.b.heard); l > -70 {
				t.Errorf("sound of %.1f dBov comes through", l)
			}
			x.a.ctx = ctx
			good.Secure, x.a.sent = x.a.secure(msg.AES128GCM, 60).Secure, nil
			x.start(good, pb)
			x.run(300 * time.Millisecond)
			x.run(time.Second)
			x.clean(t)
		})
	}
	for _, before := range []bool{false, true} {
		f("no such suite", func(k *msg.Secure) { k.Ours.Suite = 99 }, before)
		f("one half", func(k *msg.Secure) { k.Theirs = msg.Keys{} }, before)
		f("the other half", func(k *msg.Secure) { k.Ours = msg.Keys{} }, before)
	}
}

func TestSecuredSoundAllocatesNothing(t *testing.T) {
	for _, suite := range suites() {
		x := newSecureLoad(suite)
		if n := testing.AllocsPerRun(300, x.step); n != 0 {
			t.Errorf("suite %d: %v allocations, want 0", suite, n)
		}
	}
}

// secureLoad is two joined legs, one of which is secured, with a packet each way
// per step.
type secureLoad struct {
	a, b *phone
	now  clock.Time
	pcm  []byte
	pkt  []byte
}

func newSecureLoad(suite msg.Suite) *secureLoad {
	x := &secureLoad{pcm: make([]byte, 160), pkt: make([]byte, 0, maxBuffer)}
	x.a, x.b = newPhone(nil, farA, codecs.PCMU, frame20, 440), newPhone(nil, farB, codecs.PCMU, frame20, 440)
	x.a.s.wire, x.b.s.wire, x.a.s.out, x.b.s.out = &deaf{}, &deaf{}, &deaf{}, &deaf{}
	x.a.s.Start(0, x.a.secure(suite, 1))
	x.b.s.Start(0, x.b.params())
	x.a.s.Join(0, x.b.s)
	for range 10 {
		x.step()
	}
	return x
}

func (x *secureLoad) step() {
	for _, p := range []*phone{x.a, x.b} {
		pkt := x.pkt[:172]
		putNext(p, pkt, x.pcm)
		if p.ctx != nil {
			pkt = p.ctx.ProtectRTP(pkt)
		}
		p.s.Receive(x.now, pkt, p.addr)
		p.s.Tick(x.now)
	}
	x.now = x.now.Add(frame20)
}

func BenchmarkSecure(b *testing.B) {
	for _, suite := range suites() {
		b.Run(srtp.SuiteName(suite), func(b *testing.B) {
			x := newSecureLoad(suite)
			b.ReportAllocs()
			for b.Loop() {
				x.step()
			}
		})
	}
}
