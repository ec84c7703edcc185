package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// readWAV reads a RIFF file of one channel of 16-bit PCM.
func readWAV(b []byte) (say, error) {
	if len(b) < 12 || !bytes.Equal(b[:4], []byte("RIFF")) || !bytes.Equal(b[8:12], []byte("WAVE")) {
		return say{}, errors.New("wav: no RIFF header")
	}
	rate := 0
	for b = b[12:]; len(b) >= 8; {
		kind, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:]))
		b = b[8:]
		body := b[:min(size, len(b))]
		switch kind {
		case "fmt ":
			if len(body) < 16 {
				return say{}, errors.New("wav: format is cut off")
			}
			format, channels := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
			if bits := binary.LittleEndian.Uint16(body[14:]); format != 1 || channels != 1 || bits != 16 {
				return say{}, fmt.Errorf("wav: format %d, %d channels, %d bits: only PCM of one channel, 16 bits", format, channels, bits)
			}
			rate = int(binary.LittleEndian.Uint32(body[4:]))
		case "data":
			if rate == 0 {
				return say{}, errors.New("wav: sound before its format")
			}
			if len(body) < 2 {
				return say{}, errors.New("wav: no sound")
			}
			return say{samplesOf(body), rate}, nil
		}
		b = b[min(len(body)+size&1, len(b)):]
	}
	return say{}, errors.New("wav: no sound")
}
