package espeak

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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
	pcm, err := s.Synthesize(t.Context(), r)
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
		pcm, err := s.Synthesize(t.Context(), r)
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
			_, err := s.Synthesize(t.Context(), speech.SynthesisRequest{Text: "x", Language: "en"})
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("got %v; want a deadline", err)
		}
	}
}

func TestParseWAVRefuses(t *testing.T) {
	head := []byte("RIFF\xff\xff\xff\x7fWAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\xff\xff\xff\x7f")
	if pcm, rate, err := parseWAV(append(slices.Clone(head), 1, 0, 2, 0, 3)); err != nil || rate != 22050 || !slices.Equal(pcm, []int16{1, 2}) {
		t.Fatalf("got %v %d %v", pcm, rate, err)
	}
	for n := range len(head) - 1 { // cut anywhere
		parseWAV(head[:n])
	}
	f := func(b string) {
		t.Helper()
		if _, _, err := parseWAV([]byte(b)); err == nil {
			t.Fatalf("%q: no error", b)
		}
	}
	f("")
	f("RIFFxxxxWAVE")
	f("RIFFxxxxWAVEdata\x02\x00\x00\x00\x01\x00")
	f("RIFFxxxxWAVEfmt \x02\x00\x00\x00\x01\x00")
	f(strings.Replace(string(head), "\x01\x00\x01\x00", "\x01\x00\x02\x00", 1))
}

// TestResampleKeepsTones: a tone within the band keeps its level, one above
// half the new rate disappears rather than folding back.
func TestResampleKeepsTones(t *testing.T) {
	f := func(rate int, hz, wantDB, tolerance float64) {
		t.Helper()
		in := make([]int16, rate)
		for i := range in {
			in[i] = int16(10000 * math.Sin(2*math.Pi*hz*float64(i)/float64(rate)))
		}
		out := resample(in, rate)
		if d := len(out) - speech.Rate; d < -1 || d > 1 {
			t.Fatalf("%d Hz: %d samples of a second", rate, len(out))
		}
		var sum float64
		for _, v := range out[800:7200] {
			sum += float64(v) * float64(v)
		}
		got := 10 * math.Log10((sum/6400+1e-9)/(10000*10000/2))
		if got > wantDB+tolerance || got < wantDB-tolerance && wantDB == 0 {
			t.Fatalf("%d Hz to %d: tone of %v Hz at %.1f dB; want %v", rate, speech.Rate, hz, got, wantDB)
		}
	}
	for _, rate := range []int{8000, 16000, 22050, 44100} {
		f(rate, 300, 0, 0.2)
		f(rate, 1000, 0, 0.2)
		f(rate, 3200, 0, 0.5)
	}
	f(22050, 5000, -55, 0)
	f(22050, 9000, -55, 0)
	f(44100, 15000, -55, 0)
}

func TestTrimAndNormalise(t *testing.T) {
	if got := normalise(trim(make([]int16, 8000))); len(got) != 0 {
		t.Fatalf("silence: %d samples", len(got))
	}
	pcm := make([]int16, 16000)
	copy(pcm[4000:], speechtest.Tone(500*time.Millisecond))
	pcm = normalise(trim(pcm))
	if want := 4000 + 2*margin; len(pcm) < want-20 || len(pcm) > want {
		t.Fatalf("%d samples; want %d", len(pcm), want)
	}
	var peak int16
	for _, v := range pcm {
		peak = max(peak, v)
	}
	// A sine of -20 dB RMS peaks at -17 dB.
	if got := 20 * math.Log10(float64(peak)/32768); math.Abs(got+17) > 0.3 {
		t.Fatalf("peak %.2f dB; want -17", got)
	}
}
