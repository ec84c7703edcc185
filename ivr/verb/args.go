package verb

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

// Arg is one argument of a verb.
type Arg struct {
	Name     string
	Kind     value.Kind
	Lead     bool // may be given alone, without its name
	Whole    bool // a leading table is this argument, and not one of arguments
	Required bool
	Default  string // as a script would write it, without quotes; "" for none
	Doc      string

	Among    []string // a text: the only ones it may be
	Positive bool     // a count or duration: more than 0
	Key      bool     // digits: one
}

// Read turns what a script gave into the argument's Go value. The error says what
// was wanted and what came.
func (a *Arg) Read(v lua.LValue) (any, error) {
	read, err := a.Kind.Read(v)
	if err == nil {
		err = a.check(read)
	}
	return read, err
}

// check says what is wrong with a value of the argument's kind.
func (a *Arg) check(v any) error {
	switch v := v.(type) {
	case string:
		switch {
		case a.Among != nil && !slices.Contains(a.Among, v):
			return fmt.Errorf("want %s, got %s", among(a.Among), quoted(v))
		case a.Key && len(v) != 1:
			return fmt.Errorf("want one key, got %s", quoted(v))
		}
	case int:
		if a.Positive && v == 0 {
			return errors.New("want 1 or more")
		}
	case time.Duration:
		if a.Positive && v == 0 {
			return errors.New("want more than 0")
		}
	}
	return nil
}

// among lists words: a, b or c.
func among(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Args are the checked arguments of one use of a verb. Asking for one by a name
// or type its verb does not declare yields the zero value: it is a mistake in
// the verb, which the test of the table finds.
type Args struct{ values map[string]any }

// Has reports whether the argument was given or has a default.
func (a Args) Has(name string) bool { _, ok := a.values[name]; return ok }

// All returns the arguments of a free verb by name.
func (a Args) All() map[string]any { return a.values }

// Get returns an argument of type T, or T's zero value.
func Get[T any](a Args, name string) T {
	v, _ := a.values[name].(T)
	return v
}

// Text returns an argument of kind value.Text or value.Digits; the others likewise.
func (a Args) Text(name string) string { return Get[string](a, name) }

// Texts returns an argument of kind value.Texts.
func (a Args) Texts(name string) []string { return Get[[]string](a, name) }

// Count returns an argument of kind value.Count.
func (a Args) Count(name string) int { return Get[int](a, name) }

// Level returns an argument of kind value.Level or value.Number.
func (a Args) Level(name string) float64 { return Get[float64](a, name) }

// Flag returns an argument of kind value.Flag.
func (a Args) Flag(name string) bool { return Get[bool](a, name) }

// Duration returns an argument of kind value.Duration.
func (a Args) Duration(name string) time.Duration { return Get[time.Duration](a, name) }

// Table returns an argument of kind value.Table, nil when it was not given.
func (a Args) Table(name string) *lua.LTable { return Get[*lua.LTable](a, name) }

// Func returns an argument of kind value.Function, nil when it was not given.
func (a Args) Func(name string) *lua.LFunction { return Get[*lua.LFunction](a, name) }

// Value returns an argument of kind value.Any, nil (Lua's) when it was not given.
func (a Args) Value(name string) lua.LValue {
	if v, ok := a.values[name].(lua.LValue); ok {
		return v
	}
	return lua.LNil
}

// free keeps an argument of a verb that takes any.
func (a Args) free(name string, v lua.LValue) { a.values[name] = v }
