package frame

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"testing"
)

// slowSum is RFC 1071 as it is written.
func slowSum(parts ...[]byte) uint16 {
	var s uint32
	for _, b := range parts {
		if len(b)%2 == 1 {
			b = append(bytes.Clone(b), 0)
		}
		for i := 0; i < len(b); i += 2 {
			s += uint32(binary.BigEndian.Uint16(b[i:]))
		}
	}
	for s>>16 != 0 {
		s = s>>16 + s&0xffff
	}
	return ^uint16(s)
}

func TestSumIsTheSlowSum(t *testing.T) {
	b := make([]byte, 300)
	for i := range b {
		b[i] = byte(i*i + 251)
	}
	for from := range 9 {
		for n := from; n <= len(b); n++ {
			got := fold(sum(0, b[from:n]))
			if want := slowSum(b[from:n]); got>>8|got<<8 != want {
				t.Fatalf("bytes %d to %d: %#x, want %#x", from, n, got>>8|got<<8, want)
			}
		}
	}
	for i := range b {
		b[i] = 0xff // every addition carries
	}
	if got := fold(sum(1<<33-1, b)); got != fold(1<<33-1) {
		t.Errorf("ones: %#x", got)
	}
}

// TestKnownFrames are frames that a network analyser calls correct.
func TestKnownFrames(t *testing.T) {
	f := func(from, to string, payload, want string) {
		t.Helper()
		var h Header
		h.Set(MAC{0, 1, 2, 3, 4, 5}, MAC{6, 7, 8, 9, 10, 11}, netip.MustParseAddrPort(from), netip.MustParseAddrPort(to), 0xb8)
		if got := hex.EncodeToString(h.Append(nil, []byte(payload))); got != want {
			t.Errorf("%s to %s:\ngot  %s\nwant %s", from, to, got, want)
		}
	}
	f("192.0.2.1:20000", "198.51.100.7:4000", "hello", known4)
	f("[2001:db8::1]:20000", "[2001:db8::2]:4000", "hello", known6)
}

func TestParseReadsWhatAppendWrites(t *testing.T) {
	f := func(from, to string) {
		t.Helper()
		src, dst := netip.MustParseAddrPort(from), netip.MustParseAddrPort(to)
		var h Header
		h.Set(MAC{1}, MAC{2}, src, dst, 0xb8)
		for n := 0; h.Fits(n); n++ {
			payload := bytes.Repeat([]byte{byte(n)}, n)
			b := h.Append(nil, payload)[Ethernet:]
			if len(b) > Largest {
				t.Fatalf("a packet of %d bytes fits", len(b))
			}
			var d Datagram
			for _, verify := range []bool{true, false} {
				if v := Parse(append(b, 0, 0, 0), verify, &d); v != Good || d.From != src || d.To != dst || !bytes.Equal(d.Payload, payload) {
					t.Fatalf("%d bytes: verdict %d, %v to %v, %d bytes", n, v, d.From, d.To, len(d.Payload))
				}
			}
			for i := range b { // any wrong bit is seen, or makes it none of ours
				if n > 40 {
					break
				}
				b[i] ^= 0x10
				if v := Parse(b, true, &d); v == Good && !harmless(i, src.Addr().Is4()) {
					t.Fatalf("%d bytes, byte %d is wrong: verdict %d", n, i, v)
				}
				b[i] ^= 0x10
			}
		}
	}
	f("192.0.2.1:20000", "198.51.100.7:4000")
	f("127.0.0.1:1", "127.0.0.1:65535")
	f("255.255.255.254:65535", "255.255.255.253:65535")
	f("[2001:db8::1]:20000", "[fe80::7]:4000")
	f("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535", "[::1]:1")
}

// harmless are bytes that no checksum of IPv6 covers: traffic class, flow label
// and hop limit.
func harmless(i int, v4 bool) bool { return !v4 && (i == 1 || i == 2 || i == 3 || i == 7) }

func TestParseVerdicts(t *testing.T) {
	packet := func(v4 bool, n int, change func([]byte)) []byte {
		var h Header
		from, to := netip.MustParseAddrPort("[2001:db8::1]:7"), netip.MustParseAddrPort("[2001:db8::2]:8")
		if v4 {
			from, to = netip.MustParseAddrPort("192.0.2.1:7"), netip.MustParseAddrPort("192.0.2.2:8")
		}
		h.Set(MAC{}, MAC{}, from, to, 0)
		b := h.Append(nil, make([]byte, n))[Ethernet:]
		change(b)
		if v4 && len(b) >= ip4 { // so that only the change is wrong
			b[10], b[11] = 0, 0
			binary.LittleEndian.PutUint16(b[10:], fold(sum(0, b[:ip4])))
		}
		return b
	}
	f := func(name string, want Verdict, b []byte) {
		t.Helper()
		var d Datagram
		if got := Parse(b, true, &d); got != want {
			t.Errorf("%s: verdict %d, want %d", name, got, want)
		}
	}
	f("nothing", Corrupt, nil)
	f("another protocol", Odd, []byte{0x10})
	f("half a header", Corrupt, packet(true, 9, func([]byte) {})[:19])
	f("half an IPv6 header", Corrupt, packet(false, 9, func([]byte) {})[:39])
	f("cut short", Corrupt, packet(true, 9, func([]byte) {})[:30])
	f("IPv6 cut short", Corrupt, packet(false, 9, func([]byte) {})[:50])
	f("more fragments", Odd, packet(true, 9, func(b []byte) { b[6] = 0x20 }))
	f("last fragment", Odd, packet(true, 9, func(b []byte) { b[6], b[7] = 0, 1 }))
	f("may be fragmented", Good, packet(true, 9, func(b []byte) { b[6] = 0 }))
	f("options", Odd, packet(true, 9, func(b []byte) { b[0] = 0x46 }))
	f("TCP", Odd, packet(true, 9, func(b []byte) { b[9] = 6 }))
	f("hop-by-hop options", Odd, packet(false, 9, func(b []byte) { b[6] = 0 }))
	f("too long", Odd, packet(true, Largest-27, func([]byte) {}))
	f("IPv6 too long", Odd, packet(false, Largest-47, func([]byte) {}))
	f("longest", Good, packet(true, Largest-28, func([]byte) {}))
	f("IPv6 longest", Good, packet(false, Largest-48, func([]byte) {}))
	f("no room for UDP", Corrupt, packet(true, 9, func(b []byte) { b[3] = 27 }))
	f("no room for UDP in IPv6", Corrupt, packet(false, 9, func(b []byte) { b[5] = 7 }))
	f("UDP longer than IP", Corrupt, packet(true, 9, func(b []byte) { b[25]++ }))
	f("UDP shorter than itself", Corrupt, packet(true, 9, func(b []byte) { b[25] = 7 }))
	f("no checksum", Good, packet(true, 9, func(b []byte) { b[26], b[27] = 0, 0 }))
	f("no checksum in IPv6", Corrupt, packet(false, 9, func(b []byte) { b[46], b[47] = 0, 0 }))
}

// FuzzParse: whatever comes, what Parse calls good is what the headers say.
func FuzzParse(f *testing.F) {
	for _, s := range []string{known4, known6} {
		b, err := hex.DecodeString(s)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[Ethernet:], true)
	}
	f.Fuzz(func(t *testing.T, b []byte, verify bool) {
		var d Datagram
		was := bytes.Clone(b)
		if Parse(b, verify, &d) != Good {
			return
		}
		if !bytes.Equal(b, was) {
			t.Fatal("the packet was changed")
		}
		var h Header
		h.Set(MAC{}, MAC{}, d.From, d.To, 0)
		if !h.Fits(len(d.Payload)) || cap(d.Payload) != len(d.Payload) {
			t.Fatalf("payload of %d bytes, room for %d", len(d.Payload), cap(d.Payload))
		}
		var again Datagram
		if Parse(h.Append(nil, d.Payload)[Ethernet:], true, &again) != Good ||
			again.From != d.From || again.To != d.To || !bytes.Equal(again.Payload, d.Payload) {
			t.Fatalf("%+v written is %+v read", d, again)
		}
	})
}

func TestNoAllocations(t *testing.T) {
	var h Header
	h.Set(MAC{}, MAC{}, netip.MustParseAddrPort("192.0.2.1:7"), netip.MustParseAddrPort("192.0.2.2:8"), 0)
	b, payload, d := make([]byte, 0, 300), make([]byte, 172), &Datagram{}
	if n := testing.AllocsPerRun(100, func() { Parse(h.Append(b, payload)[Ethernet:], true, d) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	var h Header
	h.Set(MAC{}, MAC{}, netip.MustParseAddrPort("192.0.2.1:7"), netip.MustParseAddrPort("192.0.2.2:8"), 0)
	buf, payload := make([]byte, 0, 300), make([]byte, 172)
	b.ReportAllocs()
	for b.Loop() {
		h.Append(buf, payload)
	}
}

func BenchmarkParse(b *testing.B) {
	var h Header
	h.Set(MAC{}, MAC{}, netip.MustParseAddrPort("192.0.2.1:7"), netip.MustParseAddrPort("192.0.2.2:8"), 0)
	p, d := h.Append(nil, make([]byte, 172))[Ethernet:], &Datagram{}
	b.ReportAllocs()
	for b.Loop() {
		Parse(p, true, d)
	}
}

// The frames of TestKnownFrames.
const (
	known4 = "060708090a0b000102030405080045b800210000400040114dd8c0000201c63364074e200fa0000d720568656c6c6f"
	known6 = "060708090a0b00010203040586dd6b800000000d114020010db800000000000000000000000120010db80000000000000000000000024e200fa0000d02cd68656c6c6f"
)
