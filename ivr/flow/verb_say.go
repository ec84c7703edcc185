package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func sayVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "say",
		Doc:  "Speaks a text to the caller and waits for its end.",
		Args: []verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to say"},
			langArg(),
			{Name: "barge_in", Kind: value.Flag, Default: "false", Doc: "whether a key stops it; the key is kept for the next ask"},
		},
		Result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		h, err := r.speak(r.ctx, spoken{text: a.Text("text"), lang: r.lang(a.Text("lang")), bargeIn: a.Flag("barge_in")})
		if err != nil {
			return nil, err
		}
		return r.heardTable(h), nil
	}}
}

func langArg() verb.Arg {
	return verb.Arg{Name: "lang", Kind: value.Text, Doc: "language, such as \"en\" or \"zh\"; else call.vars.lang, else the server's"}
}
