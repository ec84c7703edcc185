package rtcp

import "encoding/binary"

const (
	senderSize = 20 // bytes of a sender's part of an SR, behind its SSRC
	blockSize  = 24

	itemEnd, itemName = 0, 1 // SDES items (RFC 3550 §6.5)

	maxText = 255 // bytes of a name or a reason
)

// SenderInfo is what a sender report says of its sender (RFC 3550 §6.4.1).
type SenderInfo struct {
	NTP       uint64 // when it was sent: seconds since 1900, 32.32 fixed point
	Timestamp uint32 // the same instant on the clock of the RTP stream
	Packets   uint32 // sent so far
	Octets    uint32 // of payload, sent so far
}

// Block is what a report says of one stream that its author receives.
type Block struct {
	SSRC       uint32 // of the stream
	Fraction   uint8  // lost since the last report, of 256
	Lost       int32  // in all; negative when duplicates outnumber losses
	Highest    uint32 // sequence number, extended by its roll-overs
	Jitter     uint32 // interarrival jitter in timestamp units
	LastReport uint32 // middle of the NTP time of the last sender report heard; 0: none
	Delay      uint32 // since then, in 1/65536 s
}

// Sender returns the sender's part of a sender report; false when p is none.
func (p Packet) Sender() (SenderInfo, bool) {
	if p.kind != typeSender || len(p.body) < 4+senderSize {
		return SenderInfo{}, false
	}
	b := p.body[4:]
	return SenderInfo{
		NTP:       binary.BigEndian.Uint64(b),
		Timestamp: binary.BigEndian.Uint32(b[8:]),
		Packets:   binary.BigEndian.Uint32(b[12:]),
		Octets:    binary.BigEndian.Uint32(b[16:]),
	}, true
}

// Block returns the report block about a stream of ours; false when p holds none.
func (p Packet) Block(ssrc uint32) (Block, bool) {
	at := 4
	switch p.kind {
	case typeSender:
		at += senderSize
	case typeReceiver:
	default:
		return Block{}, false
	}
	for range p.count {
		if len(p.body) < at+blockSize {
			return Block{}, false
		}
		if b := p.body[at : at+blockSize]; binary.BigEndian.Uint32(b) == ssrc {
			return Block{
				SSRC:       ssrc,
				Fraction:   b[4],
				Lost:       int32(binary.BigEndian.Uint32(b[4:])<<8) >> 8,
				Highest:    binary.BigEndian.Uint32(b[8:]),
				Jitter:     binary.BigEndian.Uint32(b[12:]),
				LastReport: binary.BigEndian.Uint32(b[16:]),
				Delay:      binary.BigEndian.Uint32(b[20:]),
			}, true
		}
		at += blockSize
	}
	return Block{}, false
}

// Name returns the canonical name of the first source that p describes; false
// when p is no description or has none. It lies inside the packet.
func (p Packet) Name() ([]byte, bool) {
	if p.kind != typeSource || p.count == 0 || len(p.body) < 4 {
		return nil, false
	}
	for items := p.body[4:]; len(items) >= 2 && items[0] != itemEnd; {
		size := 2 + int(items[1])
		if size > len(items) {
			break
		}
		if items[0] == itemName {
			return items[2:size], true
		}
		items = items[size:]
	}
	return nil, false
}

// Bye reports whether p says that its sender has left, and why, as it says. The
// reason lies inside the packet.
func (p Packet) Bye() (reason []byte, ok bool) {
	if p.kind != typeBye {
		return nil, false
	}
	if at := 4 * int(p.count); len(p.body) > at {
		text := p.body[at+1:]
		reason = text[:min(int(p.body[at]), len(text))]
	}
	return reason, true
}

// AppendSender appends a sender report, with no or one block about what its
// author receives.
func AppendSender(dst []byte, ssrc uint32, s SenderInfo, blocks ...Block) []byte {
	start := len(dst)
	dst = begin(dst, typeSender, uint8(len(blocks)))
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = binary.BigEndian.AppendUint64(dst, s.NTP)
	dst = binary.BigEndian.AppendUint32(dst, s.Timestamp)
	dst = binary.BigEndian.AppendUint32(dst, s.Packets)
	dst = binary.BigEndian.AppendUint32(dst, s.Octets)
	return finish(appendBlocks(dst, blocks), start)
}

// AppendReceiver appends a receiver report: what one says who sends nothing.
func AppendReceiver(dst []byte, ssrc uint32, blocks ...Block) []byte {
	start := len(dst)
	dst = begin(dst, typeReceiver, uint8(len(blocks)))
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	return finish(appendBlocks(dst, blocks), start)
}

func appendBlocks(dst []byte, blocks []Block) []byte {
	for _, b := range blocks {
		dst = binary.BigEndian.AppendUint32(dst, b.SSRC)
		lost := min(max(b.Lost, -1<<23), 1<<23-1)
		dst = binary.BigEndian.AppendUint32(dst, uint32(b.Fraction)<<24|uint32(lost)&0xffffff)
		dst = binary.BigEndian.AppendUint32(dst, b.Highest)
		dst = binary.BigEndian.AppendUint32(dst, b.Jitter)
		dst = binary.BigEndian.AppendUint32(dst, b.LastReport)
		dst = binary.BigEndian.AppendUint32(dst, b.Delay)
	}
	return dst
}

// AppendName appends a source description with a canonical name and nothing else.
func AppendName(dst []byte, ssrc uint32, name string) []byte {
	start := len(dst)
	name = name[:min(len(name), maxText)]
	dst = begin(dst, typeSource, 1)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(dst, itemName, uint8(len(name)))
	dst = append(dst, name...)
	dst = append(dst, itemEnd) // at least one, then up to a whole word
	return finish(pad(dst, start), start)
}

// AppendBye appends that a source leaves, and why; the reason may be empty.
func AppendBye(dst []byte, ssrc uint32, reason string) []byte {
	start := len(dst)
	dst = begin(dst, typeBye, 1)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	if reason != "" {
		reason = reason[:min(len(reason), maxText)]
		dst = append(dst, uint8(len(reason)))
		dst = append(dst, reason...)
	}
	return finish(pad(dst, start), start)
}

// pad appends zeroes up to a whole word.
func pad(dst []byte, start int) []byte {
	for (len(dst)-start)%4 != 0 {
		dst = append(dst, 0)
	}
	return dst
}
