// Package cause knows why calls end: the words of ours, what they are in SIP and in
// Q.850, and how a Reason header says it. It is pure tables and parsing, and works
// on header values, so that it needs no SIP stack. Only sip uses it, which shows its
// types as its own:
//
//   - a final response is FromResponse, a BYE or CANCEL is FromRequest, both with
//     Reasons(the values of all Reason headers);
//   - what a leg ended with ends the other leg of its call as Forward() says;
//   - whatever is sent, Reasons() are the values of its Reason headers, the rule that
//     refused a call among them.
//
// docs/causes.md is written from the tables here; TestDocs keeps them in step:
// go test ./sip/internal/cause -update
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
	Rule   string // which rule of ours refused, such as limit_calls; none when no rule did
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

// FromStatus returns the cause a final SIP status stands for.
func FromStatus(status int, text string) Cause {
	m := meaningOf(status)
	return Cause{Code: m.code, Status: status, Q850: m.q850, Text: text}
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
