package hep

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 1, 2, 12, 0, 0, 345678000, time.UTC)

func example() Packet {
	return Packet{
		At: at, Proto: protoUDP, From: netip.MustParseAddrPort("198.51.100.7:5062"), To: netip.MustParseAddrPort("192.0.2.1:5060"),
		Kind: SIP, Agent: 2001, Key: "myHep", Node: "n1", CallID: []byte("a@b"), Payload: []byte("OPTIONS"),
	}
}

// TestAppend is written out by hand from HEP's draft: vendor, type and length of
// each chunk, then its value.
func TestAppend(t *testing.T) {
	want, err := hex.DecodeString(strings.Join(strings.Fields(`
		48455033 0086
		0000 0001 0007 02
		0000 0002 0007 11
		0000 0003 000a c6336407
		0000 0004 000a c0000201
		0000 0007 0008 13c6
		0000 0008 0008 13c4
		0000 0009 000a 6957b340
		0000 000a 000a 0005464e
		0000 000b 0007 01
		0000 000c 000a 000007d1
		0000 000e 000b 6d79486570
		0000 0013 0008 6e31
		0000 0011 0009 614062
		0000 000f 000d 4f5054494f4e53`), ""))
	if err != nil {
		t.Fatal(err)
	}
	p := example()
	got, ok := Append([]byte("before"), &p)
	if !ok || !bytes.Equal(got, append([]byte("before"), want...)) {
		t.Errorf("got  %x\nwant %x", got, want)
	}
}

func TestDecodeIsTheWayBack(t *testing.T) {
	f := func(p Packet) {
		t.Helper()
		b, ok := Append(nil, &p)
		got, err := Decode(b)
		if !ok || err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v, %v; want %+v", got, err, p)
		}
	}
	p := example()
	f(p)
	p.From, p.To = netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[::ffff:192.0.2.1]:65535")
	p.Kind, p.Proto = RTCP, protoTCP
	f(p)
	p = Packet{At: time.Unix(0, 0).UTC(), From: netip.MustParseAddrPort("0.0.0.0:0"), To: netip.MustParseAddrPort("0.0.0.0:0"), Payload: []byte{}}
	f(p)
}

func TestAppendRefusesWhatIsTooLarge(t *testing.T) {
	p := example()
	for _, n := range []int{maxPacket, 1 << 20} {
		p.Payload = make([]byte, n)
		if got, ok := Append([]byte("before"), &p); ok || string(got) != "before" {
			t.Errorf("%d bytes were taken: %d are there", n, len(got))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	f := func(want, packet string) {
		t.Helper()
		b, err := hex.DecodeString(strings.ReplaceAll(packet, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Decode(b); err == nil || err.Error() != "decode hep: "+want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f("no HEP3", "")
	f("no HEP3", "48455032 0006")
	f("6 bytes, said to be 7", "48455033 0007")
	f("half a chunk", "48455033 000b 0000 0001 00")
	f("chunk 1 of 5 bytes, 7 are there", "48455033 000d 0000 0001 0005 02")
	f("chunk 1 of 8 bytes, 7 are there", "48455033 000d 0000 0001 0008 02")
	f("chunk 9 has 1 bytes, not 4", "48455033 000d 0000 0009 0007 02")
}

func TestReportIsJSON(t *testing.T) {
	f := func(want string, r Report) {
		t.Helper()
		got := string(r.AppendJSON(nil))
		if got != want || !json.Valid([]byte(got)) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(`{"ssrc":0,"type":201,"report_count":0,"report_blocks":[]}`, Report{})
	f(`{"sender_information":{"ntp_timestamp_sec":3976344000,"ntp_timestamp_usec":1484675704,"rtp_timestamp":16960,"packets":106,"octets":16960},`+
		`"ssrc":451916597,"type":200,"report_count":2,"report_blocks":[`+
		`{"source_ssrc":898343773,"fraction_lost":12,"packets_lost":-3,"highest_seq_no":20881,"ia_jitter":1,"lsr":3197960650,"dlsr":7733},`+
		`{"source_ssrc":1,"fraction_lost":0,"packets_lost":0,"highest_seq_no":0,"ia_jitter":0,"lsr":0,"dlsr":0}]}`,
		Report{
			SSRC: 451916597, Sender: Sender{At: at, RTP: 16960, Packets: 106, Octets: 16960},
			Blocks: []Block{{SSRC: 898343773, Fraction: 12, Lost: -3, Highest: 20881, Jitter: 1, LSR: 3197960650, DLSR: 7733}, {SSRC: 1}},
		})
}

func TestEncodingDoesNotAllocate(t *testing.T) {
	p, r := example(), Report{Sender: Sender{At: at}, Blocks: make([]Block, 2)}
	b := make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { b, _ = Append(b[:0], &p); b = r.AppendJSON(b[:0]) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

// FuzzDecode holds that a packet that was understood is written and understood
// again as the same one.
func FuzzDecode(f *testing.F) {
	p := example()
	b, _ := Append(nil, &p)
	f.Add(b)
	p.From, p.To = netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[2001:db8::2]:2")
	b, _ = Append(nil, &p)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Decode(b)
		if err != nil {
			return
		}
		again, ok := Append(nil, &p)
		if !ok { // only chunks that it lacked can have made it longer
			return
		}
		q, err := Decode(again)
		if err != nil || string(q.Payload) != string(p.Payload) || string(q.CallID) != string(p.CallID) || !q.At.Equal(p.At) ||
			q.From.Port() != p.From.Port() || q.To.Port() != p.To.Port() || q.Key != p.Key || q.Node != p.Node || q.Agent != p.Agent || q.Kind != p.Kind {
			t.Errorf("%+v became %+v, %v", p, q, err)
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	p := example()
	p.Payload = make([]byte, 800)
	buf := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = Append(buf[:0], &p)
	}
}
