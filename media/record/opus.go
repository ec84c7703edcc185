//go:build cgo

package record

import (
	"fmt"
	"math/rand/v2"

	"github.com/hraban/opus"

	"trunkline/media/ogg"
	"trunkline/media/wav"
)

const (
	framesPerSecond = 50  // of Opus: 20 ms each
	preSkip         = 312 // sample instants at 48 kHz: libopus is 6.5 ms late, at any rate
	maxPacket       = 1275
	pageOverhead    = 300 // bytes of a page beside its packets, at most

	// effort is libopus' complexity, 0 to 10. At 5 a recording costs two and a half
	// times as much, and a recording is one of a thousand things to do.
	effort = 1
)

// opusFile is a container: Ogg/Opus, with a page for each helping of sound.
type opusFile struct {
	format  wav.Format
	encoder *opus.Encoder
	pages   *ogg.Writer
	frame   []int16 // being filled
	coded   int64   // sample instants at 48 kHz in packets so far
	heard   int64   // values that came in
	packet  [maxPacket]byte
}

// newOpus makes the container for sound of 8, 12, 16, 24 or 48 kHz.
func newOpus(format wav.Format, bitrate int) (*opusFile, error) {
	if bitrate == 0 {
		bitrate = 16000 + max(format.Rate-8000, 0) // 16, 24, 32 kbit/s at 8, 16, 24 kHz
	}
	encoder, err := opus.NewEncoder(format.Rate, format.Channels, opus.AppVoIP)
	if err != nil {
		return nil, fmt.Errorf("make Opus encoder for %d channels at %d Hz: %w", format.Channels, format.Rate, err)
	}
	if err := encoder.SetComplexity(effort); err != nil {
		return nil, fmt.Errorf("set Opus complexity: %w", err)
	}
	if err := encoder.SetBitrate(min(bitrate, 256000) * format.Channels); err != nil {
		return nil, fmt.Errorf("set Opus bit rate %d: %w", bitrate, err)
	}
	return &opusFile{
		format: format, encoder: encoder, pages: ogg.NewWriter(rand.Uint32()),
		frame: make([]int16, 0, format.Rate/framesPerSecond*format.Channels),
	}, nil
}

func (o *opusFile) begin(b []byte) []byte {
	return o.pages.Begin(b, ogg.Head{Channels: o.format.Channels, PreSkip: preSkip, Rate: o.format.Rate}, "trunkline")
}

func (o *opusFile) sound(b []byte, pcm []int16) (_ []byte, err error) {
	o.heard += int64(len(pcm))
	for len(pcm) > 0 {
		n := min(len(pcm), cap(o.frame)-len(o.frame))
		o.frame = append(o.frame, pcm[:n]...)
		pcm = pcm[n:]
		if len(o.frame) < cap(o.frame) {
			break
		}
		if b, err = o.encode(b); err != nil {
			return b, err
		}
	}
	return o.pages.Flush(b), nil
}

func (o *opusFile) encode(b []byte) ([]byte, error) {
	n, err := o.encoder.Encode(o.frame, o.packet[:])
	if err != nil {
		return b, fmt.Errorf("encode Opus: %w", err)
	}
	o.frame = o.frame[:0]
	o.coded += ogg.GranuleRate / framesPerSecond
	return o.pages.Packet(b, o.packet[:n], ogg.GranuleRate/framesPerSecond), nil
}

// end fills up the last frame, and as many as the encoder is late.
func (o *opusFile) end(b []byte) (_ []byte, err error) {
	instants := o.heard / int64(o.format.Channels)
	granule := preSkip + instants*ogg.GranuleRate/int64(o.format.Rate)
	for o.coded < granule {
		o.frame = silence(o.frame, cap(o.frame)-len(o.frame))
		if b, err = o.encode(b); err != nil {
			return b, err
		}
	}
	return o.pages.End(b, granule), nil
}

func (o *opusFile) bound(values int) int {
	packets := values/cap(o.frame) + 3 // one begun before, and two at the end
	return packets*maxPacket + (packets/framesPerSecond+2)*pageOverhead
}

func (o *opusFile) header(b []byte, _ int64) []byte { return b }
