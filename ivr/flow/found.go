package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/ask"
)

// foundTable is the result of an ask as scripts see it.
func (r *run) foundTable(f ask.Found) *lua.LTable {
	t := r.L.CreateTable(0, 16)
	if f.Node != nil {
		t = r.nodeTable(f.Node, f.Lang)
		t.RawSetString("node", t.RawGetString("id"))
		t.RawSetString("id", lua.LNil)
		t.RawSetString("key", lua.LNil)
	}
	for name, v := range map[string]string{
		"kind": f.Kind, "command": f.Command, "by": f.By, "rule": f.Rule, "text": f.Text, "digits": f.Digits,
		"value": f.Value.Value, "doubt": f.Value.Why, "absent": f.Absent,
	} {
		if v != "" {
			t.RawSetString(name, lua.LString(v))
		}
	}
	if f.Score > 0 {
		t.RawSetString("score", lua.LNumber(f.Score))
	}
	for name, n := range map[string]int{
		"heard_ms": int(f.Heard.Milliseconds()), "total_ms": int(f.Total.Milliseconds()),
		"tries": f.Tries, "silences": f.Silences, "misses": f.Misses,
	} {
		t.RawSetString(name, lua.LNumber(n))
	}
	r.addReadings(t, f)
	return t
}

// addReadings adds what was read from the words: slots, other meanings, and the
// nodes that come next.
func (r *run) addReadings(t *lua.LTable, f ask.Found) {
	if len(f.Slots) > 0 {
		slots := r.L.CreateTable(0, len(f.Slots))
		for id, v := range f.Slots {
			slots.RawSetString(id, lua.LString(v.Value))
		}
		t.RawSetString("slots", slots)
	}
	if len(f.Value.Others) > 0 {
		others := r.L.CreateTable(len(f.Value.Others), 0)
		for _, v := range f.Value.Others {
			others.Append(lua.LString(v))
		}
		t.RawSetString("others", others)
	}
	if len(f.NBest) == 0 {
		return
	}
	best := r.L.CreateTable(len(f.NBest), 0)
	for _, c := range f.NBest {
		one := r.L.CreateTable(0, 3)
		one.RawSetString("node", lua.LString(c.Node.ID))
		one.RawSetString("name", lua.LString(c.Node.Name(f.Lang)))
		one.RawSetString("score", lua.LNumber(c.Score))
		best.Append(one)
	}
	t.RawSetString("nbest", best)
}
