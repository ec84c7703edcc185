package stream

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// fork is what mod_audio_fork and mod_audio_stream of FreeSWITCH and jambonz's
// listen have in common: one text message that says what the call is, then L16
// (little-endian) in binary messages, and commands as JSON.
type fork struct {
	cfg     *Config
	jambonz bool
	odd     []byte // half a sample that the bot's last message ended in
}

func newFork(cfg *Config) codec { return &fork{cfg: cfg, jambonz: cfg.Dialect == "jambonz"} }

func (f *fork) encode(e happening) []Message {
	switch e := e.(type) {
	case started:
		return []Message{text(f.metadata())}
	case sounded:
		return []Message{{Data: appendPCM(make([]byte, 0, 2*len(e.pcm)+2*len(e.other)), e.pcm, e.other)}}
	case pressed:
		return []Message{text(map[string]string{"event": "dtmf", "dtmf": string(e.digit), "duration": dtmfDuration})}
	case reached:
		if e.play {
			return []Message{text(forkEvent{"playDone", map[string]string{"id": e.name}})}
		}
		event := "playout"
		if e.dropped {
			event = "cleared"
		}
		return []Message{text(forkEvent{"mark", map[string]string{"name": e.name, "event": event}})}
	case refused:
		return []Message{text(forkEvent{"error", map[string]string{"message": e.text}})}
	}
	return nil // the end is the connection's
}

// dtmfDuration is said of every key: how long it was held is not known here.
const dtmfDuration = "1600" // in samples of 8 kHz

type forkEvent struct {
	Type string            `json:"type"`
	Data map[string]string `json:"data"`
}

// metadata is the first message. The flow's own parameters stand beside the facts of
// the call, and go before them, but not before the facts of the sound.
func (f *fork) metadata() map[string]any {
	c := f.cfg.Call
	m := map[string]any{"callSid": c.ID, "direction": c.Direction, "from": c.From, "to": c.To}
	if c.Account != "" {
		m["accountSid"] = c.Account
	}
	for k, v := range f.cfg.Parameters {
		m[k] = v
	}
	m["sampleRate"], m["mixType"], m["streamSid"] = f.cfg.Rate, "mono", f.cfg.StreamID
	if f.cfg.Tracks == Both {
		m["mixType"] = "stereo"
	}
	m["bidirectionalAudio"] = map[string]any{
		"enabled": f.cfg.TwoWay, "streaming": f.cfg.TwoWay, "sampleRate": f.cfg.Rate,
	}
	return m
}

// forkSaid is what a bot may send as text.
type forkSaid struct {
	Type string `json:"type"`
	Data struct {
		// playAudio
		ContentType string      `json:"audioContentType"`
		Content     []byte      `json:"audioContent"` // base64
		Rate        json.Number `json:"sampleRate"`   // streamAudio too
		ID          string      `json:"id"`
		Queue       bool        `json:"queuePlay"`
		// streamAudio
		DataType string `json:"audioDataType"`
		Data     []byte `json:"audioData"` // base64

		Name   string `json:"name"`   // mark
		Digits string `json:"digits"` // dtmf
		Reason string `json:"reason"` // disconnect
	} `json:"data"`
}

func (f *fork) decode(m Message) ([]command, error) {
	if !m.Text {
		return f.binary(m.Data), nil
	}
	var s forkSaid
	if err := json.Unmarshal(m.Data, &s); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	switch s.Type {
	case "playAudio":
		return f.play(&s)
	case "streamAudio":
		said, err := f.sound("streamAudio", s.Data.DataType, s.Data.Data, s.Data.Rate)
		if err != nil {
			return nil, err
		}
		return []command{said}, nil
	case "killAudio":
		f.odd = nil
		return []command{clearAll{}}, nil
	case "mark":
		return marked(s.Data.Name)
	case "clearMarks":
		return []command{clearMarks{}}, nil
	case "dtmf":
		return digits(s.Data.Digits)
	case "disconnect":
		return []command{end{s.Data.Reason}}, nil
	case "transcription", "json": // to the application behind the module, which is none
		return nil, nil
	}
	return []command{unknown{"type " + strconv.Quote(cut(s.Type))}}, nil
}

// binary is sound at the stream's rate. A sample may be torn between messages.
func (f *fork) binary(b []byte) []command {
	if len(f.odd) > 0 {
		b = append(f.odd, b...)
	}
	whole := len(b) &^ 1
	f.odd = append([]byte(nil), b[whole:]...)
	if whole == 0 {
		return nil
	}
	return []command{say{samplesOf(b[:whole]), f.cfg.Rate}}
}

// play replaces what is queued, unless it is told to queue up.
func (f *fork) play(s *forkSaid) ([]command, error) {
	said, err := f.sound("playAudio", s.Data.ContentType, s.Data.Content, s.Data.Rate)
	if err != nil {
		return nil, err
	}
	if len(s.Data.ID) > mostName {
		return nil, fmt.Errorf("playAudio: id of %d bytes, allowed are %d", len(s.Data.ID), mostName)
	}
	var all []command
	if !s.Data.Queue {
		all = append(all, clearAll{})
	}
	all = append(all, said)
	if s.Data.ID != "" || f.jambonz {
		all = append(all, mark{name: s.Data.ID, play: true})
	}
	return all, nil
}

func (f *fork) sound(what, kind string, b []byte, rate json.Number) (say, error) {
	hertz, err := int64(f.cfg.Rate), error(nil)
	if rate != "" {
		if hertz, err = rate.Int64(); err != nil {
			return say{}, fmt.Errorf("%s: sampleRate %.20q is no number", what, rate.String())
		}
	}
	switch kind {
	case "raw", "":
	case "wav", "wave":
		w, err := readWAV(b)
		if err != nil {
			return say{}, fmt.Errorf("%s: %w", what, err)
		}
		return w, checkRate(what, w.rate)
	default:
		return say{}, fmt.Errorf("%s: sound as %.20q is not understood: send raw or wav", what, kind)
	}
	if err := checkRate(what, int(hertz)); err != nil {
		return say{}, err
	}
	if len(b) < 2 {
		return say{}, fmt.Errorf("%s: no sound", what)
	}
	return say{samplesOf(b), int(hertz)}, nil
}

// checkRate refuses what would be played too fast or too slow.
func checkRate(what string, rate int) error {
	for _, r := range linear {
		if r == rate {
			return nil
		}
	}
	return fmt.Errorf("%s: sampleRate %d: there are %v", what, rate, linear)
}
