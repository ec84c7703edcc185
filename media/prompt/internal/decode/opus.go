package decode

import (
	"bytes"
	"encoding/binary"
	"errors"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/ogg"
)

// opusStream decodes Opus in Ogg (RFC 7845) at 16 kHz mono, which libopus makes
// of whatever there is.
type opusStream struct {
	to    *sink
	coder codecs.Coder // nil before the head
	gain  dsp.DB
	line  timeline
	pcm   [wideRate * 120 / 1000]int16 // the longest packet
}

func (s *opusStream) packet(b []byte) error {
	switch {
	case s.coder == nil:
		return s.head(b)
	case bytes.HasPrefix(b, []byte("OpusTags")):
		return nil
	}
	pcm := s.pcm[:s.coder.Decode(s.pcm[:], b)]
	if s.gain != 0 {
		dsp.Amplify(pcm, s.gain)
	}
	s.line.pending = append(s.line.pending, pcm...)
	return nil
}

func (s *opusStream) head(b []byte) error {
	h, err := ogg.ParseHead(b)
	if err != nil {
		return err
	}
	codec, ok := codecs.ByID(codecs.Opus)
	if !ok {
		return errors.New("this program was built without Opus: convert the file to WAV")
	}
	s.coder = codec.New(wideRate, codecs.Format{})
	s.gain = dsp.DB(int16(binary.LittleEndian.Uint16(b[16:]))) / 256 // RFC 7845 §5.1
	s.line = timeline{per: ogg.GranuleRate / wideRate, channels: 1, skip: int64(h.PreSkip) * wideRate / ogg.GranuleRate}
	return s.to.open(wideRate, 1)
}

func (s *opusStream) page(granule int64, last bool) error {
	if s.coder == nil {
		return nil
	}
	return s.line.page(granule, last, s.to)
}
