package sandbox

import (
	"strings"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// FuzzPattern: patterns never read past their ends.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"abc|b", "x|%", "x|[", "x|[^", "x|[%", "x|%b", "x|%bx", "x|%f", "x|%f[", "x|(", "x|)", "x|()", "aXb|%u", "x|%1", "x|-", "[]]|[]]", "x|[a-]", "x|[a-", "x|.-$"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		src, pat, _ := strings.Cut(text, "|")
		L := New(t.Context(), Limits{Instructions: 50_000}, func(string) {})
		defer L.Close()
		for _, name := range []string{"find", "match", "gsub", "gmatch"} {
			fn := L.G.Global.RawGetString("string").(*lua.LTable).RawGetString(name)
			err := L.CallByParam(lua.P{Fn: fn, NRet: 1, Protect: true}, lua.LString(src), lua.LString(pat), lua.LString("%0"))
			if e, ok := err.(*lua.ApiError); ok && e.Type == lua.ApiErrorPanic {
				t.Errorf("%s(%q, %q): %v", name, src, pat, err)
			}
			L.SetTop(0)
		}
	})
}
