// Package espeak speaks with espeak-ng: English, Mandarin and most other
// languages, robotic but instant, offline and without an account.
//
// Each request runs one espeak-ng process, bounded in number, text length and
// time; the text goes through standard input, so no text can become an option.
// The result is telephone sound, handed on as it is made: 8 kHz, silence trimmed,
// level normalised. The package keeps nothing between requests and never plays
// sound itself.
package espeak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"trunkline/speech"
	"trunkline/speech/worker"
)

// Config says how to run espeak-ng. Zero values mean the defaults given.
type Config struct {
	Program     string            // "espeak-ng", found in PATH
	Speed       int               // words per minute, 80–450; 160
	MaxText     int               // characters of one text; 2000
	Timeout     time.Duration     // of one request; 10 s
	Concurrency int               // processes at once; 4
	Voices      map[string]string // language tag, as "en" or "en-GB", to espeak-ng voice, beside the built-in ones
}

// Synthesizer runs espeak-ng. It is safe for concurrent use.
type Synthesizer struct {
	cfg   Config
	path  string
	slots chan struct{}
}

var _ speech.Synthesizer = (*Synthesizer)(nil)

// New finds the program; the error says how to install it when it is missing.
func New(cfg Config) (*Synthesizer, error) {
	if cfg.Program == "" {
		cfg.Program = "espeak-ng"
	}
	if cfg.Speed == 0 {
		cfg.Speed = 160
	}
	if cfg.Speed < 80 || cfg.Speed > 450 {
		return nil, fmt.Errorf("configure espeak: speed %d is not within 80 to 450 words per minute", cfg.Speed)
	}
	if cfg.MaxText <= 0 {
		cfg.MaxText = 2000
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 10 * time.Second
	}
	if cfg.Concurrency <= 0 {
		cfg.Concurrency = 4
	}
	for lang, v := range cfg.Voices {
		if !voiceName().MatchString(v) {
			return nil, fmt.Errorf("configure espeak: voice %q of %s is not a voice name", v, lang)
		}
	}
	path, err := exec.LookPath(cfg.Program)
	if err != nil {
		return nil, fmt.Errorf(`find %s: %w (install the package espeak-ng, or run "make tools")`, cfg.Program, err)
	}
	return &Synthesizer{cfg: cfg, path: path, slots: make(chan struct{}, cfg.Concurrency)}, nil
}

// Synthesize hands over the sound of r.Text at speech.Rate as espeak-ng makes it,
// the first piece when a second of it, by which its level is judged, is there.
func (s *Synthesizer) Synthesize(ctx context.Context, r speech.SynthesisRequest, take func([]int16) error) error {
	if err := s.synthesize(ctx, r, take); err != nil {
		return fmt.Errorf("synthesize %.40q with espeak: %w", r.Text, err)
	}
	return nil
}

func (s *Synthesizer) synthesize(ctx context.Context, r speech.SynthesisRequest, take func([]int16) error) error {
	voice, err := s.voice(r)
	if err != nil {
		return err
	}
	text, err := s.clean(r.Text)
	if err != nil || text == "" {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Timeout)
	defer cancel()
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return fmt.Errorf("wait for a free process: %w", ctx.Err())
	}
	return s.run(ctx, voice, s.speed(r), text, take)
}

// run has espeak-ng speak and hands on what it writes: a WAV file of unknown
// length.
func (s *Synthesizer) run(ctx context.Context, voice string, speed int, text string, take func([]int16) error) error {
	running, cancel := context.WithCancel(ctx)
	defer cancel() // ends a process that still writes
	cmd := exec.CommandContext(running, s.path, "-v", voice, "-s", strconv.Itoa(speed), "-b", "1", "--stdin", "--stdout")
	cmd.SysProcAttr = attributes()
	cmd.WaitDelay = time.Second
	cmd.Stdin = strings.NewReader(text)
	var log bytes.Buffer
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	runtime.LockOSThread() // the child dies with its parent thread, see attributes
	defer runtime.UnlockOSThread()
	if err := cmd.Start(); err != nil {
		return s.failed(voice, err, "")
	}
	worker.Yield(cmd.Process.Pid)
	defer context.AfterFunc(running, func() { out.Close() })() // whoever else may hold the pipe
	wrong := convert(out, take)
	if wrong != nil {
		cancel()
	}
	err = cmd.Wait()
	said := strings.TrimSpace(log.String())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(wrong, errNoSound): // espeak-ng exits with 0 when it does not know the voice, too
		return s.failed(voice, errNoSound, said)
	case wrong != nil:
		return wrong
	case err != nil:
		return s.failed(voice, err, said)
	}
	return nil
}

func (s *Synthesizer) failed(voice string, err error, said string) error {
	return fmt.Errorf("run %s -v %s: %w: %.200s", s.cfg.Program, voice, err, said)
}

// clean refuses texts that are too long and drops what cannot be spoken.
func (s *Synthesizer) clean(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errors.New("text is not UTF-8")
	}
	if n := utf8.RuneCountInString(text); n > s.cfg.MaxText {
		return "", fmt.Errorf("text of %d characters exceeds %d", n, s.cfg.MaxText)
	}
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' ' // espeak-ng takes some control characters for commands
		}
		return r
	}, text)
	return strings.TrimSpace(text), nil
}

// voiceName is what espeak-ng accepts as a voice: no path, no leading dash.
func voiceName() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,31}(\+[A-Za-z0-9_-]{1,16})?$`)
}

// voice chooses the voice: the request's, the configured, or the built-in one,
// first for the whole tag, then for the language alone.
// speed is how fast a text is spoken, words a minute; espeak-ng goes no slower
// than 80 and no faster than 450.
func (s *Synthesizer) speed(r speech.SynthesisRequest) int {
	if r.Pace <= 0 {
		return s.cfg.Speed
	}
	return min(max(int(float32(s.cfg.Speed)*r.Pace), 80), 450)
}

func (s *Synthesizer) voice(r speech.SynthesisRequest) (string, error) {
	if r.Voice != "" {
		if !voiceName().MatchString(r.Voice) {
			return "", fmt.Errorf("voice %q is not a voice name", r.Voice)
		}
		return r.Voice, nil
	}
	tag := strings.ToLower(strings.ReplaceAll(r.Language, "_", "-"))
	for tag != "" {
		for lang, v := range s.cfg.Voices {
			if strings.EqualFold(lang, tag) {
				return v, nil
			}
		}
		if v := builtin(tag); v != "" {
			return v, nil
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return "", fmt.Errorf("%w: %q", speech.ErrLanguage, r.Language)
}

// builtin names the espeak-ng voice of a language tag, "" when none is chosen.
func builtin(tag string) string {
	switch tag {
	case "en", "en-us":
		return "en-us"
	case "en-gb", "en-au", "en-nz", "en-ie", "en-in", "en-za":
		return "en-gb"
	case "zh", "cmn":
		return "cmn"
	case "yue", "zh-hk", "zh-yue":
		return "yue"
	case "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "ko", "pl", "tr", "vi", "id", "hi":
		return tag
	}
	return ""
}
