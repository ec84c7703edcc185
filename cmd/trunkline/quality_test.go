package main

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trunkline/call/event"
	"trunkline/sip"
	"trunkline/sip/hep"
	"trunkline/sip/trace"
)

// TestQualityGoesToHomer: when a leg has ended, the collector learns what each side
// has lost, beside the messages of the leg.
func TestQualityGoesToHomer(t *testing.T) {
	collector, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	homer, err := hep.New(hep.Config{Address: collector.LocalAddr().String()})
	if err != nil {
		t.Fatal(err)
	}
	s := seeing{recorder: trace.New(trace.Config{Bytes: trace.DefaultBytes}), homer: homer}
	bus := event.NewBus(10)
	events := bus.Subscribe(0)
	s.telling.Go(func() { s.tellQuality(events) })
	s.message(sip.TraceEvent{
		At: time.Now(), Transport: sip.UDP, Local: netip.MustParseAddrPort("127.0.0.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.7:5060"),
		Message: []byte("BYE sip:a@b SIP/2.0\r\nCall-ID: one@x\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"),
	})
	next := func() hep.Packet {
		t.Helper()
		buf := make([]byte, 2048)
		_ = collector.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, _, err := collector.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		p, err := hep.Decode(buf[:n])
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	if p := next(); p.Kind != hep.SIP || string(p.CallID) != "one@x" {
		t.Errorf("first packet %+v", p)
	}
	bus.Publish("c", "a", event.LegStarted{SIPCallID: "one@x"})
	bus.Publish("c", "a", event.LegAnswered{Codec: "PCMA"})
	bus.Publish("c", "a", event.LegEnded{Quality: event.Quality{PacketsIn: 75, Lost: 25, PacketsOut: 100, JitterMS: 2, RemoteLost: 50, RemoteMOS: 4}})
	bus.Publish("c", "b", event.LegStarted{SIPCallID: "two@x"}) // no sound, no report
	bus.Publish("c", "b", event.LegEnded{})
	bus.Close()
	s.close()
	f := func(from, want string) {
		t.Helper()
		p := next()
		if p.Kind != hep.RTCP || string(p.CallID) != "one@x" || p.From.String() != from || !strings.Contains(string(p.Payload), want) {
			t.Errorf("packet from %s of %q: %s; want one from %s with %s", p.From, p.CallID, p.Payload, from, want)
		}
	}
	f("127.0.0.1:5060", `"fraction_lost":64`)
	f("192.0.2.7:5060", `"fraction_lost":128`)
	if got := s.stats(); got.Homer.Sent != 3 || got.Trace.Calls != 1 {
		t.Errorf("stats %+v", got)
	}
}
