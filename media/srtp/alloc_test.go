package srtp

import (
	"bytes"
	"testing"

	"trunkline/media/msg"
)

// deed is something that a context does with a packet, for ever if need be.
type deed struct {
	name string
	do   func()
}

func deeds(tb testing.TB, s suite) []deed {
	tb.Helper()
	a, b := pair(tb, s)
	buffer := make([]byte, 0, 1024)
	sequence := uint16(0)
	fill := func(n int) []byte {
		sequence++
		pkt := buffer[:rtpHeader+n]
		pkt[0], pkt[2], pkt[3] = 0x80, byte(sequence>>8), byte(sequence)
		return pkt
	}
	control := func() []byte {
		pkt := buffer[:52]
		pkt[0], pkt[1] = 0x80, 200
		return pkt
	}
	junk := append([]byte{0x80}, bytes.Repeat([]byte{0xbf}, 171)...)
	return []deed{
		{"protect-20ms", func() { a.ProtectRTP(fill(160)) }},
		{"protect-60ms", func() { a.ProtectRTP(fill(480)) }},
		{"both-ways-20ms", func() { b.UnprotectRTP(a.ProtectRTP(fill(160))) }},
		{"both-ways-60ms", func() { b.UnprotectRTP(a.ProtectRTP(fill(480))) }},
		{"both-ways-rtcp", func() { b.UnprotectRTCP(a.ProtectRTCP(control())) }},
		{"forged", func() { b.UnprotectRTP(junk) }},
		{"forged-rtcp", func() { b.UnprotectRTCP(junk) }},
	}
}

func TestPacketsDoNotAllocate(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		for _, d := range deeds(t, s) {
			if n := testing.AllocsPerRun(500, d.do); n != 0 {
				t.Errorf("%s allocates %v times, want 0", d.name, n)
			}
		}
	})
}

func BenchmarkPacket(b *testing.B) {
	for _, s := range suites {
		for _, d := range deeds(b, s) {
			b.Run(s.name+"/"+d.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					d.do()
				}
			})
		}
	}
}

// FuzzUnprotect: no bytes make a context panic, be kept without a signature, or
// harm what comes after them.
func FuzzUnprotect(f *testing.F) {
	for i := range suites {
		a, _ := pair(f, suites[i])
		f.Add(uint8(i), a.ProtectRTP(rtpPacket(ssrc, 1, 20)))
		f.Add(uint8(i), a.ProtectRTCP(rtcpPacket(ssrc)))
		f.Add(uint8(i), rtpPacket(ssrc, 2, 0))
	}
	f.Fuzz(func(t *testing.T, which uint8, pkt []byte) {
		s := suites[int(which)%len(suites)]
		theirs, err := NewKeys(s.id) // nobody can have signed with these
		if err != nil {
			t.Fatal(err)
		}
		b, err := New(keys(s, 2), theirs)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Rekey(keys(s, 2), keys(s, 9)); err != nil {
			t.Fatal(err)
		}
		before := string(pkt)
		if _, v := b.UnprotectRTP(pkt); v == Keep {
			t.Fatalf("kept %x", pkt)
		}
		if _, v := b.UnprotectRTCP(pkt); v == Keep {
			t.Fatalf("kept %x", pkt)
		}
		if string(pkt) != before {
			t.Fatalf("%x became %x", before, pkt)
		}
		b.ProtectRTP(pkt)
		b.ProtectRTCP([]byte(before))
		a, err := New(keys(s, 9), msg.Keys{Suite: s.id})
		if err != nil {
			t.Fatal(err)
		}
		if _, v := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, 2, 20))); v != Keep {
			t.Fatalf("a good packet after %x: %v", before, v)
		}
	})
}
