package line

import (
	"cmp"
	"strings"

	"trunkline/call/event"
	"trunkline/sip"
)

// asking is a wish of ours that the far side call somebody else.
type asking struct {
	uri      string
	replaces *sip.Replaces
	held     bool // until our 2xx is acknowledged
	done     func(sip.Event)
}

// Ask asks the far side to call a number itself, in place of the dialog that r names if
// there is one (RFC 3515, RFC 3891). Told tells done how that has gone.
func (l *Line) Ask(number string, r *sip.Replaces, done func(sip.Event)) {
	_, host, _ := strings.Cut(l.Address, "@")
	to := sip.Party{User: l.Trunk.Numbers.CalledOut(number), Host: cmp.Or(l.Trunk.Host(), host)}
	l.asking = &asking{uri: to.String(), replaces: r, held: true, done: done}
	l.ask()
}

// ask sends what Ask has left, if the dialog is up on both sides.
func (l *Line) ask() {
	a := l.asking
	if a == nil || !a.held || l.Direction == event.Inbound && !l.Confirmed {
		return
	}
	a.held = false
	if err := l.Dialog.Refer(a.uri, "", a.replaces); err != nil {
		l.Told(sip.Event{Status: 500, Cause: sip.New(sip.Failed, err.Error())})
	}
}

// Told takes what the far side tells of it.
func (l *Line) Told(e sip.Event) {
	if a := l.asking; a != nil && e.Status >= 200 {
		l.asking = nil
		a.done(e)
	}
}
