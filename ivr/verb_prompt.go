package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
)

func promptVerb() *verb {
	return &verb{
		name: "prompt",
		doc:  "Returns the text of one of a menu's prompts, to be said.",
		args: []arg{
			{name: "name", kind: value.Text, lead: true, required: true, doc: "greeting, retry, silence, human, goodbye or one of the menu's own"},
			{name: "menu", kind: value.Text, doc: "the menu; else that of the latest ask"},
			langArg(),
		},
		result: "the text",
		run: func(r *run, a args) (lua.LValue, error) {
			m, err := r.menuNamed(a.text("menu"))
			if err != nil {
				return nil, err
			}
			text := m.Prompt(a.text("name"), r.lang(a.text("lang")))
			if text == "" {
				return nil, mistakef("menu %s has no prompt %q", m.ID, sandbox.Clip(a.text("name")))
			}
			return lua.LString(text), nil
		},
	}
}
