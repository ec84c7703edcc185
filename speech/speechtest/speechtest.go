// Package speechtest helps to test those who give speech and those who use it.
//
// Recognizer and Synthesizer are conformance suites: each provider's tests run
// them, so that all providers keep the same promises. Scripted is a recogniser
// without a model for tests of flows and calls; RunScripted is the same as a
// worker process, made a program by the directory scripted. Nothing in the
// product imports this package.
package speechtest

import (
	"context"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"trunkline/speech"
)

// patience is how long a suite waits for what must happen; far more than it
// takes on a slow machine, so only a hang runs into it.
const patience = 30 * time.Second

// Tone returns d of a 440 Hz sine at -12 dB of full scale: sound without words.
func Tone(d time.Duration) []int16 {
	pcm := make([]int16, int(d.Seconds()*speech.Rate))
	for i := range pcm {
		pcm[i] = int16(8192 * math.Sin(2*math.Pi*440*float64(i)/speech.Rate))
	}
	return pcm
}

// Last reads results until the last one and returns it; it fails the test when
// the channel closes without one, or does not close after it.
func Last(t testing.TB, results <-chan speech.Result) speech.Result {
	t.Helper()
	var last speech.Result
	var ended bool
	timeout := time.After(patience)
	for {
		select {
		case r, ok := <-results:
			switch {
			case !ok && !ended:
				t.Fatal("results closed without a last one")
			case !ok:
				return last
			case ended:
				t.Fatalf("got %+v after the last result", r)
			}
			last, ended = r, r.Final || r.Err != nil
		case <-timeout:
			t.Fatalf("no last result after %v", patience)
		}
	}
}

// Recognizer checks the promises of speech.Recognizer and speech.Stream that do
// not depend on what was said. The recogniser must be free of other users.
func Recognizer(t *testing.T, rec speech.Recognizer, o speech.RecognitionOptions) {
	s := suite{rec, o}
	settled := settling()
	t.Run("finish without audio", func(t *testing.T) { finish(t, s.start(t, t.Context()), "nothing") })
	t.Run("empty audio", func(t *testing.T) { s.hear(t, "no samples", nil) })
	t.Run("silence", func(t *testing.T) { s.hear(t, "silence", make([]int16, 2*speech.Rate)) })
	t.Run("odd chunks", s.oddChunks)
	t.Run("caller reuses its buffer", s.reusedBuffer)
	t.Run("cancel midway", s.cancel)
	t.Run("close midway, twice, then use", s.close)
	t.Run("close after the final result", func(t *testing.T) {
		stream := s.start(t, t.Context())
		finish(t, stream, "nothing")
		if err := stream.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	})
	t.Run("nothing is left", func(t *testing.T) { settled(t) })
}

// suite is a recogniser under test.
type suite struct {
	rec     speech.Recognizer
	options speech.RecognitionOptions
}

func (s suite) start(t *testing.T, ctx context.Context) speech.Stream {
	t.Helper()
	stream, err := s.rec.Start(ctx, s.options)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return stream
}

// hear gives pcm, which holds no word and is called what, to a stream.
func (s suite) hear(t *testing.T, what string, pcm []int16) {
	stream := s.start(t, t.Context())
	write(t, stream, pcm)
	finish(t, stream, what)
}

func (s suite) oddChunks(t *testing.T) {
	stream := s.start(t, t.Context())
	for pcm, n := Tone(time.Second), 1; len(pcm) > 0; n += 37 {
		n = min(n, len(pcm))
		write(t, stream, pcm[:n])
		pcm = pcm[n:]
	}
	finish(t, stream, "")
}

func (s suite) reusedBuffer(t *testing.T) {
	stream := s.start(t, t.Context())
	buf := make([]int16, 160)
	for range 50 {
		write(t, stream, buf)
		buf[0]++ // the race detector sees a provider that kept the slice
	}
	finish(t, stream, "")
}

func (s suite) cancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	stream := s.start(t, ctx)
	write(t, stream, Tone(time.Second))
	cancel()
	if r := Last(t, stream.Results()); r.Err == nil {
		t.Fatalf("last result %+v after cancel, want an error", r)
	}
}

func (s suite) close(t *testing.T) {
	stream := s.start(t, t.Context())
	write(t, stream, Tone(time.Second))
	for range 2 {
		if err := stream.Close(); err != nil {
			t.Fatalf("Close: %v", err)
		}
	}
	if r := Last(t, stream.Results()); r.Err == nil {
		t.Fatalf("last result %+v after Close, want an error", r)
	}
	if stream.Write(make([]int16, 160)) == nil || stream.Finish() == nil {
		t.Fatal("Write or Finish after Close: no error")
	}
}

// finish ends a stream and checks its final result, which must be empty unless
// what was heard is "".
func finish(t *testing.T, s speech.Stream, what string) {
	t.Helper()
	if err := s.Finish(); err != nil {
		t.Fatalf("Finish: %v", err)
	}
	r := Last(t, s.Results())
	if r.Err != nil || !r.Final {
		t.Fatalf("last result %+v, want a final one", r)
	}
	if what != "" && r.Text != "" {
		t.Fatalf("understood %q in %s", r.Text, what)
	}
	if r.Confidence < 0 || r.Confidence > 1 {
		t.Fatalf("confidence %v, want 0 to 1", r.Confidence)
	}
}

func write(t testing.TB, s speech.Stream, pcm []int16) {
	t.Helper()
	if err := s.Write(pcm); err != nil {
		t.Fatalf("Write: %v", err)
	}
}

// Synthesizer checks that text of each language becomes sound of a sane level,
// and that nothing is left of a cancelled request.
func Synthesizer(t *testing.T, syn speech.Synthesizer, text map[string]string) {
	settled := settling()
	for lang, words := range text {
		t.Run(lang, func(t *testing.T) {
			pcm, err := speech.Speak(t.Context(), syn, speech.SynthesisRequest{Text: words, Language: lang})
			if err != nil {
				t.Fatalf("Synthesize: %v", err)
			}
			if n := len(pcm); n < speech.Rate/4 || n > 30*speech.Rate {
				t.Fatalf("%q takes %d samples", words, n)
			}
			if rms := level(pcm); rms < -35 || rms > -10 {
				t.Fatalf("level %.1f dBFS, want -35 to -10", rms)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for lang, words := range text {
			if _, err := speech.Speak(ctx, syn, speech.SynthesisRequest{Text: words, Language: lang}); err == nil {
				t.Fatal("no error")
			}
		}
	})
	t.Run("unknown language", func(t *testing.T) {
		if _, err := speech.Speak(t.Context(), syn, speech.SynthesisRequest{Text: "x", Language: "xx-XX"}); err == nil {
			t.Fatal("no error")
		}
	})
	t.Run("nothing is left", func(t *testing.T) { settled(t) })
}

// level is the RMS of pcm, dB of full scale.
func level(pcm []int16) float64 {
	var sum float64
	for _, v := range pcm {
		sum += float64(v) * float64(v)
	}
	return 10 * math.Log10(sum/float64(max(1, len(pcm)))/(32768*32768)+1e-12)
}

// settling notes which streams and requests run now; what it returns fails the
// test when there are more of them for longer than patience. It looks for
// goroutines of speech packages only, apart from those that wait for a process
// that a pool keeps on purpose.
func settling() func(testing.TB) {
	before := ours()
	return func(t testing.TB) {
		t.Helper()
		deadline := time.Now().Add(patience)
		for ours() > before {
			if time.Now().After(deadline) {
				buf := make([]byte, 1<<16)
				t.Fatalf("goroutines left:\n%s", buf[:runtime.Stack(buf, true)])
			}
			runtime.Gosched()
		}
	}
}

func ours() int {
	buf := make([]byte, 1<<20)
	n := 0
	for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
		if strings.Contains(g, "trunkline/speech") && !strings.Contains(g, "testing.tRunner") &&
			!strings.Contains(g, "(*process).live") && !strings.Contains(g, "(*process).listen") {
			n++
		}
	}
	return n
}
