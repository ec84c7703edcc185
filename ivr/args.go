package ivr

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

// arg is one argument of a verb.
type arg struct {
	name     string
	kind     value.Kind
	lead     bool // may be given alone, without its name
	required bool
	def      string // as a script would write it, without quotes; "" for none
	doc      string
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
func (a args) level(name string) float64          { return get[float64](a, name) }
func (a args) flag(name string) bool              { return get[bool](a, name) }
func (a args) duration(name string) time.Duration { return get[time.Duration](a, name) }

// free keeps an argument of a verb that takes any.
func (a args) free(name string, v lua.LValue) { a.values[name] = v }
