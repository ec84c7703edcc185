package flow

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"trunkline/call"
	"trunkline/ivr/lib"
	"trunkline/ivr/line"
	"trunkline/ivr/queue"
)

// office is a queue of one that offers agents when a test says so.
type office struct {
	offers    chan queue.Offer
	places    chan int
	said      []string
	full      bool
	announces time.Duration
}

func (o *office) Enter(_ context.Context, t queue.Ticket) (queue.Waiting, error) {
	if o.full || t.Queue != "billing" {
		return nil, line.Refusal("queue", "full", "the queue is full")
	}
	o.said = append(o.said, "enter "+t.Context["topic"])
	return o, nil
}

func (o *office) Offers() <-chan queue.Offer { return o.offers }
func (o *office) Places() <-chan int         { return o.places }
func (o *office) Connected() bool            { o.said = append(o.said, "connected"); return true }
func (o *office) Failed()                    { o.said = append(o.said, "failed") }
func (o *office) Leave()                     { o.said = append(o.said, "leave") }
func (o *office) Music() string              { return "" }
func (o *office) Announce() time.Duration    { return o.announces }

// queues plays a flow of one queue verb. The flow tells how it went.
func queues(t *testing.T, args string, o *office, prepare, caller func(*fake)) *fake {
	t.Helper()
	b := load(t, flowsOf(map[string]string{"x": `
local call = ...
call:answer()
local r, err = call:queue{ "billing", ` + args + ` }
call:say(r and ("talked to " .. r.agent .. " after " .. r.waited .. " for " .. r.duration) or ("no: " .. err.code))
`}))
	var f *fake
	synctest.Test(t, func(t *testing.T) {
		o.offers, o.places = make(chan queue.Offer, 3), make(chan int, 3) // of this bubble
		f = newFake(t, "x")
		if prepare != nil {
			prepare(f)
		}
		e := newPlayer(Config{Synth: &fakeSynth{}, Queues: o}, b)
		_ = f.play(e, func() { caller(f) })
	})
	f.t = t
	return f
}

// TestQueue: music until an agent answers; one who does not is told so to the
// queue, and the caller waits on.
func TestQueue(t *testing.T) {
	o := &office{}
	offer := queue.Offer{Trunk: "agents", To: "1001", Ring: 20 * time.Second}
	tries := 0
	c := queues(t, `context = { topic = "refund", n = 3 }`, o, func(f *fake) {
		f.dial = func(r call.DialRequest) error {
			if tries++; tries == 1 {
				return &call.Error{Verb: "dial", Cause: call.Cause{Code: "no_answer"}}
			}
			return nil
		}
	}, func(f *fake) {
		f.sees("say tune")
		f.after(5 * time.Second)
		o.offers <- offer
		f.sees("dial agents 1001 20s")
		f.after(5 * time.Second)
		o.offers <- offer
		f.sees("bridge b")
		f.after(time.Minute)
		f.talk <- call.Cause{Code: "normal", By: call.ByCallee}
	})
	c.wants("say tune", "dial agents 1001 20s", "say tune", "dial agents 1001 20s", "bridge b", "say talked to 1001 after 10 for 60")
	if got := strings.Join(o.said, ", "); got != "enter refund, failed, connected, leave" {
		t.Errorf("the queue was told %s", got)
	}
}

// TestQueueInVain: the caller's patience, key or the queue itself ends the wait, and
// the queue is left in each case; a hang-up too.
func TestQueueInVain(t *testing.T) {
	var o *office
	f := func(args string, prepare func(*office), caller func(*fake), want string) {
		t.Helper()
		o = &office{}
		prepare(o)
		c := queues(t, args, o, nil, caller)
		if want != "" {
			c.wants("say no: " + want)
		}
		if o.full != (len(o.said) == 0) || !o.full && o.said[len(o.said)-1] != "leave" {
			t.Errorf("%s: the queue was told %v", args, o.said)
		}
	}
	nothing := func(*office) {}
	f(`max_wait = "30s"`, nothing, listens, "timeout")
	f(`exit = "*"`, nothing, func(f *fake) { f.sees("say tune"); f.presses("1*") }, "exit")
	f(`exit = "0", announce = "Number {place}."`, func(o *office) { o.announces = 10 * time.Second }, func(f *fake) {
		f.sees("say tune")
		f.presses("55")
		o.places <- 3
		f.hears("Number 3.", 1)
		f.after(100 * time.Millisecond)
		f.presses("0")
	}, "exit")
	f("", func(o *office) { o.full = true }, listens, "full")
	f("", nothing, func(f *fake) { f.sees("say tune"); f.hangsUp() }, "")
}

// TestQueueAnnounces the caller's place now and then.
func TestQueueAnnounces(t *testing.T) {
	o := &office{}
	o.announces = 30 * time.Second
	c := queues(t, `announce = "You are number {place}.", max_wait = "70s"`, o, nil, func(f *fake) {
		f.sees("say tune")
		o.places <- 2
		f.hears("You are number 2.", 1)
		o.places <- 1
		f.hears("You are number 1.", 1)
	})
	c.wants("say tune", "say You are number 2.", "say tune", "say You are number 1.", "say tune", "say no: timeout")
}

// TestNoQueues: without any, flows get an error and go on.
func TestNoQueues(t *testing.T) {
	plays(t, `local r, err = call:queue("billing") call:answer() call:say(err.code)`, nil, listens).wants("say not_found")
}

// TestHoldAndPark: the far side is on hold with music; a slot is announced before
// the wait.
func TestHoldAndPark(t *testing.T) {
	c := plays(t, `
call:answer()
call:hold()
call:unhold()
local r = call:park{ say = "Your slot is {slot}.", timeout = "30s" }
call:say(r.slot .. " after " .. r.waited)
local r = call:pickup("701")
call:say(r.by .. " " .. r.duration)
`, nil, listens)
	c.wants("hold with tune", "unhold", "say Your slot is 701.", "park  with tune", "say 701 after 30", "pickup 701", "say callee 60")
}

// TestMoh: music in the background, the bundle's own before the tune, until
// something else is said.
func TestMoh(t *testing.T) {
	wav := wavFile(t, 8000)
	c := plays(t, `
call:answer()
call:moh()
call:sleep("1s")
call:say("thanks")
local ok, err = call:moh("gone.wav")
call:say(err.code)
`, nil, listens, fstest.MapFS{"prompts/moh.wav": &fstest.MapFile{Data: wav}})
	c.wants("say moh.wav", "say thanks", "say file")
	if p := c.plays[0]; p.sound.How.Loop != -1 || p.outcome != "replaced" {
		t.Errorf("music: loop %d, %s; want it for ever, and replaced", p.sound.How.Loop, p.outcome)
	}
	plays(t, "call:answer() call:moh() call:sleep('1s')", nil, listens).wants("say tune")
}

// TestHangupInALibrary: what waits in a library's function ends with the call, as
// verbs do; in finally, libraries work.
func TestHangupInALibrary(t *testing.T) {
	var f *fake
	b := load(t, flowsOf(map[string]string{"x": `
local call = ...
call:answer()
call:finally(function() call:log("at last " .. kv.get("k")) end)
local v = kv.get("slow")
call:log("after " .. tostring(v))
kv.set{ "k", value = "reached" }
`}))
	store := &slowKV{values: map[string]string{"k": `"here"`}}
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		store.gone = f.done
		e := newPlayer(Config{Synth: &fakeSynth{}, Libraries: lib.Deps{KV: store}}, b)
		_ = f.play(e, func() {
			f.after(time.Second)
			f.hangsUp()
		})
	})
	if got := store.values["k"]; got != `"here"` || store.asked != 2 {
		t.Errorf("k is %s after %d questions; want the script to end in the first, and finally to ask the second", got, store.asked)
	}
}

// slowKV answers the key "slow" when the call is over.
type slowKV struct {
	lib.KV
	values map[string]string
	gone   <-chan struct{}
	asked  int
}

func (s *slowKV) Get(_ context.Context, _, key string) (string, error) {
	s.asked++
	if key == "slow" {
		<-s.gone
	}
	return s.values["k"], nil
}

func (s *slowKV) Set(_ context.Context, _, key, value string, _ time.Duration) error {
	s.values[key] = value
	return nil
}

// TestMessages reach the script while it sleeps at once, else behind the verb that
// waits.
func TestMessages(t *testing.T) {
	c := plays(t, `
call:answer()
call:on("message", function(text) call:log("got " .. text) call:set{ last = text } end)
call:sleep("10s")
call:say(call.vars.last)
call:say("a long text for somebody to listen to")
call:say(call.vars.last)
`, nil, func(f *fake) {
		f.after(2 * time.Second)
		f.inputs <- call.Input{Kind: call.MessageReceived, Text: "one"}
		f.hears("long text", 1)
		f.inputs <- call.Input{Kind: call.MessageReceived, Text: "two"}
	})
	c.wants("say one", "say a long text", "say two")
}

// TestSayValues: a value is put into words, or together of recordings.
func TestSayValues(t *testing.T) {
	c := plays(t, `
call:answer()
call:say{ "150.30 CNY", as = "money", lang = "zh" }
call:say("It is " .. call:words{ "2026-11-21", as = "date", lang = "en" } .. ".")
call:say{ "3", as = "count", unit = "message", lang = "en" }
local ok, err = call:say{ "12", as = "digits", lang = "en", recorded = true }
call:say(err.code)
`, nil, listens)
	c.wants("say 一百五十块三", "say It is November", "say three messages", "say file")
	wav := wavFile(t, 8000)
	c = plays(t, `call:answer() call:say{ "12", as = "digits", lang = "en", recorded = true }`, nil, listens, fstest.MapFS{
		"prompts/en/digits/1.wav": &fstest.MapFile{Data: wav}, "prompts/en/digits/2.wav": &fstest.MapFile{Data: wav},
	})
	if n := len(c.plays[0].sound.Clips); n != 2 {
		t.Errorf("%d recordings were played, want 2", n)
	}
	f := func(script, want string) {
		t.Helper()
		if got, _, _ := strings.Cut(plays(t, script, nil, listens).failed(), "\n"); got != "flows/x.lua:2: "+want {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
	}
	f(`call:words("3")`, "words: argument as is missing: what the value is")
	f(`call:say{ "x", as = "money" }`, `say: money "x": want an amount such as 105.30, or with its currency: 105.30 CNY`)
}
