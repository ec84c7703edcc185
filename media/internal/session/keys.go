package session

import (
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// afresh is a pause between packets of one press that no network makes.
const afresh = 300 * time.Millisecond

const (
	segment    = 0xffff              // timestamp units that one segment of a long key can tell of
	nearlyFull = segment - segment/8 // when the next may be near: 170 ms before it at 48 kHz, 1 s at 8
)

// keys turns telephone-events into key presses, each exactly once.
//
// A press is known by SSRC, timestamp and code, for these are the same in all
// its packets however many get lost, doubled or reordered: it is reported when
// its first packet arrives, whichever that is. Marker and end bits, which
// carriers forget, are not needed. Only a press that begins again after a pause
// is another one: load generators replay a captured key as it was.
type keys struct {
	recent [8]press
	next   int // where the next press is remembered
}

type press struct {
	seen  bool
	ended bool
	code  uint8
	ssrc  uint32
	ts    uint32
	dur   uint32 // the longest yet
	heard clock.Time
}

// take returns the key when the packet is the first of its press.
func (k *keys) take(now clock.Time, h rtp.Header, e rtp.Event) (digit byte, pressed bool) {
	digit, ok := e.Digit()
	if !ok {
		return 0, false
	}
	for i := range k.recent {
		p := &k.recent[i]
		if p.seen && p.ssrc == h.SSRC && p.code == e.Code && p.ts == h.Timestamp {
			if uint32(e.Duration) < p.dur && now.Sub(p.heard) > afresh {
				p.dur, p.ended, p.heard = uint32(e.Duration), e.End, now
				return digit, true
			}
			p.dur, p.ended, p.heard = max(p.dur, uint32(e.Duration)), p.ended || e.End, now
			return 0, false
		}
	}
	last := &k.recent[(k.next+len(k.recent)-1)%len(k.recent)]
	if last.continues(h, e) {
		last.ts, last.dur, last.ended, last.heard = h.Timestamp, uint32(e.Duration), e.End, now
		return 0, false
	}
	k.recent[k.next] = press{
		seen: true, ended: e.End, code: e.Code, ssrc: h.SSRC, ts: h.Timestamp, dur: uint32(e.Duration), heard: now,
	}
	k.next = (k.next + 1) % len(k.recent)
	return digit, true
}

// continues reports whether the packet goes on with press p under a new
// timestamp: it says to have begun before p is known to have ended. So do the
// segments of a key held for longer than 8 s (RFC 4733 §2.5.1.3), and senders
// that move the timestamp with every packet.
func (p *press) continues(h rtp.Header, e rtp.Event) bool {
	reach := p.dur
	if reach >= nearlyFull { // the segment's last packets may be lost
		reach = segment
	}
	return p.seen && !p.ended && !h.Marker && p.ssrc == h.SSRC && p.code == e.Code && h.Timestamp-p.ts <= reach
}
