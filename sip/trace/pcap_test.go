package trace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// TestPCAP reads back what was written: what each packet says of itself, and
// that its checksums add up.
func TestPCAP(t *testing.T) {
	six, more := netip.MustParseAddrPort("[2001:db8::1]:5060"), netip.MustParseAddrPort("[2001:db8::2]:5062")
	mapped := netip.MustParseAddrPort("[::ffff:198.51.100.7]:5060")
	anywhere := netip.MustParseAddrPort("0.0.0.0:5060")
	long := strings.Repeat("x", 80000)
	f := func(want string, msgs ...Message) {
		t.Helper()
		var b bytes.Buffer
		if err := WritePCAP(&b, msgs); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(readPCAP(t, b.Bytes()), "; "); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
	}
	f("")
	f("udp 198.51.100.7:5060>192.0.2.1:5060 abc", Message{Transport: "udp", Local: us, Remote: alice, Text: "abc"})
	f("udp 192.0.2.1:5060>198.51.100.7:5060 abcd", Message{Transport: "udp", Local: us, Remote: mapped, Text: "abcd", Sent: true})
	f("udp [::]:5060>[2001:db8::1]:5060 abc", Message{Transport: "wss", Local: anywhere, Remote: six, Text: "abc", Sent: true})
	f("udp 0.0.0.0:0>0.0.0.0:0 ", Message{})
	f("tcp 1 1 192.0.2.1:5060>198.51.100.7:5060 abc; tcp 1 4 198.51.100.7:5060>192.0.2.1:5060 de; tcp 4 3 192.0.2.1:5060>198.51.100.7:5060 f",
		Message{Transport: "tcp", Local: us, Remote: alice, Text: "abc", Sent: true},
		Message{Transport: "tcp", Local: us, Remote: alice, Text: "de"},
		Message{Transport: "tcp", Local: us, Remote: alice, Text: "f", Sent: true})
	f("tcp 1 1 [2001:db8::2]:5062>[2001:db8::1]:5060 "+long[:65495]+"; tcp 65496 1 [2001:db8::2]:5062>[2001:db8::1]:5060 "+long[65495:],
		Message{Transport: "tls", Local: six, Remote: more, Text: long})
	f("udp 198.51.100.7:5060>192.0.2.1:5060 "+long[:65507], Message{Transport: "udp", Local: us, Remote: alice, Text: long[:65507]})
}

// readPCAP takes a capture apart by the book: libpcap's format, RFC 791, 8200, 768 and 9293.
func readPCAP(t *testing.T, file []byte) (packets []string) {
	t.Helper()
	le, be := binary.LittleEndian, binary.BigEndian
	if len(file) < 24 || le.Uint32(file) != 0xa1b2c3d4 || le.Uint32(file[20:]) != 101 {
		t.Fatalf("not a capture of raw packets: %x", file[:min(24, len(file))])
	}
	for file = file[24:]; len(file) > 0; {
		n := le.Uint32(file[8:])
		p := file[16 : 16+n]
		file = file[16+n:]
		var from, to netip.Addr
		var proto byte
		if p[0]>>4 == 4 {
			if checksum(p[:20]) != 0 || int(be.Uint16(p[2:])) != len(p) {
				t.Errorf("bad IPv4 header %x", p[:20])
			}
			from, to, proto = netip.AddrFrom4([4]byte(p[12:])), netip.AddrFrom4([4]byte(p[16:])), p[9]
			p = p[20:]
		} else {
			if int(be.Uint16(p[4:])) != len(p)-40 {
				t.Errorf("bad IPv6 header %x", p[:40])
			}
			from, to, proto = netip.AddrFrom16([16]byte(p[8:])), netip.AddrFrom16([16]byte(p[24:])), p[6]
			p = p[40:]
		}
		pseudo := append(from.AsSlice(), to.AsSlice()...)
		pseudo = be.AppendUint32(be.AppendUint32(pseudo, uint32(len(p))), uint32(proto))
		if checksum(pseudo, p) != 0 {
			t.Errorf("bad checksum of %x", p[:8])
		}
		way := fmt.Sprintf("%v>%v", netip.AddrPortFrom(from, be.Uint16(p)), netip.AddrPortFrom(to, be.Uint16(p[2:])))
		switch proto {
		case 17:
			packets = append(packets, fmt.Sprintf("udp %s %s", way, p[8:be.Uint16(p[4:])]))
		case 6:
			packets = append(packets, fmt.Sprintf("tcp %d %d %s %s", be.Uint32(p[4:]), be.Uint32(p[8:]), way, p[p[12]>>4*4:]))
		}
	}
	return packets
}

// full is a disk with no room left.
type full struct{}

var errFull = errors.New("no room left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestAWriterThatFailsIsTold(t *testing.T) {
	msgs := aCall()
	for name, err := range map[string]error{
		"pcap": WritePCAP(full{}, msgs), "ladder": WriteLadder(full{}, msgs), "text": WriteText(full{}, msgs),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v, want %v", name, err, errFull)
		}
	}
}
