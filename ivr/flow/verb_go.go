package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call/event"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func goVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "go",
		Doc: "Runs another flow for the same call, or the flow of a menu node, and returns what it returns. " +
			"The flow gets the call and the table with as its arguments.",
		Args: []verb.Arg{
			{Name: "to", Kind: value.Text, Lead: true, Required: true, Doc: "name of a flow, or a node of the latest menu"},
			{Name: "with", Kind: value.Table, Doc: "a table handed to the flow as its second argument"},
		},
		Result: "the first value that the flow returns, or true",
	}, Run: enter}
}

// deepest bounds flows that go to each other in circles.
const deepest = 16

func enter(r *run, a verb.Args) (lua.LValue, error) {
	name := a.Text("to")
	f := r.bundle.Flows[name]
	if f == nil {
		m, err := r.menuNamed("")
		if err != nil || m.Node(name) == nil {
			return nil, verb.Mistakef("there is no flow or menu node %q", sandbox.Clip(name))
		}
		n := m.Node(name)
		if n.Flow == "" {
			return nil, verb.Mistakef("node %s has no flow to run: say its answer", n.ID)
		}
		r.menu = m
		r.line.Emit(event.NodeReached{Menu: m.ID, Node: n.ID, By: "flow"})
		if f = r.bundle.Flows[n.Flow]; f == nil {
			return nil, verb.Mistakef("node %s: there is no flow %q", n.ID, n.Flow)
		}
	}
	if f.Err != nil {
		return nil, verb.Mistakef("flow %s is broken: %v", name, f.Err)
	}
	if r.depth == deepest {
		return nil, verb.Mistakef("flows go to each other %d deep: return from one", deepest)
	}
	r.depth++
	defer func() { r.depth-- }()
	with := lua.LValue(lua.LNil)
	if t := verb.Get[*lua.LTable](a, "with"); t != nil {
		with = t
	}
	L := r.L.Current()
	L.Push(L.NewFunctionFromProto(f.Proto))
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
