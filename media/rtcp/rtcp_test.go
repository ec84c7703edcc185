package rtcp

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	pion "github.com/pion/rtcp"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestCheck(t *testing.T) {
	f := func(packet string, want Drop) {
		t.Helper()
		if got := Check(unhex(t, packet)); got != want {
			t.Errorf("%s: got %v, want %v", packet, got, want)
		}
	}
	const rr = "80c90001 cafebabe"
	f("", Short)
	f("80c900", Short)
	f(rr, Keep)
	f("80c90000", Keep) // no SSRC: nothing to learn from it, but well formed
	f(rr+"80cb0000", Keep)
	f(rr+"80cb00", Length)
	f(rr+"80cb0001", Length)
	f("80c9ffff cafebabe", Length)
	f("40c90001 cafebabe", Version)
	f(rr+"00cb0000", Version)
	f("80000001 cafebabe", Type) // RTP
	f("80600001 cafebabe", Type)
	f(rr+"80e00000", Type)
	f("80cd0002 cafebabe 00000000", Keep) // reduced size: feedback alone
	f("a0c90002 cafebabe 00000004", Keep)
	f("a0c90002 cafebabe 00000008", Keep)
	f("a0c90002 cafebabe 0000000c", Padding) // would eat the header
	f("a0c90002 cafebabe 00000003", Padding)
	f("a0c90002 cafebabe 00000000", Padding)
	f("a0c90002 cafebabe 00000004"+rr, Padding) // only the last may be padded
	f("a0c90000", Padding)

	seen := map[string]bool{}
	for d := range drops + 1 {
		if seen[d.String()] {
			t.Errorf("%v twice", d)
		}
		seen[d.String()] = true
	}
}

func TestIs(t *testing.T) {
	f := func(packet string, want bool) {
		t.Helper()
		if got := Is(unhex(t, packet)); got != want {
			t.Errorf("%s: got %v", packet, got)
		}
	}
	f("80c80006", true)
	f("80cf0006", true)
	f("80000001", false)
	f("80bf0001", false)
	f("80e00001", false)
	f("00c80006", false)
	f("80c8", false)
}

func TestPionReadsWhatWeWrite(t *testing.T) {
	info := SenderInfo{NTP: 0x0102030405060708, Timestamp: 9, Packets: 10, Octets: 11}
	block := Block{SSRC: 0xdeadbeef, Fraction: 12, Lost: 13, Highest: 14, Jitter: 15, LastReport: 16, Delay: 17}
	voip := VoIP{SSRC: 0xdeadbeef, LossRate: 1, DiscardRate: 2, BurstDensity: 3, GapDensity: 4, BurstLength: 500, GapLength: 600,
		RoundTrip: 700, EndSystem: 800, Signal: -9, Noise: -60, EchoLoss: 11, Gmin: 16, R: 92, ExternalR: Unavailable,
		MOSLQ: 42, MOSCQ: 41, Config: 0x90, Nominal: 17, Maximum: 18, Limit: 19}
	report := pion.ReceptionReport{SSRC: 0xdeadbeef, FractionLost: 12, TotalLost: 13, LastSequenceNumber: 14, Jitter: 15, LastSenderReport: 16, Delay: 17}
	f := func(got []byte, want ...pion.Packet) {
		t.Helper()
		if d := Check(got); d != Keep {
			t.Errorf("%x: %v", got, d)
		}
		back, err := pion.Unmarshal(got)
		if err != nil {
			t.Errorf("%x: %v", got, err)
			return
		}
		if len(back) != len(want) {
			t.Errorf("%x: %d packets, want %d", got, len(back), len(want))
			return
		}
		for i := range want {
			if a, b := text(back[i]), text(want[i]); a != b {
				t.Errorf("%x:\n got %s\nwant %s", got, a, b)
			}
		}
	}
	f(AppendSender(nil, 1, info), &pion.SenderReport{SSRC: 1, NTPTime: info.NTP, RTPTime: 9, PacketCount: 10, OctetCount: 11})
	f(AppendSender(nil, 1, info, block), &pion.SenderReport{SSRC: 1, NTPTime: info.NTP, RTPTime: 9, PacketCount: 10, OctetCount: 11,
		Reports: []pion.ReceptionReport{report}})
	f(AppendReceiver(nil, 1, block), &pion.ReceiverReport{SSRC: 1, Reports: []pion.ReceptionReport{report}})
	for _, name := range []string{"", "a", "ab", "abc", "abcd", "abcdefghijklmnop"} {
		f(AppendName(nil, 1, name), pion.NewCNAMESourceDescription(1, name))
		f(AppendBye(nil, 1, name), &pion.Goodbye{Sources: []uint32{1}, Reason: name})
	}
	f(AppendName(AppendReceiver(nil, 1), 1, strings.Repeat("n", 300)),
		&pion.ReceiverReport{SSRC: 1}, pion.NewCNAMESourceDescription(1, strings.Repeat("n", 255)))
	f(AppendVoIP(nil, 1, voip), &pion.ExtendedReport{SenderSSRC: 1, Reports: []pion.ReportBlock{&pion.VoIPMetricsReportBlock{
		SSRC: 0xdeadbeef, LossRate: 1, DiscardRate: 2, BurstDensity: 3, GapDensity: 4, BurstDuration: 500, GapDuration: 600,
		RoundTripDelay: 700, EndSystemDelay: 800, SignalLevel: 0xf7, NoiseLevel: 0xc4, RERL: 11, Gmin: 16, RFactor: 92, ExtRFactor: 127,
		MOSLQ: 42, MOSCQ: 41, RXConfig: 0x90, JBNominal: 17, JBMaximum: 18, JBAbsMax: 19}}})
	f(appendReference(nil, 1, info.NTP), &pion.ExtendedReport{SenderSSRC: 1, Reports: []pion.ReportBlock{
		&pion.ReceiverReferenceTimeReportBlock{NTPTimestamp: info.NTP}}})
	f(appendDelay(nil, 1, 2, delay{3, 4}), &pion.ExtendedReport{SenderSSRC: 1, Reports: []pion.ReportBlock{
		&pion.DLRRReportBlock{Reports: []pion.DLRRReport{{SSRC: 2, LastRR: 3, DLRR: 4}}}}})

	// And back.
	p, rest := Next(AppendSender(nil, 1, info, block))
	if got, ok := p.Sender(); !ok || got != info || len(rest) != 0 {
		t.Errorf("sender: got %+v, %v", got, ok)
	}
	if got, ok := p.Block(0xdeadbeef); !ok || got != block {
		t.Errorf("block: got %+v, %v", got, ok)
	}
	p, _ = Next(AppendVoIP(nil, 1, voip))
	if got, ok := p.VoIP(0xdeadbeef); !ok || got != voip {
		t.Errorf("voip: got %+v, %v", got, ok)
	}
}

// text is a packet of pion's as it goes over the wire, whatever pion keeps beside.
func text(p pion.Packet) string {
	b, err := p.Marshal()
	if err != nil {
		return err.Error()
	}
	return reflect.TypeOf(p).String() + " " + hex.EncodeToString(b)
}

func TestLostIsSigned(t *testing.T) {
	f := func(in, want int32) {
		t.Helper()
		p, _ := Next(AppendReceiver(nil, 1, Block{SSRC: 2, Fraction: 255, Lost: in}))
		if b, ok := p.Block(2); !ok || b.Lost != want || b.Fraction != 255 {
			t.Errorf("%d: got %+v, %v", in, b, ok)
		}
	}
	f(0, 0)
	f(-1, -1)
	f(1<<23-1, 1<<23-1)
	f(1<<30, 1<<23-1)
	f(-1<<30, -1<<23)
}

func TestBlockIsOurs(t *testing.T) {
	pkt := AppendReceiver(nil, 1, Block{SSRC: 2, Highest: 20}, Block{SSRC: 3, Highest: 30})
	f := func(pkt []byte, ssrc, want uint32) {
		t.Helper()
		p, _ := Next(pkt)
		if b, ok := p.Block(ssrc); b.Highest != want || ok != (want != 0) {
			t.Errorf("SSRC %d: got %+v, %v", ssrc, b, ok)
		}
	}
	f(pkt, 2, 20)
	f(pkt, 3, 30)
	f(pkt, 4, 0)
	pkt[0] |= 0x1f // claims 31 blocks
	f(pkt, 3, 30)
	f(pkt, 4, 0)
	f(AppendBye(nil, 2, "x"), 2, 0)
	f([]byte{0x81, 200, 0, 1, 0, 0, 0, 1}, 2, 0) // a sender report without its sender's part
}

func TestNamesAndReasons(t *testing.T) {
	name := func(packet, want string, ok bool) {
		t.Helper()
		p, _ := Next(unhex(t, packet))
		if got, is := p.Name(); string(got) != want || is != ok {
			t.Errorf("%s: got %q, %v", packet, got, is)
		}
	}
	name("81ca0003 00000001 0102 6162 00000000", "ab", true)
	name("81ca0003 00000001 0201 61 0102 626300", "bc", true) // another item first
	name("81ca0002 00000001 01ff6162", "", false)             // longer than the packet
	name("81ca0002 00000001 00000000", "", false)
	name("80ca0000", "", false)
	name("81c90002 00000001 01026162", "", false)

	bye := func(packet, want string, ok bool) {
		t.Helper()
		p, _ := Next(unhex(t, packet))
		if got, is := p.Bye(); string(got) != want || is != ok {
			t.Errorf("%s: got %q, %v", packet, got, is)
		}
	}
	bye("81cb0002 00000001 02686900", "hi", true)
	bye("81cb0001 00000001", "", true)
	bye("80cb0000", "", true)
	bye("81cb0002 00000001 ff686900", "hi\x00", true) // longer than the packet
	bye("9fcb0001 00000001", "", true)                // claims 31 sources
	bye("81c90001 00000001", "", false)
}

// FuzzReceive: no bytes make us panic; where we keep a packet pion sees no other
// values than we do; and an exchange works on afterwards.
func FuzzReceive(f *testing.F) {
	f.Add(AppendSender(nil, 2, SenderInfo{NTP: 1 << 40}, Block{SSRC: ours, Lost: -1, LastReport: 1 << 24}))
	f.Add(AppendName(AppendReceiver(nil, 2, Block{SSRC: ours}), 2, "name"))
	f.Add(AppendBye(AppendReceiver(nil, 2), 2, "reason"))
	f.Add(AppendVoIP(nil, 2, VoIP{SSRC: ours}))
	f.Add(appendDelay(appendReference(nil, 2, 7), 2, ours, delay{1, 2}))
	f.Add(unhex(f, "81cd0002 00000002 00000001"))
	f.Fuzz(func(t *testing.T, pkt []byte) {
		x := New(0, Config{SSRC: ours, Name: "n", Clock: 8000, Extended: true})
		before := bytes.Clone(pkt)
		d := x.Receive(second, pkt)
		if !bytes.Equal(before, pkt) {
			t.Fatal("the packet was changed")
		}
		for rest := pkt; d == Keep && len(rest) > 0; {
			var p Packet
			p, rest = Next(rest)
			p.Name()
			p.Bye()
		}
		if d == Keep {
			compareWithPion(t, x, pkt)
		} else if x.remote.Packets != 0 {
			t.Fatalf("%v, but counted", d)
		}
		out := x.Report(2*second, nil, &Reception{SSRC: 2}, &VoIP{})
		if d := Check(out); d != Keep {
			t.Fatalf("after %x we write %x: %v", pkt, out, d)
		}
	})
}

// compareWithPion holds what an exchange has learned from a packet against pion's reading.
func compareWithPion(t *testing.T, x *Exchange, pkt []byte) {
	packets, err := pion.Unmarshal(pkt)
	if err != nil {
		return // pion refuses more
	}
	var want []pion.ReceptionReport
	for _, p := range packets {
		switch p := p.(type) {
		case *pion.SenderReport:
			want = append(want, firstOurs(p.Reports)...)
		case *pion.ReceiverReport:
			want = append(want, firstOurs(p.Reports)...)
		}
	}
	if int(x.remote.Reports) != len(want) {
		t.Fatalf("%x: %d reports about us, pion sees %d", pkt, x.remote.Reports, len(want))
	}
	if len(want) == 0 {
		return
	}
	last, got := want[len(want)-1], x.remote.Block
	if got.Fraction != last.FractionLost || uint32(got.Lost)&0xffffff != last.TotalLost || got.Highest != last.LastSequenceNumber ||
		got.Jitter != last.Jitter || got.LastReport != last.LastSenderReport || got.Delay != last.Delay {
		t.Fatalf("%x: got %+v, pion sees %+v", pkt, got, last)
	}
}

func firstOurs(reports []pion.ReceptionReport) []pion.ReceptionReport {
	for i := range reports {
		if reports[i].SSRC == ours {
			return reports[i : i+1]
		}
	}
	return nil
}
