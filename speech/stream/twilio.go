package stream

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"

	"trunkline/codecs/g711"
)

// twilio is Twilio Media Streams: JSON in text messages, sound in base64, µ-law at
// 8 kHz. At 16 kHz, which Twilio does not have, it is L16 (little-endian).
type twilio struct {
	cfg      *Config
	sid      []byte // the stream's, as JSON
	sequence int64
	chunks   [2]int64 // by track
	coded    []byte   // of one frame, reused
}

func newTwilio(cfg *Config) codec {
	sid, _ := json.Marshal(cfg.StreamID) // a string always can be
	return &twilio{cfg: cfg, sid: sid}
}

func (t *twilio) encode(e happening) []Message {
	switch e := e.(type) {
	case started:
		return []Message{text(twilioConnected{"connected", "Call", "1.0.0"}), t.event("start", t.start())}
	case sounded:
		return []Message{t.media(e)}
	case pressed:
		return []Message{t.event("dtmf", map[string]string{"track": "inbound_track", "digit": string(e.digit)})}
	case reached:
		return []Message{t.event("mark", map[string]string{"name": e.name})}
	case refused:
		return []Message{t.event("error", map[string]string{"message": e.text})}
	case stopped:
		return []Message{t.event("stop", map[string]string{"accountSid": t.cfg.Call.Account, "callSid": t.cfg.Call.ID})}
	}
	return nil
}

type twilioConnected struct {
	Event    string `json:"event"`
	Protocol string `json:"protocol"`
	Version  string `json:"version"`
}

type twilioStart struct {
	StreamSid        string            `json:"streamSid"`
	AccountSid       string            `json:"accountSid"`
	CallSid          string            `json:"callSid"`
	Tracks           []string          `json:"tracks"`
	CustomParameters map[string]string `json:"customParameters"`
	MediaFormat      twilioFormat      `json:"mediaFormat"`
}

type twilioFormat struct {
	Encoding   string `json:"encoding"`
	SampleRate int    `json:"sampleRate"`
	Channels   int    `json:"channels"`
}

func (t *twilio) start() twilioStart {
	s := twilioStart{
		StreamSid: t.cfg.StreamID, AccountSid: t.cfg.Call.Account, CallSid: t.cfg.Call.ID,
		Tracks: t.cfg.Tracks.names(), CustomParameters: t.cfg.Parameters,
		MediaFormat: twilioFormat{"audio/x-mulaw", t.cfg.Rate, 1},
	}
	if s.CustomParameters == nil {
		s.CustomParameters = map[string]string{}
	}
	if t.linear() {
		s.MediaFormat.Encoding = "audio/x-l16"
	}
	return s
}

func (t *twilio) linear() bool { return t.cfg.Rate != g711Rate }

const g711Rate = 8000 // Hz

// event makes a message; what is of it is named like the event.
func (t *twilio) event(name string, of any) Message {
	t.sequence++
	return text(map[string]any{
		"event": name, "sequenceNumber": strconv.FormatInt(t.sequence, 10),
		"streamSid": json.RawMessage(t.sid), name: of,
	})
}

// media is event for what comes fifty times a second.
func (t *twilio) media(e sounded) Message {
	t.sequence++
	track := min(int(e.track), len(t.chunks)-1)
	t.chunks[track]++
	if t.coded = t.coded[:0]; t.linear() {
		t.coded = appendPCM(t.coded, e.pcm, nil)
	} else {
		t.coded = append(t.coded, make([]byte, len(e.pcm))...)
		g711.ULaw{}.Encode(t.coded, e.pcm)
	}
	b := make([]byte, 0, 192+len(t.sid)+base64.StdEncoding.EncodedLen(len(t.coded)))
	b = append(b, `{"event":"media","sequenceNumber":"`...)
	b = strconv.AppendInt(b, t.sequence, 10)
	b = append(b, `","streamSid":`...)
	b = append(b, t.sid...)
	b = append(b, `,"media":{"track":"`...)
	b = append(b, e.track.String()...)
	b = append(b, `","chunk":"`...)
	b = strconv.AppendInt(b, t.chunks[track], 10)
	b = append(b, `","timestamp":"`...)
	b = strconv.AppendInt(b, e.at*1000/int64(t.cfg.Rate), 10)
	b = append(b, `","payload":"`...)
	b = base64.StdEncoding.AppendEncode(b, t.coded)
	return Message{Text: true, Data: append(b, `"}}`...)}
}

// twilioSaid is what a bot may send. Its streamSid is not looked at: there is one
// stream to a connection.
type twilioSaid struct {
	Event string `json:"event"`
	Media struct {
		Payload []byte `json:"payload"` // base64
	} `json:"media"`
	Mark struct {
		Name string `json:"name"`
	} `json:"mark"`
	DTMF struct {
		Digit  string `json:"digit"`
		Digits string `json:"digits"`
	} `json:"dtmf"`
	End struct {
		Reason string `json:"reason"`
	} `json:"end"`
}

func (t *twilio) decode(m Message) ([]command, error) {
	if !m.Text {
		return []command{unknown{"binary message"}}, nil
	}
	var s twilioSaid
	if err := json.Unmarshal(m.Data, &s); err != nil {
		return nil, fmt.Errorf("message: %w", err)
	}
	switch s.Event {
	case "media":
		pcm := t.samples(s.Media.Payload)
		if len(pcm) == 0 {
			return nil, fmt.Errorf("media: no payload")
		}
		return []command{say{pcm, t.cfg.Rate}}, nil
	case "mark":
		return marked(s.Mark.Name)
	case "clear":
		return []command{clearAll{}}, nil
	case "dtmf":
		return digits(s.DTMF.Digits + s.DTMF.Digit)
	case "end":
		return []command{end{s.End.Reason}}, nil
	}
	return []command{unknown{"event " + strconv.Quote(cut(s.Event))}}, nil
}

func (t *twilio) samples(payload []byte) []int16 {
	if t.linear() {
		return samplesOf(payload)
	}
	pcm := make([]int16, len(payload))
	g711.ULaw{}.Decode(pcm, payload)
	return pcm
}

// signature is what Twilio puts into X-Twilio-Signature, so that a bot knows who
// calls: the HMAC-SHA1 of the address it was called at.
func signature(token, address string) string {
	h := hmac.New(sha1.New, []byte(token))
	h.Write([]byte(address))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// text makes a message of what always can be JSON.
func text(v any) Message {
	b, err := json.Marshal(v)
	if err != nil {
		panic("stream: " + err.Error())
	}
	return Message{Text: true, Data: b}
}

// digits makes a command of keys, if they are some.
func digits(s string) ([]command, error) {
	if s == "" || len(s) > mostDigits {
		return nil, fmt.Errorf("dtmf: %d digits, allowed are 1 to %d", len(s), mostDigits)
	}
	for _, d := range s {
		if !isKey(d) {
			return nil, fmt.Errorf("dtmf: %q is no key", d)
		}
	}
	return []command{press{s}}, nil
}

// marked makes a command of a mark's name.
func marked(name string) ([]command, error) {
	if name == "" || len(name) > mostName {
		return nil, fmt.Errorf("mark: name of %d bytes, allowed are 1 to %d", len(name), mostName)
	}
	return []command{mark{name: name}}, nil
}

const (
	mostDigits = 32
	mostName   = 1024 // bytes
)

func isKey(d rune) bool {
	return d >= '0' && d <= '9' || d >= 'A' && d <= 'D' || d == '*' || d == '#'
}

// cut keeps what of a foreign text is fit to be shown.
func cut(s string) string {
	const most = 40
	return s[:min(len(s), most)]
}
