package dialog

import (
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// onInfo takes a key, or answers what we understand instead.
func (d *Dialog) onInfo(req *gosip.Request, tx *gosip.ServerTx) {
	if len(req.Body()) == 0 {
		d.layer.Answer(tx, req, 200)
		return
	}
	kind := ""
	if h := req.GetHeader("Content-Type"); h != nil {
		kind = h.Value()
	}
	key, understood := wire.Key(kind, req.Body())
	switch {
	case !understood:
		d.layer.Answer(tx, req, 415, "Accept: application/sdp, "+wire.DTMFRelay+", "+wire.DTMFPlain)
	case key == 0:
		d.layer.Answer(tx, req, 400)
	default:
		d.do(func() {
			d.then(func() { d.layer.Answer(tx, req, 200) })
			d.report(Event{Kind: Pressed, Key: key})
		})
	}
}

// Press sends keys by INFO, one after the other, each when the one before was
// answered: over UDP they could overtake one another. What is no key is left
// out. done is called when the last was answered, or the dialog is over.
func (d *Dialog) Press(keys string, length time.Duration, done func()) {
	i := strings.IndexAny(strings.ToUpper(keys), wire.Keys)
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
		req := d.line.Request(gosip.INFO)
		req.AppendHeader(gosip.NewHeader("Content-Type", wire.DTMFRelay))
		req.SetBody(wire.RelayKey(key, length))
		d.transact(&d.line, req, func(*gosip.Response) { d.Press(rest, length, done) })
	})
}
