package flow

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/ivr/bundle"
	"trunkline/ivr/sandbox"
)

// runs plays a script to a caller who only listens and returns what the call
// was like.
func runs(t *testing.T, script string) (f *fake) {
	t.Helper()
	b, problems := bundle.Load(flowsOf(map[string]string{"x": script}), Known())
	synctest.Test(t, func(t *testing.T) {
		f = newFake(t, "x")
		if s := b.Flows["x"]; s.Proto == nil {
			f.note("failed %v", errors.Join(problems...))
		} else {
			s.Err = nil // what the check has found is to be seen when it runs
		}
		e, _, _ := f.engine(b)
		_ = f.play(e, func() {}) // its error is in the log
	})
	return f
}

// failed is the text of the FlowFailed event, "" without one.
func (f *fake) failed() string {
	for _, l := range f.log {
		if text, ok := strings.CutPrefix(l, "failed "); ok {
			return text
		}
	}
	return ""
}

// attack returns what runs a script that must fail as wanted, and leave no trace.
func attack(t *testing.T) func(name, script, want string) {
	return func(name, script, want string) {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			began := time.Now()
			c := runs(t, "local call = ...\ncall:answer()\n"+script)
			if got := c.failed(); !strings.Contains(got, want) {
				t.Errorf("failed with %q, want %q", got, want)
			}
			c.wants("answer", "failed", "say We are sorry", "end system failed")
			t.Logf("stopped after %v: %s", time.Since(began), strings.SplitN(c.failed(), "\n", 2)[0])
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 32<<20 {
				t.Errorf("%d MiB are still held", grown>>20)
			}
			if taken := int64(after.HeapSys) - int64(before.HeapSys); taken > 256<<20 {
				t.Errorf("the process grew by %d MiB", taken>>20)
			}
		})
	}
}

// TestAttacks: each script is stopped, and only its own call ends.
func TestAttacks(t *testing.T) {
	f := attack(t)
	const budget, memory = "instruction budget spent", "memory is full"
	f("endless loop", "while true do end", "flows/x.lua:3: the script ran too long")
	f("endless repeat", "repeat local x = 1 until false", budget)
	f("goto", "::top:: goto top", budget)
	f("endless loop in pcall", "pcall(function() while true do end end)", budget)
	f("pcall swallows the time-out", "while true do pcall(function() while true do end end) end", budget)
	f("xpcall swallows the time-out", "while true do xpcall(function() while true do end end, function() while true do end end) end", budget)
	f("error handler loops", "xpcall(function() error('x') end, function() while true do end end)", budget)
	f("hot loop of verbs", "while true do call:log('x') end", budget)
	f("hot loop of failing verbs", "while true do pcall(call.sleep, call, {}) end", budget)
	f("deep recursion", "local function f(n) return 1 + f(n + 1) end f(1)", "overflow")
	f("mutual recursion through pcall", "local function f() local ok, e = pcall(f) if not ok then error(e) end end f()", "pcall within pcall, 50 deep")
	f("recursion by metamethod", "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end return t.x", "overflow")
	f("tail calls", "local function f() return f() end f()", budget)
	f("rep", "local s = string.rep('x', 1e9)", "string of 1000000000")
	f("rep of rep", "local s = ('x'):rep(1e6):rep(1e6)", "is longer than")
	f("doubling", "local s = 'x' while true do s = s .. s end", "is longer than")
	f("many long strings", "local t = {} for i = 1, 1e6 do t[i] = ('x'):rep(500000) .. i end", "")
	f("hidden strings", "local t = {} for i = 1, 1e6 do t[i] = string.gmatch(('x'):rep(500000) .. i, '.') end", "")
	f("table bomb", "local t = {} while true do t[#t+1] = {} end", "")
	f("nested tables", "local t = {} while true do t = { t } end", memory)
	f("far index", "local t = {} t[60000000] = 1", "table index 60000000 is beyond 65536")
	f("far index in a constructor", "local i = 6e7 local t = { [i] = 1 }", "beyond")
	f("far index by rawset", "rawset({}, 60000000, 1)", "beyond")
	f("far index by insert", "table.insert({}, 60000000, 1)", "beyond")
	f("sparse tables", "local t = {} for i = 1, 5000 do local s = {} s[60000] = i t[i] = s end", memory)
	f("closures", "local t = {} for i = 1, 1e7 do t['k' .. i] = function() return i end end", "")
	f("concat", "local t = {} for i = 1, 2000 do t[i] = ('x'):rep(1000) end for i = 1, 100 do local s = table.concat(t) end", "is longer than")
	f("format width", "string.format('%999999999d', 1)", "width or precision too long")
	f("format bomb", "local s = ('x'):rep(1e5) string.format(('%s'):rep(50), unpack((function() local t = {} for i = 1, 50 do t[i] = s end return t end)()))", "is longer than")
	f("gsub bomb", "local s = ('x'):rep(1e5):gsub('x', ('y'):rep(1000))", "is longer than")
	f("pattern blow-up", "local s = ('a'):rep(60) string.find(s, ('a?'):rep(60) .. s)", budget)
	f("pattern blow-up in gsub", "local s = ('a'):rep(5000):gsub('.-.-.-.-b', '')", budget)
	f("pattern depth", "string.find(('a'):rep(5000), ('(a)'):rep(33))", "too many captures")
	f("nested groups", "string.find('a', ('a-'):rep(5000) .. 'b')", "pattern too complex")
	f("gsub callback loops", "local s = ('x'):gsub('x', function() while true do end end)", budget)
	f("sort callback loops", "table.sort({3, 2, 1}, function() while true do end end)", budget)
	f("evil tostring", "error(setmetatable({}, { __tostring = function() while true do end end }))", "error object is a table")
	f("evil tostring in print", "print(setmetatable({}, { __tostring = function() while true do end end }))", budget)
	f("evil concat", "local x = setmetatable({}, { __concat = function() while true do end end }) .. 'a'", budget)
	f("evil string metatable", "getmetatable('').__index = function() while true do end end local s = ('x').y", budget)
	f("unpack", "unpack({}, 1, 1e9)", "overflow")
	f("coroutines", "coroutine.wrap(function() while true do end end)()", "attempt to index a non-table object(nil)")
	f("require", "require('o' .. 's')", `require: there is no module "os": no file lib/os.lua`)
	f("os", "os.exit(1)", "attempt to index")
	f("io", "io.open('/etc/passwd')", "attempt to index")
	f("debug", "debug.sethook()", "attempt to index")
	f("package", "package.loaded.os.exit(1)", "attempt to index")
	f("load", "load(function() return 'x = 1' end)", "attempt to call")
	f("loadstring", `loadstring("\27Lua")`, "attempt to call")
	f("dofile", "dofile('/etc/passwd')", "attempt to call")
	f("string.dump", "string.dump(function() end)", "attempt to call")
	f("setfenv", "setfenv(1, {})", "attempt to call")
	f("collectgarbage", "while true do collectgarbage() end", "attempt to call")
	f("unmask the call", "getmetatable(call).__index.x = 1", "attempt to index")
	f("error object", "error({ code = 'x', message = 'y' })", "code x: y")
	f("error without a value", "error()", "")
	f("huge error text", "error(('x'):rep(1e6))", "xxx…")
	f("own concat removed", "rawset(_G, '..', nil) local a = 'x' local s = a .. a", "attempt to call")
}

// TestMoreAttacks: what is less obvious than endless loops. Held means that the
// memory is taken slowly, with waits between.
func TestMoreAttacks(t *testing.T) {
	f := attack(t)
	const budget, memory, overflow = "instruction budget spent", "memory is full", "overflow"
	slowly := func(name, script string) {
		f(name, "local t = {} for i = 1, 60000 do "+script+" if i % 50 == 0 then call:sleep '10s' end end error 'all of it is held'", memory)
	}
	slowly("tables held", "local x = {} x.a = 1 t[i] = x x.b = {}")
	slowly("lists held", "local x = {} x[1] = 1 t[i] = x")
	slowly("closures held", "local a, b, c, d = i, i, i, i t[i] = function() return a, b, c, d end")
	slowly("strings held", "t[i] = ('x'):rep(300) .. i")
	slowly("equal strings held", "t[i] = ('x'):rep(300000)")
	slowly("small strings held", "t[i] = {} for j = 1, 10 do t[i][j] = ('x'):rep(100) .. j .. i end")
	slowly("keys that are gone", "for j = 1, 10 do local k = ('x'):rep(100) .. j .. i t[k] = 1 t[k] = nil end")
	slowly("objects as keys that are gone", "local k = { ('x'):rep(1e5) } t[k] = 1 t[k] = nil")
	slowly("variables of the call", "call.vars['k' .. i] = ('x'):rep(1000)")
	slowly("functions for the end", "local s = ('x'):rep(4e5) .. i if i <= 100 then call:finally(function() return s end) end")
	slowly("function for messages", "local s = t call:on('message', function() return s end) t = { s, ('x'):rep(1000) .. i }")
	f("decoded JSON held", "local t = {} for i = 1, 1e4 do t[i] = json.decode('[' .. ('{},'):rep(3000) .. '1]') call:sleep '10s' end", memory)
	f("arguments", "local function f(n, ...) if n == 0 then while true do end end return (f(n - 1, ('x'):rep(1e6) .. n, ...)) end f(150)", memory)
	f("lists of arguments", "local s = ('x'):rep(60000) local t = {} for i = 1, 1000 do t[i] = { s:byte(1, -1) } end", memory)

	f("index chain", "local t = {} for i = 1, 1000 do t = setmetatable({}, { __index = t }) end return t.x", "too many recursions in gettable")
	f("index loop", "local a, b = {}, {} setmetatable(a, { __index = b }) setmetatable(b, { __index = a }) return a.x", "too many recursions in gettable")
	f("newindex loop", "local a, b = {}, {} setmetatable(a, { __newindex = b }) setmetatable(b, { __newindex = a }) a.x = 1", "too many recursions in settable")
	f("call of calls", "local t = setmetatable({}, {}) getmetatable(t).__call = t t()", "attempt to call")
	for _, m := range []string{"eq = function(a, b) return a == b", "lt = function(a, b) return a < b", "unm = function(a) return -a", "len = function(a) return #a"} {
		does := strings.SplitAfter(m, "return ")[1]
		f("recursion by "+does, "local m = { __"+m+" end } local a, b = setmetatable({}, m), setmetatable({}, m) return "+does, overflow)
	}
	f("globals without end", "setmetatable(_G, { __index = function(t, k) return t[k] end }) return x", overflow)
	f("globals removed", "local g = _G for k in pairs(g) do g[k] = nil end local s = 'a' return s .. s", "attempt to call")
	f("pcall replaced", "pcall, xpcall, error, assert = nil while true do end", budget)
	f("collector", "setmetatable({}, { __gc = function() while true do end end, __mode = 'kv' }) while true do end", budget)
	f("error in the error handler", "xpcall(function() error 'x' end, function() error 'y' end) error 'z'", "z")
	f("errors without end", "while true do xpcall(error, function() error 'y' end) end", budget)
	f("handlers that recurse", "local function h() xpcall(h, h) error 'x' end xpcall(h, h) while true do end", budget)
	f("handler of the time-out", "xpcall(function() while true do end end, function() return 'caught' end)", budget)

	f("comparator that lies", "local t = {} for i = 1, 9999 do t[i] = i end while true do table.sort(t, function() return true end) end", budget)
	f("comparator that empties", "local t = {} for i = 1, 999 do t[i] = i end table.sort(t, function(a, b) t[#t] = nil return a < b end)", "attempt to compare nil")
	f("things of all kinds sorted", "table.sort{ 1, 'a', {} }", "attempt to compare")
	f("table that grows under next", "local t = { a = 1 } for k in pairs(t) do t[k .. 'x'] = 1 t[k] = nil end", "")
	f("long for", "for i = 1, 1e300 do end", budget)
	f("for without a number", "for i = 0/0, 1 do end while true do end", budget)
	f("unpack from far below", "unpack({}, -1e15, -1)", overflow)
	f("bytes of a long string", "return ('x'):rep(1e6):byte(1, -1)", overflow)
	f("format of a hundred digits", "string.format('%.100f', 1)", "width or precision too long")
	f("format with a star", "string.format('%*d', 1, 1)", "invalid option")
	f("numbers of a million digits", "local s = ('1'):rep(1e6) while true do tonumber(s, 36) end", budget)
	f("cyclic table as text", "local t = {} t.t, t[t] = t, t error(tostring(t))", "table: 0x")
	f("cyclic table as JSON", "local t = {} t.t = t assert(json.encode(t))", "within itself")
	f("deep JSON", "assert(json.decode(('['):rep(1e6)))", "deeper than 64")
	f("giant JSON", "while true do json.decode('[' .. ('1,'):rep(30000) .. '1]') end", budget)
	f("not a number as key", "local t = {} t[0/0] = 1", "table index is NaN")
	f("keys beyond integers", "local t = {} t[2^53], t[-2^53], t[1e308], t[2^63] = 1, 2, 3, 4 error(t[2^53] .. t[-2^53] .. t[1e308] .. t[2^63])", "1234")
	f("random of nothing", "math.random(0)", "invalid argument")
	f("random of too much", "math.random(-2^62, 2^62)", "invalid argument")
	f("list filled at its front", "local t = {} while true do table.insert(t, 1, 1) end", budget)
	f("list emptied at its front", "local t = {} for i = 1, 6e4 do t[i] = i end while true do table.remove(t, 1) t[#t + 1] = 1 end", budget)
	f("print without end", "while true do print(('x'):rep(1e6)) end", budget)
	f("log without end", "while true do call:log(('x'):rep(1e6)) end", budget)
	f("finally without end", "while true do call:finally(function() end) end", "more than 100 functions")
	f("handlers without end", "while true do call:on('message', function() end) end", budget)
	f("metatable of the call", "setmetatable(call, {})", "protected metatable")
	f("metatable of a library", "setmetatable(json, {})", "protected metatable")
	f("verb of another table", "call.say(setmetatable({}, { __index = call }), 'x')", "write call:say, with a colon")
	f("arguments that compute", "call:say(setmetatable({}, { __index = function() while true do end end }))", "argument text is missing")
	f("thousands of arguments", "local t = {} for i = 1, 6e4 do t['k' .. i] = i end while true do pcall(call.say, call, t) end", budget)
}

// TestLanguageIsWhole: what the rewriting and the guards must not have changed.
func TestLanguageIsWhole(t *testing.T) {
	f := func(expression, want string) {
		t.Helper()
		c := runs(t, "local call = ...\nerror('<' .. tostring("+expression+") .. '>', 0)")
		if got := c.failed(); !strings.HasPrefix(got, "<"+want+">") {
			t.Errorf("%s = %q, want %q", expression, got, want)
		}
	}
	f("1 .. 2", "12")
	f("'a' .. 'b' .. 1.5 .. 'c'", "ab1.5c")
	f("('a' .. 'b'):upper() .. #('x' .. 'yz')", "AB3")
	f("(function(...) return 'x' .. ... end)('a', 'b')", "xa")
	f("select('#', 'a' .. (function() return 'b', 'c' end)())", "1")
	f("setmetatable({}, { __concat = function(a, b) return 'm' .. b end }) .. 'x' .. 'y'", "mxy")
	f("(function() local t = {} t[1 + 1] = 'b' t.x, t['y' .. 1] = 1, 2 return t[2] .. t.x .. t.y1 end)()", "b12")
	f("({ ['a' .. 'b'] = 'v', [3] = 'w', 'first' }).ab", "v")
	f("#({ 1, 2, (function() return 3, 4 end)() })", "4")
	f("pcall(error, 'x', 0)", "false")
	f("select(2, pcall(error, 'x', 0))", "x")
	f("select(2, pcall(function(a, b) return a + b end, 1, 2))", "3")
	f("select(2, xpcall(function() return 'ok' end, print))", "ok")
	f("select(2, xpcall(function() error('x', 0) end, function(e) return e .. '!' end))", "x!")
	f("select(2, pcall(assert, false, 'why'))", "why")
	f("assert(1, 2)", "1")
	f("type(select(2, pcall(assert, nil, {})))", "table")
	f("('hello world'):find('wor')", "7")
	f("select(2, ('hello'):find('l+'))", "4")
	f("('hello'):find('xyz')", "nil")
	f("('a.b'):find('.', 1, true)", "2")
	f("('hello'):find('')", "1")
	f("('hello'):find('', 10)", "6")
	f("('hello'):find('l', -2)", "4")
	f("('key = value'):match('^(%w+)%s*=%s*(%w+)$')", "key")
	f("select(2, ('key = value'):match('^(%w+)%s*=%s*(%w+)$'))", "value")
	f("('x'):match('()')", "1")
	f("('THE (quick) fox'):find('%((%a+)%)')", "5")
	f("('f(a(b)c)d'):match('%b()')", "(a(b)c)")
	f("('THE (quick) fox'):gsub('%f[%a]%a+', 'w')", "w (w) w")
	f("('abab'):match('^(ab)%1$')", "ab")
	f("('2026-11-21'):match('^(%d+)-(%d+)-(%d+)$')", "2026")
	f("('[x]'):match('[]]')", "]")
	f("('a-z'):match('[a%-z]+')", "a-z")
	f("('héllo'):match('[^%a]+')", "é")
	f("('abc'):gsub('', '-')", "-a-b-c-")
	f("('hello'):gsub('l', 'L', 1)", "heLlo")
	f("('hello'):gsub('l', 'L', 0)", "hello")
	f("('hello'):gsub('^h', 'j')", "jello")
	f("('hello world'):gsub('(%w+) (%w+)', '%2 %1 %0 %%')", "world hello hello world %")
	f("('abc'):gsub('%w', { a = 1, b = false })", "1bc")
	f("('abc'):gsub('%w', function(c) if c == 'b' then return c:upper() end end)", "aBc")
	f("select(2, ('aaa'):gsub('a', 'b'))", "3")
	f("(function() local n = 0 for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do n = n + tonumber(v) end return n end)()", "3")
	f("(function() local n = 0 for w in ('one two  three'):gmatch('%a+') do n = n + 1 end return n end)()", "3")
	f("(function() local n = 0 for w in ('abc'):gmatch('') do n = n + 1 end return n end)()", "4")
	f("('%5.1f|%-4s|%04d|%x|%c|%q|%%|%s'):format(3.14159, 'ab', 42, 255, 65, 'a\"b', nil)", `  3.1|ab  |0042|ff|A|"a\"b"|%|nil`)
	f("('%g'):format(0.1)", "0.1")
	f("('%s'):format(setmetatable({}, { __tostring = function() return 'me' end }))", "me")
	f("('x'):rep(3) .. ('x'):rep(0) .. ('x'):rep(-1)", "xxx")
	f("('hello'):sub(2, -2) .. ('abc'):reverse() .. ('abc'):byte(2) .. #'abc'", "ellcba983")
	f("table.concat({ 1, 'b', 3 }, '-')", "1-b-3")
	f("table.concat({ 1, 2, 3 }, ',', 2, 3)", "2,3")
	f("table.concat({})", "")
	f("(function() local t = { 3, 1, 2 } table.sort(t) table.insert(t, 4) table.insert(t, 1, 0) table.remove(t) return table.concat(t) end)()", "0123")
	f("(function() local t = { 'b', 'a' } table.sort(t, function(x, y) return x < y end) return t[1] end)()", "a")
	f("math.floor(3.7) + math.max(1, 2) + math.abs(-1)", "6")
	f("type(math.random(10))", "number")
	f("(function() math.randomseed(1) return 'ok' end)()", "ok")
	f("_VERSION", "Lua 5.1")
	f("_G._G == _G", "true")
	f("rawget(rawset({}, 'a', 1), 'a')", "1")
}

// TestLongFlowsEarnTheirBudget: a flow may run for ever if it waits between.
func TestLongFlowsEarnTheirBudget(t *testing.T) {
	c := runs(t, `local call = ...
for i = 1, 200 do
	for j = 1, 100000 do local x = j end -- 200 times 100,000 is far beyond the budget
	call:sleep "2s"
end
call:hangup()`)
	if c.failed() != "" {
		t.Error(c.failed())
	}
	c.wants("end flow normal")
}

// TestHangupStopsComputation: a script that thinks is stopped by the hang-up.
func TestHangupStopsComputation(t *testing.T) {
	b := load(t, flowsOf(map[string]string{"x": "local call = ...\ncall:set{ x = 1 }\nwhile true do pcall(function() end) end"}))
	f := newFake(t, "x")
	e := newPlayer(Config{Limits: sandbox.Limits{Instructions: 1 << 40}}, b)
	if err := f.play(e, f.hangsUp); err != nil {
		t.Errorf("flow failed: %v", err)
	}
	f.wants("end caller normal")
	f.never("failed")
}

// TestComputeTime: the wall clock stops what the instruction budget would let on.
func TestComputeTime(t *testing.T) {
	b := load(t, flowsOf(map[string]string{"x": "while true do end"}))
	f := newFake(t, "x")
	e := newPlayer(Config{Limits: sandbox.Limits{Instructions: 1 << 40, Compute: 20 * time.Millisecond}}, b)
	if err := f.play(e, func() {}); err == nil || !strings.Contains(err.Error(), "thought for too long") {
		t.Errorf("got %v, want that it thought for too long", err)
	}
}
