// Package event defines what can happen to a call, as stable JSON types, the
// Bus that numbers and distributes it, and the View: what is known of the live
// calls, folded from events.
//
// Fields are only ever added. An event's sequence number is unique and rising
// within one run of the program; a run has a random name, so that a client that
// resumes can tell a restart from a pause.
//
// Everyone above the pillars may use it, from any goroutine: publishing never
// waits for a subscriber, reading never asks the owner of a call.
package event

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Event is one thing that happened.
type Event struct {
	Seq  uint64    `json:"seq"`
	Time time.Time `json:"time"`
	Type Type      `json:"type"`
	Call string    `json:"call"`
	Leg  string    `json:"leg,omitempty"`
	Data Data      `json:"data,omitempty"`
}

// Type is the stable name of a kind of event.
type Type string

// Data is what an event of one type says beyond the envelope. The set is closed:
// one struct per type, all in this package.
type Data interface{ EventType() Type }

// Unknown is the data of an event this version has no type for, so that a
// client of a newer server can pass it on untouched.
type Unknown struct {
	Type Type
	Raw  json.RawMessage
}

// EventType implements Data.
func (u Unknown) EventType() Type { return u.Type }

// MarshalJSON returns the data as it came.
func (u Unknown) MarshalJSON() ([]byte, error) {
	if len(u.Raw) == 0 {
		return []byte("null"), nil
	}
	return u.Raw, nil
}

// UnmarshalJSON reads an envelope; Data becomes the struct of its type, held by
// value, or Unknown. Fields that this version does not know are ignored.
func (e *Event) UnmarshalJSON(text []byte) error {
	type envelope Event
	in := struct {
		*envelope
		Data json.RawMessage `json:"data"`
	}{envelope: (*envelope)(e)}
	if err := json.Unmarshal(text, &in); err != nil {
		return fmt.Errorf("decode event: %w", err)
	}
	data, err := decodeData(e.Type, in.Data)
	if err != nil {
		return fmt.Errorf("decode event %d %s: %w", e.Seq, e.Type, err)
	}
	e.Data = data
	return nil
}

func decodeData(t Type, raw json.RawMessage) (Data, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	for _, kind := range Kinds() {
		if kind.EventType() != t {
			continue
		}
		v := reflect.New(reflect.TypeOf(kind))
		if err := json.Unmarshal(raw, v.Interface()); err != nil {
			return nil, err
		}
		return v.Elem().Interface().(Data), nil
	}
	return Unknown{Type: t, Raw: bytes.Clone(raw)}, nil
}
