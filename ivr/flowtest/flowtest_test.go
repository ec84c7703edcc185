package flowtest

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"trunkline/scripts"
)

// tried runs one test whose body is given, and returns what came of it.
func tried(t *testing.T, body string) Result {
	t.Helper()
	s, err := Load(flows(), []File{{"t_test.lua", `test("it", function(t) ` + body + "\nend)"}})
	if err != nil {
		t.Fatal(err)
	}
	var out []Result
	s.Run(context.Background(), nil, func(r Result) { out = append(out, r) })
	if len(out) != 1 {
		t.Fatalf("%d results", len(out))
	}
	return out[0]
}

// passes wants a test to pass; fails wants it to fail with just this.
func passes(t *testing.T, body string) {
	t.Helper()
	if r := tried(t, body); r.Err != "" {
		t.Errorf("%s\n%s\n%s", body, r.Err, r.Dialogue)
	}
}

func fails(t *testing.T, want, body string) {
	t.Helper()
	r := tried(t, body)
	if got, all := strings.CutSuffix(want, "…"); r.Err != want && !(all && strings.HasPrefix(r.Err, got)) {
		t.Errorf("%s\ngot:  %s\nwant: %s\n%s", body, r.Err, want, r.Dialogue)
	}
}

func TestHearing(t *testing.T) {
	passes(t, `local c = t:call("greet") t:equal(c:hears("shop").text, "Welcome to the shop") c:hears("bye") c:ended{ cause = "normal", by = "flow" }`)
	passes(t, `local c = t:call{ flow = "greet", from = "1" } c:hears("shop") t:equal(c:hears_out().outcome, "finished") c:never("sale") c:hangs_up() c:ended{ by = "caller" }`)
	passes(t, `local c = t:call("greet") c:ended() t:equal(#c.said, 2) t:equal(c.said[2].text, "Good bye") t:equal(c.result.answered, true)`)
	passes(t, `local c = t:call("greet") t:equal(c.result, nil) c:ended() t:equal(#c.steps, 3) t:ok(string.find(c.steps[2].what, "shop"))`)
	fails(t, `t_test.lua:1: the caller never heard "sale": the call is over (normal, by flow)`, `local c = t:call("greet") c:hears("sale")`)
	fails(t, `t_test.lua:1: the caller never heard "sale" within 5s; the flow is at flows/loop.lua:3: sleep{duration="1s"}`, `local c = t:call("loop") c:hears("sale", { within = "5s" })`)
	fails(t, `t_test.lua:1: the caller never heard "shop": the call is over (normal, by flow); it was heard at 0.0 s, before "Good bye": hears wants prompts in their order`, `local c = t:call("greet") c:hears("bye") c:hears("shop")`)
	fails(t, `t_test.lua:1: the caller heard "Welcome to the shop" after 0.0 s`, `local c = t:call("greet") c:hears("bye") c:never("shop")`)
	fails(t, `t_test.lua:1: the caller has heard nothing yet`, `local c = t:call("loop") c:hears_out()`)
}

func TestSaying(t *testing.T) {
	passes(t, `local c = t:call("ask") c:hears("nice") c:hears_out() c:says("hello there") c:hears("You said hello there")`)
	passes(t, `local c = t:call("ask") c:hears("nice") c:interrupts{ after = "500ms", says = "hello there" } t:equal(c:hears_out().outcome, "stopped") c:hears("You said hello there")`)
	passes(t, `local c = t:call("ask") c:hears("nice") c:hears_out() c:silent("5s") c:hears("nice") c:hears("You said silence") `)
	passes(t, `local c = t:call("ask") c:hears("nice") c:hears_out() c:says("") c:waits("2s") c:says("well") c:hears("You said well")`)
	passes(t, `local c = t:call("ask") c:hears("nice") c:hears_out() c:says("one", { lasts = "1s" }) c:says("two", { confidence = 0.4 }) c:hears("You said one two")`)
	fails(t, `t_test.lua:1: "Say something nice" was over after 1.08s, before the caller could interrupt it after 5s`, `local c = t:call("ask") c:hears("nice") c:interrupts{ after = "5s", says = "hello" }`)
	fails(t, "t_test.lua:1: says: argument confidence: want 0 to 1, got 7", `local c = t:call("ask") c:says("x", { confidence = 7 })`)
	fails(t, "t_test.lua:1: the call is over already (normal, by flow, after 1.6 s)", `local c = t:call("greet") c:ended() c:says("x")`)
	fails(t, "t_test.lua:1: interrupts: one of says and presses is needed", `local c = t:call("ask") c:interrupts{ after = "1s" }`)
	fails(t, `t_test.lua:1: the caller never heard "You said x" within 1m0s; the flow is at…`, `local c = t:call{ flow = "digits", deaf = true } c:says("x") c:silent("1s") c = t:call("loop") c:hears("You said x")`)
}

func TestPressing(t *testing.T) {
	passes(t, `local c = t:call("digits") c:hears("number") c:presses("123", { gap = "1s" }) c:hears("digits 123")`)
	passes(t, `local c = t:call("digits") c:hears("number") c:interrupts{ after = "200ms", presses = "45#" } c:hears("digits 45")`)
	fails(t, `t_test.lua:1: presses: argument keys: want digits such as "12#", got "x"`, `local c = t:call("digits") c:presses("x")`)
	if r := tried(t, `local c = t:call("deafen") c:hears("card") c:waits("1s") c:presses("1234") c:ended()`); strings.Contains(r.Dialogue, "presses 1") || r.Err != "" {
		t.Errorf("a secret is in the dialogue: %s\n%s", r.Err, r.Dialogue)
	}
}

func TestLegs(t *testing.T) {
	passes(t, `t:leg{ trunk = "agents", after = "3s", talks = "30s" } local c = t:call("agent") c:hears("talked 30 by callee")`)
	passes(t, `t:leg("busy") t:leg("answer", { talks = "9s" }) for _, text in ipairs{ "busy", "talked 9", "talked 9" } do t:call("agent"):hears(text) end`)
	passes(t, `t:leg("busy", { to = "8" }) t:call("agent"):hears("no_answer")`)
	passes(t, `t:leg("answer", { after = "30s" }) t:call("agent"):hears("no_answer")`)
	passes(t, `t:leg("answer", { talks = "3s", by = "caller" }) t:call("agent"):ended{ by = "caller" }`)
	passes(t, `t:leg("answer") local c = t:call("agent") c:waits("1m") c:hangs_up() c:ended{ by = "caller" }`)
	fails(t, `t_test.lua:1: leg: argument by: want agent or caller, got "me"`, `t:leg{ by = "me" }`)
}

// TestMessagesAndVars: what the API brings to the flow, and what it keeps.
func TestMessagesAndVars(t *testing.T) {
	passes(t, `
local c = t:call{ "news", vars = { lang = "en" } }
t:equal(c.vars, { lang = "en" })
c:message("three")
c:hears("it is three")
t:equal(c.vars, { lang = "en", last = "three", times = 1 })
c:hears_out()
c:message("four")
c:hangs_up()
t:equal(c.vars, { lang = "en", last = "four", times = 2, over = true })`)
	fails(t, "t_test.lua:1: the call is over already…", `local c = t:call("greet") c:ended() c:message("x")`)
}

// TestApart: nothing that one test leaves is found by another.
func TestApart(t *testing.T) {
	s, err := Load(flows(), []File{{"t_test.lua", strings.Repeat("\n", 2) + `
shared = (shared or 0) + 1
for _, name in ipairs{ "one", "two", "three" } do
  test(name, function(t)
    t:equal(shared, 1)
    shared = 7
    t:equal(t:kv("calls"), nil)
    t:hours{ week = { mon = "09:00-17:00" } }
    local c = t:call("web")
    c:hears("call 1")
    c:hears("2026-01-05T10:00:0")
    t:equal(#t:requests(), 1)
    t:kv("calls", { value = 41 })
    c:ended()
  end)
end`}})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	s.Run(context.Background(), nil, func(r Result) {
		if r.Err != "" {
			t.Errorf("%s: %s\n%s", r.Name, r.Err, r.Dialogue)
		}
		all = append(all, r.Dialogue)
	})
	if len(all) != 3 || all[0] != all[1] || all[1] != all[2] {
		t.Errorf("they do not go alike: %q", all)
	}
}

func TestTransfers(t *testing.T) {
	passes(t, `t:call("transfer"):ended{ cause = "normal", by = "flow" }`)
	passes(t, `t:transfer("busy", { to = "8" }) t:call("transfer"):hears("it is busy")`)
	passes(t, `t:leg{ to = "200" } t:call("give"):ended{ cause = "normal", by = "flow" }`)
	passes(t, `t:leg{ to = "200" } t:transfer("rejected") t:call("give"):hears("it is rejected")`)
	fails(t, `t_test.lua:1: transfer: argument outcome: want busy, …`, `t:transfer("bussy")`)
	fails(t, `t_test.lua:1: leg: argument outcome: want answer, busy, …`, `t:leg("bussy")`)
}

func TestQueues(t *testing.T) {
	passes(t, `t:queue{ "sales", after = "10s", to = "7" } t:leg("answer", { to = "7", talks = "5s" }) t:call("queue"):hears("7 after 10")`)
	passes(t, `t:queue{ "sales", after = "10s" } t:leg("busy", { after = "1s" }) t:leg("answer", { talks = "5s" }) t:call("queue"):hears("agent after 21")`)
	passes(t, `t:queue{ "sales", after = "1h", place = 3 } local c = t:call("queue") c:hears("You are number 3") c:hears_out() c:waits("1s") c:presses("9") c:hears("exit")`)
	passes(t, `t:queue{ "sales", after = "1h" } t:call("queue"):hears("timeout", { within = "4m" })`)
	passes(t, `t:queue{ "sales", after = "1h" } local c = t:call("queue") c:waits("1m") c:hangs_up() c:ended{ by = "caller" }`)
	passes(t, `t:queue("sales", { error = "full" }) t:call("queue"):hears("full") t:queue("other") `)
	passes(t, `t:call("queue"):hears("not_found")`)
}

func TestServices(t *testing.T) {
	passes(t, `
t:http{ "https://bank.example/balance?of=*", status = 200, json = { balance = 12 } }
t:http{ "https://bank.example/*", method = "post", status = 404, body = "none" }
t:http{ "*", error = "refused" }
t:db{ "who", with = { phone = "100" }, rows = { { name = "Li" } } }
t:hours{ zone = "Asia/Shanghai", week = { ["mon-fri"] = "09:00-17:30" } }
local c = t:call{ "web", now = "2026-11-23T10:00:00+08:00" }
c:hears("200 12") c:hears("Li") c:hears("call 1") c:hears("2026-11-23T10:00:00+08:00 open")
t:equal(t:kv("calls"), 1)
t:kv("calls", { value = 41 })
c:ended()
c = t:call{ "web", from = "200", now = "2026-11-23T17:30:01+08:00" }
c:hears("404 none") c:hears("unreachable") c:hears("call 42") c:hears("closed")
c:ended()
c = t:call("web")
c:hears("refused")
local asked = t:requests()
t:equal(#asked, 3)
t:equal(asked[2].url, "https://bank.example/balance?of=200")
t:equal(asked[1].json, { pin = 7 })`)
	passes(t, `t:http{ "*", after = "5s" } local c = t:call("web") c:hears("timeout")`)
	fails(t, "t_test.lua:1: now is 2026-11-23T02:00:00Z already, and…", `t:call{ "greet", now = "2026-11-23T02:00:00Z" } t:call{ "greet", now = "2025-01-01 10:00" }`)
	fails(t, "t_test.lua:1: argument now: \"noon\" is no time such as…", `t:call{ "greet", now = "noon" }`)
	fails(t, "t_test.lua:1: hours: week.x: …", `t:hours{ week = { x = "09:00-10:00" } }`)
	fails(t, "t_test.lua:1: db: argument rows: want a list of tables…", `t:db{ "q", rows = { 1 } }`)
}

func TestEnds(t *testing.T) {
	passes(t, `t:call("reject"):ended{ cause = "busy", by = "flow" }`)
	passes(t, `local c = t:call("broken") c:hears("something went wrong") c:ended{ "failed", by = "system", failed = "flows/broken.lua:4" } t:ok(string.find(c.result.error, "broken"))`)
	fails(t, "flow broken made a mistake: flows/broken.lua:4: attempt to index a non-table object(nil) with key 'y'…", `t:call("broken"):ended()`)
	fails(t, "t_test.lua:1: the call ended with cause normal, not busy", `t:call("greet"):ended("busy")`)
	fails(t, "t_test.lua:1: the call was ended by flow, not by caller", `t:call("greet"):ended{ by = "caller" }`)
	fails(t, "t_test.lua:1: the flow made no mistake", `t:call("greet"):ended{ failed = "x" }`)
	fails(t, "t_test.lua:1: the call is not over after 2m0s; the flow is at flows/loop.lua:3: …", `t:call("loop"):ended()`)
	fails(t, "flow hot made a mistake: flows/hot.lua:1: the script ran too long without waiting for anything: instruction budget spent…", `t:call("hot"):ended()`)
	fails(t, `t_test.lua:1: there is no flow "x"; there are agent, ask,…`, `t:call("x")`)
}

func TestAsserting(t *testing.T) {
	passes(t, `t:equal({ 1, { a = "b" } }, { 1, { a = "b" } }) t:ok(1) t:equal(t:fails(function() error("oh", 0) end), "oh")`)
	passes(t, `t:fails(function() t:call("greet"):hears("sale") end, "never heard")`)
	fails(t, `t_test.lua:1: sum: want 3, got {a = "b", c = {1, false}}`, `t:equal({ c = { 1, false }, a = "b" }, 3, "sum")`)
	fails(t, "t_test.lua:1: it is nil", `t:ok(nil)`)
	fails(t, "t_test.lua:1: it does not fail", `t:fails(function() end)`)
	fails(t, `t_test.lua:1: it fails with "oh", not with "ah"`, `t:fails(function() error("oh", 0) end, "ah")`)
	fails(t, "t_test.lua:1: ok: write t:ok, with a colon", `t.ok(1)`)
	fails(t, "t_test.lua:1: hears: write caller:hears, with a colon", `t:call("greet").hears("shop")`)
	fails(t, "t_test.lua:1: t has no sing; there are equal, fails, ok, call,…", `t:sing()`)
	fails(t, `t_test.lua:1: hears: unknown argument "texts"; it takes text, within`, `t:call("greet"):hears{ texts = "shop" }`)
	fails(t, "t_test.lua:1: test: not within a test", `test("a", function() end)`)
}

// runShipped runs tests of the shipped flows.
func runShipped(t *testing.T, tests string, tell func(Result)) {
	t.Helper()
	s, err := Load(scripts.FS(), []File{{"t_test.lua", tests}})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s.Run(context.Background(), nil, func(r Result) {
		n++
		tell(r)
	})
	if n == 0 {
		t.Error("no test was run")
	}
}

// TestNodes is about menus, of which the shipped one will do.
func TestNodes(t *testing.T) {
	cases := []struct{ want, body string }{
		{"", `c:presses("2") t:equal(c:at("balance").by, "key") c:at("balance", { by = "key" }) c:nodes{ "balance" }`},
		{"", `c:presses("2") c:at("balance") c:hears("else") c:presses("6") c:at("hours") c:nodes{ "balance", "hours" }`},
		{"the caller is at node balance (by key 2), not at hours", `c:presses("2") c:at("hours")`},
		{"node balance was reached by key 2, not by speech", `c:presses("2") c:at("balance", { by = "speech" })`},
		{"the caller did not reach node hours, nor another within 15s; the flow is at flows/hotline.lua:30: ask{menu=\"hotline\"}", `c:silent("1s") c:at("hours")`},
		{"the caller went to balance, not to hours", `c:presses("2") c:at("balance") c:nodes{ "hours" }`},
	}
	var text strings.Builder
	for i, c := range cases {
		fmt.Fprintf(&text, "test(\"%d\", function(t) local c = t:call(\"hotline\") c:hears(\"Welcome\") %s end)\n", i, c.body)
	}
	i := 0
	runShipped(t, text.String(), func(r Result) {
		_, got, _ := strings.Cut(r.Err, ": ")
		if got != cases[i].want {
			t.Errorf("%s\ngot:  %s\nwant: %s\n%s", cases[i].body, got, cases[i].want, r.Dialogue)
		}
		i++
	})
}

// TestBounds: what is wrong or hostile ends, and says why.
func TestBounds(t *testing.T) {
	const budget = "t_test.lua:1: the script ran too long without waiting for anything: instruction budget spent"
	fails(t, budget, `while true do end`)
	fails(t, budget, `while true do pcall(function() t:fails(function() while true do end end) end) end`)
	fails(t, budget, `local c = t:call("loop") while true do local x = c.said end`)
	fails(t, budget, `local a = {} for i = 1, 20 do a = { a, a } end while true do t:equal(a, a) end`)
	fails(t, "t_test.lua:1: the test takes more than 10m0s by its own clock…", `local c = t:call("loop") while true do c:waits("1m") end`)
	fails(t, "t_test.lua:1: the test takes more than 10m0s by its own clock…", `local c = t:call("loop") pcall(function() c:waits("1h") end)`)
	fails(t, "t_test.lua:1: the script's memory is full", `local s = {} for i = 1, 100 do s[i] = string.rep("x" .. i, 300000) end`)
	fails(t, "t_test.lua:1: attempt to call a non-function object…", `io()`)
}

func TestFilesOfTests(t *testing.T) {
	f := func(want, text string) {
		t.Helper()
		_, err := Load(flows(), []File{{"t_test.lua", text}})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	f("t_test.lua:2: syntax error", "test('a', function()\nend")
	f(`t_test.lua:1: there are two tests "a"`, "test('a', print) test('a', print)")
	f("t_test.lua:1: the script ran too long", "while true do end")
	f("t_test.lua:1: bad argument #2 to test", "test('a')")
	f("t_test.lua: there is no test in it", "local x = 1")
	if _, err := Load(fstest.MapFS{}, nil); err == nil {
		t.Error("there are no flows, and nobody says so")
	}

	found, err := Find(fstest.MapFS{
		"tests/b_test.lua": {Data: []byte("b")}, "tests/a_test.lua": {Data: []byte("a")}, "tests/help.lua": {}, "flows/x.lua": {}, "flows/x_test.lua": {},
	})
	if err != nil || len(found) != 3 || found[2].Name != "flows/x_test.lua" || found[0] != (File{"tests/a_test.lua", "a"}) {
		t.Errorf("found %v, %v", found, err)
	}

	s, err := Load(flows(), []File{{"a_test.lua", "test('one', function() print('hello', 1) end) test('two', function(t) t:ok(false) end)"}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	s.Run(context.Background(), regexp.MustCompile("a_test.lua: on"), func(r Result) {
		names = append(names, r.Name+r.Err+strings.Join(r.Printed, ""))
	})
	if len(names) != 1 || names[0] != "onehello\t1" {
		t.Errorf("ran %q", names)
	}
}

func TestCoverageAndReport(t *testing.T) {
	s, err := Load(flows(), []File{{"t_test.lua", `
test("busy", function(t) t:leg("busy") t:call("agent"):ended() end)
test("wrong", function(t) print("here") t:call("greet"):hears("sale") end)`}})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	report := Report{To: &b}
	s.Run(context.Background(), nil, report.Tell)
	if err := report.Sum(); err != nil {
		t.Fatal(err)
	}
	if err := s.Coverage().Write(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"ok    t_test.lua: busy  (", "FAIL  t_test.lua: wrong  (",
		"      t_test.lua:3: the caller never heard \"sale\": the call is over (normal, by flow)\n      print: here\n          0.0 s  flow    answers\n",
		"          0.0 s  flow    says: Welcome to the shop\n", "2 tests, 1 failed; ",
		"   75.0 %  flows/agent.lua  not run: 8-9\n", "  100.0 %  flows/greet.lua\n", "    0.0 %  flows/hot.lua  not run: 1\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if p := s.Coverage().Lines(); p < 10 || p > 40 {
		t.Errorf("%v %% of all lines", p)
	}
}

// TestShipped: the tests of the shipped flows pass, and leave little out.
func TestShipped(t *testing.T) {
	files, err := Find(scripts.FS())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(scripts.FS(), files)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	s.Run(context.Background(), nil, func(r Result) {
		if n++; r.Err != "" {
			t.Errorf("%s: %s\n%s\n%s", r.File, r.Name, r.Err, r.Dialogue)
		}
	})
	if p := s.Coverage().Lines(); n < 20 || p < 90 {
		t.Errorf("%d tests, %v %% of the lines", n, p)
	}
}
