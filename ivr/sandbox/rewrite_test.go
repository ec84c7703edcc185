package sandbox

import (
	"context"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// TestLastFieldIsACall: a named field stays named, and a list keeps all of a call.
func TestLastFieldIsACall(t *testing.T) {
	f := func(table, want string) {
		t.Helper()
		script := `local function two() return "x", "y" end
			local function all(...) return ` + table + ` end
			local t, s = all("x", "y"), ""
			for i = 1, #t do s = s .. t[i] end
			return s .. "," .. tostring(t.k)`
		proto, err := Compile("t.lua", script, func(*ast.FuncCallExpr) {})
		if err != nil {
			t.Fatal(err)
		}
		L := New(context.Background(), Limits{}, func(string) {})
		defer L.Close()
		if err := L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), NRet: 1, Protect: true}); err != nil {
			t.Fatal(err)
		}
		if got := L.Get(-1).String(); got != want {
			t.Errorf("%s: %s, want %s", table, got, want)
		}
	}
	f(`{ "a", k = two() }`, "a,x")
	f(`{ "a", k = (two()) }`, "a,x")
	f(`{ "a", "b", k = ... }`, "ab,x")
	f(`{ "a", k = string.rep("x", 3) }`, "a,xxx")
	f(`{ k = two() }`, ",x")
	f(`{ k = two(), "a" }`, "a,x")
	f(`{ "a", two() }`, "axy,nil")
	f(`{ k = 1, two() }`, "xy,1")
	f(`{ "a", ... }`, "axy,nil")
}
