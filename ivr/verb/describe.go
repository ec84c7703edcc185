package verb

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// longestShown is how much of a text argument is shown, in characters.
const longestShown = 60

// Describe writes a use of a verb as a trace shows it: say{text="Hello"}.
// Defaults are left out, and texts are cut.
func (s *Shape) Describe(a Args) string {
	var b strings.Builder
	b.WriteString(s.Name)
	b.WriteByte('{')
	sep := ""
	put := func(name string, v any) {
		b.WriteString(sep)
		b.WriteString(name)
		b.WriteByte('=')
		b.WriteString(shown(v))
		sep = ", "
	}
	for _, arg := range s.Args {
		v, given := a.values[arg.Name]
		if !given {
			continue
		}
		if arg.Default != "" {
			if def, err := arg.Kind.Parse(arg.Default); err == nil && def == v {
				continue
			}
		}
		put(arg.Name, v)
	}
	if s.Free {
		for _, name := range slices.Sorted(maps.Keys(a.values)) {
			if s.Arg(name) == nil { // which came before
				put(name, a.values[name])
			}
		}
	}
	b.WriteByte('}')
	return b.String()
}

func shown(v any) string {
	switch v := v.(type) {
	case string:
		return quoted(v)
	case lua.LString:
		return quoted(string(v))
	case []string:
		if len(v) == 1 {
			return quoted(v[0])
		}
		return fmt.Sprintf("{%s, …%d}", quoted(v[0]), len(v))
	case time.Duration:
		return quoted(v.String())
	case lua.LNumber, lua.LBool:
		return v.(lua.LValue).String()
	case lua.LValue:
		return v.Type().String()
	case int, float64, bool:
		return fmt.Sprint(v)
	}
	return "…"
}

func quoted(s string) string {
	if len(s) > longestShown { // bytes, and so perhaps characters
		if r := []rune(s); len(r) > longestShown {
			s = string(r[:longestShown]) + "…"
		}
	}
	return strconv.Quote(s)
}
