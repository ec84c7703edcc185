// Package stir signs and verifies who calls: STIR (RFC 8224, RFC 8225, RFC 8226)
// with SHAKEN (RFC 8588) and diverted calls (RFC 8946). A Signer makes the Identity
// header of a call that leaves; a Verifier judges those of a call that comes, and
// its Result is what events tell.
//
// The SIP stack hands over header values and canonical numbers, and gets headers
// and a Result back: nothing here knows messages or trunks. Verify may wait for a
// certificate; it is called by the goroutine of the call, never by a transport.
// What can be decided without the certificate is decided first, so that nobody can
// have us fetch by sending nonsense. Certificates come through the one guarded
// client (internal/fetch) and are kept.
//
// The signature of a PASSporT is a JWS of RFC 7515, of which 8225 leaves one form,
// one algorithm and one place for the key. A JWT library would decode headers it
// does not know into maps, choose algorithms by what the token says, and check
// claims that a PASSporT does not have; what remains of it is two calls to
// crypto/ecdsa, which are made here.
//
// Not supported: the compact form, which SHAKEN forbids; certificates with claim
// constraints, which are refused; revocation lists.
package stir

import (
	"strings"

	"trunkline/sip/internal/cause"
)

// Attest says how much the signer knows (RFC 8588).
type Attest string

// Attestations.
const (
	Full    Attest = "A" // the customer, and that the number is theirs
	Partial Attest = "B" // the customer
	Gateway Attest = "C" // where the call came in
)

// Verstat is the word for what came of a verification, as in the verstat parameter
// of ATIS-1000074 and TS 24.229.
type Verstat string

// The words.
const (
	Passed  Verstat = "TN-Validation-Passed"
	Failed  Verstat = "TN-Validation-Failed"
	Unknown Verstat = "No-TN-Validation" // nothing there that could be verified
)

// Result is what a verification found out about a call.
type Result struct {
	Verstat  Verstat   `json:"verstat"`
	Attest   Attest    `json:"attest,omitempty"`
	OrigID   string    `json:"origid,omitempty"`   // whom the signer means, in a word of their own
	Signer   string    `json:"signer,omitempty"`   // subject of the certificate
	Provider string    `json:"provider,omitempty"` // service provider code in the certificate
	Diverted []string  `json:"diverted,omitempty"` // numbers the call was for before, the last first
	Problems []Problem `json:"problems,omitempty"` // of each Identity header that was not good
}

// Problem is why an Identity header is not good.
type Problem struct {
	Status int    `json:"status"` // 403, 428, 436, 437 or 438 (RFC 8224 §6.2.2)
	Text   string `json:"text"`
}

// phrases are the reason phrases of RFC 8224 §6.2.2.
var phrases = map[int]string{
	403: "Stale Date", 428: "Use Identity Header", 436: "Bad Identity Info",
	437: "Unsupported Credential", 438: "Invalid Identity Header",
}

// Phrase returns the reason phrase of a problem's status.
func (p Problem) Phrase() string { return phrases[p.Status] }

// Reasons returns values of Reason headers that tell the signer what is wrong,
// also when the call goes on (RFC 9410).
func (r Result) Reasons() []string {
	var list []string
	for _, p := range r.Problems {
		list = append(list, cause.Reason{Protocol: cause.STIR, Cause: p.Status, Text: p.Phrase()}.String())
	}
	return list
}

// Canonical writes a number as a PASSporT has it: digits, without the plus of E.164
// (RFC 8224 §8.3). What is not a number is nothing. The number must be a whole one,
// with its country.
func Canonical(number string) string {
	var b strings.Builder
	for i := range len(number) {
		switch c := number[i]; {
		case c >= '0' && c <= '9', c == '*', c == '#':
			b.WriteByte(c)
		case c == '+' && i == 0, strings.IndexByte("-.() ", c) >= 0:
		default:
			return ""
		}
	}
	if b.Len() > 32 {
		return ""
	}
	return b.String()
}
