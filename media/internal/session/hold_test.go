package session

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/media/msg"
)

// A far side that is taken off hold in the middle of a sound is not heard to click:
// what comes after silence is faded in, and what is before it out.
func TestHoldDoesNotClick(t *testing.T) {
	for _, ids := range [][2]codecs.ID{
		{codecs.PCMU, codecs.PCMU}, {codecs.PCMU, codecs.PCMA}, {codecs.L16, codecs.PCMU}, {codecs.Opus, codecs.PCMU}, {codecs.G722, codecs.PCMU},
	} {
		for _, d := range []msg.Direction{msg.SendOnly, msg.Inactive} {
			for offset := range 10 {
				x := newPairOf(t, ids[0], ids[1])
				pa, pb := x.a.params(), x.b.params()
				pa.Decode = ids[0] == ids[1] && offset%2 == 0 // else it passes by
				x.start(pa, pb)
				x.run(time.Second + time.Duration(2*offset)*time.Millisecond)
				hold := pa
				hold.Direction = d
				x.a.s.Start(x.now, hold)
				run(&x.now, 600*time.Millisecond+time.Duration(7*offset)*time.Millisecond, x.talk, x.a.s, x.b.s)
				x.a.s.Start(x.now, pa)
				run(&x.now, 300*time.Millisecond, x.talk, x.a.s, x.b.s)
				for i := 1; i < len(x.b.heard); i++ {
					// 440 Hz at −12 dBov move by 4023 a sample; Opus takes a moment to find its level.
					if step := int(x.b.heard[i]) - int(x.b.heard[i-1]); step > 7000 || step < -7000 {
						t.Fatalf("%v, direction %d, decoded %v: a step by %d, %d ms in", ids, d, pa.Decode, step, i/8)
					}
				}
			}
		}
	}
}
