package flow

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/ivr/trace"
)

// card passes the check of payment cards.
const card = "4111111111111111"

// TestSecureCollect: the digits come as a secret, while recording and traces are
// blind; nothing that a script does with them leaves a digit in log, events or trace.
func TestSecureCollect(t *testing.T) {
	b := load(t, flowsOf(map[string]string{"x": `
local call = ...
call:answer()
local r = call:secure_collect{ say = "Card?", digits = 16, check = "luhn", retry = "Once more?" }
call:say(r.kind .. " " .. r.length .. " " .. r.last4 .. " " .. tostring(r.secret))
call:log("the card is " .. r.secret:reveal())
call:say("It is " .. r.secret:reveal())
call:ask{ say = "Is it " .. r.secret:reveal() .. "?", yes_no = true, timeout = "1s", tries = 1 }
local ok, why = pcall(function() return call:set{ told = "x" .. r.secret:reveal() } end)
call:say(why)
print(r.secret:reveal())
local ok, why = pcall(function() return call:set{ card = r.secret } end)
call:say(why)
error("no " .. r.secret:reveal())
`}))
	var log bytes.Buffer
	book := trace.NewBook(0, 0)
	var f *fake
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		e := newPlayer(Config{
			Synth: &fakeSynth{}, Traces: book, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}, b)
		_ = f.play(e, func() {
			f.hears("Card?", 1)
			f.presses("4111111111111112")
			f.hears("Once more?", 1)
			f.presses(card)
			f.hears("apologi", 0)
		})
	})
	f.t = t
	f.wants("conceal", "record_pause", "say Card?", "say Once more?", "record_resume", "show", "say digits 16 1111 •••", "say It is •••", "say Is it •••?", "say flows/x.lua:9: set: variable told: holds a secret")
	kept, _ := book.Get("c1")
	for where, text := range map[string]string{"log": log.String(), "trace": fmt.Sprint(kept), "events": strings.Join(f.log, "\n")} {
		if strings.Contains(text, card) || strings.Contains(text, card[:6]) {
			t.Errorf("the %s shows the card: %s", where, text)
		}
	}
}

// TestRevealedSecretsStayHidden: split up, spoken as digits, put into words, or
// handed to a library, and in the record of the call.
func TestRevealedSecretsStayHidden(t *testing.T) {
	b := load(t, flowsOf(map[string]string{"x": `
local call = ...
call:answer()
local d = call:secure_collect{ digits = 16 }.secret:reveal()
call:say{ d, as = "digits" }
local words = call:words{ d:sub(1, 8), as = "digits" }
call:say("You said: " .. words)
call:log(words)
call:say((d:gsub("....", "%0 ")))
call:log(d:sub(1, 8) .. " " .. d:sub(9))
call:say((d:gsub(".", "%0, ")))
call:say{ d, as = "digits", lang = "zh" }
call:log((d:gsub("....", "%0-")))
local ok, why = pcall(kv.set, { "a", value = { d } })
call:say(why)
call:hangup{ text = "card " .. d }
`}))
	var log bytes.Buffer
	book := trace.NewBook(0, 0)
	var f *fake
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		e := newPlayer(Config{Synth: &fakeSynth{}, Traces: book, Log: slog.New(slog.NewTextHandler(&log, nil))}, b)
		if err := f.play(e, func() { f.presses("5105105105105100") }); err != nil {
			t.Error(err)
		}
	})
	f.t = t
	f.wants("say •••", "say You said: •••", "say ••• ", "say •••", "say flows/x.lua:14: kv.set: argument value: holds a secret, which must not be stored", "end flow normal")
	kept, _ := book.Get("c1")
	for where, text := range map[string]string{"log": log.String(), "trace": fmt.Sprint(kept), "events": strings.Join(f.log, "\n") + f.cause.Text} {
		for _, part := range []string{"5105", "five one", "五", "510 ", "5, 1"} {
			if strings.Contains(text, part) {
				t.Errorf("the %s shows %q: %s", where, part, text)
			}
		}
	}
}

// TestSecureCollectLeavesAPausedRecording: what the flow has paused stays paused.
func TestSecureCollectLeavesAPausedRecording(t *testing.T) {
	c := plays(t, `call:record_pause() call:secure_collect{ digits = 1, timeout = "1s", tries = 1 } call:record_resume()`, nil, listens)
	c.wants("record_pause", "conceal", "show", "record_resume")
	if n := c.count("record_", ""); n != 2 {
		t.Errorf("%d changes to the recording, want the flow's two: %q", n, c.log)
	}
}

// TestListen returns the words.
func TestListen(t *testing.T) {
	b := load(t, flowsOf(map[string]string{"x": `
local call = ...
call:answer()
local r = call:listen()
call:say(r.kind .. " " .. r.text)
local r = call:listen{ timeout = "2s" }
call:say(r.kind)
`}))
	var f *fake
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		e, _, _ := f.engine(b, "I moved to Berlin")
		_ = f.play(e, func() {
			f.after(time.Second)
			f.says(1, time.Second)
		})
	})
	f.t = t
	f.wants("say speech I moved to Berlin", "say silence")
}

// TestSurviveHangup: the script goes on, its verbs say that the call is over, and
// it does not go on for ever.
func TestSurviveHangup(t *testing.T) {
	c := plays(t, `
call:survive_hangup("10s")
local ok, err = call:sleep("1h")
local said, err = call:say("hello?")
call:log(err.code)
call:on("hangup", function() call:log("hung up") end)
`, nil, func(f *fake) {
		f.after(time.Second)
		f.hangup("caller", "normal")
	})
	if got := c.failed(); got != "" {
		t.Errorf("failed: %s", got)
	}
	if c.count("say ", "") != 0 {
		t.Error("something was said to nobody")
	}
	c = plays(t, "call:survive_hangup('10s') while true do call:sleep('1s') end", nil, func(f *fake) { f.hangup("caller", "normal") })
	if got := c.failed(); got != "" {
		t.Errorf("failed: %s", got)
	}
}

// TestOnHangup: the function runs before those of finally.
func TestOnHangup(t *testing.T) {
	c := plays(t, `
local order = {}
call:finally(function() call:log(table.concat(order, " ")); assert(table.concat(order) == "hangup") end)
call:on("hangup", function(info) table.insert(order, "hangup") end)
call:sleep("1h")
`, nil, func(f *fake) {
		f.after(time.Second)
		f.hangup("caller", "normal")
	})
	if got := c.failed(); got != "" {
		t.Errorf("failed: %s", got)
	}
}
