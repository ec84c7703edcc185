// Package fault is why things end and why wishes are not granted: the causes of a call
// and of its dialogs, what each means in the other's words, and the error that carries
// one.
//
// It is values and functions, without state. Only package call uses it, which shows
// Error to everybody.
package fault

import (
	"errors"
	"fmt"

	"trunkline/call/event"
	"trunkline/sip"
)

// Codes of an Error beyond those of package sip.
const (
	Hangup  = "hangup"  // the call is over
	Timeout = "timeout" // the context ended first
	Invalid = "invalid" // the wish makes no sense now; Text says why
	Refused = "refused" // the gate said no; Text names the rule
)

// Error is why a wish was not granted. Code is a stable word: a sip.Code or one of
// the codes of this package.
type Error struct {
	Verb string // answer, dial, bridge, …
	event.Cause
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

// Why returns the cause alone, for those who report it elsewhere.
func (e *Error) Why() event.Cause { return e.Cause }

// New makes an Error.
func New(verb, code, text string) *Error {
	return &Error{Verb: verb, Cause: event.Cause{Code: code, Text: text}}
}

// Over is the error of a verb whose call has ended.
func Over(verb string) *Error { return New(verb, Hangup, "the call is over") }

// Rule is the error of a verb that the gate refuses, in a sip.Cause.
func Rule(verb string, err error) *Error {
	var why sip.Cause
	if !errors.As(err, &why) {
		return New(verb, Refused, err.Error())
	}
	e := New(verb, Refused, why.Rule+": "+why.Text)
	if why.Rule == "no_such_trunk" || why.Rule == "number" || why.Rule == "no_number" {
		e.Code = Invalid
	}
	e.why = why
	return e
}

// Verdict is what an error ends a call with, and what the far side is told.
func Verdict(err error) (event.Cause, sip.Cause) {
	var e *Error
	switch {
	case !errors.As(err, &e):
		c := event.Cause{Code: string(sip.Failed), Q850: sip.New(sip.Failed, "").Q850, By: event.BySystem, Text: err.Error()}
		return c, Signal(c)
	case e.why.Rule != "":
		return Of(e.why, event.BySystem), e.why
	}
	return e.Cause, Across(e.Cause)
}

// Status is what a far side is told of an error.
func Status(e *Error) int {
	_, told := Verdict(e)
	return told.Refusal()
}

// OrNil is err without the trap of a nil that is typed.
func OrNil(err *Error) error {
	if err == nil {
		return nil
	}
	return err
}

// Of turns a dialog's cause into the call's, saying who did it.
func Of(c sip.Cause, by string) event.Cause {
	return event.Cause{Code: string(c.Code), SIP: c.Status, Q850: c.Q850, By: by, Text: c.Text}
}

// Signal turns a call's cause into one that can be sent to the far side.
func Signal(c event.Cause) sip.Cause { return bare(c).Complete() }

// Across is what a cause that ended one leg means to the others.
func Across(c event.Cause) sip.Cause { return bare(c).Forward() }

func bare(c event.Cause) sip.Cause {
	return sip.Cause{Code: sip.Code(c.Code), Status: c.SIP, Q850: c.Q850, Text: c.Text}
}
