package door

import (
	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/sip"
	"trunkline/sip/stir"
)

// Origin is what the INVITE that began a call hands down to those that follow from
// it. The zero value is that of a call which we placed.
type Origin struct {
	caller *sip.Caller // who calls, beyond the number; nil of a call we placed
	number string      // the caller's, as known inside
	taken  [][2]string // headers that may cross
	hops   int         // how far further INVITEs may go; 0: as new ones; -1: nowhere

	Attestation *event.Attestation // what came of verifying who calls; nil: nobody has
}

// Origin returns what an arrival hands down.
func (a Arrival) Origin() Origin {
	o := Origin{caller: &a.Caller, number: a.Number, taken: a.Taken, hops: a.MaxForwards, Attestation: attestation(a.Attestation)}
	if o.hops == 0 {
		o.hops = -1
	}
	return o
}

func attestation(r *stir.Result) *event.Attestation {
	if r == nil {
		return nil
	}
	told := &event.Attestation{
		Verstat: string(r.Verstat), Attest: string(r.Attest), OrigID: r.OrigID, Signer: r.Signer, Provider: r.Provider, Diverted: r.Diverted,
	}
	for _, p := range r.Problems {
		told.Problems = append(told.Problems, event.Doubt(p))
	}
	return told
}

// Spent reports whether no INVITE may follow, since this one has come too far.
func (o Origin) Spent() bool { return o.hops < 0 }

// Word writes the INVITE of a leg that was let pass and is placed as number from.
func (d *Door) Word(o Origin, p gate.Pass, from string, headers [][2]string) sip.DialRequest {
	r := sip.DialRequest{
		Trunk: p.Trunk.Data.Name, User: p.To, From: sip.Party{User: p.From}, Headers: headers,
		Taken: o.taken, MaxForwards: o.hops,
		Redirected: func(user string) bool { return d.MayRedirect(p.Trunk, user) },
	}
	if o.caller != nil { // what is known of who calls beyond the number
		shown := *o.caller
		if from != o.number {
			shown.Party.User, shown.Party.Display, shown.Anonymous = p.From, "", false
		} else if shown.Party.User != "" {
			shown.Party.User = p.From
		}
		r.Caller = &shown
	}
	return r
}
