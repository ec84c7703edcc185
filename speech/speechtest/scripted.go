package speechtest

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"trunkline/speech/worker"
)

// RunScripted is the body of a worker that answers the k-th utterance with
// speech in it by the k-th text, and with "" when there are no texts left.
// Utterances without sound, and cancelled ones, get "" and use no text up, so
// that a caller who presses keys does not shift the script. It speaks the
// protocol of package worker on in and out, and returns at the end of in.
//
// Texts that begin with "!" misbehave instead, for tests of what must survive:
// "!crash" exits when sound comes, "!hang" stops reading then, "!mute" never
// answers the end, "!refuse" answers with an error, "!garbage" writes what is
// not JSON.
func RunScripted(texts []string, in io.Reader, out io.Writer) error {
	s := scripted{texts: texts, out: json.NewEncoder(out), raw: out}
	s.out.SetEscapeHTML(false)
	if err := s.out.Encode(worker.Line{Ready: "scripted"}); err != nil {
		return fmt.Errorf("write ready line: %w", err)
	}
	r := bufio.NewReader(in)
	for {
		f, err := worker.ReadFrame(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = s.obey(f)
		}
		if err != nil {
			return err
		}
	}
}

type scripted struct {
	texts []string
	out   *json.Encoder
	raw   io.Writer
	id    uint64
	loud  bool // the utterance has sound in it
}

// ErrCrash is how RunScripted ends when the script says "!crash".
var ErrCrash = errors.New("crash as scripted")

func (s *scripted) obey(f worker.Frame) error {
	switch f.Kind {
	case worker.KindStart:
		var head struct{ ID uint64 }
		if err := json.Unmarshal(f.Payload, &head); err != nil {
			return fmt.Errorf("parse start frame: %w", err)
		}
		s.id, s.loud = head.ID, false
		return s.out.Encode(worker.Line{ID: s.id, Started: true})
	case worker.KindAudio:
		if s.loud || !loud(f.Payload) {
			return nil
		}
		s.loud = true
		return s.react()
	case worker.KindEnd:
		return s.answer()
	case worker.KindCancel:
		return s.out.Encode(worker.Line{ID: s.id, Cancelled: true})
	}
	return fmt.Errorf("obey frame: unknown kind %q", f.Kind)
}

// react is what the worker does on hearing sound: a partial text, or mischief.
func (s *scripted) react() error {
	text := s.text()
	switch text {
	case "":
		return nil
	case "!crash":
		return ErrCrash
	case "!hang":
		Hang()
	case "!garbage":
		_, err := io.WriteString(s.raw, "Segmentation fault\n")
		return err
	}
	if strings.HasPrefix(text, "!") {
		return nil
	}
	return s.out.Encode(worker.Line{ID: s.id, Partial: &text})
}

// Hang never returns, as a program that got stuck. An empty select will not do:
// the runtime takes a program in which nothing can happen for a mistake.
func Hang() {
	signals := make(chan os.Signal, 1)
	for signal.Notify(signals); ; {
		<-signals
	}
}

func (s *scripted) answer() error {
	text := ""
	if s.loud && len(s.texts) > 0 {
		text, s.texts = s.texts[0], s.texts[1:]
	}
	switch text {
	case "!mute":
		return nil
	case "!refuse":
		return s.out.Encode(worker.Line{ID: s.id, Error: "refused as scripted"})
	case "":
		return s.out.Encode(worker.Line{ID: s.id, Final: &text})
	}
	return s.out.Encode(worker.Line{ID: s.id, Final: &text, Confidence: 0.95})
}

func (s *scripted) text() string {
	if len(s.texts) == 0 {
		return ""
	}
	return s.texts[0]
}

// loud tells sound from silence: any sample above -36 dB of full scale.
func loud(payload []byte) bool {
	for ; len(payload) >= 2; payload = payload[2:] {
		if v := int16(binary.LittleEndian.Uint16(payload)); v > 512 || v < -512 {
			return true
		}
	}
	return false
}
