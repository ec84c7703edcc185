package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

func sayVerb() *verb {
	return &verb{
		name: "say",
		doc:  "Speaks a text to the caller and waits for its end.",
		args: []arg{
			{name: "text", kind: value.Text, lead: true, required: true, doc: "what to say"},
			langArg(),
			{name: "barge_in", kind: value.Flag, def: "false", doc: "whether a key stops it; the key is kept for the next ask"},
		},
		result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms",
		run: func(r *run, a args) (lua.LValue, error) {
			h, err := r.speak(r.ctx, spoken{text: a.text("text"), lang: r.lang(a.text("lang")), bargeIn: a.flag("barge_in")})
			if err != nil {
				return nil, err
			}
			return r.heardTable(h), nil
		},
	}
}

func langArg() arg {
	return arg{name: "lang", kind: value.Text, doc: "language, such as \"en\" or \"zh\"; else call.vars.lang, else the server's"}
}
