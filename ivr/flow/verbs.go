package flow

import (
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// row is a verb of a call.
type row = verb.Row[*run]

// verbs is the table, in the order of docs/lua.md.
func verbs() []*row {
	return []*row{
		answerVerb(), ringVerb(), rejectVerb(), hangupVerb(),
		playVerb(), playPauseVerb(), playResumeVerb(), playStopVerb(), sayVerb(), wordsVerb(), askVerb(), listenVerb(), secureCollectVerb(),
		dialVerb(), bridgeVerb(), transferVerb(), queueVerb(), holdVerb(), unholdVerb(), parkVerb(), pickupVerb(), mohVerb(), conferenceVerb(), echoVerb(), dtmfVerb(),
		streamVerb(), streamStopVerb(), recordVerb(), recordPauseVerb(), recordResumeVerb(), sleepVerb(),
		promptVerb(), nodeVerb(), goVerb(), setVerb(), onVerb(), finallyVerb(), surviveVerb(), logVerb(),
	}
}

// Shapes are the verbs of a call, for whoever checks scripts.
func Shapes() verb.Shapes { return verb.ShapesOf(verbs()) }

// langArg is the argument of every verb that speaks or listens.
func langArg() verb.Arg {
	return verb.Arg{Name: "lang", Kind: value.Text, Doc: "language, such as \"en\" or \"zh\"; else call.vars.lang, else the server's"}
}
