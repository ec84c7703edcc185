package sandbox

import (
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/ast"
)

// TestSource: text that is made to hurt the compiler is refused, with the line.
func TestSource(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, err := Compile("x.lua", text, func(*ast.FuncCallExpr) {})
		switch {
		case want == "" && err != nil:
			t.Errorf("%.30s…: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.30s…: got %v, want %q", text, err, want)
		}
	}
	r := strings.Repeat
	const n, deep = 20_000, "x.lua:1: nested more than 1000 deep"
	f("return "+r("{", n)+r("}", n), deep)
	f("return "+r("- ", n)+"1", deep)
	f("return "+r("not ", n)+"1", deep)
	f("return 1"+r("+1", n), deep)
	f("return 1"+r("^1", n), deep)
	f("return f"+r("()", n), deep)
	f("return t"+r(".a", n), deep)
	f(r("do ", n)+r("end ", n), deep)
	f(r("f(function() ", n/10)+r("end) ", n/10), deep)
	f("if x then "+r("elseif x then ", n)+"end", deep)
	f("\n\nreturn "+r("- ", n)+"1", "x.lua:3: nested")
	f("return "+r("(", n)+"1"+r(")", n), "")
	f("return 1"+r(" .. 1", 150), "")
	f("return 1"+r(" .. 1", n), "register overflow")
	f("if x then "+r("elseif x then ", 400)+"end", "")
	f("return {1"+r(", 1", n)+"}", "")
	f("local a"+r(", a", n), "too many local variables")
	f(r("local a ", 300), "too many local variables")
	f("f(1"+r(", 1", n)+")", "register overflow")
	f("return '"+r("x", n)+"'", "")
	f("return "+r("9", n), "")
	f("return [[", "x.lua:1:")
	f("return 0 \x00", "x.lua:1: Invalid token")
	f("goto a", "no visible label")
	f("break", "x.lua:1: no loop to break")
	f("\x1bLua\x51", "x.lua:1:")
}
