package sandbox

import (
	"context"
	"slices"
	"testing"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
)

// TestWatched: a script that runs all of its lines runs just those that Lines
// lists.
func TestWatched(t *testing.T) {
	f := func(text string, want, missed []int) {
		t.Helper()
		p, err := Compile("t.lua", text, func(*ast.FuncCallExpr) {})
		if err != nil {
			t.Fatal(err)
		}
		if got := Lines(p); !slices.Equal(got, want) {
			t.Errorf("%s\nlines %v, want %v", text, got, want)
		}
		seen := map[int]bool{}
		ctx := Watched(context.Background(), func(file string, line int) { seen[line] = seen[line] || file == "t.lua" })
		L := New(ctx, Limits{}, func(string) {})
		defer L.Close()
		if err := L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(p), Protect: true}); err != nil {
			t.Fatal(err)
		}
		left := slices.DeleteFunc(Lines(p), func(n int) bool { return seen[n] })
		if !slices.Equal(left, missed) {
			t.Errorf("%s\nnot run: %v, want %v", text, left, missed)
		}
	}
	f("local a = 1\n\n-- nothing\nlocal b = a\n", []int{1, 4}, nil)
	f("local a, b = 1, 2\nlocal c = a\nlocal d = b\nlocal e = a\n", []int{1, 2}, nil) // lines 3 and 4 are one instruction with 2
	f("pcall(function()\n  local a = 1\nend)\n", []int{1, 2}, nil)
	f("if not x then\n  x = 1\nelse\n  x = 2\nend\n", []int{1, 2, 4}, []int{4})
	f("local function f(n)\n  return n\nend\nlocal g = function()\n  f(2)\nend\nf(1)\n", []int{1, 2, 4, 5, 7}, []int{5})
	f("for i = 1, 2 do\n  local x = i .. ''\nend\nfor k, v in pairs({}) do\n  x = k\nend\n", []int{1, 2, 4, 5}, []int{5})
	f("local t = {\n  a = 1,\n  b = function()\n    return 2\n  end,\n}\nwhile false do\n  t = nil\nend\n", []int{1, 3, 4, 7, 8, 9}, []int{4, 8, 9})
}
