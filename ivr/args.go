package ivr

import (
	"fmt"
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/sandbox"
)

// arg is one argument of a verb.
type arg struct {
	name     string
	kind     kind
	lead     bool // may be given alone, without its name
	required bool
	def      string // as a script would write it, without quotes; "" for none
	doc      string
}

// kind is the type of an argument.
type kind uint8

const (
	textKind     kind = iota
	textsKind         // a text or a list of texts
	countKind         // a whole number, 0 or more
	flagKind          // true or false
	durationKind      // "6s", "300ms", "1m30s"
	digitsKind        // 0-9 * # A-D
	functionKind
	legKind
	tableKind
)

// String names the kind as docs/lua.md does.
func (k kind) String() string {
	switch k {
	case textKind:
		return "text"
	case textsKind:
		return "text or list of texts"
	case countKind:
		return "whole number"
	case flagKind:
		return "true or false"
	case durationKind:
		return "duration"
	case digitsKind:
		return "digits"
	case functionKind:
		return "function"
	case legKind:
		return "leg"
	case tableKind:
		return "table"
	}
	return "unknown"
}

// luaText is a value written in Go as text: read takes it for every kind that
// has a textual form.
type luaText string

// longestDuration keeps sums of durations far from overflow.
const longestDuration = 24 * time.Hour

// read turns a Lua value, or the text of a default, into the argument's Go value.
func (a *arg) read(from any) (any, error) {
	if t, ok := from.(luaText); ok {
		return a.readText(string(t))
	}
	v := from.(lua.LValue)
	switch a.kind {
	case textKind, durationKind, digitsKind:
		switch v := v.(type) {
		case lua.LString:
			return a.readText(string(v))
		case lua.LNumber:
			if a.kind == textKind {
				return v.String(), nil
			}
		}
	case textsKind:
		return readTexts(v)
	case countKind:
		if n, ok := v.(lua.LNumber); ok && float64(n) == math.Trunc(float64(n)) && n >= 0 && n <= 1e6 {
			return int(n), nil
		}
	case flagKind:
		if b, ok := v.(lua.LBool); ok {
			return bool(b), nil
		}
	case functionKind:
		if f, ok := v.(*lua.LFunction); ok {
			return f, nil
		}
	case legKind:
		if u, ok := v.(*lua.LUserData); ok {
			if l, ok := u.Value.(line.Leg); ok {
				return l, nil
			}
		}
	case tableKind:
		if t, ok := v.(*lua.LTable); ok {
			return t, nil
		}
	}
	return nil, a.want(shown(v))
}

func (a *arg) readText(s string) (any, error) {
	switch a.kind {
	case textKind:
		return s, nil
	case textsKind:
		return []string{s}, nil
	case durationKind:
		d, err := time.ParseDuration(s)
		if err != nil || d < 0 || d > longestDuration {
			return nil, a.want(fmt.Sprintf("%q", s))
		}
		return d, nil
	case digitsKind:
		if s == "" || strings.Trim(s, "0123456789*#ABCD") != "" {
			return nil, a.want(fmt.Sprintf("%q", s))
		}
		return s, nil
	case countKind:
		var n int
		if _, err := fmt.Sscanf(s, "%d", &n); err == nil && fmt.Sprint(n) == s {
			return n, nil
		}
	case flagKind:
		if s == "true" || s == "false" {
			return s == "true", nil
		}
	}
	return nil, a.want(fmt.Sprintf("%q", s))
}

func (a *arg) want(got string) error {
	what := "a " + a.kind.String()
	switch a.kind {
	case durationKind:
		what = `a duration such as "6s" or "300ms"`
	case digitsKind:
		what = `digits such as "12#"`
	case flagKind, textsKind, textKind:
		what = a.kind.String()
	}
	return fmt.Errorf("want %s, got %s", what, got)
}

// shown describes a value in a message.
func shown(v lua.LValue) string {
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
				return nil, fmt.Errorf("want a list of texts, but number %d is %s", i, shown(v.RawGetInt(i)))
			}
			out = append(out, string(s))
		}
		if len(out) > 0 {
			return out, nil
		}
		return nil, fmt.Errorf("want a list of texts, but it is empty")
	}
	return nil, fmt.Errorf("want text or list of texts, got %s", shown(v))
}

// args are the checked arguments of one use of a verb. Asking for one by a name
// or type its verb does not declare is a mistake in this package.
type args struct{ values map[string]any }

func (a args) has(name string) bool { _, ok := a.values[name]; return ok }

func get[T any](a args, name string) T {
	v, _ := a.values[name].(T)
	return v
}

func (a args) text(name string) string            { return get[string](a, name) }
func (a args) texts(name string) []string         { return get[[]string](a, name) }
func (a args) count(name string) int              { return get[int](a, name) }
func (a args) flag(name string) bool              { return get[bool](a, name) }
func (a args) duration(name string) time.Duration { return get[time.Duration](a, name) }

// free keeps an argument of a verb that takes any.
func (a args) free(name string, v lua.LValue) { a.values[name] = v }
