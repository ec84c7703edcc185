package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
)

func conferenceVerb() *verb {
	return &verb{
		name: "conference",
		doc: "Takes the caller into a conference, where all members hear one another, until the caller hangs up. The " +
			"conference begins with its first member and ends with its last.",
		args: []arg{
			{name: "room", kind: textKind, lead: true, required: true, doc: "its name: callers with the same one meet"},
			{name: "mute", kind: flagKind, def: "false", doc: "nobody hears the caller"},
			{name: "deaf", kind: flagKind, def: "false", doc: "the caller hears nobody"},
			{name: "wide", kind: flagKind, def: "false", doc: "whether the conference, if it begins, is mixed at 16 kHz instead of 8"},
		},
		result: "never: the flow unwinds when the caller hangs up",
		run: func(r *run, a args) (lua.LValue, error) {
			return lua.LTrue, r.line.Confer(r.ctx, call.Conference{
				Room: a.text("room"), Mute: a.flag("mute"), Deaf: a.flag("deaf"), Wide: a.flag("wide"),
			})
		},
	}
}
