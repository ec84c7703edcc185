package value

import (
	"fmt"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
)

// Plain are the values of a table, as text. The error names one that is no text,
// number, or true or false.
func Plain(t *lua.LTable) (out map[string]string, err error) {
	if t == nil {
		return nil, nil
	}
	out = map[string]string{}
	t.ForEach(func(k, v lua.LValue) {
		switch v.Type() {
		case lua.LTString, lua.LTNumber, lua.LTBool:
			out[k.String()] = v.String()
		default:
			err = fmt.Errorf("%s: want text, a number, or true or false, got %s", sandbox.Clip(k.String()), Shown(v))
		}
	})
	return out, err
}

// mostSketched bounds the fields of a Sketch.
const mostSketched = 20

// Sketch lists the plain fields of a table: kind=intent node=balance.
func Sketch(t *lua.LTable) string {
	var fields []string
	t.ForEach(func(k, v lua.LValue) {
		switch v.(type) {
		case lua.LString, lua.LNumber, lua.LBool:
			if len(fields) < mostSketched {
				fields = append(fields, k.String()+"="+sandbox.Clip(v.String()))
			}
		}
	})
	slices.Sort(fields)
	return strings.Join(fields, " ")
}
