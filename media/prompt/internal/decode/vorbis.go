package decode

import (
	"errors"
	"fmt"
	"math"
	"math/bits"

	"github.com/jfreymuth/vorbis"
)

// vorbisStream decodes Vorbis in Ogg. The library believes what the headers
// claim, so they are checked first; the comments it never sees.
type vorbisStream struct {
	to      *sink
	headers int
	decoder vorbis.Decoder
	buffer  []float32
	line    timeline
}

var errVorbis = errors.New("a damaged Vorbis header")

func (s *vorbisStream) packet(b []byte) error {
	if s.headers < 3 {
		s.headers++
		return s.header(b)
	}
	pcm, err := s.decoder.DecodeInto(b, s.buffer)
	if err != nil {
		return nil // no packet of sound: to be passed over (Vorbis I §4.3.1)
	}
	for _, v := range pcm {
		s.line.pending = append(s.line.pending, fromFloat(v))
	}
	return nil
}

func (s *vorbisStream) header(b []byte) error {
	if !vorbis.IsHeader(b) || int(b[0]) != 2*s.headers-1 {
		return errVorbis
	}
	switch s.headers {
	case 1:
		if err := checkIdentification(b[7:]); err != nil {
			return err
		}
	case 2:
		return nil
	case 3:
		if !sane(b[7:]) {
			return errVorbis
		}
	}
	if err := s.decoder.ReadHeader(b); err != nil {
		return fmt.Errorf("%w: %w", errVorbis, err)
	}
	if s.headers < 3 {
		return nil
	}
	rate, channels := s.decoder.SampleRate(), s.decoder.Channels()
	s.buffer = make([]float32, s.decoder.BufferSize())
	s.line = timeline{per: 1, channels: channels}
	return s.to.open(rate, channels)
}

func (s *vorbisStream) page(granule int64, last bool) error {
	if s.headers < 3 {
		return nil
	}
	return s.line.page(granule, last, s.to)
}

func fromFloat(v float32) int16 {
	return int16(max(math.MinInt16, min(math.MaxInt16, math.Round(float64(v)*32768))))
}

// checkIdentification bounds channels and block sizes (Vorbis I §4.2.2).
func checkIdentification(b []byte) error {
	if len(b) < 23 {
		return errVorbis
	}
	if b[4] < 1 || b[4] > mostChannels {
		return fmt.Errorf("%d channels: want 1 to %d", b[4], mostChannels)
	}
	if short, long := b[21]&15, b[21]>>4; short < 6 || short > long || long > 13 {
		return errVorbis
	}
	return nil
}

// What the codebooks of a stream may have in all. Those of libvorbis have some
// thousand entries.
const (
	mostEntries    = 1 << 20
	mostValues     = 1 << 22
	mostDimensions = 1 << 10
)

// sane reads the codebooks of a set-up header as the library does (Vorbis I
// §3.2.1) and reports whether they are bounded, and none is such that decoding
// with it would never end.
func sane(b []byte) bool {
	r, entries, values := bitReader{b: b}, 0, 0
	for range r.read(8) + 1 {
		e, v, ok := r.codebook()
		entries, values = entries+e, values+v
		if !ok || r.spent || entries > mostEntries || values > mostValues {
			return false
		}
	}
	return true
}

// codebook passes over one codebook; the limits hold for it alone.
func (r *bitReader) codebook() (entries, values int, ok bool) {
	if r.read(24) != 0x564342 { // "BCV"
		return 0, 0, false
	}
	dimensions := r.read(16)
	entries = r.read(24)
	if dimensions < 1 || dimensions > mostDimensions || entries < 1 || entries > mostEntries || !r.lengths(entries) {
		return 0, 0, false
	}
	lookup := r.read(4)
	if lookup == 0 {
		return entries, 0, true
	}
	values = entries * dimensions
	if lookup > 2 || values > mostValues {
		return 0, 0, false
	}
	r.skip(64)
	width := r.read(4) + 1
	r.skip(1)
	scalars := values
	if lookup == 1 {
		scalars = int(math.Floor(math.Pow(float64(entries), 1/float64(dimensions))))
	}
	r.skip(scalars * width)
	return entries, values, true
}

// lengths passes over the lengths of so many codewords, and wants one at least.
func (r *bitReader) lengths(entries int) bool {
	if r.read(1) == 0 {
		sparse, used := r.read(1) == 1, false
		for i := 0; i < entries && !r.spent; i++ {
			if !sparse || r.read(1) == 1 {
				r.skip(5)
				used = true
			}
		}
		return used
	}
	length := r.read(5) + 1
	for left := entries; left > 0; length++ {
		n := r.read(bits.Len(uint(left)))
		if left -= n; left < 0 || length > 32 {
			return false
		}
	}
	return true
}

// bitReader reads bits, the lowest first. Behind the end there are zeros.
type bitReader struct {
	b     []byte
	at    int  // bits
	spent bool // behind the end
}

func (r *bitReader) skip(n int) {
	r.at += n
	r.spent = r.at > 8*len(r.b)
}

func (r *bitReader) read(n int) (v int) {
	for i := range n {
		if at := r.at + i; at < 8*len(r.b) {
			v |= int(r.b[at/8]>>(at%8)&1) << i
		}
	}
	r.skip(n)
	return v
}
