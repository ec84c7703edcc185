package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/verb"
)

func answerVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "answer",
		Doc:    "Answers the caller. Answering twice, or on a call that we placed, is harmless.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.Answer(r.ctx)
	}}
}
