package sip

import "trunkline/sip/internal/cause"

// Cause says why a dialog ended and carries its own verdict, so that nobody
// above has to know status codes.
type Cause = cause.Cause

// Code is a stable word for why a dialog ended.
type Code = cause.Code

// The codes.
const (
	Normal      = cause.Normal      // BYE after an answered call
	Busy        = cause.Busy        // 486, 600
	NoAnswer    = cause.NoAnswer    // 480, 408, our own ring time-out
	Rejected    = cause.Rejected    // 403, 603 and what says a person or policy refused
	Cancelled   = cause.Cancelled   // CANCEL, 487
	NotFound    = cause.NotFound    // 404, 410, 484, 604
	Unreachable = cause.Unreachable // no response, transport error, 502, 503, 504
	Media       = cause.Media       // 488, 606, 415: no common codec
	Failed      = cause.Failed      // anything else, 500
	Overload    = cause.Overload    // we have no resources left: 503
)

// New returns a cause with the SIP status and Q.850 value that belong to code.
// An unknown code is Failed.
func New(code Code, text string) Cause { return cause.New(code, text) }

// FromStatus returns the cause a final SIP status stands for.
func FromStatus(status int, text string) Cause { return cause.FromStatus(status, text) }

// Refused returns the cause of a refusal by a rule of ours, which the Reason header
// names. A status of 0 is the one that belongs to code.
func Refused(rule string, code Code, status int, text string) Cause {
	return cause.Refused(rule, code, status, text)
}
