package ivr

import (
	lua "github.com/yuin/gopher-lua"
)

func answerVerb() *verb {
	return &verb{
		name:   "answer",
		doc:    "Answers the caller. Answering twice, or on a call that we placed, is harmless.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			return lua.LTrue, r.line.Answer(r.ctx)
		},
	}
}
