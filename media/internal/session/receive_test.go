package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/latch"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// The payload type of each packet decides, not what was offered first.
func TestThePayloadTypeDecides(t *testing.T) {
	f := newFar(t, farA)
	f.tone = dsp.NewTone(440, -10, rate)
	p := f.params(codecs.PCMU, frame20)
	p.Accept = []msg.Payload{{Type: 0, Codec: codecs.PCMU}, {Type: 8, Codec: codecs.PCMA}, {Type: 9, Codec: 99}, {Type: 200, Codec: codecs.PCMU}}
	f.s.Start(0, p)
	now, heard, n := clock.Time(0), &tapped{}, 0
	run(&now, 2*time.Second, every(frame20, func(now clock.Time) {
		heard.note(f.s)
		n++
		f.talk(now, []codecs.ID{codecs.PCMU, codecs.PCMA}[n%2], 160)
		f.s.Receive(now, f.packet(13, []byte{60}, 0), f.addr)                    // comfort noise
		f.s.Receive(now, f.packet(9, make([]byte, 160), 0), f.addr)              // never agreed
		f.s.Receive(now, f.packet(0, make([]byte, 1921), 0), f.addr)             // more than any codec needs
		f.s.Receive(now, []byte{0x80, 0}, f.addr)                                // not RTP
		f.s.Receive(now, append([]byte{0x80, 200}, make([]byte, 30)...), f.addr) // RTCP
	}), f.s)
	hears(t, heard.pcm[800:], 440, 1000)
	st := f.s.Stats()
	if st.PacketsIn != uint64(2*n) || st.BytesIn != uint64(161*n) || st.Malformed != uint64(4*n) {
		t.Errorf("after %d rounds: %+v", n, st)
	}
}

func TestLossReorderAndDoubles(t *testing.T) {
	f := newFar(t, farA)
	f.tone = dsp.NewTone(440, -10, rate)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	now, heard, n := clock.Time(0), &tapped{}, 0
	var kept []byte
	c := codecs.All()[0].New(8000, codecs.Format{})
	run(&now, 10*time.Second, every(frame20, func(now clock.Time) {
		heard.note(f.s)
		pcm, payload := make([]int16, 160), make([]byte, 160)
		f.tone.Fill(pcm)
		c.Encode(payload, pcm)
		pkt := f.packet(0, payload, 160)
		switch n++; n % 20 {
		case 5: // lost
		case 10:
			kept = pkt
		case 11:
			f.s.Receive(now, pkt, f.addr)
			f.s.Receive(now, kept, f.addr)
		case 15:
			f.s.Receive(now, pkt, f.addr)
			f.s.Receive(now, pkt, f.addr)
		default:
			f.s.Receive(now, pkt, f.addr)
		}
	}), f.s)
	hears(t, heard.pcm[800:], 440, 1000)
	st := f.s.Stats()
	if st.Lost != 25 || st.Duplicate != 25 || st.Late > 5 {
		t.Errorf("after %d packets: %+v", n, st)
	}
}

// talks sends n valid packets from an address.
func talks(f *far, from string, n int) {
	for range n {
		f.s.Receive(0, f.packet(0, make([]byte, 160), 160), netip.MustParseAddrPort(from))
	}
}

func TestLatch(t *testing.T) {
	f := func(name string, nat bool, act func(f *far), foreign int, wantPeer string) {
		t.Run(name, func(t *testing.T) {
			t.Helper()
			f := newFar(t, farA) // 192.0.2.1:4000
			p := f.params(codecs.PCMU, frame20)
			p.NAT = nat
			f.s.Start(0, p)
			act(f)
			f.s.Tick(0)
			if st := f.s.Stats(); st.Foreign != uint64(foreign) {
				t.Errorf("foreign %d, want %d", st.Foreign, foreign)
			}
			if got := f.sent[0].to.String(); got != wantPeer {
				t.Errorf("we send to %s, want %s", got, wantPeer)
			}
		})
	}
	const home = "192.0.2.1:4000"
	f("strict", false, func(f *far) { talks(f, home, 3); talks(f, "192.0.2.1:4001", 9); talks(f, "10.0.0.1:9", 9) }, 18, home)
	f("mapped address", false, func(f *far) { talks(f, "[::ffff:192.0.2.1]:4000", 3) }, 0, home)
	f("learned", true, func(f *far) { talks(f, "10.0.0.1:9", 10) }, latch.Proof-1, "10.0.0.1:9")
	f("too few", true, func(f *far) { talks(f, "10.0.0.1:9", latch.Proof-1) }, latch.Proof-1, home)
	f("signalled speaks first", true, func(f *far) { talks(f, home, 1); talks(f, "10.0.0.1:9", 20) }, 20, home)
	f("signalled speaks in between", true, func(f *far) {
		talks(f, "10.0.0.1:9", latch.Proof-1)
		talks(f, home, 1)
		talks(f, "10.0.0.1:9", 20)
	}, latch.Proof-1+20, home)
	f("locked", true, func(f *far) { talks(f, "10.0.0.1:9", 5); talks(f, "10.0.0.2:9", 20); talks(f, home, 2) }, latch.Proof-1+22, "10.0.0.1:9")
	f("two in turn", true, func(f *far) {
		for range 20 {
			talks(f, "10.0.0.1:9", 1)
			talks(f, "10.0.0.2:9", 1)
		}
	}, 40, home)
	f("same address goes first", true, func(f *far) {
		for range latch.Proof {
			talks(f, "10.0.0.1:9", 1) // one SSRC, but the other's packets are between
			f.say.Sequence--
			talks(f, "192.0.2.1:999", 1)
		}
	}, 2*latch.Proof-1, "192.0.2.1:999")
	f("not in a row", true, func(f *far) {
		for range 20 {
			talks(f, "10.0.0.1:9", 1)
			f.say.Sequence += 7
		}
	}, 20, home)
	f("another stream each", true, func(f *far) {
		for range 20 {
			talks(f, "10.0.0.1:9", 1)
			f.say.SSRC++
		}
	}, 20, home)
	f("garbage proves nothing", true, func(f *far) {
		for range 20 {
			f.s.Receive(0, f.packet(99, make([]byte, 160), 160), netip.MustParseAddrPort("10.0.0.1:9"))
		}
	}, 20, home)
	again := func(remote string) func(f *far) {
		return func(f *far) {
			talks(f, "10.0.0.1:9", latch.Proof)
			p := f.params(codecs.PCMU, frame20)
			p.NAT, p.Remote = true, netip.MustParseAddrPort(remote)
			f.s.Start(0, p)
		}
	}
	f("kept over a re-INVITE", true, again(home), latch.Proof-1, "10.0.0.1:9")
	f("a re-INVITE elsewhere", true, again("192.0.2.9:7000"), latch.Proof-1, "192.0.2.9:7000")
	f("unlocked by a re-INVITE", true, func(f *far) {
		again(home)(f)
		talks(f, "10.0.0.2:9", latch.Proof)
	}, 2*(latch.Proof-1), "10.0.0.2:9")
	f("locked again after it", true, func(f *far) {
		again(home)(f)
		talks(f, "10.0.0.1:9", 1)
		talks(f, "10.0.0.2:9", latch.Proof)
	}, latch.Proof-1+latch.Proof, "10.0.0.1:9")
}

// Left is what came, right is what went, of the same moment.
func TestTapsAreAligned(t *testing.T) {
	f := newFar(t, farA)
	f.tone = dsp.NewTone(440, -10, rate)
	p := f.params(codecs.PCMU, frame20)
	f.s.Start(0, p)
	mono, stereo := tap.New(tap.Inbound, 8000, 8000), tap.New(tap.Stereo, 8000, 8000)
	if !f.s.Tap(mono) || !f.s.Tap(stereo) || !f.s.Tap(stereo) {
		t.Fatal("a tap was refused")
	}
	now, heard := clock.Time(0), &tapped{}
	clip := ramp(4000, 3)
	run(&now, 2*time.Second, func(now clock.Time) {
		heard.note(f.s)
		switch now {
		case clock.Time(500 * time.Millisecond):
			f.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{clip})
		case clock.Time(1200 * time.Millisecond):
			f.s.SendDigits(2, "1")
		}
		if now%clock.Time(frame20) == 0 && now < clock.Time(time.Second) {
			f.talk(now, codecs.PCMU, 160)
		}
	}, f.s)
	heard.note(f.s)
	if !f.s.Untap(mono) || f.s.Untap(mono) {
		t.Error("untap does not say the truth")
	}
	f.s.Close(now)
	left, both := drain(t, mono), drain(t, stereo)
	if len(both) != 2*len(left) || len(left) != 2*rate {
		t.Fatalf("%d samples and %d pairs of 2 s", len(left), len(both)/2)
	}
	var right []int16
	for i := range left {
		if both[2*i] != left[i] {
			t.Fatalf("sample %d: mono %d, left %d", i, left[i], both[2*i])
		}
		right = append(right, both[2*i+1])
	}
	for i, x := range heard.pcm {
		if left[i] != x {
			t.Fatalf("sample %d: heard %d, tapped %d", i, x, left[i])
		}
	}
	// The right channel, encoded, is what the wire saw, frame by frame.
	payload, c := make([]byte, 160), codecs.All()[0].New(8000, codecs.Format{})
	for i, s := range f.sent {
		c.Encode(payload, right[i*160:(i+1)*160])
		if s.h.Type == 0 && string(payload) != string(s.payload) {
			t.Fatalf("frame %d on the wire is not what the tap heard", i)
		}
		if s.h.Type == 101 && dsp.Level(right[i*160:(i+1)*160]) > dsp.Floor {
			t.Fatalf("frame %d: a tap hears sound under a telephone-event", i)
		}
	}
	hears(t, left[:rate], 440, 1000)
}

// The two ears of a stereo tap are those of two mono ones, of any rates, and packet
// times, and nothing is missing in them.
func TestTapsAreAlignedAtEveryRate(t *testing.T) {
	f := func(id codecs.ID, ptime time.Duration, leg, at int) {
		t.Helper()
		a, b := newPhone(t, farA, id, ptime, 440), newPhone(t, farB, codecs.PCMA, frame20, 1000)
		pa := a.params()
		pa.Rate = leg
		a.s.Start(0, pa)
		b.s.Start(0, b.params())
		a.s.Join(0, b.s)
		stereo, in, out := tap.New(tap.Stereo, at, 20000), tap.New(tap.Inbound, at, 20000), tap.New(tap.Outbound, at, 20000)
		now := clock.Time(0)
		talkA, talkB := every(ptime, a.speak), every(frame20, b.speak)
		talk := func(now clock.Time) { talkA(now); talkB(now) }
		run(&now, 500*time.Millisecond, talk, a.s, b.s)
		for _, x := range []*tap.Tap{stereo, in, out} {
			a.s.Tap(x)
		}
		run(&now, 2*time.Second, talk, a.s, b.s)
		a.s.Close(now)
		both, left, right := drain(t, stereo), drain(t, in), drain(t, out)
		if d := len(left) - 2*at; d < -at/10 || d > at/10 || len(both) != 2*len(left) || len(right) != len(left) {
			t.Fatalf("%v %v, leg at %d, tap at %d: %d pairs, %d left, %d right", id, ptime, leg, at, len(both)/2, len(left), len(right))
		}
		for i := range left {
			if both[2*i] != left[i] || both[2*i+1] != right[i] {
				t.Fatalf("%v %v, leg at %d, tap at %d: sample %d differs", id, ptime, leg, at, i)
			}
		}
		noise := fidelity(id)
		if noise = max(noise, -24); id == codecs.Opus {
			noise = -10
		}
		clean(t, left[at/2:], at, 440, -12, noise)
		clean(t, right[at/2:], at, 1000, -12, noise)
		if t.Failed() {
			t.Fatalf("%v %v, leg at %d, tap at %d", id, ptime, leg, at)
		}
	}
	for i, leg := range []struct {
		id   codecs.ID
		rate int
	}{{codecs.PCMU, 0}, {codecs.G722, 0}, {codecs.G722, 8000}, {codecs.L16Wide, 0}, {codecs.Opus, 0}, {codecs.Opus, 8000}, {codecs.Opus, 48000}} {
		for j, at := range []int{8000, 16000, 24000} {
			f(leg.id, []time.Duration{20, 10, 60, 30}[(i+j)%4]*time.Millisecond, leg.rate, at)
		}
	}
}

func TestFourTapsAndNoMore(t *testing.T) {
	f := newFar(t, farA)
	var taps []*tap.Tap
	for range maxTaps {
		taps = append(taps, tap.New(tap.Inbound, 8000, 100))
		if !f.s.Tap(taps[len(taps)-1]) {
			t.Fatal("refused")
		}
	}
	extra := tap.New(tap.Inbound, 8000, 100)
	if f.s.Tap(extra) || f.s.Tap(nil) || f.s.Untap(extra) || f.s.Untap(nil) {
		t.Error("a fifth tap, or none, is taken")
	}
	f.s.Untap(taps[1])
	if !f.s.Tap(extra) {
		t.Error("the place that became free is not given")
	}
	f.s.Close(0)
	for i, x := range append(taps, extra) {
		if !x.Ended() {
			t.Errorf("tap %d is not ended", i)
		}
	}
	if f.s.Tap(tap.New(tap.Inbound, 8000, 100)) {
		t.Error("a closed session takes a tap")
	}
}

func TestSpeechIsReported(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	f.tone = dsp.NewTone(200, -20, rate) // a hum is voice enough
	now := clock.Time(0)
	talk := every(frame20, func(now clock.Time) { f.talk(now, codecs.PCMU, 160) })
	run(&now, time.Second, talk, f.s)
	if len(f.only(msg.SpeechStarted)) != 0 {
		t.Fatal("speech is reported though nobody asked")
	}
	f.s.DetectSpeech(true)
	run(&now, 500*time.Millisecond, talk, f.s)
	f.tone = nil
	run(&now, 400*time.Millisecond, talk, f.s)
	if len(f.only(msg.SpeechStarted)) != 1 || len(f.only(msg.SpeechEnded)) != 0 {
		t.Fatalf("a moment after speech: %+v", f.events)
	}
	run(&now, 500*time.Millisecond, talk, f.s)
	if len(f.only(msg.SpeechEnded)) != 1 {
		t.Errorf("long after speech: %+v", f.events)
	}
}
