package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func promptVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "prompt",
		Doc:  "Returns the text of one of a menu's prompts, to be said.",
		Args: []verb.Arg{
			{Name: "name", Kind: value.Text, Lead: true, Required: true, Doc: "greeting, retry, silence, human, goodbye or one of the menu's own"},
			{Name: "menu", Kind: value.Text, Doc: "the menu; else that of the latest ask"},
			langArg(),
		},
		Result: "the text",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		m, err := r.menuNamed(a.Text("menu"))
		if err != nil {
			return nil, err
		}
		text := m.Prompt(a.Text("name"), r.lang(a.Text("lang")))
		if text == "" {
			return nil, verb.Mistakef("menu %s has no prompt %q", m.ID, sandbox.Clip(a.Text("name")))
		}
		return lua.LString(text), nil
	}}
}
