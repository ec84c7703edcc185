package srtp

import (
	"bytes"
	"testing"

	"trunkline/media/msg"
)

func TestReplay(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, b := pair(t, s)
		var sent [][]byte
		for i := range 200 {
			sent = append(sent, bytes.Clone(a.ProtectRTP(rtpPacket(ssrc, uint16(65436+i), 20)))) // over a roll-over
		}
		f := func(i int, want Verdict) {
			t.Helper()
			if _, got := b.UnprotectRTP(bytes.Clone(sent[i])); got != want {
				t.Errorf("packet %d: got %v, want %v", i, got, want)
			}
		}
		f(0, Keep)
		f(0, Replayed)
		f(2, Keep)
		f(1, Keep) // late, but new
		f(1, Replayed)
		f(110, Keep) // behind the roll-over
		f(90, Keep)  // before it, late
		f(90, Replayed)
		f(110-windowSize, Replayed) // too old to tell
		f(111-windowSize, Keep)
		f(199, Keep)
		f(199, Replayed)

		control := a.ProtectRTCP(rtcpPacket(ssrc))
		if _, v := b.UnprotectRTCP(bytes.Clone(control)); v != Keep {
			t.Error(v)
		}
		if _, v := b.UnprotectRTCP(control); v != Replayed {
			t.Errorf("rtcp: %v, want replayed", v)
		}
	})
}

// TestJoinLate: we hear a stream for the first time when its sequence numbers
// have rolled over already.
func TestJoinLate(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		f := func(rollovers int, want Verdict) {
			t.Helper()
			a, b := pair(t, s)
			for i := 0; i < rollovers<<16; i += 1 << 14 {
				a.ProtectRTP(rtpPacket(ssrc, uint16(i), 0))
			}
			if _, got := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, 7, 20))); got != want {
				t.Errorf("%d roll-overs: got %v, want %v", rollovers, got, want)
			}
			if _, got := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, 8, 20))); got != want {
				t.Errorf("%d roll-overs, next packet: got %v, want %v", rollovers, got, want)
			}
		}
		f(0, Keep)
		f(1, Keep)
		f(maxGuesses-1, Keep)
		f(maxGuesses, Forged)
	})
}

// TestManySources: the far side changes its SSRC now and then; junk with other
// SSRCs makes us forget nothing.
func TestManySources(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, b := pair(t, s)
		f := func(ssrc uint32, sequence uint16, want Verdict) {
			t.Helper()
			if _, got := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, sequence, 20))); got != want {
				t.Errorf("%d/%d: got %v, want %v", ssrc, sequence, got, want)
			}
		}
		f(1, 65535, Keep)
		f(1, 0, Keep)
		for i := range uint32(100) {
			if _, v := b.UnprotectRTP(rtpPacket(1000+i, 1, 160)); v != Forged {
				t.Fatalf("junk: %v", v)
			}
		}
		for i := range uint32(maxStreams) {
			f(1+i, 10, Keep)
		}
		if b.in.find(1) == nil || b.in.find(1).rtp.highest != 1<<16|10 {
			t.Errorf("junk made us forget SSRC 1")
		}
		f(maxStreams+1, 10, Keep)
		if b.in.find(1) != nil {
			t.Errorf("SSRC 1 was unused for longest and is still there")
		}
		f(2, 11, Keep)
	})
}

func TestNoKeystreamTwice(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, _ := pair(t, s)
		f := func(sequence uint16, want bool) {
			t.Helper()
			if got := a.ProtectRTP(rtpPacket(ssrc, sequence, 20)) != nil; got != want {
				t.Errorf("sequence %d: protected is %v, want %v", sequence, got, want)
			}
		}
		f(5, true)
		f(5, false)
		f(65534, false) // before the first: would have the index of a later one
		f(7, true)
		f(6, true)
		f(6, false)
		f(7+windowSize, true)
		f(7, false)
		if got := a.ProtectRTP([]byte{0x80, 0}); got != nil {
			t.Errorf("protected %x, which is no RTP", got)
		}
		if got := a.ProtectRTCP([]byte{0x80, 200, 0, 0}); got != nil {
			t.Errorf("protected %x, which is no RTCP", got)
		}
		if got := a.Counts(); got.Protected != 4 || got.Refused != 6 {
			t.Errorf("counted %+v", got)
		}
		a.out.index = maxIndex
		if a.ProtectRTCP(rtcpPacket(ssrc)) != nil {
			t.Errorf("an SRTCP index began again")
		}
		a.out.find(ssrc).rtp.highest = 1<<48 - 1
		if a.ProtectRTP(rtpPacket(ssrc, 0, 20)) != nil {
			t.Errorf("an SRTP index began again")
		}
	})
}

// TestRekey: a re-INVITE brings new keys while sequence numbers go on.
func TestRekey(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, b := pair(t, s)
		sequence := uint16(65500)
		talk := func(from, to *Context, want Verdict) {
			t.Helper()
			sequence++
			if _, got := to.UnprotectRTP(from.ProtectRTP(rtpPacket(ssrc, sequence, 20))); got != want {
				t.Errorf("sequence %d: got %v, want %v", sequence, got, want)
			}
		}
		rekey := func(c *Context, ours, theirs msg.Keys) {
			t.Helper()
			if err := c.Rekey(ours, theirs); err != nil {
				t.Fatal(err)
			}
		}
		for range 100 {
			talk(a, b, Keep) // over a roll-over
		}
		rekey(a, keys(s, 1), keys(s, 2)) // nothing changes: a refresh
		rekey(b, keys(s, 2), keys(s, 1))
		talk(a, b, Keep)
		sequence++
		old := bytes.Clone(a.ProtectRTP(rtpPacket(ssrc, sequence, 20)))

		rekey(b, keys(s, 2), keys(s, 3)) // they changed: packets under the old key are still on the way
		talk(a, b, Keep)
		rekey(a, keys(s, 3), keys(s, 2))
		talk(a, b, Keep)
		if _, v := b.UnprotectRTP(old); v != Forged {
			t.Errorf("the old key is still taken: %v", v)
		}

		// A sender that keeps its roll-over counter, as RFC 3711 has it.
		for range 70 {
			talk(a, b, Keep)
		}
		a.out.find(ssrc).rtp.highest += 5 << 16
		b.in.find(ssrc).rtp.highest += 5 << 16
		talk(a, b, Keep)
		counter := a.out.find(ssrc).rtp
		rekey(a, keys(s, 4), keys(s, 2))
		rekey(b, keys(s, 2), keys(s, 4))
		a.out.stream(ssrc).rtp = counter
		talk(a, b, Keep)

		if err := a.Rekey(msg.Keys{}, keys(s, 2)); err == nil {
			t.Errorf("no keys were taken")
		}
		talk(a, b, Keep)
	})
}
