package flowtest

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
)

// Bounds of what is taken out of a script at a time.
const (
	deepest   = 20     // tables within tables
	mostPlain = 10_000 // values
	plainWork = 1024   // bytes of string that a value is as much work as
)

// plain is what a script has as Go and JSON do: a table with the keys 1 to n is a
// list. What they have no like of is told in words.
func (t *trial) plain(v lua.LValue) any {
	left := mostPlain
	out := plainer(v, 0, &left)
	t.L.Worked(plainWork * (mostPlain - left))
	return out
}

func plainer(v lua.LValue, depth int, left *int) any {
	*left--
	switch v := v.(type) {
	case *lua.LNilType:
		return nil
	case lua.LString:
		return string(v)
	case lua.LNumber:
		return float64(v)
	case lua.LBool:
		return bool(v)
	case *lua.LTable:
		if depth >= deepest || *left < v.Len() {
			return "(a table that is too large)"
		}
		if n := v.Len(); n > 0 {
			list := make([]any, n)
			for i := range list {
				list[i] = plainer(v.RawGetInt(i+1), depth+1, left)
			}
			return list
		}
		fields := map[string]any{}
		v.ForEach(func(k, e lua.LValue) {
			if *left > 0 {
				fields[sandbox.Clip(k.String())] = plainer(e, depth+1, left)
			}
		})
		return fields
	}
	return "(a " + v.Type().String() + ")"
}

// shown writes what plain made of a value.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case string:
		return fmt.Sprintf("%q", sandbox.Clip(v))
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = shown(e)
		}
		return sandbox.Clip("{" + strings.Join(parts, ", ") + "}")
	case map[string]any:
		var parts []string
		for k, e := range v {
			parts = append(parts, k+" = "+shown(e))
		}
		slices.Sort(parts)
		return sandbox.Clip("{" + strings.Join(parts, ", ") + "}")
	}
	return fmt.Sprint(v)
}

// luaOf is the other way round.
func (t *trial) luaOf(v any) lua.LValue {
	switch v := v.(type) {
	case string:
		return lua.LString(v)
	case float64:
		return lua.LNumber(v)
	case bool:
		return lua.LBool(v)
	case []any:
		out := t.L.NewTable()
		for _, e := range v {
			out.Append(t.luaOf(e))
		}
		return out
	case map[string]any:
		out := t.L.NewTable()
		for k, e := range v {
			out.RawSetString(k, t.luaOf(e))
		}
		return out
	}
	return lua.LNil
}
