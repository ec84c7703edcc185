package flow

import (
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func parkVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "park",
		Doc: "Lets the caller wait, with music, in a slot from which another call picks them up: by pickup in its flow, or by the API. " +
			"Being picked up ends this call and its flow; the caller's leg goes on in the other.",
		Args: []verb.Arg{
			{Name: "slot", Kind: value.Text, Lead: true, Doc: "name of the slot; else a free number from 701 on"},
			{Name: "say", Kind: value.Text, Doc: "what the caller hears first, with {slot} for the slot"},
			{Name: "timeout", Kind: value.Duration, Default: "10m", Positive: true, Doc: "how long the caller waits at most"},
			musicArg(false),
			langArg(),
		},
		Result: "a table: slot, waited (seconds), when nobody has come in time; or nil and an error with code busy when the slot is taken",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		music, err := r.music("park", a.Text("music"))
		if err != nil {
			return nil, err
		}
		q := call.ParkRequest{Slot: a.Text("slot"), Timeout: a.Duration("timeout"), Music: music}
		if text := a.Text("say"); text != "" {
			q.Told = func(slot string) {
				s := spokenText{text: strings.ReplaceAll(text, "{slot}", slot), lang: r.lang(a.Text("lang"))}
				if _, err := r.speak(r.ctx, s); err != nil {
					r.log.Warn("the slot is not announced", "error", err)
				}
			}
		}
		p, err := r.line.Park(r.ctx, q)
		if err != nil {
			return nil, err
		}
		t := r.L.CreateTable(0, 2)
		t.RawSetString("slot", lua.LString(p.Slot))
		t.RawSetString("waited", lua.LNumber(p.Waited.Seconds()))
		return t, nil
	}}
}

func pickupVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "pickup",
		Doc:  "Connects the caller with who is parked in a slot, and waits until that one has hung up; the flow then goes on with the caller.",
		Args: []verb.Arg{
			{Name: "slot", Kind: value.Text, Lead: true, Required: true, Doc: "the slot"},
		},
		Result: "what bridge returns; or nil and an error with code not_found when nobody is parked there",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		res, err := r.line.Pickup(r.ctx, a.Text("slot"))
		if err != nil {
			return nil, err
		}
		return r.bridgeTable(res), nil
	}}
}
