package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/ask"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func listenVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "listen",
		Doc:  "Listens to what the caller says, without a question of its own, and returns the words.",
		Args: []verb.Arg{
			langArg(),
			{Name: "timeout", Kind: value.Duration, Default: "6s", Positive: true, Doc: "how long to wait for the first word"},
			{Name: "max_speech", Kind: value.Duration, Default: "30s", Positive: true, Doc: "how long the caller may speak at a stretch"},
		},
		Result: "a table: kind (\"speech\" or \"silence\"), text, score (how sure the recogniser is, where it says so); nil and an " +
			"error with code recognition when there is no recogniser for the language",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		q := ask.Question{
			Lang: r.lang(a.Text("lang")), Tries: 1,
			Timeout: a.Duration("timeout"), InterDigit: a.Duration("timeout"), MaxSpeech: a.Duration("max_speech"),
		}
		found, err := r.asker.Ask(r.ctx, q)
		if err != nil {
			return nil, of("listen", err)
		}
		return r.foundTable(found), nil
	}}
}
