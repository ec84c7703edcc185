//go:build amr

package session

import (
	"testing"
	"time"

	"trunkline/codecs"
)

// Where one side of a bridge takes some AMR modes only, the other's packets of other
// modes do not pass by (RFC 4867 §8.1).
func TestModesInARelay(t *testing.T) {
	x := newPairOf(t, codecs.AMR, codecs.AMR)
	pa, pb := x.a.params(), x.b.params()
	pb.Send.Format.Modes = 0x07 // 4.75, 5.15 and 5.9 kbit/s
	x.start(pa, pb)
	x.run(2 * time.Second)
	for _, p := range x.b.sent {
		if p.h.Type == x.b.codec.PayloadType && len(p.payload) > 16 {
			t.Fatalf("a packet of %d bytes: a mode above 5.9 kbit/s", len(p.payload))
		}
	}
}
