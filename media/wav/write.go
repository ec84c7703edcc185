package wav

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// HeaderLen is the length of the header that AppendHeader makes: RIFF, a
// 16-byte fmt chunk, and the head of data.
const HeaderLen = 44

// Unknown is the length of sound whose end is not known yet: readers take what
// follows up to the end of the file.
const Unknown = -1

// MaxLen is how many bytes of samples a file can tell of: its own length, less
// eight bytes, has 32 bits.
const MaxLen = math.MaxUint32 - HeaderLen + 8

// AppendHeader appends the header of a file of 16-bit PCM with n bytes of
// samples, or Unknown. A length beyond MaxLen is written as MaxLen.
func AppendHeader(b []byte, f Format, n int64) []byte {
	riff, data := uint32(math.MaxUint32), uint32(math.MaxUint32)
	if n >= 0 {
		data = uint32(min(n, MaxLen))
		riff = data + HeaderLen - 8
	}
	le := binary.LittleEndian
	frame := uint16(2 * f.Channels)
	b = append(b, "RIFF"...)
	b = le.AppendUint32(b, riff)
	b = append(b, "WAVEfmt "...)
	b = le.AppendUint32(b, 16)
	b = le.AppendUint16(b, tagPCM)
	b = le.AppendUint16(b, uint16(f.Channels))
	b = le.AppendUint32(b, uint32(f.Rate))
	b = le.AppendUint32(b, uint32(f.Rate)*uint32(frame))
	b = le.AppendUint16(b, frame)
	b = le.AppendUint16(b, 16)
	b = append(b, "data"...)
	return le.AppendUint32(b, data)
}

// AppendSamples appends interleaved samples as such a file holds them.
func AppendSamples(b []byte, pcm []int16) []byte {
	from := len(b)
	b = slices.Grow(b, 2*len(pcm))[:from+2*len(pcm)]
	out := b[from:]
	for len(pcm) >= 4 { // four at a time: half the cost of a recording was here
		four := uint64(uint16(pcm[0])) | uint64(uint16(pcm[1]))<<16 | uint64(uint16(pcm[2]))<<32 | uint64(uint16(pcm[3]))<<48
		binary.LittleEndian.PutUint64(out, four)
		pcm, out = pcm[4:], out[8:]
	}
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(out[2*i:], uint16(v))
	}
	return b
}

// Repair makes the header of f agree with the length of f, when f is of the
// kind that AppendHeader begins: the last step of a file that was written as a
// stream or by a process that died. Other files are left alone: ErrUnsupported,
// or ErrNotWAV.
func Repair(f *os.File) error {
	var head [HeaderLen]byte
	if _, err := f.ReadAt(head[:], 0); err != nil {
		return cut(err, "header")
	}
	if string(head[:4]) != "RIFF" || string(head[8:12]) != "WAVE" {
		return fmt.Errorf("%w: no RIFF/WAVE header", ErrNotWAV)
	}
	le := binary.LittleEndian
	format := Format{Rate: int(le.Uint32(head[24:])), Channels: int(le.Uint16(head[22:]))}
	want := AppendHeader(nil, format, Unknown)
	copy(want[4:], head[4:8])
	copy(want[40:], head[40:])
	if format.check() != nil || string(want) != string(head[:]) {
		return fmt.Errorf("%w: not a plain file of 16-bit PCM", ErrUnsupported)
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	frame := int64(2 * format.Channels)
	samples := (info.Size() - HeaderLen) / frame * frame
	_, err = f.WriteAt(AppendHeader(nil, format, samples), 0)
	return err
}

// WriteFile writes a whole sound to the file name, for its owner only. An
// existing file is replaced; the directory must exist.
func WriteFile(name string, s Sound) error {
	if err := s.check(); err != nil {
		return fmt.Errorf("create %s: %w", filepath.Base(name), err)
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err // says "open", name and cause
	}
	return errors.Join(write(f, s), f.Close())
}

func write(w io.Writer, s Sound) error {
	b := bufio.NewWriterSize(w, 64<<10)
	b.Write(AppendHeader(nil, s.Format, int64(2*len(s.PCM)))) // its error comes out of Flush
	const step = 4096
	var chunk []byte
	for pcm := s.PCM; len(pcm) > 0; pcm = pcm[min(step, len(pcm)):] {
		chunk = AppendSamples(chunk[:0], pcm[:min(step, len(pcm))])
		b.Write(chunk)
	}
	return b.Flush()
}
