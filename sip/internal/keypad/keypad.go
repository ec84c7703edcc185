// Package keypad is what INFO requests say of keys: which one an incoming one has
// pressed, or how it is refused, and which keys there are in what we are to send. It
// is pure; the formats are those of sip/internal/wire. Only sip/internal/dialog uses it.
package keypad

import (
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// Read returns the key that an INFO has pressed and the status that answers it, with
// further header lines. An empty one presses none, and is welcome.
func Read(req *gosip.Request) (key byte, status int, extra []string) {
	if len(req.Body()) == 0 {
		return 0, 200, nil
	}
	kind := ""
	if h := req.GetHeader("Content-Type"); h != nil {
		kind = h.Value()
	}
	key, understood := wire.Key(kind, req.Body())
	switch {
	case !understood:
		return 0, 415, []string{"Accept: application/sdp, " + wire.DTMFRelay + ", " + wire.DTMFPlain}
	case key == 0:
		return 0, 400, nil
	}
	return key, 200, nil
}

// Next returns the first key of a text and what follows it; 0: there is none. What is
// no key is left out.
func Next(keys string) (key byte, rest string) {
	upper := strings.ToUpper(keys)
	i := strings.IndexAny(upper, wire.Keys)
	if i < 0 {
		return 0, ""
	}
	return upper[i], upper[i+1:]
}

// Write has an INFO press a key for so long.
func Write(req *gosip.Request, key byte, length time.Duration) {
	req.AppendHeader(gosip.NewHeader("Content-Type", wire.DTMFRelay))
	req.SetBody(wire.RelayKey(key, length))
}
