// Package cause knows why calls end: the words of ours, and what they are in SIP
// and in Q.850. It is pure tables. Only sip uses it, which shows its types as its
// own.
package cause

import (
	"fmt"
	"strings"
)

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

// row is what we send for a code.
type row struct {
	code   Code
	status int
	q850   int
}

// causes are what each code stands for on the wire when we are the one who
// ends the dialog (Q.850 values after RFC 3398 §8.2.6.1 and Q.850 §2.2).
var causes = []row{
	{Normal, 200, 16},
	{Busy, 486, 17},
	{NoAnswer, 480, 19},
	{Rejected, 603, 21},
	{Cancelled, 487, 16},
	{NotFound, 404, 1},
	{Unreachable, 502, 38},
	{Media, 488, 88},
	{Failed, 500, 41},
	{Overload, 503, 42},
}

// meaning is what a final response means to us.
type meaning struct {
	code Code
	q850 int // RFC 3398 §7.2.4.1
}

// statuses are what a received status means; what is not here is Failed.
var statuses = map[int]meaning{
	200: {Normal, 16},
	400: {Failed, 41},
	401: {Rejected, 21}, 402: {Rejected, 21}, 403: {Rejected, 21}, 407: {Rejected, 21},
	404: {NotFound, 1}, 410: {NotFound, 22}, 484: {NotFound, 28}, 485: {NotFound, 1}, 604: {NotFound, 1},
	405: {Failed, 63}, 406: {Media, 79}, 408: {NoAnswer, 102},
	413: {Failed, 127}, 414: {Failed, 127}, 415: {Media, 79}, 416: {Failed, 127},
	420: {Failed, 127}, 421: {Failed, 127}, 423: {Failed, 127},
	480: {NoAnswer, 18}, 481: {Failed, 41}, 482: {Failed, 25}, 483: {Failed, 25},
	486: {Busy, 17}, 600: {Busy, 17},
	487: {Cancelled, 16},
	488: {Media, 88}, 606: {Media, 88},
	500: {Failed, 41}, 501: {Failed, 79},
	502: {Unreachable, 38}, 503: {Unreachable, 41}, 504: {Unreachable, 102},
	505: {Failed, 127}, 513: {Failed, 127},
	603: {Rejected, 21}, 607: {Rejected, 21}, 608: {Rejected, 21},
}

// Error makes a Cause an error: "busy (SIP 486, Q.850 17)", followed by ": " and
// the text when there is one.
func (c Cause) Error() string {
	var parts []string
	if c.Status != 0 {
		parts = append(parts, fmt.Sprintf("SIP %d", c.Status))
	}
	if c.Q850 != 0 {
		parts = append(parts, fmt.Sprintf("Q.850 %d", c.Q850))
	}
	text := string(c.Code)
	if len(parts) > 0 {
		text += " (" + strings.Join(parts, ", ") + ")"
	}
	if c.Text != "" {
		text += ": " + c.Text
	}
	return text
}

// Retry reports whether another trunk might succeed where this one failed: the
// trunk was the trouble, not the person called.
func (c Cause) Retry() bool {
	switch c.Code {
	case Unreachable, Overload, Failed:
		return true
	case Rejected, Media: // policy and codecs differ by trunk; 6xx speaks for all of them
		return c.Status >= 400 && c.Status < 500
	case Normal, Busy, NoAnswer, Cancelled, NotFound:
	}
	return false
}

// FromStatus returns the cause a final SIP status stands for.
func FromStatus(status int, text string) Cause {
	row, ok := statuses[status]
	if !ok {
		row.code, row.q850 = Failed, 127 // interworking, unspecified
	}
	return Cause{Code: row.code, Status: status, Q850: row.q850, Text: text}
}

// New returns a cause with the SIP status and Q.850 value that belong to code.
// An unknown code is Failed.
func New(code Code, text string) Cause {
	for _, row := range causes {
		if row.code == code {
			return Cause{Code: code, Status: row.status, Q850: row.q850, Text: text}
		}
	}
	return Cause{Code: Failed, Status: 500, Q850: 41, Text: text}
}

// Complete fills in the numbers that whoever made the cause left out.
func (c Cause) Complete() Cause {
	full := New(c.Code, c.Text)
	if c.Status == 0 {
		c.Status = full.Status
	}
	if c.Q850 == 0 {
		c.Q850 = full.Q850
	}
	c.Code = full.Code
	return c
}

// Refusal returns the status that refuses an INVITE for this cause.
func (c Cause) Refusal() int {
	switch {
	case c.Status >= 300 && c.Status <= 699:
		return c.Status
	case c.Code == Normal: // hanging up on somebody who rings
		return 603
	default:
		return New(c.Code, "").Status
	}
}
