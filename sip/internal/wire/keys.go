package wire

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Keys travel by INFO in the two ways that gateways use. Neither has an RFC:
//
//	Content-Type: application/dtmf-relay    Content-Type: application/dtmf
//
//	Signal=5                                5
//	Duration=160
const (
	DTMFRelay = "application/dtmf-relay"
	DTMFPlain = "application/dtmf"
)

// Keys are those that can be sent, by event code: a far side may say 10 for *.
const Keys = "0123456789*#ABCD"

// Key reads the key in the body of an INFO. understood is false when its type
// is none of the two; the key is 0 when there is none in it.
func Key(contentType string, body []byte) (key byte, understood bool) {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch strings.TrimSpace(kind) {
	case DTMFRelay: // a line for each value, in any order and spacing
		for line := range strings.Lines(string(body)) {
			name, value, _ := strings.Cut(line, "=")
			if strings.EqualFold(strings.TrimSpace(name), "signal") {
				return keyOf(strings.TrimSpace(value)), true
			}
		}
		return 0, true
	case DTMFPlain:
		return keyOf(string(bytes.TrimSpace(body))), true
	}
	return 0, false
}

// keyOf reads a key as it is written: the character, or its event code.
func keyOf(text string) byte {
	if len(text) == 1 {
		if i := strings.IndexByte(Keys, strings.ToUpper(text)[0]); i >= 0 {
			return Keys[i]
		}
		return 0
	}
	code, err := strconv.ParseUint(text, 10, 8)
	if err != nil || code < 10 || int(code) >= len(Keys) {
		return 0
	}
	return Keys[code]
}

// RelayKey writes a body of type DTMFRelay.
func RelayKey(key byte, length time.Duration) []byte {
	return fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, length.Milliseconds())
}
