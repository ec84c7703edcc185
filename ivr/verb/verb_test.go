package verb

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

// TestParse: what an argument may be beyond its kind, and how a use is described.
func TestParse(t *testing.T) {
	plain := &Shape{Name: "v", Args: []Arg{
		{Name: "code", Kind: value.Text, Lead: true, Among: []string{"a", "b", "c"}},
		{Name: "only", Kind: value.Text, Among: []string{"a"}},
		{Name: "key", Kind: value.Digits, Key: true, Default: "#"},
		{Name: "times", Kind: value.Count, Positive: true},
		{Name: "timeout", Kind: value.Duration, Positive: true},
	}}
	free := &Shape{Name: "db.query", Free: true, Args: []Arg{{Name: "query", Kind: value.Text, Lead: true, Required: true}}}
	f := func(s *Shape, args, want string) {
		t.Helper()
		L := lua.NewState()
		defer L.Close()
		var got string
		L.SetGlobal("v", L.NewFunction(func(L *lua.LState) int {
			got = s.Describe(s.Parse(L, 1))
			return 0
		}))
		if err := L.DoString("v(" + args + ")"); err != nil {
			got, _, _ = strings.Cut(err.Error(), "\n")
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", args, got, want)
		}
	}
	f(plain, `"b"`, `v{code="b"}`)
	f(plain, `{ "b", only = "a", key = "*", times = 2, timeout = "1s" }`, `v{code="b", only="a", key="*", times=2, timeout="1s"}`)
	f(plain, `486`, `<string>:1: v: argument code: want a, b or c, got "486"`)
	f(plain, `{ only = "b" }`, `<string>:1: v: argument only: want a, got "b"`)
	f(plain, `{ key = "##" }`, `<string>:1: v: argument key: want one key, got "##"`)
	f(plain, `{ times = 0 }`, `<string>:1: v: argument times: want 1 or more`)
	f(plain, `{ timeout = "0s" }`, `<string>:1: v: argument timeout: want more than 0`)
	f(plain, `setmetatable({}, { __metatable = false })`, `<string>:1: v: takes a table of named arguments, not an object such as the call`)
	f(free, `{ "x", phone = "100" }`, `db.query{query="x", phone="100"}`)
	f(free, `{ query = "x", phone = 1 }`, `db.query{query="x", phone=1}`)
}
