// Package record writes taps' sound to files while calls go on: WAV or Ogg/Opus,
// plain or sealed, stereo (left the far side, right what it was sent) or mono as
// the tap is, at the tap's rate.
//
// A Desk is a few goroutines that write all recordings between them, each in its
// turn, twice a second. It lives on the control plane and media threads never see
// it. A slow disk makes taps lose sound, which is counted and left as silence in
// the file so that what follows stays in its place; a full or broken disk ends
// the recording with what fits and one error. Neither ever reaches a call, nor
// another recording. A crash leaves a file that plays and lacks the last second
// at most.
//
// Sound arrives in three steps, one file each: an intake drains the tap, a
// container makes it bytes of a format, a file keeps them with some of the disk
// held in reserve for the end.
package record

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"trunkline/media/record/seal"
	"trunkline/media/tap"
)

// Format is a kind of file.
type Format uint8

// The formats.
const (
	WAV     Format = iota // 16-bit PCM
	OggOpus               // RFC 7845; about a tenth of the bytes, for some processor time
)

// String returns the format's name, as CDRs and configuration have it.
func (f Format) String() string {
	if f == OggOpus {
		return "opus"
	}
	return "wav"
}

// Options say what to record to.
type Options struct {
	Path      string   // of the file; directories above it are made, an existing file is replaced
	Format    Format   //
	Key       seal.Key // encrypts the file; the zero Key: not encrypted
	Bitrate   int      // of OggOpus, bit/s and channel; 0: what suits the rate
	CutPauses bool     // leave pauses out of the file; otherwise they are silence in it

	// Split is after how much sound another file goes on; 0: when one can hold no
	// more, as WAV knows 4 GiB at most. The second file of call.wav is call-2.wav.
	Split time.Duration

	// Complete is told of each file that is complete, in order, and Ended of the end:
	// what Wait returns. They are called by a goroutine of the desk's, which has all
	// other recordings to write. Both may be nil.
	Complete func(Part)
	Ended    func(Info, error)
}

// Ext returns the customary end of the file's name: ".wav", ".opus.sealed", …
func (o Options) Ext() string {
	ext := "." + o.Format.String()
	if o.Key.ID() != "" {
		ext += ".sealed"
	}
	return ext
}

// path returns the path of the n-th file, from 1 on.
func (o Options) path(n int) string {
	if n == 1 {
		return o.Path
	}
	ext := o.Ext()
	if !strings.HasSuffix(o.Path, ext) {
		ext = filepath.Ext(o.Path)
	}
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(o.Path, ext), n, ext)
}

// Part is one file of a recording.
type Part struct {
	Number  int // from 1 on
	Path    string
	Samples int64 // sample instants; the first follows upon the last of the part before
	Bytes   int64
}

// Info is what has become of a recording.
type Info struct {
	Path     string // of the first file
	Format   Format
	Channels int    // 1 or 2
	Rate     int    // sample instants per second, Hz
	KeyID    string // of the key that sealed the file; "" when it is not encrypted

	Parts []Part // its files, as far as they are complete

	Samples int64  // sample instants in all files
	Paused  int64  // sample instants not recorded for Pause: silence in the file, or cut
	Lost    uint64 // sample instants that are silence because the disk was slow
	Gaps    int    // times that this happened
	Bytes   int64  // of all files

	Error string // why it ended early; "" when it did not
}

// Duration returns how long the recording plays.
func (i Info) Duration() time.Duration { return i.time(i.Samples) }

// PausedFor returns for how long it was paused.
func (i Info) PausedFor() time.Duration { return i.time(i.Paused) }

// LostFor returns how much sound was lost.
func (i Info) LostFor() time.Duration { return i.time(int64(i.Lost)) }

func (i Info) time(samples int64) time.Duration {
	rate := time.Duration(i.Rate)
	if rate == 0 {
		rate = tap.Rate
	}
	whole := time.Duration(samples) / rate // seconds apart: nanoseconds of days overflow
	return whole*time.Second + (time.Duration(samples)-whole*rate)*time.Second/rate
}

// Recorder is one running recording. Its methods may be called by any goroutine;
// only Wait and Close wait for the disk.
type Recorder struct {
	worker *worker
	out    output        // the worker's alone
	desk   *Desk         // to be joined by Wait: that of Start
	made   chan struct{} // closed when the first file is there, or never will be
	done   chan struct{}
	ended  func(Info, error)

	mu   sync.Mutex // never held while the disk is waited for
	in   intake
	info Info
	err  error
}

// Start records t into a WAV file at path by a goroutine of its own, until t ends
// or Close is called. It waits until the file is made. For many recordings, see Desk.
func Start(path string, t *tap.Tap) (*Recorder, error) {
	d := NewDesk(Config{Workers: 1})
	defer d.retire()
	r, err := d.Start(Options{Path: path}, t)
	if err != nil {
		return nil, err
	}
	r.desk = d
	<-r.made
	r.mu.Lock()
	defer r.mu.Unlock()
	return r, r.err
}

// Pause leaves out what is said from now on: what the tap holds already is still
// recorded. Pausing twice is harmless.
func (r *Recorder) Pause() { r.pause(true) }

// Resume ends a pause: what is said from now on is recorded.
func (r *Recorder) Resume() { r.pause(false) }

func (r *Recorder) pause(paused bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.in.hold()
	r.in.paused = paused
}

// Stop ends the recording with what the tap holds now. The file is complete a
// little later: see Wait. The tap itself goes on, and loses its sound, until
// somebody Untaps it. Stopping twice is harmless.
func (r *Recorder) Stop() {
	r.mu.Lock()
	r.in.hold()
	r.in.over = true
	r.mu.Unlock()
	r.worker.hurry(r)
}

// Wait waits until the tap has ended or Stop was called, and the file is
// complete. The error is the disk's, which may have refused to make the file; what
// there is of it holds what fits.
func (r *Recorder) Wait() (Info, error) {
	<-r.done
	if r.desk != nil {
		r.desk.running.Wait()
	}
	return r.info, r.err
}

// Close is Stop and Wait.
func (r *Recorder) Close() (Info, error) {
	r.Stop()
	return r.Wait()
}

// Info returns what has become of the recording so far.
func (r *Recorder) Info() Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.info
}

// begin makes the first file, and reports whether there is one.
func (r *Recorder) begin(s *scratch) bool {
	err := r.out.open(s)
	r.note(err)
	close(r.made)
	if err != nil {
		r.finish()
	}
	return err == nil
}

// round brings what the tap holds onto the file and reports whether the
// recording is over. It is called by the recorder's worker alone.
func (r *Recorder) round(s *scratch) (over bool) {
	for more := true; more; {
		r.mu.Lock()
		s.pcm, more = r.in.take(s.pcm[:0])
		over = r.in.over && !more
		r.mu.Unlock()

		err := r.out.write(s.pcm, s)
		r.note(err)
		if err != nil {
			over, more = true, false
		}
	}
	if over {
		r.note(r.out.close(s))
		r.finish()
	}
	return over
}

func (r *Recorder) finish() {
	close(r.done)
	if r.ended != nil {
		r.ended(r.info, r.err)
	}
}

// note brings the counters up to date. The first error counts, and ends the
// intake.
func (r *Recorder) note(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ch := int64(r.info.Channels)
	r.info.Parts, r.info.Bytes = r.out.parts, r.out.bytes()
	r.info.Samples, r.info.Paused, r.info.Lost, r.info.Gaps = r.out.values/ch, r.in.kept/ch, r.in.lost/uint64(ch), r.in.gaps
	if err != nil && r.err == nil {
		r.in.over = true
		r.err = fmt.Errorf("record %s: %w", r.out.path, err)
		r.info.Error = err.Error()
	}
}
