// Package decode reads files of sound: WAV, Ogg with Opus or Vorbis, MP3, and
// raw telephone sound. Whatever is in them comes out as mono 16-bit samples at
// 8 or 16 kHz.
//
// A file says what it is by its first bytes; only raw sound, which has no
// header, is known by the end of its name. Files may be hostile: what they claim
// about themselves is never believed where it costs memory, sound beyond the
// limits is refused when it is reached, and a decoder that panics has found a
// damaged file.
//
// Reading takes its time and its memory: control plane only. There is no
// goroutine and no state here.
package decode

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"trunkline/media/wav"
)

// Limits bounds a file.
type Limits struct {
	Bytes    int64
	Duration time.Duration
}

// Sound is mono.
type Sound struct {
	Rate int // 16000 when the file's is at least that, else 8000
	PCM  []int16
}

// Read reads a whole file of sound from r. Its name says only of which kind raw
// sound is. Errors do not name the file; ctx's cause is among them.
func Read(ctx context.Context, r io.Reader, name string, l Limits) (s Sound, err error) {
	defer func() {
		if v := recover(); v != nil {
			s, err = Sound{}, fmt.Errorf("the file is damaged: %v", v)
		}
	}()
	in := bufio.NewReaderSize(&source{ctx: ctx, r: r, left: l.Bytes, limit: l.Bytes}, 64<<10)
	to := sink{ctx: ctx, longest: l.Duration}
	decode, err := recognise(in, path.Ext(name))
	if err != nil {
		return Sound{}, err
	}
	if err := decode(in, &to); err != nil {
		return Sound{}, err
	}
	return to.finish()
}

// decoder reads sound of one kind from in and writes it to the sink.
type decoder func(in *bufio.Reader, to *sink) error

// foreign are kinds of files that we can tell and not read.
var foreign = []struct {
	at    int
	magic string
	name  string
}{
	{0, "fLaC", "FLAC"},
	{0, "RF64", "RF64"},
	{0, "BW64", "BW64"},
	{0, "RIFX", "big-endian WAV"},
	{0, "FORM", "AIFF"},
	{0, ".snd", "Sun audio"},
	{0, "#!AMR", "AMR"},
	{0, "MThd", "MIDI"},
	{0, "\x1a\x45\xdf\xa3", "Matroska or WebM"},
	{4, "ftyp", "MP4"},
}

// recognise looks at the first bytes. What is unmistakable goes before the
// name, and the name before what raw sound may look like by chance.
func recognise(in *bufio.Reader, ext string) (decoder, error) {
	head, err := in.Peek(12)
	switch {
	case len(head) == 0 && err == io.EOF:
		return nil, errors.New("it is empty")
	case len(head) == 0:
		return nil, err
	case len(head) == 12 && string(head[:4]) == "RIFF" && string(head[8:]) == "WAVE":
		return readWAV, nil
	case bytes.HasPrefix(head, []byte("OggS")):
		return readOgg, nil
	case bytes.HasPrefix(head, []byte("ID3")):
		return readMP3, nil
	}
	for _, k := range foreign {
		if len(head) > k.at && bytes.HasPrefix(head[k.at:], []byte(k.magic)) {
			return nil, fmt.Errorf("%s is not supported: convert it to WAV", k.name)
		}
	}
	if raw := rawDecoder(ext); raw != nil {
		return raw, nil
	}
	if _, ok := parseFrame(head); ok || strings.EqualFold(ext, ".mp3") { // which may begin anywhere
		return readMP3, nil
	}
	return nil, errors.New("it is no WAV, Ogg or MP3 file, and its name is not that of raw sound")
}

func readWAV(in *bufio.Reader, to *sink) error {
	s, err := wav.Read(in)
	if err != nil {
		return err
	}
	if err := to.open(s.Rate, s.Channels); err != nil {
		return err
	}
	return to.write(s.PCM)
}

// source is a reader that fails beyond a number of bytes, and when ctx ends.
type source struct {
	ctx         context.Context
	r           io.Reader
	left, limit int64
}

func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	n, err := s.r.Read(p)
	if s.left -= int64(n); s.left < 0 {
		return 0, fmt.Errorf("it is larger than %d bytes", s.limit)
	}
	return n, err
}
