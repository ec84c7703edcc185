package lib

import lua "github.com/yuin/gopher-lua"

// newTable is an empty table, of any script.
func newTable() *lua.LTable { return &lua.LTable{Metatable: lua.LNil} }

// record is a table of names and texts, numbers or truths; others are left out.
func record(fields map[string]any) *lua.LTable {
	t := newTable()
	for name, v := range fields {
		t.RawSetString(name, plain(v))
	}
	return t
}

// plain is a Go value as scripts have it; what they have no like of is nil.
func plain(v any) lua.LValue {
	switch v := v.(type) {
	case string:
		return lua.LString(v)
	case bool:
		return lua.LBool(v)
	case int:
		return lua.LNumber(v)
	case int64:
		return lua.LNumber(v)
	case float64:
		return lua.LNumber(v)
	case lua.LValue:
		return v
	}
	return lua.LNil
}
