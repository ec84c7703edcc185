package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call/event"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
)

func goVerb() *verb {
	return &verb{
		name: "go",
		doc: "Runs another flow for the same call, or the flow of a menu node, and returns what it returns. " +
			"The flow gets the call and the table with as its arguments.",
		args: []arg{
			{name: "to", kind: value.Text, lead: true, required: true, doc: "name of a flow, or a node of the latest menu"},
			{name: "with", kind: value.Table, doc: "a table handed to the flow as its second argument"},
		},
		result: "the first value that the flow returns, or true",
		run:    enter,
	}
}

// deepest bounds flows that go to each other in circles.
const deepest = 16

func enter(r *run, a args) (lua.LValue, error) {
	name := a.text("to")
	f := r.bundle.flows[name]
	if f == nil {
		m, err := r.menuNamed("")
		if err != nil || m.Node(name) == nil {
			return nil, mistakef("there is no flow or menu node %q", sandbox.Clip(name))
		}
		n := m.Node(name)
		if n.Flow == "" {
			return nil, mistakef("node %s has no flow to run: say its answer", n.ID)
		}
		r.menu = m
		r.line.Emit(event.NodeReached{Menu: m.ID, Node: n.ID, By: "flow"})
		if f = r.bundle.flows[n.Flow]; f == nil {
			return nil, mistakef("node %s: there is no flow %q", n.ID, n.Flow)
		}
	}
	if f.err != nil {
		return nil, mistakef("flow %s is broken: %v", name, f.err)
	}
	if r.depth == deepest {
		return nil, mistakef("flows go to each other %d deep: return from one", deepest)
	}
	r.depth++
	defer func() { r.depth-- }()
	with := lua.LValue(lua.LNil)
	if t := get[*lua.LTable](a, "with"); t != nil {
		with = t
	}
	L := r.L.LState
	L.Push(L.NewFunctionFromProto(f.proto))
	L.Push(r.self)
	L.Push(with)
	r.L.Think()
	L.Call(2, 1)
	v := L.Get(-1)
	L.Pop(1)
	if v == lua.LNil {
		v = lua.LTrue
	}
	return v, nil
}
