//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// The bridge tests let one phone hum 440 Hz and the other 1000 Hz, so that each
// end, and each channel of the recording, tells who was heard.
const low, high = 440, 1000

// bridged asserts what both ends and the recording hold of a bridged call.
func bridged(t *testing.T, c cdr, caller, agent *phone) {
	t.Helper()
	f := func(what string, sound []int16, want, never float64) {
		t.Helper()
		if got := tone(sound, want); got < 1 {
			t.Errorf("%s: %v Hz for %.1f s, want 1 s", what, want, got)
		}
		if got := tone(sound, never); got > 0 {
			t.Errorf("%s: %v Hz for %.1f s, want none", what, never, got)
		}
	}
	f("the caller heard", caller.heard(), high, low)
	f("the agent heard", agent.heard(), low, high)
	if c.Recording == nil {
		t.Fatal("the call was not recorded")
	}
	f("recorded left (caller)", heard(t, c.Recording.Path, 0), low, high)
	f("recorded right (agent)", heard(t, c.Recording.Path, 1), high, low)
	if c.Recording.Lost != 0 {
		t.Errorf("%d samples lost in the recording", c.Recording.Lost)
	}
}

// TestBridgeAgentHangsUp: the agent ends the call; the caller's phone is let go
// by the flow.
func TestBridgeAgentHangsUp(t *testing.T) {
	s := serve(t, setup{})
	agent := s.answer("--tone", "1000@0s", "--hangup", "4s")
	caller := s.dial("agent", "--tone", "440@0s")
	if !agent.ends() || !caller.ends() {
		t.Error("a call did not go well")
	}
	c := s.cdrs(1)[0]
	bridged(t, c, caller, agent)
	if c.Legs[1].Cause.By != "callee" || c.Legs[1].Cause.Code != "normal" {
		t.Errorf("second leg ended with %+v", c.Legs[1].Cause)
	}
}

// TestBridgeCallerHangsUp: the caller ends the call; the agent's phone rings off.
func TestBridgeCallerHangsUp(t *testing.T) {
	s := serve(t, setup{})
	agent := s.answer("--tone", "1000@0s")
	caller := s.dial("agent", "--tone", "440@0s", "--hangup", "8s")
	if !caller.ends() || !agent.ends() {
		t.Error("a call did not go well")
	}
	c := s.cdrs(1)[0]
	bridged(t, c, caller, agent)
	if c.Cause.By != "caller" {
		t.Errorf("ended by %s, want the caller", c.Cause.By)
	}
}

// TestCallerHangsUpWhileAgentRings: the agent's phone stops ringing (CANCEL).
func TestCallerHangsUpWhileAgentRings(t *testing.T) {
	s := serve(t, setup{})
	agent := s.answer("--ring")
	caller := s.dial("agent", "--hangup", "6s")
	caller.ends()
	if !agent.ends() {
		t.Error("a phone that is not to answer was not simply rung off")
	}
	c := s.cdrs(1)[0]
	if c.Cause.By != "caller" || len(c.Legs) != 2 || c.Legs[1].Cause.Code != "cancelled" && c.Legs[1].Cause.Code != "normal" {
		t.Errorf("cdr %+v", c)
	}
	if got := tone(caller.heard(), 425); got < 0.8 {
		t.Errorf("the caller heard %.1f s of ringback", got)
	}
}

// TestAgentRefuses: busy, rejection and an agent who is not there come back to
// the flow, which tells the caller and goes on.
func TestAgentRefuses(t *testing.T) {
	f := func(name string, status string, code string) {
		t.Run(name, func(t *testing.T) {
			s := serve(t, setup{})
			if status != "" {
				s.answer("--reject", status)
			}
			caller := s.dial("agent", "--hangup", "8s")
			caller.ends()
			c := s.cdrs(1)[0]
			if c.Cause.By == "system" || c.AnsweredAt == nil {
				t.Errorf("the call ended with %+v", c.Cause)
			}
			if status != "" && (len(c.Legs) != 2 || c.Legs[1].Cause.Code != code) {
				t.Errorf("legs %+v, want the second %s", c.Legs, code)
			}
		})
	}
	f("busy", "486", "busy")
	f("rejected", "603", "rejected")
	f("nobody there", "", "unreachable")
}

// TestNoAnswer: an agent's phone that rings too long is rung off (CANCEL) and the
// flow learns that nobody answered.
func TestNoAnswer(t *testing.T) {
	dir := bundle(t)
	write(t, filepath.Join(dir, "flows", "impatient.lua"), []byte(`local call = ...
call:answer()
local leg, err = call:dial{ trunk = "agents", to = "agent", timeout = "2s" }
call:log("dial: " .. err.code)
call:say("Nobody is there. Nobody is there at all.")
`))
	s := serve(t, setup{scripts: dir, routes: "  - {to: impatient, flow: impatient}\n"})
	agent := s.answer("--ring")
	caller := s.dial("impatient")
	if !caller.ends() || !agent.ends() {
		t.Error("a call did not go well")
	}
	c := s.cdrs(1)[0]
	if len(c.Legs) != 2 || c.Legs[1].Cause.Code != "no_answer" || c.Cause.By != "flow" {
		t.Errorf("ended with %+v, legs %+v", c.Cause, c.Legs)
	}
	if !strings.Contains(s.log.String(), "dial: no_answer") {
		t.Error("the flow did not learn that nobody answered")
	}
	hears(t, "the caller", caller.heard(), spoken(t, "en", "Nobody is there. Nobody is there at all."))
}

// TestCallerCancels: the caller gives up before anybody has answered (CANCEL);
// the flow is unwound and the record says so.
func TestCallerCancels(t *testing.T) {
	dir := bundle(t)
	write(t, filepath.Join(dir, "flows", "ringing.lua"), []byte("local call = ...\ncall:ring()\ncall:sleep(\"50s\")\n"))
	s := serve(t, setup{scripts: dir, routes: "  - {to: ringing, flow: ringing}\n"})
	caller := s.dial("ringing", "--ringing", "2s")
	if caller.ends() {
		t.Error("a call that nobody answered went well")
	}
	c := s.cdrs(1)[0]
	if c.Cause.Code != "cancelled" || c.Cause.By != "caller" || c.AnsweredAt != nil {
		t.Errorf("ended with %+v, answered %v; want cancelled by the caller, never answered", c.Cause, c.AnsweredAt)
	}
	for _, want := range []string{"180 Ringing", "CANCEL", "487"} {
		if !strings.Contains(caller.out.String(), want) {
			t.Errorf("the caller saw no %s:\n%s", want, caller.out.String())
		}
	}
}

// TestFaxTones: the tones of two fax machines, the caller's CNG and the answer's CED
// (ITU-T T.30), pass a bridge in both directions as they are.
func TestFaxTones(t *testing.T) {
	s := sippServer(t, setup{})
	agent := s.answer("--tone", "2100@0s", "--hangup", "4s")
	caller := s.dial("through", "--tone", "1100@0s")
	ended(t, agent)
	ended(t, caller)
	for who, heard := range map[string]struct {
		sound []int16
		hz    float64
	}{"the caller": {caller.heard(), 2100}, "the agent": {agent.heard(), 1100}} {
		if err := hearsOf(who, heard.sound, heard.hz); err != nil {
			t.Error(err)
		}
	}
	s.cdrs(1)
}
