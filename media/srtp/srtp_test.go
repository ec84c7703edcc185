package srtp

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	pion "github.com/pion/srtp/v3"

	"trunkline/media/msg"
)

// every runs a test for each suite.
func every(t *testing.T, run func(t *testing.T, s suite)) {
	t.Helper()
	for _, s := range suites {
		t.Run(s.name, func(t *testing.T) { run(t, s) })
	}
}

// keys makes keys that a test can repeat.
func keys(s suite, seed byte) msg.Keys {
	k := msg.Keys{Suite: s.id}
	for i := range s.key {
		k.Key[i] = seed + byte(i)
	}
	for i := range s.salt {
		k.Salt[i] = seed ^ byte(i*7)
	}
	return k
}

// pair makes the contexts of two ends of a call.
func pair(t testing.TB, s suite) (a, b *Context) {
	t.Helper()
	a, err := New(keys(s, 1), keys(s, 2))
	if err != nil {
		t.Fatal(err)
	}
	b, err = New(keys(s, 2), keys(s, 1))
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

const ssrc = 0xcafebabe

// rtpPacket makes a packet with n bytes of payload and room to be protected.
func rtpPacket(ssrc uint32, sequence uint16, n int) []byte {
	pkt := make([]byte, rtpHeader+n, rtpHeader+n+Overhead)
	copy(pkt, []byte{0x80, 0, byte(sequence >> 8), byte(sequence), 0, 0, 0, 160,
		byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc)})
	for i := range n {
		pkt[rtpHeader+i] = byte(i) ^ byte(sequence)
	}
	return pkt
}

// rtcpPacket makes a receiver report with room to be protected.
func rtcpPacket(ssrc uint32) []byte {
	pkt := make([]byte, 32, 32+Overhead)
	copy(pkt, []byte{0x81, 201, 0, 7, byte(ssrc >> 24), byte(ssrc >> 16), byte(ssrc >> 8), byte(ssrc)})
	return pkt
}

func TestBothWays(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, b := pair(t, s)
		f := func(from, to *Context, pkt []byte) {
			t.Helper()
			want := bytes.Clone(pkt)
			secret := from.ProtectRTP(pkt)
			if len(want) > rtpHeader+8 && bytes.Contains(secret, want[rtpHeader:]) {
				t.Errorf("%d bytes: payload is readable", len(want))
			}
			if got, v := to.UnprotectRTP(secret); v != Keep || !bytes.Equal(got, want) {
				t.Errorf("%x: got %x, %v", want, got, v)
			}
		}
		f(a, b, rtpPacket(ssrc, 1, 160))
		f(b, a, rtpPacket(ssrc, 1, 160))
		f(a, b, rtpPacket(ssrc, 2, 480))
		f(a, b, rtpPacket(ssrc, 3, 0))
		f(a, b, rtpPacket(ssrc, 4, 1))
		f(a, b, rtpPacket(ssrc, 5, 257))
		f(a, b, append([]byte{0x91, 0, 0, 6, 0, 0, 0, 1, 1, 2, 3, 4, 0, 0, 0, 9, 0xbe, 0xde, 0, 1, 1, 2, 3, 4}, "with CSRC and extension"...))
		for range 3 {
			want := rtcpPacket(ssrc)
			got, v := b.UnprotectRTCP(a.ProtectRTCP(rtcpPacket(ssrc)))
			if v != Keep || !bytes.Equal(got, want) {
				t.Errorf("rtcp: got %x, %v", got, v)
			}
		}
		if got := b.Counts().Received[Keep]; got != 9 {
			t.Errorf("%d packets kept, want 9", got)
		}
		if got := a.Counts().Protected; got != 9 {
			t.Errorf("%d packets protected, want 9", got)
		}
	})
}

// TestAgainstPion lets pion read what we write and the other way round, over two
// roll-overs.
func TestAgainstPion(t *testing.T) {
	profiles := []pion.ProtectionProfile{
		pion.ProtectionProfileAes128CmHmacSha1_80, pion.ProtectionProfileAes128CmHmacSha1_32,
		pion.ProtectionProfileAeadAes128Gcm, pion.ProtectionProfileAeadAes256Gcm,
	}
	every(t, func(t *testing.T, s suite) {
		us, _ := pair(t, s)
		context := func(k msg.Keys) *pion.Context {
			c, err := pion.CreateContext(k.Key[:s.key], k.Salt[:s.salt], profiles[s.id-msg.AES128SHA1With80], pion.SRTPReplayProtection(64))
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		theirs, ours := context(keys(s, 2)), context(keys(s, 1))
		for i := range 3 << 14 {
			sequence := uint16(i * 3)
			want := rtpPacket(ssrc, sequence, 20)
			got, err := ours.DecryptRTP(nil, us.ProtectRTP(rtpPacket(ssrc, sequence, 20)), nil)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("packet %d: pion reads %x, %v", i, got, err)
			}
			secret, err := theirs.EncryptRTP(nil, want, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, v := us.UnprotectRTP(secret); v != Keep || !bytes.Equal(got, want) {
				t.Fatalf("packet %d: we read %x, %v", i, got, v)
			}
		}
		for range 3 {
			want := rtcpPacket(ssrc)
			got, err := ours.DecryptRTCP(nil, us.ProtectRTCP(rtcpPacket(ssrc)), nil)
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("rtcp: pion reads %x, %v", got, err)
			}
			secret, err := theirs.EncryptRTCP(nil, want, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, v := us.UnprotectRTCP(secret); v != Keep || !bytes.Equal(got, want) {
				t.Fatalf("rtcp: we read %x, %v", got, v)
			}
		}
	})
}

func TestVerdicts(t *testing.T) {
	every(t, func(t *testing.T, s suite) {
		a, b := pair(t, s)
		if _, v := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, 100, 160))); v != Keep {
			t.Fatal(v)
		}
		f := func(want Verdict, spoil func(pkt []byte) []byte) {
			t.Helper()
			pkt := spoil(a.ProtectRTP(rtpPacket(ssrc, 101, 160)))
			a.out.streams[0].rtp.seen >>= 1 // so that 101 may be used again
			a.out.streams[0].rtp.highest = 100
			before := bytes.Clone(pkt)
			if _, got := b.UnprotectRTP(pkt); got != want {
				t.Errorf("rtp: got %v, want %v", got, want)
			}
			if !bytes.Equal(pkt, before) {
				t.Errorf("%v: the packet was changed", want)
			}
		}
		f(Short, func(pkt []byte) []byte { return nil })
		f(Short, func(pkt []byte) []byte { return pkt[:11] })
		f(Short, func(pkt []byte) []byte { return pkt[:12+b.in.rtp.tag()-1] })
		f(Long, func(pkt []byte) []byte { return append(pkt, make([]byte, maxPacket)...) })
		f(Shape, func(pkt []byte) []byte { pkt[0] = 0x40; return pkt })
		f(Shape, func(pkt []byte) []byte { pkt[0] = 0x90; pkt[14] = 0xff; return pkt })
		f(Shape, func(pkt []byte) []byte { pkt[0] = 0x8f; return pkt[:40] })
		f(Forged, func(pkt []byte) []byte { pkt[1] ^= 1; return pkt })
		f(Forged, func(pkt []byte) []byte { pkt[12] ^= 1; return pkt })
		f(Forged, func(pkt []byte) []byte { pkt[len(pkt)-1] ^= 1; return pkt })
		f(Forged, func(pkt []byte) []byte { pkt[11] ^= 1; return pkt })
		f(Forged, func(pkt []byte) []byte { return pkt[:len(pkt)-1] })
		f(Forged, func(pkt []byte) []byte { return rtpPacket(ssrc, 101, 160) }) // plain RTP on a secured stream

		g := func(want Verdict, spoil func(pkt []byte) []byte) {
			t.Helper()
			pkt := spoil(a.ProtectRTCP(rtcpPacket(ssrc)))
			before := bytes.Clone(pkt)
			if _, got := b.UnprotectRTCP(pkt); got != want {
				t.Errorf("rtcp: got %v, want %v", got, want)
			}
			if !bytes.Equal(pkt, before) {
				t.Errorf("%v: the packet was changed", want)
			}
		}
		g(Short, func(pkt []byte) []byte { return nil })
		g(Short, func(pkt []byte) []byte { return pkt[:b.in.rtcp.tag()+11] })
		g(Long, func(pkt []byte) []byte { return append(pkt, make([]byte, maxPacket)...) })
		g(Shape, func(pkt []byte) []byte { pkt[0] = 0; return pkt })
		g(Clear, func(pkt []byte) []byte { return clearBit(pkt, b.in.rtcp) })
		g(Forged, func(pkt []byte) []byte { pkt[9] ^= 1; return pkt })
		g(Forged, func(pkt []byte) []byte { pkt[len(pkt)-1] ^= 1; return pkt })

		if n := b.Counts().Received; n[Keep] != 1 || n[Short] != 5 || n[Long] != 2 || n[Shape] != 4 || n[Forged] != 8 || n[Clear] != 1 {
			t.Errorf("counted %v", n)
		}
		if got, v := b.UnprotectRTP(a.ProtectRTP(rtpPacket(ssrc, 102, 160))); v != Keep {
			t.Errorf("after all that: %x, %v", got, v)
		}
	})
}

// clearBit takes the bit that says encrypted out of an SRTCP packet.
func clearBit(pkt []byte, s sealer) []byte {
	at := len(pkt) - indexSize
	if c, ok := s.(*counterMode); ok {
		at -= c.tagSize
	}
	pkt[at] &^= 0x80
	return pkt
}

func TestKeys(t *testing.T) {
	f := func(name string, length int) {
		t.Helper()
		id, ok := SuiteByName(name)
		if !ok || SuiteName(id) != name {
			t.Errorf("%s: %v, %v, %s", name, id, ok, SuiteName(id))
		}
		k, err := NewKeys(id)
		if err != nil {
			t.Fatal(err)
		}
		inline := Inline(k)
		if len(inline) != length {
			t.Errorf("%s: %d bytes inline, want %d", name, len(inline), length)
		}
		if back, err := KeysFrom(id, inline); err != nil || back != k {
			t.Errorf("%s: keys changed on the way: %v", name, err)
		}
		if _, err := KeysFrom(id, inline[1:]); err == nil {
			t.Errorf("%s: %d bytes were taken for keys", name, length-1)
		}
		if other, _ := NewKeys(id); other == k {
			t.Errorf("%s: the same keys twice", name)
		}
		if text := fmt.Sprintf("%v %+v %#v %s", k, k, k, k); strings.Contains(text, hex.EncodeToString(k.Key[:4])) ||
			strings.Contains(text, fmt.Sprint(k.Key[0], k.Key[1])) {
			t.Errorf("%s: keys are printed: %s", name, text)
		}
	}
	f("AES_CM_128_HMAC_SHA1_80", 30)
	f("AES_CM_128_HMAC_SHA1_32", 30)
	f("AEAD_AES_128_GCM", 28)
	f("AEAD_AES_256_GCM", 44)
	if _, ok := SuiteByName("NULL_HMAC_SHA1_80"); ok {
		t.Error("a suite without encryption")
	}
	if _, err := NewKeys(msg.PlainRTP); err == nil {
		t.Error("keys for plain RTP")
	}
	if Inline(msg.Keys{}) != nil {
		t.Error("inline of no keys")
	}
	if _, err := New(msg.Keys{}, msg.Keys{}); err == nil {
		t.Error("a context without keys")
	}
}

func TestVerdictNames(t *testing.T) {
	seen := map[string]bool{}
	for v := range verdicts + 1 {
		if seen[v.String()] || v.String() == "" {
			t.Errorf("verdict %d: %q", v, v.String())
		}
		seen[v.String()] = true
	}
}
