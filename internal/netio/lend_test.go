package netio

import (
	"syscall"
	"testing"
)

func TestClosingGivesEverythingBack(t *testing.T) {
	for _, tier := range tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			pair, other := pairOn(t, "127.0.0.1"), pairOn(t, "::1")
			before := openFiles(t)
			for range 3 {
				p, _, err := Open(tier)
				if err != nil {
					t.Fatal(err)
				}
				add(t, p, pair)
				p.Remove(add(t, p, other))
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if after := openFiles(t); after != before {
				t.Errorf("%d descriptors were open, then %d", before, after)
			}
			// The pair of a leg that never was removed works with sockets alone.
			s := open(t, T0)
			src := add(t, s, pairOn(t, "127.0.0.1"))
			l := add(t, s, pair)
			s.Send([]Datagram{{Leg: src, Peer: pair.Addr(), Data: []byte("still here")}})
			if d := collect(s, 1)[0]; d.Leg != l {
				t.Errorf("leg %d received it, want %d", d.Leg, l)
			}
		})
	}
}

// TestPreparedPairs: a pair that was prepared, handed to another process, or used
// by another tier before, is heard all the same, and prepared only once.
func TestPreparedPairs(t *testing.T) {
	everyTier(t, func(t *testing.T, p Packets) {
		src := add(t, p, pairOn(t, "127.0.0.1"))
		for _, prepared := range []Tier{T0, T1, T2} {
			bound := pairOn(t, "127.0.0.1")
			if err := bound.Prepare(prepared); err != nil {
				t.Fatal(err)
			}
			var files []int
			for _, fd := range bound.Files() {
				again, err := syscall.Dup(fd)
				if err != nil {
					t.Fatal(err)
				}
				files = append(files, again)
			}
			pair, err := PairOf(bound.Addr(), files)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { pair.Close() })
			if pair.dropping != (prepared == T2) {
				t.Errorf("prepared for %v, adopted as dropping: %v", prepared, pair.dropping)
			}
			for range 2 {
				l := add(t, p, pair)
				p.Send([]Datagram{{Leg: src, Peer: pair.Addr(), Data: []byte("x")}})
				if d := collect(p, 1)[0]; d.Leg != l {
					t.Errorf("leg %d received it, want %d", d.Leg, l)
				}
				p.Remove(l)
			}
		}
	})
}
