package sip

// Cause says why a dialog ended and carries its own verdict, so that nobody
// above has to know status codes.
type Cause struct {
	Code   Code   // stable word for programs
	Status int    // SIP status, when one was sent or received
	Q850   int    // Q.850 cause value
	Remote bool   // the far side ended it
	Text   string // reason phrase or further explanation
}

// Code is a stable word for why a dialog ended.
type Code string

// The codes. Each has a row in causes, which maps it to SIP and Q.850 and back.
const (
	Normal      Code = "normal"      // BYE after an answered call
	Busy        Code = "busy"        // 486, 600
	NoAnswer    Code = "no_answer"   // 480, 408, our own ring time-out
	Rejected    Code = "rejected"    // 403, 603 and what says a person or policy refused
	Cancelled   Code = "cancelled"   // CANCEL, 487
	NotFound    Code = "not_found"   // 404, 410, 484, 604
	Unreachable Code = "unreachable" // no response, transport error, 502, 503, 504
	Media       Code = "media"       // 488, 606, 415: no common codec
	Failed      Code = "failed"      // anything else, 500
	Overload    Code = "overload"    // we have no resources left: 503
)

// Error makes a Cause an error: "busy (SIP 486, Q.850 17)".
func (c Cause) Error() string { panic("unwritten") }

// Retry reports whether another trunk might succeed where this one failed.
func (c Cause) Retry() bool { panic("unwritten") }

// FromStatus returns the cause a final SIP status stands for.
func FromStatus(status int, text string) Cause { panic("unwritten") }

// New returns a cause with the SIP status and Q.850 value that belong to code.
func New(code Code, text string) Cause { panic("unwritten") }
