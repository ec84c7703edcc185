package worker

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxFrame is the largest payload of a frame, bytes.
const MaxFrame = 1 << 20

const frameHeader = 5

// Kind says what a frame from parent to worker holds.
type Kind byte

// The kinds of frame; see the package comment.
const (
	KindStart  Kind = 's'
	KindAudio  Kind = 'a'
	KindEnd    Kind = 'e'
	KindCancel Kind = 'c'
)

// Frame is one message from parent to worker.
type Frame struct {
	Kind    Kind
	Payload []byte
}

// AppendFrame appends one frame to dst.
func AppendFrame(dst []byte, k Kind, payload []byte) []byte {
	dst = append(dst, byte(k))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(payload)))
	return append(dst, payload...)
}

// AppendAudio appends one audio frame holding pcm to dst.
func AppendAudio(dst []byte, pcm []int16) []byte {
	dst = append(dst, byte(KindAudio))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(2*len(pcm)))
	for _, s := range pcm {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(s))
	}
	return dst
}

// ReadFrame reads one frame, for workers written in Go. It returns io.EOF at
// the end of input and io.ErrUnexpectedEOF within a frame.
func ReadFrame(r io.Reader) (Frame, error) {
	var h [frameHeader]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return Frame{}, err
	}
	n := binary.LittleEndian.Uint32(h[1:])
	if n > MaxFrame {
		return Frame{}, fmt.Errorf("read frame %q: length %d exceeds %d", h[0], n, MaxFrame)
	}
	f := Frame{Kind: Kind(h[0]), Payload: make([]byte, n)}
	if _, err := io.ReadFull(r, f.Payload); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return Frame{}, fmt.Errorf("read frame %q: %w", h[0], err)
	}
	return f, nil
}

// Line is one message from worker to parent.
type Line struct {
	ID         uint64  `json:"id,omitempty"`
	Ready      string  `json:"ready,omitempty"`
	Started    bool    `json:"started,omitempty"`
	Partial    *string `json:"partial,omitempty"`
	Final      *string `json:"final,omitempty"`
	Confidence float64 `json:"confidence,omitempty"`
	Cancelled  bool    `json:"cancelled,omitempty"`
	Error      string  `json:"error,omitempty"`
}

// parseLine reads one line of a worker's output.
func parseLine(b []byte) (Line, error) {
	var l Line
	if err := json.Unmarshal(b, &l); err != nil {
		return Line{}, fmt.Errorf("parse line %.60q: %w", b, err)
	}
	// NaN cannot be written in JSON; clamp what a careless worker may send.
	l.Confidence = min(max(l.Confidence, 0), 1)
	return l, nil
}
