package flow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// spokenSlowly runs a flow whose text of two seconds the synthesiser makes at a
// pace of its own, each 100 ms of sound in so much time.
func spokenSlowly(t *testing.T, pace time.Duration, fails error, script string, caller func(*fake)) (f *fake, text string) {
	t.Helper()
	text = strings.Repeat("x", 40)
	b := load(t, flowsOf(map[string]string{"x": "local call = ...\ncall:answer()\nlocal text = '" + text + "'\n" + script}))
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		e, synth, _ := f.engine(b)
		synth.pace = map[string]time.Duration{text: pace}
		if fails != nil {
			synth.fail = map[string]error{text: fails}
		}
		_ = f.play(e, func() { caller(f) })
	})
	f.t = t
	return f, text
}

// TestSayBeginsBeforeItIsAllSpoken: a caller hears the beginning of what is still
// being made, and all of it; the second time it is there.
func TestSayBeginsBeforeItIsAllSpoken(t *testing.T) {
	var began, ended time.Duration
	c, text := spokenSlowly(t, 80*time.Millisecond, nil, `
for i = 1, 2 do
  local r = call:say(text)
  call:log(r.outcome .. r.heard_ms .. "/" .. r.total_ms)
  call:say(r.outcome .. r.heard_ms .. "/" .. r.total_ms)
end`, func(f *fake) {
		start := time.Now()
		f.hears("xxx", 1)
		began = time.Since(start)
		f.waits(func() bool { return f.plays[0].outcome != "" })
		ended = time.Since(start)
	})
	c.wants("say "+text, "say finished2000/2000", "say "+text, "say finished2000/2000")
	if began > 200*time.Millisecond {
		t.Errorf("it began after %v; all of it takes 1.6s to make", began)
	}
	if ended < 2*time.Second || ended > 2200*time.Millisecond {
		t.Errorf("2 s of sound were over after %v", ended)
	}
	if p := c.plays[0]; p.sound.Feed == nil || p.dry > 1 {
		t.Errorf("the first time: a stream: %v, which ran dry %d times", p.sound.Feed != nil, p.dry)
	}
	if p := c.plays[2]; p.sound.Feed != nil {
		t.Error("the second time it was not there")
	}
}

// TestSayWithGaps: where the synthesiser does not keep up there is silence, and
// what was heard is counted to the sample.
func TestSayWithGaps(t *testing.T) {
	c, _ := spokenSlowly(t, 150*time.Millisecond, nil, `
local r = call:say(text)
call:say(r.outcome .. r.heard_ms .. "/" .. r.total_ms)`, listens)
	c.wants("say finished2000/2000")
	if p := c.plays[0]; p.dry < 19*2 {
		t.Errorf("it ran dry for %d frames; each of 20 pieces came 50 ms late", p.dry)
	}
}

// TestSayIsInterrupted: a key stops what is still being made, and the making.
func TestSayIsInterrupted(t *testing.T) {
	c, _ := spokenSlowly(t, 150*time.Millisecond, nil, `
local r = call:say{ text, barge_in = true }
call:say(r.outcome .. r.heard_ms .. "/" .. r.total_ms)`, func(f *fake) {
		f.hears("xxx", 1)
		f.after(470 * time.Millisecond) // three more pieces were made, of four in all
		f.presses("1")
		f.hearsOut()
	})
	c.wants("stopped after 3", "say stopped3") // 360 or 380 ms: a frame may be on its way
}

// TestSayFailsMidway: what was made is heard, then the flow is told.
func TestSayFailsMidway(t *testing.T) {
	c, _ := spokenSlowly(t, 80*time.Millisecond, errBroken, `
local r, err = call:say(text)
call:say(tostring(r) .. " " .. err.code .. " " .. err.message)`, listens)
	c.wants("say nil synthesis say: synthesis: synthesise: broken")
	if p := c.plays[0]; p.played != time.Second {
		t.Errorf("%v was heard of the second that was made", p.played)
	}
}

// TestAskBeginsBeforeItIsAllSpoken: a question is put, paused, and answered while
// it is still being made.
func TestAskBeginsBeforeItIsAllSpoken(t *testing.T) {
	c, text := spokenSlowly(t, 80*time.Millisecond, nil, `
local r = call:ask{ say = text, digits = 1, timeout = "2s" }
call:say(r.kind .. (r.digits or ""))
local r = call:ask{ say = text .. "y", digits = 1, timeout = "2s", tries = 1, speech = false }
call:say(r.kind .. r.heard_ms)`, func(f *fake) {
		f.hears("xxx", 1)
		f.after(600 * time.Millisecond)
		f.presses("7")
	})
	c.wants("say "+text, "stopped after ", "say digits7", "say "+text+"y", "say silence2050")
	if c.plays[0].sound.Feed == nil {
		t.Error("the question was not a stream")
	}
}

// TestHangupWhileItIsMade: nothing is left of a text that nobody waits for.
func TestHangupWhileItIsMade(t *testing.T) {
	c, _ := spokenSlowly(t, time.Second, nil, "call:say(text)", func(f *fake) {
		f.hears("xxx", 1)
		f.after(1500 * time.Millisecond)
		f.hangsUp()
	})
	c.wants("end caller normal", "dropped after 200ms")
}
