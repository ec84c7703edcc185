package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/verb"
)

func recordVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "record",
		Doc: "Records the call from now to its end in stereo: left the caller, right what the caller hears. " +
			"Recording twice is harmless.",
		Result: "the path of the sound file",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		path, err := r.line.Record(r.ctx)
		return lua.LString(path), err
	}}
}

func recordPauseVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "record_pause",
		Doc:    "Leaves what is said from now on out of the recording: it is silence there. Harmless when nothing is recorded.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.PauseRecording(r.ctx)
	}}
}

func recordResumeVerb() *row {
	return &row{Shape: verb.Shape{
		Name:   "record_resume",
		Doc:    "Ends record_pause.",
		Result: "true",
	}, Run: func(r *run, _ verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.ResumeRecording(r.ctx)
	}}
}
