package flowtest

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
)

// The mistakes that designers make, and what they are told: without reading
// anything else they should know what to do.

// bank is what the mistakes are about.
func bank() fstest.MapFS {
	out := fstest.MapFS{}
	for file, text := range map[string]string{
		"menus/bank.yaml": `menu: bank
languages: [en]
prompts:
  greeting: {en: "Welcome to the bank. How can I help you?"}
  retry: {en: "Pardon?"}
  silence: {en: "Hello?"}
  confirm: {en: "Did you want {name}?"}
  keys: {en: "For {name}, press {key}."}
  human: {en: "One moment."}
  goodbye: {en: "Good bye."}
nodes:
  - id: balance
    name: {en: balance}
    examples: {en: ["my balance", "how much money do I have", "account balance please", "what is my balance"]}
    say: {en: "You have ten."}
  - id: hours
    name: {en: opening hours}
    examples: {en: ["when do you open", "opening hours", "are you open on sunday", "closing time"]}
    say: {en: "From nine to five."}
`,
		"flows/bank.lua": `local call = ...
call:answer()
call:say("This call is recorded.")
local r = call:ask{ menu = "bank" }
call:say(r.answer or "Good bye.")
local leg, err = call:dial{ trunk = "agents", to = "7", timeout = "20s" }
call:say(leg and "connected" or err.code)
`,
		"flows/pin.lua": `local call = ...
call:answer()
call:say("Welcome.")
local r = call:ask{ say = "Your card number", digits = 4, tries = 1 }
r = call:ask{ say = "Your PIN", digits = 2, tries = 1 }
call:say("Thanks " .. (r.digits or r.kind))
`,
		"flows/round.lua": `local call = ...
call:answer()
while true do
  call:ask{ say = "Say something", tries = 1 }
end
`,
		"flows/hot.lua": `local call = ...
call:answer()
while true do end
`,
	} {
		out[file] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestMistakesOfDesigners(t *testing.T) {
	f := func(mistake, body string, tells ...string) {
		t.Helper()
		s, err := Load(bank(), []File{{"bank_test.lua", "test('it', function(t)\n" + body + "\nend)"}})
		if err != nil {
			t.Fatal(err)
		}
		s.Run(context.Background(), nil, func(r Result) {
			for _, want := range tells {
				if !strings.Contains(r.Err+"\n"+r.Dialogue, want) {
					t.Errorf("%s: %q is missing in\n%s\n%s", mistake, want, r.Err, r.Dialogue)
				}
			}
		})
	}
	f("the text of a prompt is not quite right", `t:call("bank"):hears("How may I help")`,
		`bank_test.lua:2: the caller never heard "How may I help": the call is over (normal, by flow); the nearest is "Welcome to the bank. How can I help you?"`)
	f("prompts in the wrong order", `local c = t:call("bank") c:hears("Welcome") c:hears("recorded", { within = "5s" })`,
		`bank_test.lua:2: the caller never heard "recorded" within 5s; it was heard at 0.0 s, before "Welcome to the bank. How can I help you?": hears wants`)
	f("a slip of the pen in a method", `t:call("bank"):heers("x")`, "bank_test.lua:2: caller has no heers; did you mean hears?")
	f("a slip of the pen in an argument", `t:call("bank"):hears("x", { withn = "1s" })`, `bank_test.lua:2: hears: unknown argument "withn"; it takes text, within`)
	f("a slip of the pen in an outcome", `t:leg("bussy")`, `bank_test.lua:2: leg: argument outcome: want answer, busy, no_answer,`, `got "bussy"`)
	f("a slip of the pen in a flow", `t:call("banc")`, `bank_test.lua:2: there is no flow "banc"; did you mean bank?`)
	f("a slip of the pen in a node", `local c = t:call("bank") c:hears("help") c:says("my balance") c:at("balanse")`,
		`bank_test.lua:2: no menu has a node "balanse"; did you mean balance?`)
	f("a point for a colon", `t:call("bank").hears("x")`, "bank_test.lua:2: hears: write caller:hears, with a colon")
	f("a sentence that means another node", `local c = t:call("bank") c:hears("help") c:hears_out() c:says("when do you open") c:at("balance")`,
		`bank_test.lua:2: the caller is at node hours (by speech: "when do you open"), not at balance`)
	f("asking for a node too late", `local c = t:call("bank") c:hears("help") c:hears_out() c:says("my balance") c:hears("ten") c:presses("1") c:at("balance")`,
		"bank_test.lua:2: the caller did not reach node balance, nor another within 15s; it was there at 4.8 s: write at before what the caller does next")
	f("speaking before the question", `local c = t:call("bank") c:says("my balance") c:at("balance")`,
		`bank_test.lua:2: the caller did not reach node balance, nor another within 15s; `+
			`the flow did not listen when the caller said "my balance": wait for its question by hears; the flow is at flows/bank.lua:4: ask{menu="bank"}`,
		"0.6 s  flow    does not listen")
	f("keys before the question", `local c = t:call("pin") c:presses("42") c:hears("PIN") c:hears("Thanks 42")`,
		`bank_test.lua:2: the caller never heard "Thanks 42": the call is over (normal, by flow); the nearest is "Thanks silence"`,
		"0.2 s  caller  presses 2", "flow    says: Your PIN")
	f("a flow that goes round and round", `t:call("round"):ended()`,
		`bank_test.lua:2: the call is not over after 2m0s; the flow is at flows/round.lua:4: ask{say="Say something", tries=1}`)
	f("a flow that spins", `t:call("hot"):ended()`, "flow hot made a mistake: flows/hot.lua:3: the script ran too long without waiting for anything")
	f("a leg of which nothing was said", `local c = t:call("bank") c:hears("help") c:hears_out() c:says("my balance") c:hears("connected")`,
		`bank_test.lua:2: the caller never heard "connected": the call is over`, "test    says nothing about the leg to 7 through agents (t:leg), so nobody answers it")
	f("a test that ends before the flow", `t:call("bank"):hears("recorded")`, "test    is over before the call is\n", "caller  hangs up")
	f("a wait that fails in a helper", "local function greeted(c)\nc:hears(\"Hello\", { within = \"3s\" })\nend\ngreeted(t:call(\"bank\"))",
		`bank_test.lua:3: the caller never heard "Hello" within 3s; `, "(called from line 5)", "3.0 s  test    fails here")
	f("interrupting too late", `local c = t:call("bank") c:hears("recorded") c:interrupts{ after = "5s", presses = "1" }`,
		`bank_test.lua:2: "This call is recorded." was over after 1.32s, before the caller could interrupt it after 5s`)
	f("acting when all is over", `local c = t:call("pin") c:ended() c:presses("1")`, "bank_test.lua:2: the call is over already (normal, by flow, after ")
	f("a time without its unit", `t:call("bank"):silent(5)`, "bank_test.lua:2: silent: argument time: want a duration such as \"6s\" or \"300ms\", got number 5")
}

// TestMistakesInFlows are found before a test runs.
func TestMistakesInFlows(t *testing.T) {
	f := func(from, to string, want ...string) {
		t.Helper()
		scripts := bank()
		scripts["flows/bank.lua"].Data = []byte(strings.Replace(string(scripts["flows/bank.lua"].Data), from, to, 1))
		_, err := Load(scripts, []File{{"t_test.lua", "test("}})
		if err == nil {
			t.Fatal("nobody has noticed", to)
		}
		for _, w := range append(want, "t_test.lua:1: ") {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q is missing in %v", w, err)
			}
		}
	}
	f(`menu = "bank"`, `menu = "banc"`, `flows/bank.lua:4: ask: there is no menu "banc"; there are bank`)
	f(`call:answer`, `call:anser`, `flows/bank.lua:2: call has no verb "anser"`)
}
