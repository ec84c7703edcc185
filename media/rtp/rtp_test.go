package rtp

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	pion "github.com/pion/rtp"
)

func TestParse(t *testing.T) {
	f := func(packet, payload string, want Drop) {
		t.Helper()
		b, err := hex.DecodeString(strings.ReplaceAll(packet, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, got, d := Parse(b)
		if d != want || hex.EncodeToString(got) != payload {
			t.Errorf("%s: got %x, %v; want %s, %v", packet, got, d, payload, want)
		}
	}
	f("", "", Short)
	f("8000 0001 0000 00a0 cafe ba", "", Short)
	f("8000 0001 0000 00a0 cafebabe", "", NoPayload)
	f("8000 0001 0000 00a0 cafebabe 7f", "7f", Keep)
	f("4000 0001 0000 00a0 cafebabe 7f", "", Version)
	f("80c8 0006 cafebabe 00000000 00000000 00", "", Control)    // sender report
	f("8048 0006 0000 00a0 cafebabe 7f", "7f", Keep)             // the same number without the marker is a payload type
	f("8100 0001 0000 00a0 cafebabe 00000001 7f", "7f", Keep)    // one CSRC
	f("8200 0001 0000 00a0 cafebabe 00000001 7f", "", Extension) // two CSRCs promised
	f("9000 0001 0000 00a0 cafebabe bede0001 10ff0000 7f", "7f", Keep)
	f("9000 0001 0000 00a0 cafebabe bede0000 7f", "7f", Keep)
	f("9000 0001 0000 00a0 cafebabe bede0002 10ff0000 7f", "", Extension)
	f("9000 0001 0000 00a0 cafebabe bedeffff", "", Extension)
	f("9000 0001 0000 00a0 cafebabe be", "", Extension)
	f("9100 0001 0000 00a0 cafebabe 00000001 bede0001 10ff0000 7f7e", "7f7e", Keep)
	f("a000 0001 0000 00a0 cafebabe 7f 000003", "7f", Keep)
	f("a000 0001 0000 00a0 cafebabe 7f 000000", "", Padding)
	f("a000 0001 0000 00a0 cafebabe 7f 000005", "", Padding)
	f("a000 0001 0000 00a0 cafebabe 7f 000004", "", NoPayload)
	f("a000 0001 0000 00a0 cafebabe", "", NoPayload)
}

func TestPutIsWhatPionReads(t *testing.T) {
	f := func(h Header) {
		t.Helper()
		var b [HeaderSize + 2]byte
		copy(b[Put(b[:], h):], "ok")
		var p pion.Packet
		if err := p.Unmarshal(b[:]); err != nil {
			t.Fatal(err)
		}
		got := Header{p.Marker, p.PayloadType, p.SequenceNumber, p.Timestamp, p.SSRC}
		if got != h || string(p.Payload) != "ok" {
			t.Errorf("pion reads %+v %q; want %+v", got, p.Payload, h)
		}
		if back, payload, d := Parse(b[:]); back != h || string(payload) != "ok" || d != Keep {
			t.Errorf("we read %+v %q %v; want %+v", back, payload, d, h)
		}
	}
	f(Header{})
	f(Header{Marker: true, Type: 101, Sequence: 0xffff, Timestamp: 0xfffffff0, SSRC: 0xdeadbeef})
	f(Header{Type: 127, Sequence: 1, Timestamp: 2, SSRC: 3})
}

// FuzzPacket: no bytes make us panic, and where both we and pion accept a
// packet, we mean the same.
func FuzzPacket(f *testing.F) {
	for _, seed := range []string{
		"8000000100000" + "0a0cafebabe7f", "9000000100000" + "0a0cafebabebede000110ff00007f",
		"a000000100000" + "0a0cafebabe7f000003", "8165000100000" + "0a0cafebabe0000000105800320",
	} {
		b, _ := hex.DecodeString(seed)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, payload, d := Parse(b)
		if d != Keep {
			if payload != nil {
				t.Fatalf("%v with a payload", d)
			}
			return
		}
		ParseEvent(payload)
		var p pion.Packet
		if err := p.Unmarshal(b); err != nil {
			return // pion also reads what is inside extensions
		}
		want := Header{p.Marker, p.PayloadType, p.SequenceNumber, p.Timestamp, p.SSRC}
		if h != want || !bytes.Equal(payload, p.Payload) {
			t.Fatalf("got %+v %x; pion says %+v %x", h, payload, want, p.Payload)
		}
	})
}

func TestEvents(t *testing.T) {
	for i, key := range []byte("0123456789*#ABCD") {
		code, ok := EventCode(key)
		if !ok || int(code) != i {
			t.Errorf("code of %c: got %d, %v; want %d", key, code, ok, i)
		}
		var b [EventSize]byte
		want := Event{Code: code, End: i%2 == 0, Volume: 10, Duration: uint16(160 * i)}
		PutEvent(b[:], want)
		if got, ok := ParseEvent(b[:]); got != want || !ok {
			t.Errorf("%c: got %+v, %v; want %+v", key, got, ok, want)
		}
		if got, ok := want.Digit(); got != key || !ok {
			t.Errorf("digit of code %d: got %c, %v", code, got, ok)
		}
	}
	if got, ok := ParseEvent([]byte{5, 0x8a, 0x03, 0x20, 6, 0x0a, 0, 0}); !ok || got != (Event{5, true, 10, 800}) {
		t.Errorf("two events in one packet: got %+v, %v", got, ok)
	}
	if _, ok := ParseEvent([]byte{5, 0x8a, 0x03}); ok {
		t.Error("three bytes pass for an event")
	}
	if _, ok := (Event{Code: 16}).Digit(); ok {
		t.Error("a hook flash passes for a key")
	}
	if code, ok := EventCode('d'); code != 15 || !ok {
		t.Error("lower case d is not taken")
	}
	if _, ok := EventCode('x'); ok {
		t.Error("x passes for a key")
	}
}

func TestDropNames(t *testing.T) {
	for d := Keep; d < dropsCount; d++ {
		if d.String() == "" {
			t.Errorf("verdict %d has no name", d)
		}
	}
	if Drop(99).String() != "unknown" {
		t.Error("an unknown verdict has a name")
	}
}

func TestNothingAllocates(t *testing.T) {
	pkt := []byte{0x80, 101, 0, 1, 0, 0, 0, 0xa0, 1, 2, 3, 4, 5, 0x8a, 3, 0x20}
	if n := testing.AllocsPerRun(100, func() {
		h, payload, _ := Parse(pkt)
		e, _ := ParseEvent(payload)
		PutEvent(pkt[Put(pkt, h):], e)
	}); n != 0 {
		t.Errorf("got %v allocations; want 0", n)
	}
}
