package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/value"
)

func conferenceVerb() *verb {
	return &verb{
		name: "conference",
		doc: "Takes the caller into a conference, where all members hear one another, until the caller hangs up. The " +
			"conference begins with its first member and ends with its last.",
		args: []arg{
			{name: "room", kind: value.Text, lead: true, required: true, doc: "its name: callers with the same one meet"},
			{name: "as", kind: value.Text, doc: "the caller's name in it, by which a coach means it; else the call's id"},
			{name: "mute", kind: value.Flag, def: "false", doc: "nobody hears the caller"},
			{name: "deaf", kind: value.Flag, def: "false", doc: "the caller hears nobody"},
			{name: "coach", kind: value.Text, doc: "the name of the member who alone hears the caller; while there is none, nobody does"},
			{name: "gain", kind: value.Level, def: "0", doc: "how much louder the caller is heard, in dB; negative: quieter"},
			{name: "wide", kind: value.Flag, def: "false", doc: "whether the conference, if it begins, is mixed at 16 kHz instead of 8"},
		},
		result: "never: the flow unwinds when the caller hangs up",
		run: func(r *run, a args) (lua.LValue, error) {
			return lua.LTrue, r.line.Confer(r.ctx, call.Conference{
				Room: a.text("room"), As: a.text("as"), Mute: a.flag("mute"), Deaf: a.flag("deaf"),
				Coach: a.text("coach"), Gain: a.level("gain"), Wide: a.flag("wide"),
			})
		},
	}
}
