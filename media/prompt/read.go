package prompt

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"trunkline/media/prompt/internal/decode"
)

// Limits bounds a file of sound. Zero values stand for those of DefaultLimits.
// A file takes up to four times Bytes of memory while it is read.
type Limits struct {
	Bytes    int64
	Duration time.Duration
}

// DefaultLimits returns what a file may be when nothing else was said.
func DefaultLimits() Limits { return Limits{Bytes: 64 << 20, Duration: time.Hour} }

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{cmp.Or(l.Bytes, d.Bytes), cmp.Or(l.Duration, d.Duration)}
}

// Read makes a Clip of a file of sound: WAV, Ogg with Opus or Vorbis, MP3, or
// raw telephone sound, which is known by the end of its name (docs/prompts.md
// has the list). More than one channel become their mean. The Clip keeps
// WideRate when the file's rate is at least that.
//
// Errors name the file and say what is wrong with it; ctx's cause is among them.
func Read(ctx context.Context, r io.Reader, name string, l Limits) (*Clip, error) {
	s, err := decode.Read(ctx, r, name, decode.Limits(l.orDefault()))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if s.Rate == WideRate {
		return own(narrow(s.PCM)), nil
	}
	return own(s.PCM, nil), nil
}

// ReadFile is Read for the file called name, which must be a regular one.
func ReadFile(ctx context.Context, name string, l Limits) (*Clip, error) {
	info, err := os.Stat(name) // before opening, which alone can wait, or wind a tape
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: it is no regular file", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(ctx, f, name, l)
}
