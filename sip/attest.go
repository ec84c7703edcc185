package sip

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
	"github.com/nyaruka/phonenumbers"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/wire"
	"trunkline/sip/stir"
)

// notary signs calls that leave and verifies those that come.
type notary struct {
	signer   *stir.Signer   // nil: there is no key
	verifier *stir.Verifier // nil: nobody is trusted
}

// verifyTime is how long a call waits for the certificates of its signatures.
const verifyTime = 3 * time.Second

// ruleStir names refusals of calls whose signatures are not good.
const ruleStir = "stir"

func newNotary(cfg Stir) (n notary, err error) {
	if cfg.Sign != nil {
		if n.signer, err = stir.NewSigner(*cfg.Sign); err != nil {
			return n, err
		}
	}
	if cfg.Verify == nil {
		return n, nil
	}
	if cfg.Fetcher == nil {
		return n, errors.New("stir: verify: nothing gets certificates")
	}
	n.verifier, err = stir.NewVerifier(*cfg.Verify, cfg.Fetcher)
	return n, err
}

// serves reports whether it can do what a trunk wants.
func (n notary) serves(t *Trunk) error {
	switch {
	case n.signer == nil && signs(t):
		return fmt.Errorf("stir: %s: there is no key to sign with", t.Stir)
	case n.verifier == nil && verifies(t):
		return fmt.Errorf("stir: %s: there are no roots to verify with", t.Stir)
	}
	return nil
}

func signs(t *Trunk) bool    { return t.Stir == "sign" || t.Stir == "both" }
func verifies(t *Trunk) bool { return t.Stir == "verify" || t.Stir == "both" }

// sign adds the signature to a call through a trunk. A caller who is to be hidden
// from the trunk is not named by a signature either, and where not both are numbers
// there is nothing to sign: the call leaves without.
func (n notary) sign(r *DialRequest, t *Trunk, now time.Time) error {
	if n.signer == nil || !signs(t) {
		return nil
	}
	from, customer := r.From.User, true // what begins here is ours
	if c := r.Caller; c != nil {
		if c.Anonymous && t.Identity.Send == "from" && t.Identity.Privacy != "ignore" {
			return nil
		}
		from, customer = c.User, c.Customer
	}
	if from == "" {
		from = t.From
	}
	orig, dest := whole(from, t.Numbers.Region), whole(strings.TrimPrefix(r.User, t.Numbers.Prefix), t.Numbers.Region)
	if orig == "" || dest == "" {
		return nil
	}
	identity, date, err := n.signer.Sign(orig, dest, n.signer.Attest(orig, customer), now)
	if err != nil {
		return err
	}
	r.Headers = append(r.Headers[:len(r.Headers):len(r.Headers)], [2]string{"Identity", identity}, [2]string{"Date", date})
	return nil
}

// whole returns a number with its country, +4930123; "" for what is none.
func whole(number, region string) string {
	if region == "" && !strings.HasPrefix(number, "+") {
		return ""
	}
	n, err := phonenumbers.Parse(number, region)
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return ""
	}
	return phonenumbers.Format(n, phonenumbers.E164)
}

// verify judges the signatures of a call that has come, before anybody hears of it.
// It waits for certificates, so it runs on the goroutine of the call, and ends early
// when the caller gives up. false: the call is refused, or over.
func (e *Endpoint) verify(in *Incoming, req *gosip.Request) bool {
	if e.notary.verifier == nil || !verifies(in.Trunk) {
		return true
	}
	ctx, cancel := context.WithTimeout(in.Context(), verifyTime) // and no sink, or whoever takes the call would miss its end
	defer cancel()
	region := in.Trunk.Numbers.Region
	call := stir.Call{Orig: whole(in.Caller.User, region), Dest: []string{whole(in.To.User, region)}}
	if to := whole(wire.UserOf(req.To().Address), region); to != call.Dest[0] {
		call.Dest = append(call.Dest, to)
	}
	for _, name := range []string{"Identity", "y"} { // RFC 8224 §4.1: its compact form
		for _, h := range req.GetHeaders(name) {
			call.Identities = append(call.Identities, h.Value())
		}
	}
	if h := req.GetHeader("Date"); h != nil {
		call.Date = h.Value()
	}
	result := e.notary.verifier.Verify(ctx, call, time.Now())
	if in.Context().Err() != nil {
		return false
	}
	in.Attestation = &result
	status, phrase := e.notary.verifier.Refusal(result)
	if status == 0 {
		return true
	}
	e.refused(ruleStir, in.Source, "status", status, "why", phrase, "verstat", string(result.Verstat), "call_id", wire.Clean(in.CallID()))
	c := cause.FromStatus(status, phrase)
	c.Rule = ruleStir
	in.Hangup(c)
	return false
}
