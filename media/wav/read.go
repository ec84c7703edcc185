package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/zaf/g711"
)

// ReadFile reads the whole file name. Errors name the file.
func ReadFile(name string) (Sound, error) {
	f, err := os.Open(name)
	if err != nil {
		return Sound{}, err
	}
	defer f.Close()
	s, err := Read(f)
	if err != nil {
		return Sound{}, fmt.Errorf("read %s: %w", name, err)
	}
	return s, nil
}

// Read reads a whole file of sound from r.
//
// Lengths in the file are claims: a data chunk that is shorter than it says (a
// recording cut off by a crash) or that says 0 or 0xFFFFFFFF (a stream written
// to a pipe) is read to the end of r. An incomplete last sample is dropped.
func Read(r io.Reader) (Sound, error) {
	e, size, err := readHead(r)
	if err != nil {
		return Sound{}, err
	}
	return readData(r, size, e)
}

// Measure reads a file of any length through, without keeping it, and returns
// how many sample instants it has. ErrCut, beside them, says that the file claims
// more.
func Measure(r io.Reader) (f Format, instants int64, err error) {
	e, size, err := readHead(r)
	if err != nil {
		return Format{}, 0, err
	}
	claims := size != 0 && size != math.MaxUint32
	if claims {
		r = io.LimitReader(r, int64(size))
	}
	n, err := io.Copy(io.Discard, r)
	if err == nil && claims && n < int64(size) {
		err = ErrCut
	}
	return e.Format, n / int64(e.width*e.Channels), err
}

// readHead reads up to the samples, of which there are size bytes as the file claims.
func readHead(r io.Reader) (e *encoding, size uint32, err error) {
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, cut(err, "RIFF header")
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return nil, 0, fmt.Errorf("%w: no RIFF/WAVE header", ErrNotWAV)
	}
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return nil, 0, cut(err, "data chunk")
		}
		id, size := string(chunk[:4]), binary.LittleEndian.Uint32(chunk[4:])
		switch {
		case id == "fmt " && e == nil:
			if e, err = readFmt(r, size); err != nil {
				return nil, 0, err
			}
		case id == "data" && e == nil:
			return nil, 0, fmt.Errorf("%w: data chunk before fmt chunk", ErrNotWAV)
		case id == "data":
			return e, size, nil
		default:
			if _, err := io.CopyN(io.Discard, r, int64(size)+int64(size&1)); err != nil {
				return nil, 0, cut(err, "data chunk")
			}
		}
	}
}

// cut says what was missing when r ended too early; other errors pass.
func cut(err error, missing string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: ends before its %s", ErrNotWAV, missing)
	}
	return err
}

// encoding is how one value of the data chunk becomes a sample.
type encoding struct {
	Format
	width  int // bytes per value
	sample func([]byte) int16
}

func readFmt(r io.Reader, size uint32) (*encoding, error) {
	if size < 16 || size > 4096 {
		return nil, fmt.Errorf("%w: fmt chunk of %d bytes", ErrNotWAV, size)
	}
	b := make([]byte, size+size&1)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, cut(err, "fmt chunk")
	}
	le := binary.LittleEndian
	tag, bits := le.Uint16(b), le.Uint16(b[14:])
	if tag == tagExtensible && size >= 40 {
		tag = le.Uint16(b[24:]) // the first field of the sub-format's GUID
	}
	e := &encoding{Format: Format{Rate: int(le.Uint32(b[4:])), Channels: int(le.Uint16(b[2:]))}}
	e.width, e.sample = int(bits/8), sampler(tag, bits)
	if e.sample == nil {
		return nil, fmt.Errorf("%w: format tag %#04x with %d bits", ErrUnsupported, tag, bits)
	}
	if e.Rate < 0 {
		e.Rate = 0
	}
	return e, e.check()
}

// sampler returns the reading of one value, nil when there is none.
func sampler(tag, bits uint16) func([]byte) int16 {
	type kind struct{ tag, bits uint16 }
	switch (kind{tag, bits}) {
	case kind{tagPCM, 8}:
		return func(b []byte) int16 { return (int16(b[0]) - 128) << 8 }
	case kind{tagPCM, 16}:
		return func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b)) }
	case kind{tagPCM, 24}:
		return func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b[1:])) }
	case kind{tagPCM, 32}:
		return func(b []byte) int16 { return int16(binary.LittleEndian.Uint16(b[2:])) }
	case kind{tagFloat, 32}:
		return func(b []byte) int16 { return fromFloat(math.Float32frombits(binary.LittleEndian.Uint32(b))) }
	case kind{tagMuLaw, 8}:
		return func(b []byte) int16 { return g711.DecodeUlawFrame(b[0]) }
	case kind{tagALaw, 8}:
		return func(b []byte) int16 { return g711.DecodeAlawFrame(b[0]) }
	}
	return nil
}

// fromFloat maps -1..1 to the 16-bit range; what is beyond, or no number at
// all, saturates or is silence.
func fromFloat(f float32) int16 {
	switch v := float64(f) * 32768; {
	case v >= math.MaxInt16:
		return math.MaxInt16
	case v <= math.MinInt16:
		return math.MinInt16
	case v != v:
		return 0
	default:
		return int16(v)
	}
}

// readData reads the samples. It grows with what really comes, never by what
// the file claims.
func readData(r io.Reader, size uint32, e *encoding) (Sound, error) {
	if size != 0 && size != math.MaxUint32 {
		r = io.LimitReader(r, int64(size))
	}
	b, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return Sound{}, err
	}
	if len(b) > maxBytes {
		return Sound{}, ErrTooLong
	}
	frame := e.width * e.Channels
	b = b[:len(b)/frame*frame]
	pcm := make([]int16, 0, len(b)/e.width)
	for ; len(b) > 0; b = b[e.width:] {
		pcm = append(pcm, e.sample(b))
	}
	return Sound{Format: e.Format, PCM: pcm}, nil
}
