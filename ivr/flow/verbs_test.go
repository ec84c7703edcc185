package flow

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"trunkline/call"
	"trunkline/ivr/bundle"
	"trunkline/media/wav"
	"trunkline/nlu/entity"
)

// plays runs a script on a prepared call with a caller.
func plays(t *testing.T, script string, prepare func(*fake), caller func(*fake), more ...fstest.MapFS) *fake {
	t.Helper()
	files := flowsOf(map[string]string{"x": "local call, with = ...\n" + script})
	for _, m := range more {
		for name, file := range m {
			files[name] = file
		}
	}
	b, problems := bundle.Load(files, Known())
	if b.Flows["x"].Proto == nil {
		t.Fatal(errors.Join(problems...))
	}
	b.Flows["x"].Err = nil // mistakes are to be seen when they run
	if len(b.Menus) == 0 {
		b.Menus = shipped().Menus
	}
	var f *fake
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		f.info.Vars = map[string]string{"customer": "17"}
		if prepare != nil {
			prepare(f)
		}
		e, _, _ := f.engine(b)
		_ = f.play(e, func() { caller(f) }) // its error is in the log
	})
	f.t = t
	return f
}

// TestMistakes: they raise, naming verb, argument and line.
func TestMistakes(t *testing.T) {
	f := func(script, want string) {
		t.Helper()
		c := plays(t, script, nil, listens)
		if got, _, _ := strings.Cut(c.failed(), "\n"); got != "flows/x.lua:2: "+want {
			t.Errorf("%s\n got %q\nwant %q", script, got, "flows/x.lua:2: "+want)
		}
	}
	f("call.answer()", "answer: write call:answer, with a colon")
	f("call:answer('now')", "answer: takes a table of named arguments, not a string")
	f("call:answer{ fast = true }", `answer: unknown argument "fast"; it takes none`)
	f("call:sleep(6)", `sleep: argument duration: want a duration such as "6s" or "300ms", got number 6`)
	f("call:sleep(-1)", `sleep: argument duration: want a duration such as "6s" or "300ms", got number -1`)
	f("call:sleep '-1s'", `sleep: argument duration: want a duration such as "6s" or "300ms", got "-1s"`)
	f("call:sleep '99999h'", `sleep: argument duration: want at most 24h, got "99999h"`)
	f("call:sleep()", "sleep: argument duration is missing: how long")
	f("call:sleep('1s', { duration = '2s' })", "sleep: argument duration is given twice")
	f("call:sleep('1s', {}, {})", "sleep: too many arguments: name them in one table")
	f("call:sleep('1s', '2s')", "sleep: takes a table of named arguments, not a string")
	f("call:say{ txet = 'x' }", `say: unknown argument "txet"; it takes text, lang, barge_in, recorded, as, unit, currency, variant, hours, weekday, today`)
	f("call:say{ text = {} }", "say: argument text: want text, got table")
	f("call:say{ text = 'x', barge_in = 1 }", "say: argument barge_in: want true or false, got number 1")
	f("call:say{ 'x', 'y' }", "say: argument 2 has no name")
	f("call:dial{ trunk = 'a' }", "dial: argument to is missing: number or user to call")
	f("call:dial{ trunk = 'a', to = 'b', timeout = '0s' }", "dial: argument timeout: want more than 0")
	f("call:bridge('b')", `bridge: argument leg: want a leg, got "b"`)
	f("call:dtmf('12x')", `dtmf: argument digits: want digits such as "12#", got "12x"`)
	f("call:ask{ tries = 0 }", "ask: argument tries: want 1 or more")
	f("call:ask{ tries = 1.5 }", "ask: argument tries: want a whole number, got number 1.5")
	f("call:ask{ digits = 0 }", "ask: argument digits: want 1 or more")
	f("call:ask{ digits = 4, min_digits = 5 }", "ask: argument min_digits: want at most digits, 4")
	f("call:ask{ menu = 'hotline', digits = 4 }", "ask: menu, digits and want exclude each other: one thing is asked at a time")
	f("call:ask{ yes_no = true, digits = 4 }", "ask: yes_no and digits exclude each other: keys cannot mean both")
	f("call:ask{ menu = 'no' .. 'where' }", `ask: there is no menu "nowhere"`)
	f("call:ask{ timeout = '0s' }", "ask: argument timeout: want more than 0")
	f("call:ask{ digits = 4, terminator = '##' }", `ask: argument terminator: want one key, got "##"`)
	f("call:ask{ inter_digit = '0s' }", "ask: argument inter_digit: want more than 0")
	f("call:listen{ max_speech = '0s' }", "listen: argument max_speech: want more than 0")
	f("call:park{ timeout = '0s' }", "park: argument timeout: want more than 0")
	f("call:reject(486)", `reject: argument code: want busy, no_answer, rejected, not_found, unreachable, overload or failed, got "486"`)
	f("call:reject('bogus')", `reject: argument code: want busy, no_answer, rejected, not_found, unreachable, overload or failed, got "bogus"`)
	f("call:hangup('bogus')", "hangup: argument code: want normal, busy, no_answer, rejected, cancelled, not_found, unreachable, media, failed or overload, got \"bogus\"")
	f("call:queue{ 'billing', context = { a = {} } }", "queue: argument context: a: want text, a number, or true or false, got table")
	f("call:stream{ 'wss://bots.example', parameters = { f = print } }", "stream: argument parameters: f: want text, a number, or true or false, got function")
	f("call:bridge(call)", "bridge: takes a table of named arguments, not an object such as the call")
	f("call:say{ '5', as = 'love' }", "say: argument as: want number, ordinal, digits, spell, phone, money, percent, count, date, time, datetime or duration, got \"love\"")
	f("call:ask{ retry = {} }", "ask: argument retry: want a list of texts, but it is empty")
	f("call:ask{ retry = { 'a', 2 } }", "ask: argument retry: want a list of texts, but number 2 is number 2")
	f("call:node('nowhere')", `node: menu hotline has no node "nowhere"`)
	f("call:prompt('nothing')", `prompt: menu hotline has no prompt "nothing"`)
	f("call:go('no' .. 'where')", `go: there is no flow or menu node "nowhere"`)
	f("call:go('bal' .. 'ance')", "go: node balance has no flow to run: say its answer")
	f("call:go('x')", "go: flows go to each other 16 deep: return from one")
	f("call:play{}", "play: needs one of file and tone")
	f("call:play{ file = 'a', tone = '1' }", "play: needs one of file and tone")
	f("call:play{ tone = 'loud' }", `play: argument tone: want frequencies from 20 to 4000 Hz such as "350+440", got "loud"`)
	f("call:play{ tone = '440', duration = '2h' }", "play: argument duration: want at most 60s")
	f("call:play{ tone = '440', duration = '0s' }", "play: argument duration: want more than 0")
	f("call:play{ tone = '440', times = 0 }", "play: argument times: want 1 or more")
	f("call:finally('x')", `finally: argument run: want a function, got "x"`)
	f("call:log{ 'x', level = 'loud' }", `log: argument level: want debug, info, warn or error, got "loud"`)
	f("call:set{ x = {} }", "set: variable x: want text, a number or true or false, got table")
	f("call:stream('http://bots.example')", `stream: url: scheme "http": dialect twilio has [wss ws]`)
	f("call:stream{ url = 'wss://bots.example', dialect = 'morse' }",
		`stream: dialect "morse": there are twilio, audio_fork, audio_stream, jambonz, audiosocket`)
	f("call:stream{ url = 'wss://bots.example', wait = false }", "stream: without wait the bot cannot speak: two_way = false")
	f("call:on('ring', function() end)", `on: argument event: want hangup or message, got "ring"`)
	f("call:queue{ 'billing', exit = '12' }", `queue: argument exit: want one key, got "12"`)
	f("call:ask{ want = 'love' }", `ask: argument want: "love" is not one of `+strings.Join(words(entity.Kinds()), ", "))
	f("call:secure_collect{ digits = 4, check = 'sum' }", `secure_collect: argument check: want luhn, got "sum"`)
	f("call:survive_hangup('1h')", "survive_hangup: argument at_most: want at most 10m0s")
	f("call:anwser()", bundle.NoSuch("call has no verb", "anwser", Shapes()))
	f("call.name = 'x'", "call.name cannot be set: use call.vars.name")
	f("local x = call.name", bundle.NoSuch("call has no verb", "name", Shapes()))
}

// TestErrorsAreValues: what the call refuses comes back, in one shape.
func TestErrorsAreValues(t *testing.T) {
	c := plays(t, `call:answer()
local leg, err = call:dial{ trunk = "agents", to = "agent" }
call:say(tostring(leg) .. " " .. err.code .. " " .. err.sip .. " " .. err.q850 .. " " .. tostring(err))
local ok, err = call:reject("busy")
call:say(err.code)
local ok, err = call:play("missing.wav")
call:say(err.code .. tostring(err.sip))
local ok, err = call:play("../flows/x.lua")
call:say(err.code .. " " .. err.message)
local ok, e = pcall(function() assert(call:dial{ trunk = "agents", to = "agent" }) end)
call:say("raised " .. e.code)`, func(f *fake) {
		f.dial = func(call.DialRequest) error {
			return &call.Error{Verb: "dial", Cause: call.Cause{Code: "busy", SIP: 486, Q850: 17, Text: "Busy Here"}}
		}
	}, listens)
	c.wants("say nil busy 486 17 dial: busy (SIP 486): Busy Here", "say invalid", "say filenil",
		`say file play: file: no file name below prompts/: "../flows/x.lua"`, "say raised busy", "end flow normal")
}

// TestUnanswered: sound needs an answer first, and the flow is told so.
func TestUnanswered(t *testing.T) {
	c := plays(t, `call:ring()
local ok, err = call:say("hello")
call:log(err.message)
if err.code == "dropped" then call:answer() end
call:say(err.message)`, nil, listens)
	c.wants("ring", "say hello", "dropped", "answer", "say say: dropped: the call is not answered yet: call:answer() first")
	plays(t, `call:log("never answered")`, nil, listens).wants("end flow no_answer")
	plays(t, `error("before the answer")`, nil, listens).wants("failed flows/x.lua:2: before the answer", "end system failed")
}

func TestEverydayVerbs(t *testing.T) {
	c := plays(t, `call:answer()
call:say(table.concat({ call.id, call.from, call.to, call.flow, call.direction, call.trunk, call.vars.customer }, " "))
call:set{ lang = "zh", n = 2 }
call:say{ "hi", lang = "en" }
call:play{ tone = "440", duration = "2s", times = 2 }
call:play("jingle.wav")
call:dtmf("12#")
call:sleep("90s")
call:say(call:record())
local node = call:node{ id = "balance", lang = "en" }
call:say(node.id .. node.key .. node.name .. #node.answer)
call:say(call:prompt{ "goodbye", lang = "en" })
local h = call:say("over")
call:say(h.outcome .. h.heard_ms .. "/" .. h.total_ms)
call:hangup("busy")
error("not reached")`, nil, listens, fstest.MapFS{"prompts/jingle.wav": {Data: wavFile(t, 8000)}})
	c.wants("answer", "say c1 100 x x inbound local 17", "say hi", "say tone:440", "say jingle.wav", "record",
		"say /recordings/c1.wav", "node balance by flow", "say balance2your account balance", "say Thank you for calling. Goodbye.",
		"say over", "say finished200/200", "end flow busy")
	if c.sent != "12#" {
		t.Errorf("sent %q, want 12#", c.sent)
	}
	i := slices.IndexFunc(c.plays, func(p *fakePlay) bool { return p.what.File == "tone:440" })
	if p := c.plays[i]; p.total != 4*time.Second {
		t.Errorf("the tone lasted %v, want 4s: twice two seconds", p.total)
	}
	if got := c.times.Ended.Sub(c.times.Started); got < 90*time.Second {
		t.Errorf("the call lasted %v; the flow slept 90s", got)
	}
}

// wavFile is a WAV file of one second.
func wavFile(t *testing.T, rate int) []byte {
	t.Helper()
	name := t.TempDir() + "/x.wav"
	s := wav.Sound{Format: wav.Format{Rate: rate, Channels: 1}, PCM: make([]int16, rate)}
	if err := wav.WriteFile(name, s); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPromptFiles(t *testing.T) {
	mp3, err := os.ReadFile("../../media/prompt/internal/decode/testdata/lame-24k.mp3")
	if err != nil {
		t.Fatal(err)
	}
	f := func(name, want string) {
		t.Helper()
		c := plays(t, "call:answer() local ok, err = call:play('"+name+"') call:say(ok and ok.outcome or err.message)", nil, listens,
			fstest.MapFS{"prompts/ok.wav": {Data: wavFile(t, 8000)}, "prompts/fast.wav": {Data: wavFile(t, 48000)}, "prompts/tone.mp3": {Data: mp3},
				"prompts/bad.wav": {Data: []byte("RIFF")}, "secret.wav": {Data: wavFile(t, 8000)}, "prompts/dir/in.wav": {Data: wavFile(t, 8000)}})
		c.wants("say " + want)
	}
	f("ok.wav", "finished")
	f("dir/in.wav", "finished")
	f("none.wav", "play: file: open prompts/none.wav: file does not exist")
	f("../secret.wav", "play: file: no file name below prompts/")
	f("/etc/passwd", "play: file: no file name below prompts/")
	f("dir/../../secret.wav", "play: file: no file name below prompts/")
	f("", "play: file: ")
	f("dir", "play: file: read prompts/dir: it is no regular file")
	f("fast.wav", "finished")
	f("tone.mp3", "finished")
	f("bad.wav", "play: file: read prompts/bad.wav: ")
}

// TestKeysDuringSay: with barge-in they stop it; they are kept in either case.
func TestKeysDuringSay(t *testing.T) {
	long := strings.Repeat("long ", 20)
	f := func(args, want string) {
		t.Helper()
		plays(t, "call:answer() call:say{ '"+long+"' "+args+" } local r = call:ask{ say = 'PIN?', digits = 2 } call:say('got ' .. r.digits)",
			nil, func(f *fake) {
				f.hears("long", 1)
				f.after(time.Second)
				f.presses("12")
			}).wants(want, "say got 12")
	}
	f(", barge_in = true", "stopped after 1s")
	f("", "say long")
}

func TestGo(t *testing.T) {
	more := flowsOf(map[string]string{
		"sum":    "local call, with = ...\ncall:set{ seen = true }\nreturn with.a + with.b",
		"silent": "local call = ...",
		"broken": "if then",
		"wrong":  "local call = ...\nlocal x = nil + 1",
	})
	c := plays(t, `call:answer()
call:say("sum " .. call:go("sum", { with = { a = 1, b = 2 } }) .. tostring(call.vars.seen))
call:say("silent " .. tostring(call:go("silent")))
local ok, err = pcall(call.go, call, "broken")
call:say(tostring(err))
call:go("wrong")`, nil, listens, more)
	c.wants("say sum 3true", "say silent true", "say flows/x.lua:5: go: flow broken is broken: flows/broken.lua:1:", "failed flows/wrong.lua:2: cannot perform add")
	if got := c.failed(); !strings.Contains(got, "flows/x.lua:7: in ") && !strings.Contains(got, "flows/x.lua:7") {
		t.Errorf("the traceback does not lead back to x.lua:7:\n%s", got)
	}
}

func TestDialAndBridge(t *testing.T) {
	script := `call:answer()
local leg = assert(call:dial{ trunk = "agents", to = "agent", timeout = "20s" })
call:log(leg.id)
local r, err = call:bridge(leg)
if r then call:say(leg.id .. " " .. r.cause .. " " .. r.by .. " " .. r.duration) end`
	ok := func(f *fake) { f.dial = func(call.DialRequest) error { return nil } }
	plays(t, script, ok, func(f *fake) {
		f.sees("bridge b")
		f.after(42 * time.Second)
		f.talk <- call.Cause{Code: "normal", By: call.ByCallee}
	}).wants("dial agents agent 20s", "bridge b", "say b normal callee 42", "end flow normal")
	plays(t, script, ok, func(f *fake) {
		f.sees("bridge b")
		f.hangsUp()
	}).wants("bridge b", "end caller normal")
	plays(t, script, nil, func(f *fake) { // still ringing
		f.sees("dial agents agent 20s")
		f.hangsUp()
	}).wants("dial", "end caller normal")
	plays(t, "local leg = call:dial{ trunk = 'a', to = 'b' } leg:hangup() call:sleep('1s') leg.hangup()", ok, listens).
		wants("leg hung up", "failed flows/x.lua:2: hangup: write leg:hangup(), with a colon")
}

// TestHangupUnwinds: in every blocking verb, past every pcall, to the finally
// functions.
func TestHangupUnwinds(t *testing.T) {
	f := func(verb string) {
		t.Helper()
		c := plays(t, `call:answer()
call:finally(function(info)
	local ok, err = call:say("too late")
	call:set{ last = "words" }
	error(string.format("finally: %s by %s, %.0f s, talk %.0f s, %s, %s", info.cause, info.by, info.duration, info.talk,
		tostring(info.answered), err.code), 0)
end)
call:sleep("2s")
while true do
	pcall(function() `+verb+` end)
	call:set{ x = 1 } -- what a script may do while it does not look
	error("still running")
end`, nil, func(f *fake) {
			f.after(5 * time.Second)
			f.hangsUp()
		})
		c.wants("end caller normal", "failed finally: normal by caller, 5 s, talk 5 s, true, hangup")
		c.never("still running")
		c.never("too late")
	}
	f(`call:sleep("1h")`)
	f(`call:say(("x"):rep(1000))`)
	f(`call:play{ tone = "440", duration = "60s" }`)
	f(`call:ask{ menu = "hotline" }`)
	f(`call:ask{ say = "x", digits = 4, timeout = "1h" }`)
	f(`call:ask("name?")`)
	f(`call:dial{ trunk = "agents", to = "agent" }`)
	f(`while true do call:sleep("10ms") end`)
}

// TestFinally: in reverse order, whatever happens in them.
func TestFinally(t *testing.T) {
	c := plays(t, `call:answer()
call:finally(function() call:log("1") error("first", 0) end)
call:finally(function(info) error("second after " .. info.cause .. (info.error and " " .. info.error:match("[^\n]*") or ""), 0) end)
call:finally(function() while true do end end)
call:sleep("1s")
error("the flow itself")`, nil, listens)
	c.wants("failed flows/x.lua:7: the flow itself", "say We are sorry", "end system failed", "failed flows/x.lua:5: the script ran too long")
	c = plays(t, `call:answer()
call:finally(function() error("first", 0) end)
call:finally(function(info) error("second after " .. info.cause, 0) end)`, nil, listens)
	c.wants("end flow normal", "failed second after normal", "failed first")
}

func TestReject(t *testing.T) {
	plays(t, `call:reject("busy") error("not reached")`, nil, listens).wants("end flow busy")
	plays(t, `call:reject() error("not reached")`, nil, listens).wants("end flow rejected")
}

// TestTransfer ends the flow when it has come about, and says why when it has not.
func TestTransfer(t *testing.T) {
	plays(t, `call:answer()
local ok, err = call:transfer("busy")
assert(not ok and err.code == "busy" and err.sip == 486)
call:transfer{ to = "7000" } error("not reached")`, nil, listens).wants("transfer 7000", "end flow normal")
	plays(t, `call:answer() call:transfer{ to = "7000", timeout = "0s" }`, nil, listens).wants("want more than 0")
	plays(t, `call:answer()
local leg = assert(call:dial{ trunk = "agents", to = "agent" })
local ok, err = call:transfer{ to = "busy", leg = leg }
assert(not ok and err.code == "busy")
call:transfer{ to = "7000", leg = leg } error("not reached")`, func(f *fake) {
		f.dial = func(call.DialRequest) error { return nil }
	}, listens).wants("dial agents agent", "transfer 7000", "instead of leg b", "end flow normal")
	plays(t, `call:answer() call:transfer{ to = "7000", leg = "b" }`, nil, listens).wants(`argument leg: want a leg, got "b"`)
}

// TestUnknownAndBrokenFlows end their own call, unanswered.
func TestUnknownAndBrokenFlows(t *testing.T) {
	f := func(flow, want string) {
		t.Helper()
		b, _ := bundle.Load(flowsOf(map[string]string{"broken": "if then", "lint": "call:foo()"}), Known())
		synctest.Test(t, func(t *testing.T) {
			c := newFake(t, flow)
			e, _, _ := c.engine(b)
			if err := c.play(e, func() {}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %q", flow, err, want)
			}
			c.wants("failed ", "end system failed")
			if !c.times.Answered.IsZero() {
				t.Errorf("%s was answered", flow)
			}
		})
	}
	f("none", `there is no flow "none"`)
	f("broken", "flow broken is broken: flows/broken.lua:1:")
	f("lint", "flow lint is broken: flows/lint.lua:1: call has no verb")
}

// TestPanicInVerb is the verb's, not the process's.
func TestPanicInVerb(t *testing.T) {
	c := plays(t, `call:answer() call:dial{ trunk = "x", to = "y" }`, func(f *fake) {
		f.dial = func(call.DialRequest) error { panic("a bug") }
	}, listens)
	c.wants("failed flows/x.lua:2: dial: internal error", "say We are sorry", "end system failed")
}
