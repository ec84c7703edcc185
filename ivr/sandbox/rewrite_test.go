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

// TestAssignments: all values are read before any is stored.
func TestAssignments(t *testing.T) {
	f := func(body, want string) {
		t.Helper()
		script := `local function two(x) return x .. "1", x .. "2" end
			local function g(y, p, ...) local q ` + body + ` return tostring(p) .. "," .. tostring(q) end
			return g("y", "x")`
		proto, err := Compile("t.lua", script, func(*ast.FuncCallExpr) {})
		if err != nil {
			t.Fatal(err)
		}
		L := New(context.Background(), Limits{}, func(string) {})
		defer L.Close()
		if err := L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(proto), NRet: 1, Protect: true}); err != nil {
			t.Errorf("%s: %v", body, err)
		} else if got := L.Get(-1).String(); got != want {
			t.Errorf("%s: %s, want %s", body, got, want)
		}
	}
	f(`p = p .. "b"`, "xb,nil")
	f(`p = "b" .. p .. "c"`, "bxc,nil")
	f(`for i = 1, 3 do p = p .. i end`, "x123,nil")
	f(`if p then p = p .. p end`, "xx,nil")
	f(`p = (tostring(p))`, "x,nil")
	f(`p = two(p)`, "x1,nil")
	f(`p = p:upper()`, "X,nil")
	f(`p, q = p .. "b", 1`, "xb,1")
	f(`q, p = 1, p .. "b"`, "xb,1")
	f(`p, q = two(p), p`, "x1,x")
	f(`p, q = two(p)`, "x1,x2")
	f(`p, q = (two(p))`, "x1,nil")
	f(`p, q = p:upper(), p, p .. "z"`, "X,x")
	f(`p, q = y .. p, p .. y`, "yx,xy")
	f(`q = {} q.a, q[p .. "k"], p = p .. "a", 2, p .. "c" q = q.a .. q.xk`, "xc,xa2")
	f(`p, q = q, p`, "nil,x")
	f(`q = "z" p, q, y = q, y, p p = p .. y`, "zx,y")
	f(`p, q = 1`, "1,nil")
	f(`p, q = ...`, "nil,nil")
}
