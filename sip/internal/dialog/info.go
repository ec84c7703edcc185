package dialog

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/keypad"
)

// onInfo takes a key, or answers what we understand instead.
func (d *Dialog) onInfo(req *gosip.Request, tx *gosip.ServerTx) {
	key, status, extra := keypad.Read(req)
	d.do(func() {
		d.then(func() { d.layer.Answer(tx, req, status, extra...) })
		if key != 0 {
			d.report(Event{Kind: Pressed, Key: key})
		}
	})
}

// Press sends keys by INFO, one after the other, each when the one before was
// answered: over UDP they could overtake one another. What is no key is left
// out. done is called when the last was answered, or the dialog is over.
func (d *Dialog) Press(keys string, length time.Duration, done func()) {
	key, rest := keypad.Next(keys)
	if key == 0 {
		done()
		return
	}
	d.do(func() {
		if d.state != up || d.gone {
			d.then(done)
			return
		}
		req := d.line.Request(gosip.INFO)
		keypad.Write(req, key, length)
		d.transact(&d.line, req, func(*gosip.Response) { d.Press(rest, length, done) })
	})
}
