package sip

import (
	"net/netip"
	"testing"
)

// TestTurnedAway holds that who wants to hears which rule turned a message away, once
// for a source that goes on.
func TestTurnedAway(t *testing.T) {
	cfg := loopback(nil)
	cfg.Trunks[0].Networks = []string{"127.0.0.1/32"}
	heard := make(chan Turned, 16)
	cfg.Refused = func(r Turned) { heard <- r }
	e := open(t, cfg, nil)
	stranger, known := newPeer(t, "127.0.0.9").calls(e), newPeer(t, "127.0.0.1").calls(e)
	for range 3 {
		stranger.send(stranger.request("OPTIONS", "x", "", 1))
	}
	if r := <-heard; r.Rule != "unknown_source" || r.Source != netip.MustParseAddrPort(stranger.addr()) {
		t.Errorf("heard %+v", r)
	}
	known.send(known.request("OPTIONS", "y", "", 1))
	known.recv("SIP/2.0 200") // all before it was dealt with
	if len(heard) != 0 {
		t.Errorf("heard once more: %+v", <-heard)
	}
}
