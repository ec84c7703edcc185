package ivr

import (
	lua "github.com/yuin/gopher-lua"
)

func recordVerb() *verb {
	return &verb{
		name: "record",
		doc: "Records the call from now to its end in stereo: left the caller, right what the caller hears. " +
			"Recording twice is harmless.",
		result: "the path of the sound file",
		run: func(r *run, _ args) (lua.LValue, error) {
			path, err := r.line.Record(r.ctx)
			return lua.LString(path), err
		},
	}
}

func recordPauseVerb() *verb {
	return &verb{
		name:   "record_pause",
		doc:    "Leaves what is said from now on out of the recording: it is silence there. Harmless when nothing is recorded.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			return lua.LTrue, r.line.PauseRecording(r.ctx)
		},
	}
}

func recordResumeVerb() *verb {
	return &verb{
		name:   "record_resume",
		doc:    "Ends record_pause.",
		result: "true",
		run: func(r *run, _ args) (lua.LValue, error) {
			return lua.LTrue, r.line.ResumeRecording(r.ctx)
		},
	}
}
