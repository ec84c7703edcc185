package rtcp

import "encoding/binary"

// Block types of extended reports (RFC 3611 §4).
const (
	blockReference = 4 // receiver reference time
	blockDelay     = 5 // delay since the last of those
	blockVoIP      = 7

	voipWords      = 8
	referenceWords = 2
	delayWords     = 3
)

// Unavailable is what a VoIP field says that was not measured: levels, R factors
// and MOS (RFC 3611 §4.7).
const Unavailable = 127

// VoIP is a VoIP metrics block (RFC 3611 §4.7): how a receiver judges a call.
type VoIP struct {
	SSRC         uint32 // of the stream judged
	LossRate     uint8  // of 256, since the beginning
	DiscardRate  uint8  // of 256: came too late or too early to play
	BurstDensity uint8  // of 256: lost or discarded within bursts
	GapDensity   uint8  // of 256: the same between them
	BurstLength  uint16 // mean, ms
	GapLength    uint16 // mean, ms
	RoundTrip    uint16 // between the RTP interfaces, ms
	EndSystem    uint16 // delay of coder, decoder and buffer, ms
	Signal       int8   // dBm0
	Noise        int8   // dBm0
	EchoLoss     uint8  // dB
	Gmin         uint8  // packets between losses that end a burst; 16 is usual
	R            uint8  // 0–100
	ExternalR    uint8  // R of a network behind
	MOSLQ        uint8  // listening quality, 10–50
	MOSCQ        uint8  // conversational quality, 10–50
	Config       uint8  // of concealment and jitter buffer (§4.7.6)
	Nominal      uint16 // delay of the jitter buffer, ms
	Maximum      uint16 // the same at its worst so far, ms
	Limit        uint16 // the same at the worst it can be, ms
}

// MOS returns how good the far side says the call is, 1 to 5: as a conversation, or
// else to listen to; false when it does not say, or nothing that can be.
func (v VoIP) MOS() (mos float64, ok bool) {
	for _, tenths := range [...]uint8{v.MOSCQ, v.MOSLQ} {
		if tenths >= 10 && tenths <= 50 {
			return float64(tenths) / 10, true
		}
	}
	return 0, false
}

// delay is the answer to a reference time (RFC 3611 §4.5), as in a report block.
type delay struct{ last, since uint32 }

// extended is one block of an extended report.
type extended struct {
	kind uint8
	body []byte
}

// nextExtended takes the first block off the blocks of an extended report; false
// at their end, or where they make no sense.
func nextExtended(blocks []byte) (x extended, rest []byte, ok bool) {
	if len(blocks) < 4 {
		return x, nil, false
	}
	size := 4 + 4*int(binary.BigEndian.Uint16(blocks[2:]))
	if size > len(blocks) {
		return x, nil, false
	}
	return extended{kind: blocks[0], body: blocks[4:size]}, blocks[size:], true
}

// VoIP returns the VoIP metrics about a stream of ours; false when p holds none.
func (p Packet) VoIP(ssrc uint32) (VoIP, bool) {
	for blocks := p.extensions(); ; {
		x, rest, ok := nextExtended(blocks)
		if !ok {
			return VoIP{}, false
		}
		if x.kind == blockVoIP && len(x.body) == 4*voipWords && binary.BigEndian.Uint32(x.body) == ssrc {
			return readVoIP(x.body), true
		}
		blocks = rest
	}
}

// reference returns the sender's reference time; false when p holds none.
func (p Packet) reference() (ntp uint64, ok bool) {
	for blocks := p.extensions(); ; {
		x, rest, ok := nextExtended(blocks)
		if !ok {
			return 0, false
		}
		if x.kind == blockReference && len(x.body) == 4*referenceWords {
			return binary.BigEndian.Uint64(x.body), true
		}
		blocks = rest
	}
}

// delay returns the answer to a reference time of ours; false when p holds none.
func (p Packet) delay(ssrc uint32) (delay, bool) {
	for blocks := p.extensions(); ; {
		x, rest, ok := nextExtended(blocks)
		if !ok {
			return delay{}, false
		}
		if x.kind == blockDelay {
			for b := x.body; len(b) >= 4*delayWords; b = b[4*delayWords:] {
				if binary.BigEndian.Uint32(b) == ssrc {
					return delay{binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])}, true
				}
			}
		}
		blocks = rest
	}
}

// extensions returns the blocks of an extended report.
func (p Packet) extensions() []byte {
	if p.kind != typeExtended || len(p.body) < 4 {
		return nil
	}
	return p.body[4:]
}

func readVoIP(b []byte) VoIP {
	return VoIP{
		SSRC:     binary.BigEndian.Uint32(b),
		LossRate: b[4], DiscardRate: b[5], BurstDensity: b[6], GapDensity: b[7],
		BurstLength: binary.BigEndian.Uint16(b[8:]), GapLength: binary.BigEndian.Uint16(b[10:]),
		RoundTrip: binary.BigEndian.Uint16(b[12:]), EndSystem: binary.BigEndian.Uint16(b[14:]),
		Signal: int8(b[16]), Noise: int8(b[17]), EchoLoss: b[18], Gmin: b[19],
		R: b[20], ExternalR: b[21], MOSLQ: b[22], MOSCQ: b[23],
		Config:  b[24],
		Nominal: binary.BigEndian.Uint16(b[26:]), Maximum: binary.BigEndian.Uint16(b[28:]), Limit: binary.BigEndian.Uint16(b[30:]),
	}
}

// AppendVoIP appends an extended report with VoIP metrics; ssrc is its author's.
func AppendVoIP(dst []byte, ssrc uint32, v VoIP) []byte {
	start := len(dst)
	dst = beginExtended(dst, ssrc, blockVoIP, voipWords)
	dst = binary.BigEndian.AppendUint32(dst, v.SSRC)
	dst = append(dst, v.LossRate, v.DiscardRate, v.BurstDensity, v.GapDensity)
	dst = binary.BigEndian.AppendUint16(dst, v.BurstLength)
	dst = binary.BigEndian.AppendUint16(dst, v.GapLength)
	dst = binary.BigEndian.AppendUint16(dst, v.RoundTrip)
	dst = binary.BigEndian.AppendUint16(dst, v.EndSystem)
	dst = append(dst, uint8(v.Signal), uint8(v.Noise), v.EchoLoss, v.Gmin, v.R, v.ExternalR, v.MOSLQ, v.MOSCQ, v.Config, 0)
	dst = binary.BigEndian.AppendUint16(dst, v.Nominal)
	dst = binary.BigEndian.AppendUint16(dst, v.Maximum)
	dst = binary.BigEndian.AppendUint16(dst, v.Limit)
	return finish(dst, start)
}

// appendReference appends an extended report with a reference time, by which one
// who sends nothing can measure the round trip (RFC 3611 §4.4).
func appendReference(dst []byte, ssrc uint32, ntp uint64) []byte {
	start := len(dst)
	dst = beginExtended(dst, ssrc, blockReference, referenceWords)
	dst = binary.BigEndian.AppendUint64(dst, ntp)
	return finish(dst, start)
}

// appendDelay appends an extended report that answers to's reference time.
func appendDelay(dst []byte, ssrc, to uint32, d delay) []byte {
	start := len(dst)
	dst = beginExtended(dst, ssrc, blockDelay, delayWords)
	dst = binary.BigEndian.AppendUint32(dst, to)
	dst = binary.BigEndian.AppendUint32(dst, d.last)
	dst = binary.BigEndian.AppendUint32(dst, d.since)
	return finish(dst, start)
}

func beginExtended(dst []byte, ssrc uint32, kind, words uint8) []byte {
	dst = begin(dst, typeExtended, 0)
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	return append(dst, kind, 0, 0, words)
}
