package flow

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/call"
	"trunkline/ivr/queue"
	"trunkline/ivr/sandbox"
)

// waits are the verbs that wait, each in a use that waits for ever, and what else
// a flow can do when its caller hangs up.
func waits() map[string]string {
	return map[string]string{
		"sleep":          `call:sleep "1h"`,
		"say":            `call:say(("x"):rep(9000))`,
		"play":           `call:play{ tone = "440", duration = "60s" }`,
		"ask":            `call:ask{ "name?", timeout = "1h" }`,
		"listen":         `call:listen{ timeout = "1h" }`,
		"secure_collect": `call:secure_collect{ "card?", digits = 16, timeout = "1h" }`,
		"dial":           `call:dial{ trunk = "agents", to = "agent" }`,
		"bridge":         `call:bridge(assert(call:dial{ trunk = "answers", to = "agent" }))`,
		"queue":          `call:queue{ "billing", max_wait = "1h" }`,
		"conference":     `call:conference "room"`,
		"echo":           `call:echo()`,
		"go":             `call:go "again"`,
		"moh":            `call:moh() call:sleep "1h"`,
		"hold":           `call:hold() call:sleep "1h"`,
		"play_pause":     `call:play{ tone = "440", wait = false } call:play_pause() call:sleep "1h"`,
		"on":             `call:on("hangup", function() while true do end end) call:sleep "1h"`,
		"finally":        `call:finally(function() while true do pcall(call.sleep, call, "1h") end end) call:sleep "1h"`,
		"survive_hangup": `call:survive_hangup "5s" while true do pcall(call.sleep, call, "1h") end`,
		"record":         `call:record() call:sleep "1h"`,
	}
}

// atOnce are the verbs that return at once, or that end the call themselves;
// stream, which takes sockets, and park and pickup have tests of their own.
const atOnce = "answer ring reject hangup play_resume play_stop words transfer unhold park pickup dtmf stream stream_stop record_pause " +
	"record_resume prompt node set log"

// TestHangupInEveryVerb: nothing is left behind, which the bubble and the fake
// check, whichever verb the caller hangs up in.
func TestHangupInEveryVerb(t *testing.T) {
	waiting := waits()
	for name := range Shapes() {
		if _, ok := waiting[name]; !ok && !slices.Contains(strings.Fields(atOnce), name) {
			t.Errorf("verb %s is in no list of this test", name)
		}
	}
	for name, script := range waiting {
		t.Run(name, func(t *testing.T) {
			b := load(t, flowsOf(map[string]string{
				"x":     "local call = ...\ncall:answer() call:set{ ready = 1 }\n" + script + "\nerror 'not reached'",
				"again": "local call = ...\ncall:sleep '1h'",
			}))
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t, "x")
				f.dial = func(r call.DialRequest) error {
					if r.Trunk != "answers" {
						<-f.done
						return &call.Error{Verb: "dial", Cause: call.Cause{Code: call.CodeHangup}}
					}
					return nil
				}
				e, _, _ := f.engine(b)
				e.Runner = New(Config{
					Synth: e.cfg.Synth, Recognizers: e.cfg.Recognizers,
					Queues: &office{offers: make(chan queue.Offer), places: make(chan int)},
				})
				_ = f.play(e, func() {
					f.after(3 * time.Second)
					f.hangsUp()
				})
				f.wants("end caller normal")
				f.never("not reached")
				if f.legs != 0 {
					t.Errorf("%d legs are left", f.legs)
				}
			})
		})
	}
}

// TestNeighbours: beside two attackers a well-behaved call has all of its verbs,
// in the time that its own waits take, on a clock that stands still while
// anybody computes.
func TestNeighbours(t *testing.T) {
	b := load(t, flowsOf(map[string]string{
		"loops": "local call = ...\ncall:answer()\nwhile true do pcall(function() while true do end end) end",
		"eats":  "local call = ...\ncall:answer()\nlocal t = {} while true do t[#t + 1] = ('x'):rep(1e5) .. #t end",
		"good":  "local call = ...\ncall:answer()\nfor i = 1, 20 do call:sleep '500ms' call:set{ step = i } end\ncall:say 'done'",
	}))
	synctest.Test(t, func(t *testing.T) {
		e := newPlayer(Config{Synth: &fakeSynth{}, Limits: sandbox.Limits{}}, b)
		ended := make(chan *fake, 3)
		for _, name := range []string{"loops", "eats", "good"} {
			f := newFake(t, name)
			go func() {
				_ = f.play(e, func() {})
				ended <- f
			}()
		}
		for range 3 {
			f := <-ended
			if f.info.Flow != "good" {
				f.wants("failed flows/"+f.info.Flow+".lua:3:", "end system failed")
				continue
			}
			f.wants("say done", "end flow normal")
			if took := f.times.Ended.Sub(f.times.Started); took < 10*time.Second || took > 11*time.Second {
				t.Errorf("the call took %v of its clock, want the 10s of its sleeps and a word", took)
			}
		}
	})
}
