package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func setVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "set",
		Doc:    "Sets variables of the call, which every flow it goes to finds in call.vars.",
		Free:   true,
		After:  true,
		Result: "true",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		for name, v := range a.All() {
			v := v.(lua.LValue)
			switch v.Type() {
			case lua.LTString, lua.LTNumber, lua.LTBool:
				if r.secrets.Holds(v.String()) {
					return nil, verb.Mistakef("variable %s: holds a secret, and variables are seen by many", name)
				}
				r.vars.RawSetString(name, v)
			default:
				return nil, verb.Mistakef("variable %s: want text, a number or true or false, got %s", name, value.Shown(v))
			}
		}
		return lua.LTrue, nil
	}}
}
