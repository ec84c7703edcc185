package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func conferenceVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "conference",
		Doc: "Takes the caller into a conference, where all members hear one another, until the caller hangs up. The " +
			"conference begins with its first member and ends with its last.",
		Args: []verb.Arg{
			{Name: "room", Kind: value.Text, Lead: true, Required: true, Doc: "its name: callers with the same one meet"},
			{Name: "as", Kind: value.Text, Doc: "the caller's name in it, by which a coach means it; else the call's id"},
			{Name: "mute", Kind: value.Flag, Default: "false", Doc: "nobody hears the caller"},
			{Name: "deaf", Kind: value.Flag, Default: "false", Doc: "the caller hears nobody"},
			{Name: "coach", Kind: value.Text, Doc: "the name of the member who alone hears the caller; while there is none, nobody does"},
			{Name: "gain", Kind: value.Level, Default: "0", Doc: "how much louder the caller is heard, in dB; negative: quieter"},
			{Name: "wide", Kind: value.Flag, Default: "false", Doc: "whether the conference, if it begins, is mixed at 16 kHz instead of 8"},
		},
		Result: "never: the flow unwinds when the caller hangs up",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		return lua.LTrue, r.line.Confer(r.ctx, call.Conference{
			Room: a.Text("room"), As: a.Text("as"), Mute: a.Flag("mute"), Deaf: a.Flag("deaf"),
			Coach: a.Text("coach"), Gain: a.Level("gain"), Wide: a.Flag("wide"),
		})
	}}
}
