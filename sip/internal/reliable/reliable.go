// Package reliable counts provisional responses that are acknowledged (RFC 3262), in
// both roles: Sender is of those that we send, Receiver of those that come to us.
//
// It is pure state of its dialog: no clock, nothing is sent. Only sip/internal/dialog
// uses it, and sip/internal/line for the name.
package reliable

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Tag is the option tag.
const Tag = "100rel"

// Demand is what a caller and a trunk make of provisional responses together.
type Demand uint8

// The demands.
const (
	None Demand = iota // none is acknowledged
	SDP                // those that carry a session description are
	All                // every one is
)

// Check decides whether provisional responses to an INVITE are acknowledged. A
// caller and a trunk who want opposite things do not meet.
func Check(t *trunk.Trunk, req *gosip.Request) (Demand, *wire.Fault) {
	policy := "supported"
	if t != nil && t.Reliable != "" {
		policy = t.Reliable
	}
	wanted := wire.Has(req, "Require", Tag)
	known := wanted || wire.Has(req, "Supported", Tag)
	switch {
	case wanted && policy == "off":
		return None, &wire.Fault{Status: 420, Why: Tag + " is off", Extra: []string{"Unsupported: " + Tag}}
	case !known && policy == "required":
		return None, &wire.Fault{Status: 421, Why: Tag + " is required", Extra: []string{"Require: " + Tag}}
	case wanted || policy == "required":
		return All, nil
	case known && policy != "off":
		return SDP, nil
	}
	return None, nil
}

// Sender numbers the provisional responses that we send. One is open at a time.
type Sender struct {
	Demand Demand
	rseq   uint32
	open   bool
	sdp    bool
	acked  bool
}

// Wants reports whether a provisional response, with a session description or
// without, is to be acknowledged.
func (s *Sender) Wants(sdp bool) bool { return s.Demand == All || s.Demand == SDP && (sdp || s.open) }

// Open reports whether a response waits for its acknowledgement.
func (s *Sender) Open() bool { return s.open }

// Owes reports whether an answer to the caller's offer waits for its acknowledgement:
// no 2xx may be sent before it (§3).
func (s *Sender) Owes() bool { return s.open && s.sdp }

// Agreed reports whether the caller has acknowledged an answer to his offer.
func (s *Sender) Agreed() bool { return s.acked }

// Number puts the next number on a response, which is open then.
func (s *Sender) Number(res *gosip.Response, sdp bool) {
	if s.rseq == 0 {
		s.rseq = rand.Uint32N(1 << 30) // §3: 1 to 2^31-1, and never around
	}
	s.rseq++
	s.open, s.sdp = true, s.sdp || sdp
	res.AppendHeader(gosip.NewHeader("Require", Tag))
	res.AppendHeader(gosip.NewHeader("RSeq", strconv.FormatUint(uint64(s.rseq), 10)))
}

// Acknowledged takes in a PRACK; seq is that of the INVITE. False: it acknowledges
// nothing that is open.
func (s *Sender) Acknowledged(prack *gosip.Request, seq uint32) bool {
	values := prack.GetHeaders("RAck")
	if !s.open || len(values) != 1 {
		return false
	}
	if strings.Join(strings.Fields(values[0].Value()), " ") != rack(s.rseq, seq) {
		return false
	}
	s.open, s.acked = false, s.sdp
	return true
}

func rack(rseq, seq uint32) string { return fmt.Sprintf("%d %d INVITE", rseq, seq) }

// Receiver takes in the provisional responses of one far side.
type Receiver struct {
	last uint32
	sdp  bool
}

// Verdict is what to do about a provisional response.
type Verdict uint8

// The verdicts.
const (
	Plain   Verdict = iota // it is not to be acknowledged
	Fresh                  // it is, by a PRACK with RAck
	Ignored                // repeated, or one before it was lost: it will come again
)

// Take takes in a response to the INVITE of number seq. rack is what its PRACK says.
func (r *Receiver) Take(res *gosip.Response, seq uint32) (v Verdict, rackValue string) {
	if !wire.Has(res, "Require", Tag) {
		return Plain, ""
	}
	values := res.GetHeaders("RSeq")
	if len(values) != 1 {
		return Plain, ""
	}
	n, err := strconv.ParseUint(strings.TrimSpace(values[0].Value()), 10, 32)
	switch {
	case err != nil || n == 0:
		return Plain, ""
	case r.last != 0 && uint32(n) != r.last+1:
		return Ignored, ""
	}
	r.last, r.sdp = uint32(n), r.sdp || len(res.Body()) > 0
	return Fresh, rack(r.last, seq)
}

// Agreed reports whether the far side has answered our offer for good.
func (r *Receiver) Agreed() bool { return r.sdp }
