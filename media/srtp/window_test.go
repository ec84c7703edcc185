package srtp

import (
	"math/rand/v2"
	"testing"
)

// TestWindowAgainstModel compares with the obvious slow version: a set of all
// indices ever seen.
func TestWindowAgainstModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var w window
		seen, highest := map[uint64]bool{}, uint64(0)
		at := random.Uint64N(1 << 20)
		for range 2000 {
			index := at + random.Uint64N(100)
			want := len(seen) == 0 || index > highest || highest-index < windowSize && !seen[index]
			if got := w.fresh(index); got != want {
				t.Fatalf("index %d, highest %d: fresh is %v, want %v", index, highest, got, want)
			}
			if want {
				w.mark(index)
				seen[index], highest = true, max(highest, index)
			}
			if random.IntN(3) == 0 {
				at += random.Uint64N(90)
			}
		}
	}
}

// TestEstimateAgainstRFC compares with the pseudo-code of RFC 3711 appendix A.
func TestEstimateAgainstRFC(t *testing.T) {
	rfc := func(roc uint32, highest, sequence uint16) uint64 {
		v := roc
		s, l := int32(sequence), int32(highest)
		switch {
		case l < 32768 && s-l > 32768:
			v = roc - 1
		case l >= 32768 && l-32768 > s:
			v = roc + 1
		}
		return uint64(v)<<16 | uint64(sequence)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		roc, highest, sequence := 1+random.Uint32N(1<<30), uint16(random.Uint32()), uint16(random.Uint32())
		if uint16(sequence-highest) == 32768 {
			continue // as far ahead as behind: a guess either way
		}
		w := window{begun: true, highest: uint64(roc)<<16 | uint64(highest)}
		if got, want := w.estimate(sequence), rfc(roc, highest, sequence); got != want {
			t.Fatalf("roll-overs %d, highest %d, sequence %d: got %#x, want %#x", roc, highest, sequence, got, want)
		}
	}
	if got := (&window{begun: true, highest: 5}).estimate(65534); got != 65534 {
		t.Errorf("before the first packet: got %#x", got)
	}
}
