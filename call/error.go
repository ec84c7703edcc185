package call

import (
	"fmt"

	"trunkline/call/event"
	"trunkline/call/internal/line"
	"trunkline/sip"
)

// Who ended a leg or a call.
const (
	ByCaller = event.ByCaller
	ByCallee = event.ByCallee
	ByFlow   = event.ByFlow
	ByAPI    = event.ByAPI
	BySystem = event.BySystem
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

// status is what a far side is told of the error.
func (e *Error) status() int {
	if e.why.Rule != "" {
		return e.why.Refusal()
	}
	return line.Across(e.Cause).Refusal()
}

// Why returns the cause alone, for those who report it elsewhere.
func (e *Error) Why() Cause { return e.Cause }
