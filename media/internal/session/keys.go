package session

import "trunkline/media/rtp"

// keys turns telephone-events into key presses, each exactly once.
//
// A press is known by SSRC, timestamp and code, for these are the same in all
// its packets however many get lost, doubled or reordered: it is reported when
// its first packet arrives, whichever that is. Marker and end bits, which
// carriers forget, are not needed.
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
}

// take returns the key when the packet is the first of its press.
func (k *keys) take(h rtp.Header, e rtp.Event) (digit byte, pressed bool) {
	digit, ok := e.Digit()
	if !ok {
		return 0, false
	}
	for i := range k.recent {
		p := &k.recent[i]
		if p.seen && p.ssrc == h.SSRC && p.code == e.Code && p.ts == h.Timestamp {
			p.dur = max(p.dur, uint32(e.Duration))
			p.ended = p.ended || e.End
			return 0, false
		}
	}
	last := &k.recent[(k.next+len(k.recent)-1)%len(k.recent)]
	if last.continues(h, e) {
		last.ts, last.dur, last.ended = h.Timestamp, uint32(e.Duration), e.End
		return 0, false
	}
	k.recent[k.next] = press{
		seen: true, ended: e.End, code: e.Code, ssrc: h.SSRC, ts: h.Timestamp, dur: uint32(e.Duration),
	}
	k.next = (k.next + 1) % len(k.recent)
	return digit, true
}

// continues reports whether the packet goes on with press p under a new
// timestamp: it says to have begun before p is known to have ended. So do the
// segments of a key held for longer than 8 s (RFC 4733 §2.5.1.3), and senders
// that move the timestamp with every packet.
func (p *press) continues(h rtp.Header, e rtp.Event) bool {
	return p.seen && !p.ended && !h.Marker && p.ssrc == h.SSRC && p.code == e.Code && h.Timestamp-p.ts <= p.dur
}
