package espeak

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/dsp"
	"trunkline/speech"
	"trunkline/speech/speechtest"
)

// installed returns a synthesiser, or fails: these tests are worth nothing
// without the program, so its absence is not passed over in silence.
func installed(t *testing.T, cfg Config) *Synthesizer {
	t.Helper()
	s, err := New(cfg)
	if err != nil {
		t.Fatalf(`%v: run "make tools"`, err)
	}
	return s
}

func TestConformance(t *testing.T) {
	speechtest.Synthesizer(t, installed(t, Config{}), map[string]string{
		"en-US": "I want to check my balance",
		"en-GB": "Where is my nearest branch?",
		"zh-CN": "您好，请问您要办理什么业务？",
		"zh":    "查询余额",
	})
}

func speak(t *testing.T, s *Synthesizer, r speech.SynthesisRequest) []int16 {
	t.Helper()
	pcm, err := speech.Speak(t.Context(), s, r)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// TestTextIsNeverAnOption: a text that looks like an option is spoken.
func TestTextIsNeverAnOption(t *testing.T) {
	s := installed(t, Config{})
	leak := filepath.Join(t.TempDir(), "leak.wav")
	pcm := speak(t, s, speech.SynthesisRequest{Text: "-w " + leak, Language: "en-US"})
	if len(pcm) < speech.Rate {
		t.Fatalf("%d samples; want the whole text spoken", len(pcm))
	}
	if _, err := os.Stat(leak); !os.IsNotExist(err) {
		t.Fatalf("text became an option: %v", err)
	}
}

func TestRefusals(t *testing.T) {
	s := installed(t, Config{MaxText: 10})
	f := func(r speech.SynthesisRequest, want string) {
		t.Helper()
		pcm, err := speech.Speak(t.Context(), s, r)
		if err == nil || !strings.Contains(err.Error(), want) || pcm != nil {
			t.Fatalf("%+v: got %d samples, %v; want error with %q", r, len(pcm), err, want)
		}
	}
	f(speech.SynthesisRequest{Text: "12345678901", Language: "en"}, "11 characters exceeds 10")
	f(speech.SynthesisRequest{Text: "a\xff", Language: "en"}, "not UTF-8")
	f(speech.SynthesisRequest{Text: "a", Language: "tlh"}, "language not supported")
	f(speech.SynthesisRequest{Text: "a", Language: ""}, "language not supported")
	f(speech.SynthesisRequest{Text: "a", Language: "en", Voice: "-w/tmp/x"}, "not a voice name")
	f(speech.SynthesisRequest{Text: "a", Language: "en", Voice: "../../etc/passwd"}, "not a voice name")
	f(speech.SynthesisRequest{Text: "a", Language: "en", Voice: "klingon-9"}, "run espeak-ng -v klingon-9")
}

func TestNothingToSay(t *testing.T) {
	s := installed(t, Config{})
	for _, text := range []string{"", "  ", "\n\t\x01"} {
		if pcm := speak(t, s, speech.SynthesisRequest{Text: text, Language: "en"}); len(pcm) != 0 {
			t.Fatalf("%q: %d samples; want none", text, len(pcm))
		}
	}
}

func TestVoices(t *testing.T) {
	s := installed(t, Config{Voices: map[string]string{"de-CH": "de", "fr": "fr-be"}})
	f := func(lang, want string) {
		t.Helper()
		got, err := s.voice(speech.SynthesisRequest{Language: lang})
		if err != nil || got != want {
			t.Fatalf("%s: got %q, %v; want %q", lang, got, err, want)
		}
	}
	f("en", "en-us")
	f("en-US", "en-us")
	f("en_us", "en-us")
	f("EN-gb", "en-gb")
	f("en-CA", "en-us")
	f("zh-CN", "cmn")
	f("zh-Hans-CN", "cmn")
	f("zh-HK", "yue")
	f("de-CH", "de")
	f("fr-FR", "fr-be")
}

func TestBadConfig(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%+v: got %v; want %q", cfg, err, want)
		}
	}
	f(Config{Program: "no-such-espeak"}, "make tools")
	f(Config{Speed: 9}, "speed 9")
	f(Config{Voices: map[string]string{"en": "-w x"}}, "not a voice name")
}

// TestHungProgram: the process is killed at the deadline, and a second request
// that waits for the only slot is told at its own.
func TestHungProgram(t *testing.T) {
	hung := filepath.Join(t.TempDir(), "hung")
	if err := os.WriteFile(hung, []byte("#!/bin/sh\nexec tail -f /dev/null\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := installed(t, Config{Program: hung, Timeout: 200 * time.Millisecond, Concurrency: 1})
	done := make(chan error)
	for range 2 {
		go func() {
			_, err := speech.Speak(t.Context(), s, speech.SynthesisRequest{Text: "x", Language: "en"})
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v; want a deadline", err)
		}
	}
}

// converted is what becomes of a WAV file, and in how many pieces.
func converted(b []byte) (pcm []int16, pieces int, err error) {
	err = convert(bytes.NewReader(b), func(part []int16) error {
		pcm, pieces = append(pcm, part...), pieces+1
		return nil
	})
	return pcm, pieces, err
}

const head = "RIFF\xff\xff\xff\x7fWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00data\xff\xff\xff\x7f"

// wavOf is sound as espeak-ng writes it, at speech.Rate or another.
func wavOf(pcm []int16, rate int) []byte {
	b := []byte(head)
	binary.LittleEndian.PutUint32(b[24:], uint32(rate))
	for _, v := range pcm {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	return b
}

func TestWAVThatIsRefused(t *testing.T) {
	if _, _, err := converted(append([]byte(head), 1, 0, 2, 0, 3)); err != nil {
		t.Fatalf("an odd byte at the end: %v", err)
	}
	for n := range len(head) - 1 { // cut anywhere
		if _, _, err := converted([]byte(head[:n])); err == nil {
			t.Fatalf("cut after %d bytes: no error", n)
		}
	}
	f := func(b string) {
		t.Helper()
		if _, _, err := converted([]byte(b)); err == nil {
			t.Fatalf("%q: no error", b)
		}
	}
	f("")
	f("RIFFxxxxWAVE")
	f("RIFFxxxxWAVEdata\x02\x00\x00\x00\x01\x00")
	f("RIFFxxxxWAVEfmt \x02\x00\x00\x00\x01\x00")
	f("RIFFxxxxWAVELIST\xff\xff\xff\x7f" + head[12:])
	f(strings.Replace(head, "\x01\x00\x01\x00", "\x01\x00\x02\x00", 1))
}

func FuzzConvert(f *testing.F) {
	f.Add([]byte(head + "\x01\x00\x02\x00"))
	f.Add([]byte("RIFFxxxxWAVEfmt "))
	f.Add(wavOf(speechtest.Tone(100*time.Millisecond), 22050))
	f.Fuzz(func(t *testing.T, b []byte) {
		pcm, _, err := converted(b)
		if err != nil && len(pcm) > 0 {
			t.Fatalf("%d samples and %v", len(pcm), err)
		}
	})
}

// TestConvertKeepsTones: a tone within the band keeps its pitch, one above half
// the new rate disappears rather than folding back.
func TestConvertKeepsTones(t *testing.T) {
	f := func(rate int, hz float64, kept bool) {
		t.Helper()
		in := make([]int16, 2*rate)
		for i := range in {
			in[i] = int16(10000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
			if i >= rate { // what the level is judged by
				in[i] += int16(10000 * math.Sin(2*math.Pi*500*float64(i)/float64(rate)))
			}
		}
		out, _, err := converted(wavOf(in, rate))
		if err != nil {
			t.Fatal(err)
		}
		out = out[len(out)-speech.Rate*3/4 : len(out)-speech.Rate/4]
		a, b := dsp.Goertzel(out, hz, speech.Rate), dsp.Goertzel(out, 500, speech.Rate)
		if kept && math.Abs(float64(a-b)) > 0.5 || !kept && dsp.Level(out) > b+0.1 {
			t.Errorf("%d Hz: %v Hz at %.1f dB beside 500 Hz at %.1f dB of %.1f", rate, hz, a, b, dsp.Level(out))
		}
	}
	for _, rate := range []int{8000, 16000, 22050, 44100} {
		f(rate, 300, true)
		f(rate, 1000, true)
		f(rate, 3200, true)
	}
	f(22050, 5000, false)
	f(22050, 9000, false)
	f(44100, 15000, false)
}

// TestShape: silence goes from both ends, not from between; the level is even,
// whatever comes in whatever pieces.
func TestShape(t *testing.T) {
	if got, _, err := converted(wavOf(make([]int16, 30000), 8000)); len(got) != 0 || err != nil {
		t.Fatalf("silence: %d samples, %v", len(got), err)
	}
	tone := speechtest.Tone(500 * time.Millisecond)
	in := slices.Concat(make([]int16, 9001), tone, make([]int16, 10000), tone, make([]int16, 9001))
	out, _, err := converted(wavOf(in, 8000))
	if want := 2*len(tone) + 10000 + 2*margin; err != nil || len(out) < want-20 || len(out) > want {
		t.Fatalf("%d samples, %v; want %d", len(out), err, want)
	}
	peak := peakOf(out)
	// A sine of -20 dB RMS peaks at -17 dB.
	if got := 20 * math.Log10(peak/32768); math.Abs(got+17) > 0.3 {
		t.Fatalf("peak %.2f dB; want -17", got)
	}
	whisper := slices.Clone(tone)
	for i := range whisper {
		whisper[i] /= 10
	}
	loud := slices.Concat(whisper, whisper, whisper, tone, tone)
	out, pieces, err := converted(wavOf(loud, 8000))
	if err != nil || pieces < 2 {
		t.Fatalf("%d pieces, %v", pieces, err)
	}
	if got := 20 * math.Log10(peakOf(out[len(out)-6000:])/32768); math.Abs(got-maxPeak) > 0.2 {
		t.Fatalf("what became too loud peaks at %.2f dB; want %d", got, maxPeak)
	}
}

// TestPieces: a long text comes in pieces, the first long before the last, and
// who has heard enough is obeyed.
func TestPieces(t *testing.T) {
	s := installed(t, Config{})
	long := speech.SynthesisRequest{Text: strings.Repeat("This is a sentence of some length. ", 20), Language: "en"}
	var sizes []int
	err := s.Synthesize(t.Context(), long, func(pcm []int16) error {
		sizes = append(sizes, len(pcm))
		return nil
	})
	if err != nil || len(sizes) < 10 {
		t.Fatalf("%d pieces, %v; want many", len(sizes), err)
	}
	if sizes[0] > 2*lead {
		t.Errorf("the first piece has %d samples; want little more than %d", sizes[0], lead)
	}
	enough, n := errors.New("enough"), 0
	err = s.Synthesize(t.Context(), long, func([]int16) error { n++; return enough })
	if !errors.Is(err, enough) || n != 1 {
		t.Errorf("%v after %d pieces; want the taker's error after one", err, n)
	}
}
