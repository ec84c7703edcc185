package session

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/msg"
)

// A far side that begins its stream anew under the same SSRC, with another
// count, another clock or both, is heard on within a few packets, and the side
// it is passed on to notices nothing.
func TestRelayHidesARestart(t *testing.T) {
	f := func(seq, clock int) {
		t.Helper()
		x := newPair(t, nil)
		x.run(3 * time.Second)
		n, lost := len(x.b.sent), x.a.s.Stats().Lost
		x.a.say.Sequence += uint16(seq)
		x.a.say.Timestamp += uint32(160 * clock)
		x.run(time.Second)
		if passed := len(x.b.sent) - n; passed < 45 || passed > 52 {
			t.Errorf("%d, %d: %d packets in the second after", seq, clock, passed)
		}
		for i := n; i < len(x.b.sent); i++ {
			before, p := x.b.sent[i-1].h, x.b.sent[i].h
			if d := int32(p.Timestamp - before.Timestamp); p.Sequence != before.Sequence+1 || d < 160 || d > 1600 {
				t.Errorf("%d, %d: packet %d: %d later, sequence %d after %d", seq, clock, i-n, d, p.Sequence, before.Sequence)
				return
			}
		}
		if st := x.a.s.Stats(); st.Lost > lost {
			t.Errorf("%d, %d: %d lost", seq, clock, st.Lost-lost)
		}
	}
	f(0, -2)
	for _, n := range []int{50, 100, 140, 300, 5000, 20000, 32000} {
		f(-n, -n)
		f(-n, 0)
		f(0, -n)
		if n > 25 { // fewer may be lost
			f(n, n)
			f(n, 0)
		}
	}
}

// A far side that goes on under another SSRC is heard on, but for two packets at
// most, by whatever way its sound takes.
func TestAnotherSource(t *testing.T) {
	for _, decode := range []bool{false, true} {
		for _, secure := range []bool{false, true} {
			x := newPairOf(t, codecs.PCMU, codecs.PCMU)
			pa, pb := x.a.params(), x.b.params()
			if secure {
				pa = x.a.secure(msg.AES128GCM, 1)
			}
			pa.Decode = decode
			x.start(pa, pb)
			x.run(2 * time.Second)
			x.a.say.SSRC, x.a.say.Sequence, x.a.say.Timestamp = 0xbeef, 65530, 99
			x.run(time.Second)
			holes, pcm := 0, x.b.heard
			for ; len(pcm) >= 160; pcm = pcm[160:] {
				if dsp.Level(pcm[:160]) < -30 {
					holes++
				}
			}
			x.b.sequences()
			if holes > 2 || len(x.b.heard) < 7600 {
				t.Errorf("decoded %v, secured %v: %d frames of %d are silence", decode, secure, holes, len(x.b.heard)/160)
			}
		}
	}
}
