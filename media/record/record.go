// Package record writes a tap's sound to a WAV file while the call goes on.
//
// A Recorder is one goroutine that drains one tap.Tap; it owns the file and the
// reading side of the tap. It lives on the control plane: media threads never
// see it. A slow disk makes the tap lose sound, which is counted and left as
// silence in the file so that what follows stays in its place; a broken disk
// ends the recording with an error. Neither ever reaches the call.
//
// The file is 16-bit PCM at 8 kHz, stereo (left the caller, right what the
// caller was sent) or mono as the tap is. Its header is made to agree about once
// a second, so a crash leaves a playable file that lacks the last second.
package record

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// Info is what became of a recording.
type Info struct {
	Path    string
	Samples int64  // sample instants in the file, at 8 kHz
	Lost    uint64 // sample instants that are silence because the disk was slow
}

// Duration returns how long the recording plays.
func (i Info) Duration() time.Duration {
	return time.Duration(i.Samples) * time.Second / tap.Rate
}

// Recorder is one running recording.
type Recorder struct {
	stop context.CancelFunc
	done sync.WaitGroup // the goroutine of run

	// Written by run alone, read after done.
	info Info
	err  error
}

// Start makes the file path, and the directories above it, and records t into
// it until t ends or Close is called. An existing file is replaced. The tap is
// the recorder's from here on: nobody else may read it.
func Start(path string, t *tap.Tap) (*Recorder, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("start recording: %w", err)
	}
	w, err := wav.Create(path, wav.Format{Rate: tap.Rate, Channels: t.Mode().Channels()})
	if err != nil {
		return nil, fmt.Errorf("start recording: %w", err)
	}
	return begin(path, t, w), nil
}

// begin starts the goroutine.
func begin(path string, t *tap.Tap, w *wav.Writer) *Recorder {
	ctx, stop := context.WithCancel(context.Background())
	r := &Recorder{stop: stop, info: Info{Path: path}}
	r.done.Go(func() { r.run(ctx, t, w) })
	return r
}

// Wait waits until the tap has ended and the file is complete. The error is the
// disk's; the file then holds what could be written.
func (r *Recorder) Wait() (Info, error) {
	r.done.Wait()
	r.stop()
	return r.info, r.err
}

// Close ends the recording now, with what the tap holds, and completes the
// file. The tap itself goes on losing sound until somebody Untaps it.
func (r *Recorder) Close() (Info, error) {
	r.stop()
	return r.Wait()
}

// helping is how much sound the goroutine prefers to wake up for; a recording
// is in no hurry, and a thousand of them are many wake-ups.
const helping = tap.Rate / 4 // a quarter of a second

// run drains the tap into the file and leaves the verdict in info and err.
func (r *Recorder) run(ctx context.Context, t *tap.Tap, w *wav.Writer) {
	channels := t.Mode().Channels()
	buf := make([]int16, tap.Rate*channels) // up to a second at once
	silence := make([]int16, 0, len(buf))
	var lost uint64 // how much loss is in the file already, as silence
	var synced int64
	for r.err == nil {
		n, err := t.ReadAtLeast(ctx, buf, helping*channels)
		if err != nil { // the session has ended, or Close was called
			break
		}
		r.err = w.Write(buf[:n])
		// Newest sound is lost first, so what is missing is missing behind what
		// was just read. Off by at most what the ring holds, never in the total.
		for now := t.Lost(); lost < now && r.err == nil; {
			k := min(now-lost, uint64(cap(silence)))
			r.err = w.Write(silence[:k])
			lost += k
		}
		if r.err == nil && w.Samples()-synced >= tap.Rate {
			synced = w.Samples()
			r.err = w.Sync()
		}
	}
	r.finish(w, lost/uint64(channels))
}

func (r *Recorder) finish(w *wav.Writer, lost uint64) {
	if err := w.Close(); r.err == nil {
		r.err = err
	}
	r.info.Samples, r.info.Lost = w.Samples(), lost
	if r.err != nil {
		r.err = fmt.Errorf("record %s: %w", r.info.Path, r.err)
	}
}
