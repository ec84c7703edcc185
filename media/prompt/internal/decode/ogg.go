package decode

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"trunkline/media/ogg"
)

// oggFile is an Ogg file under way: of all its streams, those of sound that
// follow each other are decoded; what is beside them (pictures, say) is not.
type oggFile struct {
	to     *sink
	stream stream // nil before the first and behind the last page of one
	serial uint32 // of the stream
	rest   []byte // of a packet that goes on on the next page
	broken bool   // the rest of a packet whose beginning was lost comes
	heard  bool   // there was a stream
}

// stream decodes one stream, whose packets it is given in order, the first too.
type stream interface {
	packet(b []byte) error
	// page says that a page ended: granule is its position, -1 when it has none,
	// and last whether it was the stream's last.
	page(granule int64, last bool) error
}

// mostPacket bounds a packet, bytes. The set-up of Vorbis takes some kB.
const mostPacket = 1 << 20

func readOgg(in *bufio.Reader, to *sink) error {
	f, pages := oggFile{to: to}, ogg.NewReader(in)
	for {
		p, err := pages.Next()
		switch {
		case err == io.EOF || errors.Is(err, ogg.ErrTruncated):
			if !f.heard {
				return errors.New("an Ogg file with neither Opus nor Vorbis in it: convert it to WAV")
			}
			return nil
		case err != nil:
			return err
		}
		if err := f.page(p); err != nil {
			return err
		}
	}
}

func (f *oggFile) page(p ogg.Page) error {
	if p.Flags&ogg.First != 0 && f.stream == nil {
		if f.stream = f.begin(p.Body); f.stream != nil {
			f.serial, f.rest, f.heard = p.Serial, f.rest[:0], true
		}
	}
	if f.stream == nil || p.Serial != f.serial {
		return nil
	}
	f.broken = p.Flags&ogg.Continued != 0 && (f.broken || len(f.rest) == 0)
	if p.Flags&ogg.Continued == 0 {
		f.rest = f.rest[:0] // lost its end
	}
	if err := f.packets(p); err != nil {
		return err
	}
	last := p.Flags&ogg.Last != 0
	if err := f.stream.page(p.Granule, last); err != nil {
		return err
	}
	if last {
		f.stream = nil
	}
	return nil
}

// begin returns the decoder of the stream that begins with a packet; nil when we
// have none.
func (f *oggFile) begin(packet []byte) stream {
	switch {
	case bytes.HasPrefix(packet, []byte("OpusHead")):
		return &opusStream{to: f.to}
	case bytes.HasPrefix(packet, []byte("\x01vorbis")):
		return &vorbisStream{to: f.to}
	}
	return nil
}

// packets hands on the packets that end on p (RFC 3533 §5).
func (f *oggFile) packets(p ogg.Page) error {
	for _, n := range p.Lacing {
		f.rest = append(f.rest, p.Body[:n]...)
		p.Body = p.Body[n:]
		if len(f.rest) > mostPacket {
			return fmt.Errorf("a packet of more than %d bytes", mostPacket)
		}
		if n == 255 {
			continue
		}
		if !f.broken && len(f.rest) > 0 {
			if err := f.stream.packet(f.rest); err != nil {
				return err
			}
		}
		f.rest, f.broken = f.rest[:0], false
	}
	return nil
}

// timeline cuts a stream to what its granule positions say: encoders begin
// before the sound and end behind it. It holds the sound of one page.
type timeline struct {
	per      int64 // granule units per sample instant
	channels int
	skip     int64 // instants still to be thrown away

	pending []int16
	done    int64 // instants decoded before those
	base    int64 // position of the first instant decoded
	based   bool
}

// page passes on what a page held.
func (l *timeline) page(granule int64, last bool, to *sink) error {
	n := int64(len(l.pending) / l.channels)
	if granule >= 0 && n > 0 {
		at := granule / l.per
		if !l.based && !last { // the only page may be cut at its end
			l.based, l.base = true, at-l.done-n
			l.skip = max(l.skip, -l.base)
		}
		if last {
			n = max(0, min(n, at-l.base-l.done))
		}
	}
	l.done += int64(len(l.pending) / l.channels)
	k := min(l.skip, n)
	l.skip -= k
	err := to.write(l.pending[int(k)*l.channels : int(n)*l.channels])
	l.pending = l.pending[:0]
	return err
}
