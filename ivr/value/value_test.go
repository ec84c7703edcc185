package value

import (
	"fmt"
	"math"
	"testing"
	"time"

	lua "github.com/yuin/gopher-lua"
)

func TestRead(t *testing.T) {
	list := func(vs ...lua.LValue) lua.LValue {
		l := &lua.LTable{}
		for _, v := range vs {
			l.Append(v)
		}
		return l
	}
	f := func(k Kind, v lua.LValue, want string) {
		t.Helper()
		got, err := k.Read(v)
		text := fmt.Sprint(got)
		if err != nil {
			text = err.Error()
		}
		if text != want {
			t.Errorf("%s %v: got %s, want %s", k, v, text, want)
		}
	}
	f(Text, lua.LString("x"), "x")
	f(Text, lua.LNumber(7), "7")
	f(Text, lua.LTrue, "want text, got boolean true")
	f(Texts, lua.LString("x"), "[x]")
	f(Texts, list(lua.LString("x"), lua.LString("y")), "[x y]")
	f(Texts, list(lua.LString("x"), lua.LNumber(2)), "want a list of texts, but number 2 is number 2")
	f(Texts, list(), "want a list of texts, but it is empty")
	f(Count, lua.LNumber(3), "3")
	f(Count, lua.LNumber(-1), "want a whole number, got number -1")
	f(Count, lua.LString("3"), `want a whole number, got "3"`)
	f(Level, lua.LNumber(-6.5), "-6.5")
	f(Level, lua.LNumber(20), "20")
	f(Level, lua.LNumber(21), "want a level from -60 to 20 dB such as -6, got number 21")
	f(Level, lua.LNumber(math.NaN()), "want a level from -60 to 20 dB such as -6, got number NaN")
	f(Level, lua.LNumber(math.Inf(-1)), "want a level from -60 to 20 dB such as -6, got number -Inf")
	f(Level, lua.LString("-6"), `want a level from -60 to 20 dB such as -6, got "-6"`)
	f(Flag, lua.LFalse, "false")
	f(Flag, lua.LNumber(1), "want true or false, got number 1")
	f(Duration, lua.LString("1m30s"), (90 * time.Second).String())
	f(Duration, lua.LNumber(6), `want a duration such as "6s" or "300ms", got number 6`)
	f(Duration, lua.LString("-1s"), `want a duration such as "6s" or "300ms", got "-1s"`)
	f(Duration, lua.LString("25h"), `want at most 24h, got "25h"`)
	f(Digits, lua.LString("12#D"), "12#D")
	f(Digits, lua.LString(""), `want digits such as "12#", got ""`)
	f(Function, lua.LNil, "want a function, got nil")
	f(Leg, &lua.LUserData{Value: 1}, "want a leg, got userdata")
	f(Table, lua.LString("t"), `want a table, got "t"`)
}

// FuzzParse: any text is a value of the kind or an error, and what is read of a
// level or a duration is within bounds.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "6s", "-6", "1e9", "NaN", "+Inf", "12#", "true", "3", "99999h"} {
		f.Add(uint8(Level), s)
		f.Add(uint8(Duration), s)
	}
	f.Fuzz(func(t *testing.T, k uint8, s string) {
		v, err := Kind(k % uint8(Table+1)).Parse(s)
		if (v == nil) == (err == nil) {
			t.Fatalf("got %v and %v", v, err)
		}
		switch v := v.(type) {
		case float64:
			if !(v >= leastLevel && v <= mostLevel) {
				t.Fatalf("level %v", v)
			}
		case time.Duration:
			if v < 0 || v > longestDuration {
				t.Fatalf("duration %v", v)
			}
		}
	})
}
