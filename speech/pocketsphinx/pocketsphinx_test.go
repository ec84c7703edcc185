package pocketsphinx

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zaf/g711"

	"trunkline/speech"
	"trunkline/speech/espeak"
	"trunkline/speech/speechtest"
)

// built returns a recogniser of the program that "make build" makes. Without it
// these tests are worth nothing, so its absence is not passed over in silence.
func built(t *testing.T) *Recognizer {
	t.Helper()
	program, err := filepath.Abs("../../bin/trunkline-pocketsphinx")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Config{Command: []string{program}, MaxWorkers: 2, QueueWait: time.Minute})
	if err != nil {
		t.Fatalf(`%v: run "make tools build"`, err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(r.dir); !os.IsNotExist(err) {
			t.Errorf("language models left in %s: %v", r.dir, err)
		}
	})
	return r
}

// sentence is a line of testdata: what is said, and what must be understood.
type sentence struct {
	text     string
	keys     []string
	expected bool // the menu has it
}

func sentences(t *testing.T, file string) []sentence {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	var all []sentence
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		line, variant := strings.CutPrefix(line, "+ ")
		text, keys, _ := strings.Cut(line, "=")
		all = append(all, sentence{strings.TrimSpace(text), strings.Fields(keys), !variant})
	}
	return all
}

// hotline is what the menu of these tests expects.
func hotline(t *testing.T) speech.RecognitionOptions {
	t.Helper()
	o := speech.RecognitionOptions{Language: "en-US"}
	for _, s := range sentences(t, "said.txt") {
		if s.expected {
			o.Phrases = append(o.Phrases, s.text)
		}
	}
	return o
}

// line is a telephone line: some noise, silence around what is said, G.711.
func line(pcm []int16) []int16 {
	noise := rand.New(rand.NewPCG(1, 2))
	out := make([]int16, 0, len(pcm)+speech.Rate)
	add := func(v int16) {
		v = int16(min(max(int(v)+noise.IntN(17)-8, -32768), 32767)) // about -76 dB
		out = append(out, g711.DecodeUlawFrame(g711.EncodeUlawFrame(v)))
	}
	for range 4 * speech.Rate / 10 {
		add(0)
	}
	for _, v := range pcm {
		add(v)
	}
	for range 6 * speech.Rate / 10 {
		add(0)
	}
	return out
}

// hear gives pcm to r in packets of 20 ms and returns the last result.
func hear(t *testing.T, r *Recognizer, o speech.RecognitionOptions, pcm []int16) speech.Result {
	t.Helper()
	s, err := r.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for len(pcm) > 0 {
		n := min(160, len(pcm))
		if err := s.Write(pcm[:n]); err != nil {
			t.Fatal(err)
		}
		pcm = pcm[n:]
	}
	if err := s.Finish(); err != nil {
		t.Fatal(err)
	}
	last := speechtest.Last(t, s.Results())
	if last.Err != nil {
		t.Fatal(last.Err)
	}
	return last
}

func speaker(t *testing.T, speed int) *espeak.Synthesizer {
	t.Helper()
	s, err := espeak.New(espeak.Config{Speed: speed})
	if err != nil {
		t.Fatalf(`%v: run "make tools"`, err)
	}
	return s
}

func speak(t *testing.T, s *espeak.Synthesizer, voice, text string) []int16 {
	t.Helper()
	pcm, err := speech.Speak(t.Context(), s, speech.SynthesisRequest{Text: text, Language: "en", Voice: voice})
	if err != nil {
		t.Fatal(err)
	}
	return line(pcm)
}

// hasInOrder reports whether text contains the words, in this order.
func hasInOrder(text string, keys []string) bool {
	for _, w := range strings.Fields(text) {
		if len(keys) > 0 && w == keys[0] {
			keys = keys[1:]
		}
	}
	return len(keys) == 0
}

// TestAccuracy is the table behind the claim that menus work over a telephone:
// for voices and speeds, the share of sentences whose key words were understood.
// The floors are some sentences below what was measured.
func TestAccuracy(t *testing.T) {
	r, o, said := built(t), hotline(t), sentences(t, "said.txt")
	t.Run("voices", func(t *testing.T) { // returns when all have spoken
		f := func(voice string, speed int, floor float64) {
			t.Run(fmt.Sprintf("%s-%d", voice, speed), func(t *testing.T) {
				t.Parallel()
				accuracy(t, r, o, said, voice, speed, floor)
			})
		}
		f("en-us", 160, 0.95)
		f("en-gb", 160, 0.85)
		f("en-us+f3", 160, 0.75)
	})
}

func accuracy(t *testing.T, r *Recognizer, o speech.RecognitionOptions, said []sentence, voice string, speed int, floor float64) {
	synth := speaker(t, speed)
	var keys, exact int
	var wrong []string
	for _, s := range said {
		got := hear(t, r, o, speak(t, synth, voice, s.text))
		if strings.EqualFold(got.Text, s.text) {
			exact++
		}
		if hasInOrder(got.Text, s.keys) {
			keys++
			continue
		}
		wrong = append(wrong, fmt.Sprintf("%q heard as %q (%.2f)", s.text, got.Text, got.Confidence))
	}
	report := fmt.Sprintf("%s at %d words per minute: key words %d, exact %d of %d", voice, speed, keys, exact, len(said))
	t.Log(report)
	if float64(keys) < floor*float64(len(said)) {
		t.Errorf("%s; want %.0f %% key words\n%s", report, 100*floor, strings.Join(wrong, "\n"))
	}
}

// TestOutOfScope: what is not on the menu comes with a low confidence.
func TestOutOfScope(t *testing.T) {
	r, o, synth := built(t), hotline(t), speaker(t, 160)
	sure, all := 0, 0
	for _, voice := range []string{"en-us", "en-gb"} {
		for _, s := range sentences(t, "unsaid.txt") {
			got := hear(t, r, o, speak(t, synth, voice, s.text))
			t.Logf("%-8s %-40s %.2f %s", voice, s.text, got.Confidence, got.Text)
			all++
			if got.Confidence >= 0.6 {
				sure++
			}
		}
	}
	if 10*sure > all {
		t.Errorf("%d of %d sentences that are not on the menu were understood with confidence 0.6 or more", sure, all)
	}
}

// TestNotSpeech: sounds that are no speech give no text.
func TestNotSpeech(t *testing.T) {
	r, o := built(t), hotline(t)
	noise := rand.New(rand.NewPCG(3, 4))
	hiss := make([]int16, 3*speech.Rate)
	for i := range hiss {
		hiss[i] = int16(300 * noise.NormFloat64())
	}
	click := make([]int16, 2*speech.Rate)
	for i := range 160 {
		click[speech.Rate+i] = int16(20000 * noise.Float64())
	}
	f := func(name string, pcm []int16) {
		t.Helper()
		if got := hear(t, r, o, pcm); got.Text != "" || got.Confidence != 0 {
			t.Errorf("%s: got %+v; want nothing", name, got)
		}
	}
	f("silence", make([]int16, 3*speech.Rate))
	f("a quiet line", line(nil))
	f("hiss", hiss)
	f("a tone", speechtest.Tone(2*time.Second))
	f("a click", click)
	f("less than a window", make([]int16, 100))
}

func TestPartials(t *testing.T) {
	r, o := built(t), hotline(t)
	s, err := r.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(speak(t, speaker(t, 160), "en-us", "I want to check my balance")); err != nil {
		t.Fatal(err)
	}
	for got := range s.Results() { // without Finish
		if got.Err != nil || got.Final {
			t.Fatalf("got %+v before the end", got)
		}
		if strings.HasPrefix(got.Text, "i want to check my") {
			break
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestConformance(t *testing.T) {
	speechtest.Recognizer(t, built(t), hotline(t))
}

// TestMenusInTurn: one worker serves menus of different words one after another.
func TestMenusInTurn(t *testing.T) {
	r, synth := built(t), speaker(t, 160)
	banking := hotline(t)
	food := speech.RecognitionOptions{Language: "en-GB", Phrases: []string{"I would like a pizza", "two hamburgers please"}}
	none := speech.RecognitionOptions{Language: "en"}
	balance, pizza := speak(t, synth, "en-us", "I want to check my balance"), speak(t, synth, "en-us", "I would like a pizza")
	for range 2 {
		if got := hear(t, r, banking, balance); got.Text != "i want to check my balance" {
			t.Fatalf("banking: %+v", got)
		}
		if got := hear(t, r, food, pizza); got.Text != "i would like a pizza" {
			t.Fatalf("food: %+v", got)
		}
		if got := hear(t, r, food, balance); got.Text == "i want to check my balance" {
			t.Fatalf("food: a sentence of the other menu: %+v", got)
		}
		hear(t, r, none, balance) // common words only: anything but an error
	}
	if s := r.Stats(); s.Live != 1 {
		t.Fatalf("%+v; want one worker for all", s)
	}
}

func TestOldModelsAreDropped(t *testing.T) {
	r := built(t)
	for i := range maxModels + 10 {
		if _, err := r.Missing([]string{fmt.Sprintf("menu number %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadDir(r.dir)
	if err != nil || len(kept) != 2*maxModels {
		t.Fatalf("%d files, %v; want %d", len(kept), err, 2*maxModels)
	}
}

func TestMissingWords(t *testing.T) {
	r := built(t)
	got, err := r.Missing([]string{"I want to check my Trunklinium balance", "查询余额", "recognise this cheque"})
	if err != nil || strings.Join(got, " ") != "trunklinium 查询余额" {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	r := built(t)
	if _, err := r.Start(t.Context(), speech.RecognitionOptions{Language: "zh-CN"}); !errors.Is(err, speech.ErrLanguage) {
		t.Fatalf("Chinese: got %v; want ErrLanguage", err)
	}
	f := func(cfg Config, want string) {
		t.Helper()
		if r, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			r.Close()
			t.Fatalf("%+v: got %v; want %q", cfg, err, want)
		}
	}
	f(Config{Command: []string{"/nowhere/worker"}}, "make build")
	f(Config{Command: []string{os.Args[0]}, Model: "/nowhere"}, "pocketsphinx-en-us")
	f(Config{Command: []string{os.Args[0]}, Dictionary: "/nowhere"}, "pocketsphinx-en-us")
}

// TestWorkerOfAnotherModel: a directory that is no model ends the worker with
// its words in the error.
func TestWorkerOfAnotherModel(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "means"), []byte("s3\nendhdr\njunk"), 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := filepath.Abs("../../bin/trunkline-pocketsphinx")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Config{Command: []string{program}, Model: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Warm(context.Background(), 1); err == nil || !strings.Contains(err.Error(), "not Gaussians") {
		t.Fatalf("got %v", err)
	}
}
