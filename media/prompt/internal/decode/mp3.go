package decode

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"

	"github.com/hajimehoshi/go-mp3"
)

// readMP3 decodes MPEG-1 and MPEG-2 layer III. The library is given whole frames
// only, which all agree: it reserves what a tag claims and stumbles over what
// lies between frames.
func readMP3(in *bufio.Reader, to *sink) error {
	if err := skipID3(in); err != nil {
		return err
	}
	frames := &mp3Frames{in: in}
	trim, err := frames.begin()
	if err != nil {
		return err
	}
	dec, err := mp3.NewDecoder(frames)
	if err != nil {
		return err
	}
	const channels = 2 // the library's, always
	if err := to.open(frames.first.rate, channels); err != nil {
		return err
	}
	b, pcm := make([]byte, 16<<10), []int16(nil)
	for {
		n, err := io.ReadFull(dec, b)
		for i := 0; i+1 < n; i += 2 {
			pcm = append(pcm, int16(binary.LittleEndian.Uint16(b[i:])))
		}
		k := min(len(pcm), channels*trim.start)
		pcm, trim.start = pcm[k:], trim.start-k/channels
		if whole := len(pcm) - channels*trim.end; whole > 0 { // the end is known when it has come
			if err := to.write(pcm[:whole]); err != nil {
				return err
			}
			pcm = append(pcm[:0], pcm[whole:]...)
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// skipID3 passes over ID3v2 tags (id3.org, ID3v2.4 §3.1), whatever they hold.
func skipID3(in *bufio.Reader) error {
	for {
		head, err := in.Peek(10)
		if err != nil || string(head[:3]) != "ID3" {
			return nil // what comes must say what it is
		}
		size := 10 + int(head[6]&127)<<21 + int(head[7]&127)<<14 + int(head[8]&127)<<7 + int(head[9]&127)
		if head[5]&16 != 0 {
			size += 10 // a footer
		}
		if _, err := in.Discard(size); err == io.EOF {
			return errors.New("an MP3 file that ends within its tag")
		} else if err != nil {
			return err
		}
	}
}

// mp3Frames is a reader of the frames of a file, without what is between them.
type mp3Frames struct {
	in      *bufio.Reader
	first   frame
	synced  bool // the last frame ended where we are
	current []byte
	alone   rewriter
}

// mostGarbage is how far the first frame is looked for, bytes.
const mostGarbage = 64 << 10

// begin finds the first frame and returns how much sound does not belong to
// the file. A frame that only describes the others is passed over.
func (m *mp3Frames) begin() (trim, error) {
	if err := m.next(); err == io.EOF {
		return trim{}, errors.New("no frame of MPEG audio in it")
	} else if err != nil {
		return trim{}, err
	}
	switch {
	case m.first.layer != 3:
		return trim{}, errors.New("MPEG audio that is not layer III (MP3): convert it to WAV")
	case m.first.rate == 8000:
		return trim{}, errors.New("MP3 at 8 kHz (MPEG 2.5) is not supported: convert it to WAV")
	}
	t, ok := parseInfo(m.current, m.first.side)
	if ok {
		m.current = nil
	} else {
		m.adapt()
	}
	return t, nil
}

// adapt makes of the current frame one that the library reads right.
func (m *mp3Frames) adapt() {
	if m.first.version == 25 || m.first.rate == 22050 {
		m.current = m.alone.rewrite(m.current, m.first)
	}
}

func (m *mp3Frames) Read(p []byte) (int, error) {
	if len(m.current) == 0 {
		if err := m.next(); err != nil {
			return 0, err
		}
		m.adapt()
	}
	n := copy(p, m.current)
	m.current = m.current[n:]
	return n, nil
}

// next makes the next frame current; io.EOF when there is no whole one.
func (m *mp3Frames) next() error {
	for range mostGarbage {
		head, err := m.in.Peek(4)
		if err != nil {
			return err
		}
		if h, ok := parseFrame(head); ok && m.accept(h) {
			if m.current, err = m.in.Peek(h.size); err != nil {
				return err
			}
			m.current = append([]byte(nil), m.current...)
			m.in.Discard(h.size) // it was there
			m.first, m.synced = h, true
			return nil
		}
		m.in.Discard(1)
		m.synced = false
	}
	return io.EOF
}

// accept reports whether a frame is one of ours: those that follow each other
// look alike, and one behind something else must be followed by another, or by
// the end.
func (m *mp3Frames) accept(h frame) bool {
	if m.first.rate != 0 && !h.like(m.first) {
		return false
	}
	if m.synced {
		return true
	}
	b, err := m.in.Peek(h.size + 4)
	if len(b) == h.size && err == io.EOF {
		return true
	}
	if len(b) < h.size+4 {
		return false
	}
	after, ok := parseFrame(b[h.size:])
	return ok && after.like(h)
}

func (h frame) like(o frame) bool {
	return h.version == o.version && h.layer == o.layer && h.rate == o.rate
}
