// Package value reads what scripts give to verbs: one Kind for each type of
// argument, strict in what it takes.
//
// Everything is a function of its input: nothing is kept, and no script is run.
// Whoever reads a value says where it stood when Read fails; package ivr puts
// verb and argument before the error.
package value

import (
	"fmt"
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
)

// Kind is the type of an argument, and with it that of its Go value.
type Kind uint8

// The kinds.
const (
	Text     Kind = iota // a string; numbers are taken, too
	Texts                // a text or a list of texts: []string
	Count                // a whole number, 0 or more: int
	Level                // a level in dB, from -60 to 20: float64
	Flag                 // true or false: bool
	Duration             // "6s", "300ms", "1m30s": time.Duration
	Digits               // 0-9 * # A-D: string
	Function             // *lua.LFunction
	Leg                  // line.Leg
	Table                // *lua.LTable
	Number               // any number: float64
	Any                  // whatever a script has: lua.LValue
)

// String names the kind as docs/lua.md does.
func (k Kind) String() string {
	switch k {
	case Text:
		return "text"
	case Texts:
		return "text or list of texts"
	case Count:
		return "whole number"
	case Level:
		return "level"
	case Flag:
		return "true or false"
	case Duration:
		return "duration"
	case Digits:
		return "digits"
	case Function:
		return "function"
	case Leg:
		return "leg"
	case Table:
		return "table"
	case Number:
		return "number"
	case Any:
		return "any value"
	}
	return "unknown"
}

// longestDuration keeps sums of durations far from overflow.
const longestDuration = 24 * time.Hour

// The levels a script may ask for, dB. Beyond them it has mixed something up.
const (
	leastLevel = -60
	mostLevel  = 20
)

// Read turns what a script gave into the Go value of the kind. The error says
// what was wanted and what came.
func (k Kind) Read(v lua.LValue) (any, error) {
	switch k {
	case Text, Duration, Digits:
		switch v := v.(type) {
		case lua.LString:
			return k.Parse(string(v))
		case lua.LNumber:
			if k == Text {
				return v.String(), nil
			}
		}
	case Texts:
		return readTexts(v)
	case Count:
		if n, ok := v.(lua.LNumber); ok && float64(n) == math.Trunc(float64(n)) && n >= 0 && n <= 1e6 {
			return int(n), nil
		}
	case Level:
		if n, ok := v.(lua.LNumber); ok && n >= leastLevel && n <= mostLevel { // not a number is neither
			return float64(n), nil
		}
	case Flag:
		if b, ok := v.(lua.LBool); ok {
			return bool(b), nil
		}
	case Function:
		if f, ok := v.(*lua.LFunction); ok {
			return f, nil
		}
	case Leg:
		if u, ok := v.(*lua.LUserData); ok {
			if l, ok := u.Value.(line.Leg); ok {
				return l, nil
			}
		}
	case Table:
		if t, ok := v.(*lua.LTable); ok {
			return t, nil
		}
	case Number:
		if n, ok := v.(lua.LNumber); ok {
			return float64(n), nil
		}
	case Any:
		return v, nil
	}
	return nil, k.want(Shown(v))
}

// Parse is Read for a value that was written as text: Text, Texts, Duration and
// Digits as a script would, others as the defaults of verbs.
func (k Kind) Parse(s string) (any, error) {
	switch k {
	case Text:
		return s, nil
	case Texts:
		return []string{s}, nil
	case Duration:
		d, err := time.ParseDuration(s)
		if err == nil && d > longestDuration {
			return nil, fmt.Errorf("want at most 24h, got %q", s)
		}
		if err != nil || d < 0 {
			return nil, k.want(fmt.Sprintf("%q", s))
		}
		return d, nil
	case Digits:
		if s == "" || strings.Trim(s, "0123456789*#ABCD") != "" {
			return nil, k.want(fmt.Sprintf("%q", s))
		}
		return s, nil
	case Count:
		var n int
		if _, err := fmt.Sscanf(s, "%d", &n); err == nil && fmt.Sprint(n) == s {
			return n, nil
		}
	case Level:
		var n float64
		if _, err := fmt.Sscanf(s, "%g", &n); err == nil && n >= leastLevel && n <= mostLevel {
			return n, nil
		}
	case Flag:
		if s == "true" || s == "false" {
			return s == "true", nil
		}
	}
	return nil, k.want(fmt.Sprintf("%q", s))
}

func (k Kind) want(got string) error {
	what := "a " + k.String()
	switch k {
	case Duration:
		what = `a duration such as "6s" or "300ms"`
	case Digits:
		what = `digits such as "12#"`
	case Level:
		what = fmt.Sprintf("a level from %d to %d dB such as -6", leastLevel, mostLevel)
	case Flag, Texts, Text:
		what = k.String()
	case Count, Function, Leg, Table, Number, Any:
	}
	return fmt.Errorf("want %s, got %s", what, got)
}

// Shown describes a value in a message.
func Shown(v lua.LValue) string {
	switch v := v.(type) {
	case lua.LString:
		return fmt.Sprintf("%q", sandbox.Clip(string(v)))
	case lua.LNumber, lua.LBool:
		return v.Type().String() + " " + v.String()
	}
	return v.Type().String()
}

func readTexts(v lua.LValue) (any, error) {
	switch v := v.(type) {
	case lua.LString:
		return []string{string(v)}, nil
	case *lua.LTable:
		var out []string
		for i := 1; i <= v.Len(); i++ {
			s, ok := v.RawGetInt(i).(lua.LString)
			if !ok {
				return nil, fmt.Errorf("want a list of texts, but number %d is %s", i, Shown(v.RawGetInt(i)))
			}
			out = append(out, string(s))
		}
		if len(out) > 0 {
			return out, nil
		}
		return nil, fmt.Errorf("want a list of texts, but it is empty")
	}
	return nil, fmt.Errorf("want text or list of texts, got %s", Shown(v))
}
