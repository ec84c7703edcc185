package call

import (
	"fmt"

	"trunkline/sip"
)

// Who ended a leg or a call.
const (
	ByCaller = "caller"
	ByCallee = "callee"
	ByFlow   = "flow"
	ByAPI    = "api"
	BySystem = "system"
)

// Codes of an Error beyond those of package sip.
const (
	CodeHangup  = "hangup"  // the call is over
	CodeTimeout = "timeout" // the context ended first
	CodeInvalid = "invalid" // the wish makes no sense now; Text says why
	CodeRefused = "refused" // the gate said no; Text names the rule
)

// Error is why a wish was not granted. Code is a stable word: a sip.Code or one
// of the codes of this package.
type Error struct {
	Verb string // answer, dial, bridge, …
	Cause
	why sip.Cause // which rule of ours refused, if one did
}

// Error returns "dial: busy (SIP 486): Busy Here".
func (e *Error) Error() string {
	s := e.Verb + ": " + e.Code
	if e.SIP != 0 {
		s += fmt.Sprintf(" (SIP %d)", e.SIP)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

func failed(verb, code, text string) *Error {
	return &Error{Verb: verb, Cause: Cause{Code: code, Text: text}}
}

// over is the error of a verb whose call has ended.
func over(verb string) *Error { return failed(verb, CodeHangup, "the call is over") }

// causeOf turns a dialog's cause into the call's, saying who did it.
func causeOf(c sip.Cause, by string) Cause {
	return Cause{Code: string(c.Code), SIP: c.Status, Q850: c.Q850, By: by, Text: c.Text}
}

// signal turns a call's cause into one that can be sent to the far side.
func signal(c Cause) sip.Cause {
	return sip.Cause{Code: sip.Code(c.Code), Status: c.SIP, Q850: c.Q850, Text: c.Text}.Complete()
}

// across is what a cause that ended one leg means to the others.
func across(c Cause) sip.Cause {
	return sip.Cause{Code: sip.Code(c.Code), Status: c.SIP, Q850: c.Q850, Text: c.Text}.Forward()
}

// status is what a far side is told of the error.
func (e *Error) status() int {
	if e.why.Rule != "" {
		return e.why.Refusal()
	}
	return across(e.Cause).Refusal()
}

// Why returns the cause alone, for those who report it elsewhere.
func (e *Error) Why() Cause { return e.Cause }
