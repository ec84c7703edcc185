package flow

import (
	"testing"

	"trunkline/call"
)

// TestBridgeGone: a leg that has hung up before is no conversation.
func TestBridgeGone(t *testing.T) {
	c := plays(t, `call:answer()
local leg = call:dial{ trunk = "agents", to = "agent" }
local talk, err = call:bridge(leg)
call:say(tostring(talk) .. " " .. err.code .. " " .. err.message)`, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, func(f *fake) {
		f.sees("bridge b")
		f.talk <- call.Cause{Code: "normal"}
		listens(f)
	})
	c.wants("say nil invalid bridge: invalid: the leg has hung up already: normal")
}

// TestListenIsNotAsk: an error names the verb that the script has used.
func TestListenIsNotAsk(t *testing.T) {
	c := plays(t, `call:answer()
local r, err = call:listen{ lang = "fr" }
call:say(err.message)`, nil, listens)
	c.wants("say listen: recognition: no recogniser for language fr")
}

// TestNoSuchTrunk is told as scripts know it, without the name of the gate's rule.
func TestNoSuchTrunk(t *testing.T) {
	c := plays(t, `call:answer()
local leg, err = call:dial{ trunk = "agnets", to = "1" }
call:say(err.message)`, func(f *fake) {
		f.dial = func(call.DialRequest) error {
			return &call.Error{Verb: "dial", Cause: call.Cause{Code: call.CodeInvalid, Text: "no_such_trunk: no such trunk: agnets"}}
		}
	}, listens)
	c.wants("say dial: not_found: no such trunk: agnets")
}
