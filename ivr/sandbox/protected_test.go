package sandbox

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// result runs a script and returns what it returns, as text, or its error.
func result(t *testing.T, script string) string {
	t.Helper()
	s := New(t.Context(), Limits{}, func(string) {})
	defer s.Close()
	proto, err := Compile("x", script, func(*ast.FuncCallExpr) {})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.CallByParam(lua.P{Fn: s.NewFunctionFromProto(proto), NRet: lua.MultRet, Protect: true}); err != nil {
		text, _, _ := strings.Cut(Failure(err), "\n")
		return text
	}
	var out []string
	for i := 1; i <= s.GetTop(); i++ {
		out = append(out, s.Get(i).String())
	}
	return strings.Join(out, " ")
}

// TestProtectedCalls: what they return, and that functions share their local
// variables after an error as before.
func TestProtectedCalls(t *testing.T) {
	f := func(script, want string) {
		t.Helper()
		if got := result(t, script); got != want {
			t.Errorf("%s\n got %q\nwant %q", script, got, want)
		}
	}
	f("return pcall(function(a, b) return b, a end, 1, 2)", "true 2 1")
	f("return pcall(error, 'x')", "false x")
	f("return select('#', pcall(function() end))", "1")
	f("return pcall(nil)", "false x:1: attempt to call a non-function object")
	f("return xpcall(function() error('x', 0) end, function(e) return 'handled ' .. e end)", "false handled x")
	f("return xpcall(function() return 1 end, print)", "true 1")
	f("local ok, e = pcall(error, { code = 'busy' }) return ok, e.code", "false busy")
	f("local n = 0 local function inc() n = n + 1 end inc() pcall(error, 'x') inc() return n", "2")
	f("local n = 0 local function inc() n = n + 1 end pcall(function() inc() error('x') end) inc() n = n + 10 inc() return n", "13")
	f("local get pcall(function() local v = 1 get = function() v = v + 1 return v end error('x') end) get() return get()", "3")
	f("local get xpcall(function() local v = 1 get = function() v = v + 1 return v end error('x') end, print) get() return get()", "3")
	f("local get pcall(function() local v = 1 get = function() v = v + 1 return v end v = 5 end) return get(), get()", "6 7")
	f("return pcall(pcall, pcall, error, 'x')", "true true false x")
	f("local function deep(n) if n == 0 then return 'there' end local ok, v = pcall(deep, n - 1) return v end return deep(40)", "there")
	f("local function deep() local ok, v = pcall(deep) return v end return (tostring(deep()):match('pcall within pcall'))", "pcall within pcall")
	f("local function f() return pcall(f) end return (f())", "true")
}
