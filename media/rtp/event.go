package rtp

import (
	"encoding/binary"
	"strings"
)

// EventSize is the length of one telephone-event payload.
const EventSize = 4

// Event is one telephone-event report. Reports of one key press repeat, with a
// growing duration, under the RTP timestamp of its beginning.
type Event struct {
	Code     uint8  // 0–15 are the keys (RFC 4733 §3.2); see Digit
	End      bool   // the key was released
	Volume   uint8  // −dBm0, 0–63; meaningful for keys only
	Duration uint16 // so far, in timestamp units
}

// ParseEvent reads a telephone-event payload; false when it is too short.
// What follows the first event is ignored.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|     event     |E|R| volume    |          duration             |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
func ParseEvent(payload []byte) (Event, bool) {
	if len(payload) < EventSize {
		return Event{}, false
	}
	return Event{
		Code:     payload[0],
		End:      payload[1]&0x80 != 0,
		Volume:   payload[1] & 0x3f,
		Duration: binary.BigEndian.Uint16(payload[2:]),
	}, true
}

// PutEvent writes e to dst, which must hold EventSize bytes, and returns EventSize.
func PutEvent(dst []byte, e Event) int {
	dst[0] = e.Code
	dst[1] = e.Volume & 0x3f
	if e.End {
		dst[1] |= 0x80
	}
	binary.BigEndian.PutUint16(dst[2:], e.Duration)
	return EventSize
}

const keys = "0123456789*#ABCD" // by event code

// Digit returns the key the event is about; false for other events, such as
// the hook flash (16).
func (e Event) Digit() (byte, bool) {
	if int(e.Code) >= len(keys) {
		return 0, false
	}
	return keys[e.Code], true
}

// EventCode returns the event code of a key; lower case letters are taken too.
func EventCode(key byte) (code uint8, ok bool) {
	if key >= 'a' && key <= 'd' {
		key -= 'a' - 'A'
	}
	i := strings.IndexByte(keys, key)
	return uint8(max(i, 0)), i >= 0
}
