package wav

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
)

// Writer writes 16-bit PCM to a file. It collects samples in memory; Sync puts
// them on the file and makes the header agree, so that the file is playable
// from then on whatever happens to the process.
//
// After an error of the disk every further call returns that error.
type Writer struct {
	f      *os.File
	format Format
	bytes  int64 // of samples on the file
	buf    []byte
	err    error
}

// flushAt is how many collected bytes make Write go to the disk by itself.
const flushAt = 64 << 10

// Create makes the file name, for its owner only, or empties the one there is,
// and writes a valid header. The directory must exist.
func Create(name string, f Format) (*Writer, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("create %s: %w", filepath.Base(name), err)
	}
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err // says "open", name and cause
	}
	w := &Writer{f: file, format: f}
	if err := w.Sync(); err != nil {
		file.Close()
		return nil, err
	}
	return w, nil
}

// Write appends interleaved samples.
func (w *Writer) Write(pcm []int16) error {
	if w.err != nil {
		return w.err
	}
	for _, v := range pcm {
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(v))
	}
	if len(w.buf) >= flushAt {
		return w.flush()
	}
	return nil
}

func (w *Writer) flush() error {
	n, err := w.f.WriteAt(w.buf, headerLen+w.bytes)
	w.bytes += int64(n)
	w.buf = w.buf[:0]
	w.err = err
	return err
}

// Sync writes what was collected and makes the header count it. It hands the
// bytes to the operating system; it does not force them onto the medium.
func (w *Writer) Sync() error {
	if w.err == nil {
		w.err = w.flush()
	}
	if w.err != nil {
		return w.err
	}
	frame := int64(2 * w.format.Channels)
	_, w.err = w.f.WriteAt(appendHeader(nil, w.format, w.bytes/frame*frame), 0)
	return w.err
}

// Samples returns how many sample instants were written so far.
func (w *Writer) Samples() int64 {
	return (w.bytes + int64(len(w.buf))) / int64(2*w.format.Channels)
}

// Close syncs and closes the file. The first error of the file's life is returned.
func (w *Writer) Close() error {
	err := w.Sync()
	if cerr := w.f.Close(); err == nil {
		err = cerr
	}
	return err
}

// WriteFile writes a whole sound to the file name.
func WriteFile(name string, s Sound) error {
	w, err := Create(name, s.Format)
	if err != nil {
		return err
	}
	w.Write(s.PCM) // Close returns what went wrong
	return w.Close()
}
