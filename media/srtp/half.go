package srtp

import (
	"encoding/binary"

	"trunkline/media/msg"
)

const (
	rtpHeader     = 12 // bytes, without CSRCs and extension
	controlHeader = 8  // bytes of RTCP that stay readable
	indexSize     = 4  // bytes of an SRTCP packet's index
	maxIndex      = 1<<31 - 1

	// How many SSRCs are followed under one key. The far side changes its SSRC
	// when it moves a call between devices; the one unused for longest goes.
	maxStreams = 4
	// How many roll-overs the far side may have behind it when we hear it for the
	// first time: 87 minutes of 20 ms packets. Each costs one check of a signature.
	maxGuesses = 4
)

// half is one direction under one key.
type half struct {
	keys      msg.Keys
	rtp, rtcp sealer
	index     uint32 // of the last SRTCP packet sent
	streams   [maxStreams]stream
	uses      uint64
}

// stream is one SSRC under one key.
type stream struct {
	ssrc uint32
	used uint64 // the half's count at the last use; 0 means free
	rtp  window
	rtcp window
}

// sealer is a cipher with its session keys. Packets are changed in place and
// grow at their end.
type sealer interface {
	sealRTP(pkt []byte, header int, index uint64) []byte
	openRTP(pkt []byte, header int, index uint64) ([]byte, bool)
	sealRTCP(pkt []byte, index uint32) []byte
	openRTCP(pkt []byte, index uint32) ([]byte, bool)
	word(pkt []byte) uint32 // an SRTCP packet's index, and whether it is encrypted
	tag() int               // bytes of a signature
}

// stream finds the state of an SSRC, or gives it that of the one unused for longest.
func (h *half) stream(ssrc uint32) *stream {
	h.uses++
	s := h.find(ssrc)
	if s == nil {
		s = &h.streams[0]
		for i := range h.streams {
			if h.streams[i].used < s.used {
				s = &h.streams[i]
			}
		}
		*s = stream{ssrc: ssrc}
	}
	s.used = h.uses
	return s
}

func (h *half) find(ssrc uint32) *stream {
	for i := range h.streams {
		if s := &h.streams[i]; s.used != 0 && s.ssrc == ssrc {
			return s
		}
	}
	return nil
}

// inherit takes over what the former key knew of the SSRCs, as a hint.
func (h *half) inherit(former *half) {
	h.uses, h.streams = former.uses, former.streams
	for i := range h.streams {
		s := &h.streams[i]
		s.rtp.begun, s.rtcp = false, window{}
	}
}

func (h *half) openRTP(pkt []byte) ([]byte, Verdict) {
	header := headerSize(pkt)
	switch {
	case len(pkt) > maxPacket:
		return nil, Long
	case len(pkt) < rtpHeader+h.rtp.tag():
		return nil, Short
	case header == 0 || len(pkt) < header+h.rtp.tag():
		return nil, Shape
	}
	sequence := binary.BigEndian.Uint16(pkt[2:])
	s := h.find(rtpSource(pkt))
	if s == nil || !s.rtp.begun {
		return h.join(pkt, header, s)
	}
	index := s.rtp.estimate(sequence)
	if !s.rtp.fresh(index) {
		return nil, Replayed
	}
	plain, ok := h.rtp.openRTP(pkt, header, index)
	if !ok {
		return nil, Forged
	}
	h.uses++
	s.used = h.uses
	s.rtp.mark(index)
	return plain, Keep
}

// join takes in the first packet of an SSRC under this key, of which we do not
// know how often its sequence numbers have rolled over. Only a packet that
// authenticates gets a stream.
func (h *half) join(pkt []byte, header int, hint *stream) ([]byte, Verdict) {
	sequence := binary.BigEndian.Uint16(pkt[2:])
	try := func(index uint64) []byte {
		plain, ok := h.rtp.openRTP(pkt, header, index)
		if !ok {
			return nil
		}
		s := h.stream(rtpSource(pkt))
		s.rtp = window{}
		s.rtp.mark(index)
		return plain
	}
	if hint != nil {
		if plain := try(hint.rtp.estimate(sequence)); plain != nil {
			return plain, Keep
		}
	}
	for roc := range uint64(maxGuesses) {
		if plain := try(roc<<16 | uint64(sequence)); plain != nil {
			return plain, Keep
		}
	}
	return nil, Forged
}

func (h *half) openRTCP(pkt []byte) ([]byte, Verdict) {
	switch {
	case len(pkt) > maxPacket:
		return nil, Long
	case len(pkt) < controlHeader+h.rtcp.tag()+indexSize:
		return nil, Short
	case pkt[0]>>6 != 2:
		return nil, Shape
	}
	word := h.rtcp.word(pkt)
	index := uint64(word & maxIndex)
	if word>>31 == 0 {
		return nil, Clear
	}
	s := h.find(controlSource(pkt))
	if s != nil && !s.rtcp.fresh(index) {
		return nil, Replayed
	}
	plain, ok := h.rtcp.openRTCP(pkt, uint32(index))
	if !ok {
		return nil, Forged
	}
	h.stream(controlSource(pkt)).rtcp.mark(index)
	return plain, Keep
}
