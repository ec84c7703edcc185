package jitter

import "time"

// Report is what an RTCP report block says of the stream that is heard now
// (RFC 3550 §6.4.1).
type Report struct {
	SSRC           uint32
	FractionLost   uint8  // in 1/256, since the last Report
	CumulativeLost int32  // of this stream; fits the block's 24 bits
	HighestSeq     uint32 // extended by the number of wraps
	Jitter         uint32 // timestamp units
}

// Report returns the report block that is due now, and begins the next
// interval; false if no stream was ever heard.
func (b *Buffer) Report() (Report, bool) {
	r := &b.in
	if !r.active {
		return Report{}, false
	}
	expected := uint64(r.highest-r.base) + 1
	lost := expected - min(r.received, expected)
	// §A.3. What was late or out of order in the last interval can make an
	// interval's loss negative; it is reported as none.
	newly, ofThem := int64(lost)-int64(r.lostPrior), expected-min(r.expectedPrior, expected)
	r.lostPrior, r.expectedPrior = lost, expected
	return Report{
		SSRC:           r.ssrc,
		FractionLost:   share(uint64(max(newly, 0)), ofThem),
		CumulativeLost: int32(min(lost, 1<<23-1)),
		HighestSeq:     r.highest - 1<<16, // see adopt
		Jitter:         uint32(r.jitter),
	}, true
}

// Losses returns how packets went missing until now.
func (b *Buffer) Losses() Losses { return b.in.pattern().sum(b.in.packetTime()) }

// Delay returns how long sound waits here now, zero if nothing plays, and how
// long it should, so that nearly all packets come in time. Both are relative to the packet
// that came fastest; for RFC 3611 they are the jitter buffer's nominal delay.
func (b *Buffer) Delay() (now, target time.Duration) {
	delay := min(b.delays[0], b.delays[1])
	if delay < 0 || delay >= unknown/2 {
		delay = 0
	}
	return b.duration(uint32(delay)), b.duration(b.target())
}
