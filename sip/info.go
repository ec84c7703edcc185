package sip

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Keys travel by INFO in the two ways that gateways use. Neither has an RFC:
//
//	Content-Type: application/dtmf-relay    Content-Type: application/dtmf
//
//	Signal=5                                5
//	Duration=160
const (
	dtmfRelay = "application/dtmf-relay"
	dtmfPlain = "application/dtmf"
)

// infoKeys are those that can be sent; a far side may say 10 and 11 for * and #.
const infoKeys = "0123456789*#ABCD"

// onInfo takes a key, or answers what we understand instead.
func (e *Endpoint) onInfo(d *Dialog, req *gosip.Request, tx *gosip.ServerTx) {
	body := req.Body()
	if len(body) == 0 {
		e.answer(tx, req, 200)
		return
	}
	kind := ""
	if h := req.GetHeader("Content-Type"); h != nil {
		kind, _, _ = strings.Cut(strings.ToLower(h.Value()), ";")
	}
	var key byte
	ok := false
	switch strings.TrimSpace(kind) {
	case dtmfRelay:
		key, ok = relayedKey(body)
	case dtmfPlain:
		key, ok = infoKey(string(bytes.TrimSpace(body)))
	default:
		e.answer(tx, req, 415, "Accept: application/sdp, "+dtmfRelay+", "+dtmfPlain)
		return
	}
	if !ok {
		e.answer(tx, req, 400)
		return
	}
	d.do(func() {
		d.then(func() { e.answer(tx, req, 200) })
		d.report(Event{Kind: Pressed, Key: key})
	})
}

// relayedKey finds the signal in a dtmf-relay body, which has a line for each of
// its values, in any order and spacing.
func relayedKey(body []byte) (byte, bool) {
	for line := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(line, "=")
		if strings.EqualFold(strings.TrimSpace(name), "signal") {
			return infoKey(strings.TrimSpace(value))
		}
	}
	return 0, false
}

// infoKey reads a key as it is written: the character, or its event code.
func infoKey(text string) (byte, bool) {
	if len(text) == 1 {
		i := strings.IndexByte(infoKeys, bytes.ToUpper([]byte(text))[0])
		if i < 0 {
			return 0, false
		}
		return infoKeys[i], true
	}
	code, err := strconv.ParseUint(text, 10, 8)
	if err != nil || code < 10 || int(code) >= len(infoKeys) {
		return 0, false
	}
	return infoKeys[code], true
}

// Press sends keys by INFO, one after the other, each when the one before was
// answered: over UDP they could overtake one another. What is no key is left
// out. done is called when the last was answered, or the dialog is over.
func (d *Dialog) Press(keys string, length time.Duration, done func()) {
	i := strings.IndexAny(strings.ToUpper(keys), infoKeys)
	if i < 0 {
		done()
		return
	}
	key, rest := strings.ToUpper(keys)[i], keys[i+1:]
	d.do(func() {
		if d.state != up || d.gone {
			d.then(done)
			return
		}
		d.localSeq++
		req := d.request(gosip.INFO, d.localSeq)
		req.AppendHeader(gosip.NewHeader("Content-Type", dtmfRelay))
		req.SetBody(fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", key, length.Milliseconds()))
		d.then(func() { d.e.transact(req, func() { d.Press(rest, length, done) }) })
	})
}
