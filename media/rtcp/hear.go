package rtcp

import (
	"slices"
	"time"

	"trunkline/internal/clock"
)

// slack is how much longer than the time that really passed a far side may claim
// to have held a report: some have clocks of 10 or 20 ms.
const slack = 50 * time.Millisecond

// Receive takes in a compound packet from the far side.
func (x *Exchange) Receive(now clock.Time, compound []byte) Drop {
	if d := Check(compound); d != Keep {
		return d
	}
	first, _ := Next(compound)
	if ssrc, ok := first.Source(); ok && ssrc == x.config.SSRC {
		return Own
	}
	x.remote.Packets++
	x.remote.Heard = now
	for len(compound) > 0 {
		var p Packet
		p, compound = Next(compound)
		x.hear(now, p)
	}
	return Keep
}

// hear takes in one packet. Types that are none of ours are skipped.
func (x *Exchange) hear(now clock.Time, p Packet) {
	ssrc, _ := p.Source()
	switch p.kind {
	case typeSender, typeReceiver:
		x.remote.Left = false
		if s, ok := p.Sender(); ok {
			x.remote.Sender = s
			x.sender = mark{ssrc: ssrc, middle: middle(s.NTP), at: now}
		}
		if b, ok := p.Block(x.config.SSRC); ok {
			x.remote.Block = b
			x.remote.Reports++
			x.measure(now, b.LastReport, b.Delay)
		}
	case typeExtended:
		x.hearExtended(now, ssrc, p)
	case typeBye:
		reason, _ := p.Bye()
		x.remote.Left = true
		x.remote.said = copy(x.remote.reason[:], reason)
	}
}

func (x *Exchange) hearExtended(now clock.Time, ssrc uint32, p Packet) {
	if ntp, ok := p.reference(); ok {
		x.reference = mark{ssrc: ssrc, middle: middle(ntp), at: now}
	}
	if d, ok := p.delay(x.config.SSRC); ok {
		x.measure(now, d.last, d.since)
	}
	if v, ok := p.VoIP(x.config.SSRC); ok {
		x.remote.VoIP, x.remote.Judged = v, true
	}
}

// measure takes the round trip from the echo of a report of ours (RFC 3550 §6.4.1).
// Echoes of what we never sent, or sent long ago, measure nothing.
func (x *Exchange) measure(now clock.Time, last, held uint32) {
	if last == 0 || !slices.Contains(x.asked[:], last) {
		return
	}
	elapsed := middle(x.config.Wall.NTP(now)) - last
	trip := (time.Duration(elapsed) - time.Duration(held)) * time.Second >> 16
	if trip < -slack {
		return
	}
	x.remote.RoundTrip, x.remote.Measured = max(trip, 0), true
}
