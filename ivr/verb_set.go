package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func setVerb() *verb {
	return &verb{
		name:   "set",
		doc:    "Sets variables of the call, which every flow it goes to finds in call.vars.",
		free:   true,
		after:  true,
		result: "true",
		run: func(r *run, a args) (lua.LValue, error) {
			for name, v := range a.values {
				v := v.(lua.LValue)
				switch v.Type() {
				case lua.LTString, lua.LTNumber, lua.LTBool:
					r.vars.RawSetString(name, v)
				default:
					return nil, mistakef("variable %s: want text, a number or true or false, got %s", name, value.Shown(v))
				}
			}
			return lua.LTrue, nil
		},
	}
}
