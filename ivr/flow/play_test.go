package flow

import (
	"testing"
	"testing/fstest"
	"time"

	"trunkline/call"
	"trunkline/media/msg"
)

// TestPlayArguments: each reaches the call as it was meant.
func TestPlayArguments(t *testing.T) {
	c := plays(t, `call:answer()
call:play{ "a.wav", gain = -6.5, fade_in = "100ms", fade_out = "0.2s", from = "250ms", times = 3 }`, nil, listens,
		fstest.MapFS{"prompts/a.wav": {Data: wavFile(t, 8000)}})
	want := msg.Playback{
		Loop: 3, Gain: -6.5, FadeIn: 100 * time.Millisecond, FadeOut: 200 * time.Millisecond, From: 250 * time.Millisecond,
	}
	if got := c.plays[0].sound.How; got != want {
		t.Errorf("played %+v, want %+v", got, want)
	}
}

// TestSequence: of each of several files the result says how much was heard.
func TestSequence(t *testing.T) {
	files := fstest.MapFS{"prompts/a.wav": {Data: wavFile(t, 8000)}, "prompts/b.wav": {Data: wavFile(t, 8000)}}
	const tell = `
local parts = {}
for _, p in ipairs(r.prompts) do table.insert(parts, p.file .. " " .. p.heard_ms .. "/" .. p.total_ms) end
call:say(r.outcome .. " " .. r.heard_ms .. "/" .. r.total_ms .. ": " .. table.concat(parts, ", "))`
	c := plays(t, `call:answer()
local r = call:play{ file = { "a.wav", "b.wav" }, from = "250ms" }`+tell, nil, listens, files)
	c.wants("say a.wav b.wav", "say finished 1750/1750: a.wav 750/1000, b.wav 1000/1000")
	if n := len(c.plays[0].sound.Clips); n != 2 {
		t.Errorf("%d clips in one playback, want 2", n)
	}
	c = plays(t, `call:answer()
local r = call:play{ file = { "a.wav", "b.wav" }, barge_in = true, loop = true }`+tell, nil, func(f *fake) {
		f.hears("a.wav b.wav", 1)
		f.after(2300 * time.Millisecond)
		f.presses("1")
	}, files)
	c.wants("stopped after 2.3s", "say stopped 2300/3600000: a.wav 1300/1000, b.wav 1000/1000")
	c = plays(t, `call:answer()
call:sleep("1s")
local r = call:play{ file = { "a.wav", "b.wav" }, barge_in = true }`+tell, nil, func(f *fake) {
		f.presses("1") // ahead of it: nothing of it is played
	}, files)
	c.wants("say stopped 0/0: a.wav 0/1000, b.wav 0/1000")
}

// TestPauseKey: the key holds the prompt and lets it go on, and is not kept.
func TestPauseKey(t *testing.T) {
	c := plays(t, `call:answer()
local r = call:play{ tone = "440", duration = "2s", pause = "5" }
call:say(r.outcome .. r.heard_ms)
call:say(call:ask{ say = "", digits = 1, timeout = "1s", tries = 1, speech = false }.kind)`, nil, func(f *fake) {
		f.hears("tone:440", 1)
		f.after(700 * time.Millisecond)
		f.presses("5")
		f.after(10 * time.Second)
		f.presses("5")
	})
	c.wants("say tone:440", "pause at 700ms", "resume at 700ms", "say finished2000", "say silence")
	if got := c.times.Ended.Sub(c.times.Started); got < 12*time.Second {
		t.Errorf("the call lasted %v: it was held for 10s", got)
	}
}

// TestBackground: a flow goes on while something plays, and can hold and end it.
func TestBackground(t *testing.T) {
	c := plays(t, `call:answer()
local r, err = call:play_stop()
call:log(err.code)
assert(call:play{ tone = "440", duration = "1s", times = 100, wait = false } == true)
call:sleep("3s")
call:play_pause()
call:sleep("5s")
call:play_resume()
call:sleep("1s")
local r = call:play_stop()
call:say(r.outcome .. " " .. r.heard_ms)
call:play{ tone = "880", wait = false }
call:sleep("2s")
local r = call:play_stop()
call:say(r.outcome .. " " .. r.heard_ms)
call:play{ tone = "880", wait = false }
call:say("instead")
local r = call:play_stop()
call:say(r.outcome)`, nil, listens)
	c.wants("say tone:440", "pause at 3s", "resume at 3s", "stopped after 4s", "say stopped 4000", "say tone:880",
		"say finished 1000", "say tone:880", "replaced", "say instead", "say replaced")
}

// TestConferenceArguments: each reaches the call as it was meant.
func TestConferenceArguments(t *testing.T) {
	c := plays(t, `call:answer()
call:conference{ "tea", as = "boss", coach = "agent", gain = -3, mute = true, deaf = true, wide = true }`, nil,
		func(f *fake) {
			f.sees("conference tea")
			f.hangsUp()
		})
	want := call.Conference{Room: "tea", As: "boss", Coach: "agent", Gain: -3, Mute: true, Deaf: true, Wide: true}
	if c.conference != want {
		t.Errorf("got %+v, want %+v", c.conference, want)
	}
}

// TestPlayMistakes: what makes no sense is a mistake, with the line it is in.
func TestPlayMistakes(t *testing.T) {
	f := func(script, want string) {
		t.Helper()
		plays(t, "call:answer()\n"+script, nil, listens).wants("failed flows/x.lua:3: " + want + "\n")
	}
	f("call:play{ tone = '440', gain = '6' }", `play: argument gain: want a level from -60 to 20 dB such as -6, got "6"`)
	f("call:play{ tone = '440', gain = 21 }", "play: argument gain: want a level from -60 to 20 dB such as -6, got number 21")
	f("call:play{ tone = '440', fade_in = 1 }", `play: argument fade_in: want a duration such as "6s" or "300ms", got number 1`)
	f("call:play{ tone = '440', from = 'x' }", `play: argument from: want a duration such as "6s" or "300ms", got "x"`)
	f("call:play{ tone = '440', loop = 3 }", "play: argument loop: want true or false, got number 3")
	f("call:play{ tone = '440', loop = true, times = 3 }", "play: times and loop exclude each other")
	f("call:play{ tone = '440', loop = true, fade_out = '1s' }", "play: loop and fade_out exclude each other: it has no end")
	f("call:play{ tone = '440', pause = '12' }", `play: argument pause: want one key, got "12"`)
	f("call:play{ tone = '440', wait = false, barge_in = true }", "play: without wait there is no barge_in and no pause: nobody looks at keys")
	f("call:play{ tone = '440', gian = 3 }", Shapes()["play"].Unknown("gian"))
	f("call:conference{ 'tea', coach = true }", "conference: argument coach: want text, got boolean true")
	f("call:conference{ 'tea', couch = 'x' }", Shapes()["conference"].Unknown("couch"))
}
