package netio

import (
	"net/netip"
	"testing"

	"trunkline/internal/netio/frame"
)

// TestRingDisbelieves: what the kernel's IP or UDP would drop is dropped, too.
func TestRingDisbelieves(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		pair := pairOn(t, near4)
		l := add(t, p, pair)
		ph := there.phone(far4)
		ok := func(from, to string) []byte {
			var h frame.Header
			h.Set(frame.MAC{2, 2, 2, 2, 2, 2}, there.mac, netip.AddrPortFrom(netip.MustParseAddr(from), 5000),
				netip.AddrPortFrom(netip.MustParseAddr(to), pair.Addr().Port()), 0)
			return h.Append(nil, []byte("forged"))
		}
		flip := func(b []byte, at int) []byte { b[at] ^= 1; return b }
		there.inject(flip(ok(far4, near4), 14+20+8))   // payload
		there.inject(flip(ok(far4, near4), 14+20+6))   // UDP checksum
		there.inject(flip(ok(far4, near4), 14+10))     // IP checksum
		there.inject(flip(ok(far4, near4), 14+20+4+1)) // UDP length
		there.inject(ok("127.0.0.1", near4))           // Martians
		there.inject(ok("0.0.0.0", near4))
		there.inject(ok("224.0.0.1", near4))
		there.inject(ok(far4, "10.77.0.77"))    // somebody else's
		there.inject(ok(far4, near4)[:14+20+8]) // cut short
		other := ok(far4, near4)
		copy(other, []byte{2, 9, 9, 9, 9, 9}) // another machine's Ethernet address
		there.inject(other)
		if tier == T2 {
			before := p.Counters()
			if before.RingBroken+before.RingStray != 0 {
				t.Errorf("counted before anything was read: %+v", before)
			}
		}
		there.inject(ok(far4, near4))
		ph.say(pair.Addr(), []byte("end"))
		got := collect(p, 2)
		if string(got[0].Data) != "forged" || got[0].Leg != l || string(got[1].Data) != "end" {
			t.Errorf("received %q, %q", got[0].Data, got[1].Data)
		}
		if c := p.Counters(); tier == T2 && (c.RingBroken != 8 || c.RingStray != 1) {
			t.Errorf("counted %+v, want 8 broken and 1 stray", c)
		}
	})
}

// TestPassingPacketsAreLeftAlone: a machine that forwards sees others' packets.
func TestPassingPacketsAreLeftAlone(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		pair := pairOn(t, "0.0.0.0")
		add(t, p, pair)
		if tier != T2 {
			return // there, the kernel decides
		}
		var h frame.Header
		h.Set(frame.MAC{2, 2, 2, 2, 2, 2}, there.mac, netip.MustParseAddrPort(far4+":5000"),
			netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), pair.Addr().Port()), 0)
		in := make([]Datagram, 4)
		for p.Counters().RingStray < 10 { // at first, it is not known
			there.inject(h.Append(nil, []byte("passing")))
			p.Receive(in)
		}
		before := p.Counters()
		there.inject(h.Append(nil, []byte("passing")))
		if n := p.Receive(in); n != 0 || p.Counters().RingStray != before.RingStray+1 {
			t.Errorf("took %d packets of somebody else", n)
		}
	})
}

// TestFloodStarvesNobody: what the ring holds is taken in the order it came, and
// a lap can take more than a flood can bring in a millisecond.
func TestFloodStarvesNobody(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, _ Tier, there *far) {
		loud, quiet := pairOn(t, near4), pairOn(t, near4)
		add(t, p, loud)
		l := add(t, p, quiet)
		ph := there.phone(far4)
		for range 3000 {
			ph.say(loud.Addr(), []byte("flood"))
		}
		ph.say(quiet.Addr(), []byte("word"))
		in := make([]Datagram, batch)
		for calls := 1; ; calls++ {
			n := p.Receive(in)
			for _, d := range in[:n] {
				if d.Leg == l {
					return
				}
			}
			if n == 0 || calls == 32 {
				t.Fatalf("the word was not among %d batches, the last of %d", calls, n)
			}
		}
	})
}

// TestRingsTellWhatTheyLose: a thread that stands still loses, and counts it.
func TestRingsTellWhatTheyLose(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		pair := pairOn(t, near4)
		add(t, p, pair)
		ph := there.phone(far4)
		const extra = 100
		for range ringFrames + extra {
			ph.say(pair.Addr(), []byte("x"))
		}
		if c := p.Counters(); tier == T2 && c.RingLost != extra {
			t.Errorf("counted %d lost packets, want %d", c.RingLost, extra)
		}
		in := make([]Datagram, batch)
		got := 0
		for n := p.Receive(in); n > 0; n = p.Receive(in) {
			got += n
		}
		if tier == T2 && got != ringFrames {
			t.Errorf("received %d, want %d", got, ringFrames)
		}
		ph.say(pair.Addr(), []byte("again"))
		if d := collect(p, 1)[0]; string(d.Data) != "again" {
			t.Errorf("received %q after the loss", d.Data)
		}
	})
}

// TestLegsOnOnePort: the address decides, and a leg on it goes before one on
// every address, as with sockets.
func TestLegsOnOnePort(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, _ Tier, there *far) {
		there.ip("addr add 10.77.0.9/24 dev near")
		bind := func(addr string) *Pair {
			pair, err := Bind(netip.MustParseAddr(addr), 33100)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { pair.Close() })
			return pair
		}
		one, other, v6 := add(t, p, bind(near4)), add(t, p, bind("10.77.0.9")), add(t, p, bind(near6))
		ph, ph6 := there.phone(far4), there.phone(far6)
		f := func(ph *phone, to string, want Leg) {
			t.Helper()
			ph.say(netip.AddrPortFrom(netip.MustParseAddr(to), 33100), []byte("x"))
			if d := collect(p, 1)[0]; d.Leg != want {
				t.Errorf("to %s: leg %d received it, want %d", to, d.Leg, want)
			}
		}
		f(ph, near4, one)
		f(ph, "10.77.0.9", other)
		f(ph6, near6, v6)
		p.Remove(other)
		again := add(t, p, bind("127.0.0.1")) // in the other's place
		f(ph, near4, one)
		f(ph6, near6, v6)
		if again != other {
			t.Errorf("the new leg is %d, want %d", again, other)
		}
	})
}
