package stream

import (
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
)

// Kinds of AudioSocket frames. A frame is a kind, the length of the rest in two
// bytes, big-endian, and the rest.
const (
	asHangup = 0x00
	asUUID   = 0x01
	asDTMF   = 0x03
	asSound  = 0x10 // 8 kHz; the higher rates follow
	asError  = 0xff

	asHeader = 3
)

// asRates are the rates of asSound and the kinds after it, Hz.
var asRates = []int{8000, 12000, 16000, 24000, 32000, 44100, 48000, 96000, 192000}

// audioSocket is Asterisk's AudioSocket: L16 (little-endian) in frames over TCP. It
// knows neither marks nor clearing.
type audioSocket struct {
	cfg  *Config
	kind byte // of the sound at the stream's rate
}

func newAudioSocket(cfg *Config) codec {
	a := &audioSocket{cfg: cfg}
	for i, r := range asRates {
		if r == cfg.Rate {
			a.kind = asSound + byte(i)
		}
	}
	return a
}

func (a *audioSocket) encode(e happening) []Message {
	switch e := e.(type) {
	case started:
		id := a.id()
		return []Message{asFrame(asUUID, id[:])}
	case sounded:
		return []Message{asFrame(a.kind, appendPCM(make([]byte, 0, 2*len(e.pcm)), e.pcm, nil))}
	case pressed:
		return []Message{asFrame(asDTMF, []byte{e.digit})}
	case stopped:
		return []Message{asFrame(asHangup, nil)}
	}
	return nil
}

// id is the call's, or made of it: bots find by it what they were told elsewhere.
func (a *audioSocket) id() uuid.UUID {
	if id, err := uuid.Parse(a.cfg.Call.ID); err == nil {
		return id
	}
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("trunkline:call:"+a.cfg.Call.ID))
}

func asFrame(kind byte, payload []byte) Message {
	b := append(make([]byte, 0, asHeader+len(payload)), kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	return Message{Data: append(b, payload...)}
}

func (a *audioSocket) decode(m Message) ([]command, error) {
	if len(m.Data) < asHeader || int(binary.BigEndian.Uint16(m.Data[1:])) != len(m.Data)-asHeader {
		return nil, fmt.Errorf("frame of %d bytes: its length is wrong", len(m.Data))
	}
	kind, payload := m.Data[0], m.Data[asHeader:]
	switch {
	case kind == asHangup:
		return []command{end{"hangup"}}, nil
	case kind == asError:
		return []command{end{fmt.Sprintf("error % x", payload[:min(len(payload), 4)])}}, nil
	case kind == asUUID:
		return nil, nil
	case kind == asDTMF:
		return digits(string(payload))
	case kind >= asSound && int(kind-asSound) < len(asRates):
		rate := asRates[kind-asSound]
		if err := checkRate("sound", rate); err != nil {
			return nil, err
		}
		if len(payload) < 2 {
			return nil, fmt.Errorf("sound: none in a frame of %d bytes", len(payload))
		}
		return []command{say{samplesOf(payload), rate}}, nil
	}
	return []command{unknown{fmt.Sprintf("frame of kind 0x%02x", kind)}}, nil
}
