package jitter

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// A sender whose timers are a few milliseconds off, as all are, is heard without
// a hole from the first word on, whatever the phase between its clock and ours,
// and not much later than it spoke.
func TestSmallJitterIsNeverHeard(t *testing.T) {
	const tick = 20 * time.Millisecond
	payload := make([]byte, frame)
	for phase := time.Duration(0); phase < tick; phase += time.Millisecond {
		rnd := rand.New(rand.NewPCG(uint64(phase), 1))
		b, n, begun := New(8000), uint16(0), false
		at := clock.Time(time.Second).Add(phase)
		for now := clock.Time(time.Second); n < 1000; now = now.Add(tick) {
			for ; at <= now && n < 1000; n++ {
				b.Push(at, rtp.Header{SSRC: 7, Sequence: n, Timestamp: uint32(n) * frame}, payload, frame)
				at = clock.Time(time.Second).Add(phase + time.Duration(n+1)*tick + time.Duration(rnd.Int64N(int64(9*time.Millisecond))))
			}
			f := b.Pop(now, frame)
			if begun && f.Kind != Packet {
				t.Errorf("phase %v: a hole at packet %d", phase, n)
				break
			}
			begun = begun || f.Kind == Packet
			if held := b.Held(); held > 2*frame {
				t.Errorf("phase %v: %d ms held after packet %d", phase, held/8, n)
				break
			}
		}
	}
}
