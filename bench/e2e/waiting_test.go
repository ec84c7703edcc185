//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"
)

// music is what callers wait with in these tests, Hz.
const music = 600

// musical is a directory of scripts with one flow and that music.
func musical(t *testing.T, lua string) string {
	t.Helper()
	dir := bundleOf(t, lua)
	run(t, "sox", "-n", "-r", "8000", "-b", "16", filepath.Join(dir, "prompts", "moh.wav"), "synth", "3", "sine", "600", "gain", "-10")
	return dir
}

// TestQueue: two callers wait for one agent, with music, and hear their place. The
// first talks to the agent, who hangs up; then the second, who hangs up itself. A
// third has no patience and is told so.
func TestQueue(t *testing.T) {
	s := serve(t, setup{
		bare: true, routes: "  - {to: billing, flow: main, vars: {lang: en}}\n  - {to: nobody, flow: main, vars: {lang: en}}\n",
		keys: "queues:\n  - {name: billing, agents: [{trunk: agents, to: \"1\"}], ring: 20s, wrap_up: 4s, announce: 3s}\n" +
			"  - {name: nobody, agents: [{trunk: spare, to: \"2\"}], ring: 5s}\n",
		trunks: "  - {name: spare, target: SPARE, from: trunkline}\n",
		scripts: musical(t, `local call = ...
call:answer()
call:record()
local r, err = call:queue{ call.to, announce = "You are number {place}.", max_wait = call.to == "nobody" and "3s" or "60s" }
call:log(call.from .. ": " .. (r and r.by or err.code))
call:play{ tone = "1700", duration = "2s" }
`)})
	first := s.answer("--answer-after", "5s", "--tone", "1000@0s", "--hangup", "4s")
	one := s.dial("billing", "--from", "one", "--tone", "440@0s")
	s.hearMore(1, one)
	two := s.dial("billing", "--from", "two", "--tone", "440@0s")
	impatient := s.dial("nobody", "--from", "three", "--tone", "440@0s")
	ended(t, first, one, impatient)
	second := s.answer("--tone", "1300@0s")
	s.await("the second caller talks", func() bool { return tone(two.heard(), 1300) > 1 })
	two.hangup()
	ended(t, two, second)
	hums(t, "the first agent", first.heard(), low, high, music)
	hums(t, "the second agent", second.heard(), low, 1300, music)
	for p, notes := range map[*phone][]float64{one: {music, high, 1700}, two: {music, 1300}, impatient: {music, 1700}} {
		for _, hz := range notes {
			hums(t, "a caller", p.heard(), hz, low)
		}
	}
	hears(t, "the second caller", two.heard(), spoken(t, "en", "You are number 2."))
	for _, want := range []string{"one: callee", "three: timeout"} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("no flow said %q", want)
		}
	}
	for _, c := range s.cdrs(3) {
		if by := map[string]string{"two": "caller"}[c.From]; by != "" && c.Cause.By != by || by == "" && c.Cause.By != "flow" {
			t.Errorf("the call of %s ended with %+v", c.From, c.Cause)
		}
		hums(t, "the record of "+c.From, heard(t, c.Recording.Path, 0), low)
		hums(t, "the record of what "+c.From+" heard", heard(t, c.Recording.Path, 1), music)
	}
}

// TestHold: a flow puts the caller on hold, who hears music and is not heard, and
// takes it back.
func TestHold(t *testing.T) {
	s := serve(t, setup{
		bare: true, routes: "  - {to: hold, flow: main}\n",
		scripts: musical(t, `local call = ...
call:answer()
call:record()
call:play{ tone = "1000", duration = "2s" }
assert(call:hold{ blank = true })
call:sleep "3s"
assert(call:unhold())
call:play{ tone = "1700", duration = "3s" }
`)})
	p := s.dial("hold", "--tone", "440@0s")
	ended(t, p)
	for _, hz := range []float64{high, music, 1700} {
		hums(t, "the caller", p.heard(), hz, low)
	}
	if !strings.Contains(p.out.String(), "a=sendonly") && strings.Count(p.out.String(), "◀── INVITE") < 2 {
		t.Errorf("the caller was not told of the hold:\n%s", p.out.String())
	}
	c := s.cdrs(1)[0]
	hums(t, "the record of the caller", heard(t, c.Recording.Path, 0), low)
	hums(t, "the record of what it heard", heard(t, c.Recording.Path, 1), 1700, music)
	between(t, "seconds of pause in the record", c.Recording.Paused, 2.5, 4.5)
}

// TestParkAndPickUp: a caller waits in a slot, another one fetches it, they talk,
// and the parked one hangs up.
func TestParkAndPickUp(t *testing.T) {
	s := serve(t, setup{
		bare: true, routes: "  - {to: park, flow: main}\n  - {to: fetch, flow: main}\n",
		scripts: musical(t, `local call = ...
call:answer()
if call.to == "park" then
  call:park{ "tea" }
  return
end
local talk, err = call:pickup "tea"
call:log("picked up: " .. (talk and talk.by or err.code))
call:play{ tone = "1700", duration = "2s" }
`)})
	parked := s.dial("park", "--tone", "440@0s")
	s.hearMore(3, parked)
	fetching := s.dial("fetch", "--tone", "1000@0s")
	s.hearMore(3, fetching)
	parked.hangup()
	ended(t, parked, fetching)
	hums(t, "who was parked", parked.heard(), music, low)
	hums(t, "who was parked", parked.heard(), high)
	hums(t, "who fetched it", fetching.heard(), low, high, music)
	hums(t, "who fetched it, afterwards", last(fetching.heard(), 3), 1700)
	for _, c := range s.cdrs(2) {
		if c.Cause.Code != "normal" && c.To == "fetch" {
			t.Errorf("the call to %s ended with %+v", c.To, c.Cause)
		}
	}
}
