package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call/event"
	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func nodeVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "node",
		Doc:  "Notes that the caller has come to a node of a menu, and returns what the menu says of it. ask does so by itself.",
		Args: []verb.Arg{
			{Name: "id", Kind: value.Text, Lead: true, Required: true, Doc: "the node"},
			{Name: "menu", Kind: value.Text, Doc: "the menu; else that of the latest ask"},
			langArg(),
		},
		Result: "a table: id, name, key, answer (what to say there), flow, dial",
	}, Run: markNode}
}

func markNode(r *run, a verb.Args) (lua.LValue, error) {
	m, err := r.menuNamed(a.Text("menu"))
	if err != nil {
		return nil, err
	}
	n := m.Node(a.Text("id"))
	if n == nil {
		return nil, verb.Mistakef("menu %s has no node %q", m.ID, sandbox.Clip(a.Text("id")))
	}
	r.menu = m
	r.line.Emit(event.NodeReached{Menu: m.ID, Node: n.ID, By: "flow"})
	return r.nodeTable(n, r.lang(a.Text("lang"))), nil
}

// menuNamed finds a menu; "" is the latest one asked with, or the only one.
func (r *run) menuNamed(name string) (*menu.Menu, error) {
	if name != "" {
		if m := r.bundle.Menus[name]; m != nil {
			return m, nil
		}
		return nil, verb.Mistakef("there is no menu %q", sandbox.Clip(name))
	}
	if r.menu != nil {
		return r.menu, nil
	}
	if len(r.bundle.Menus) == 1 {
		return r.bundle.SortedMenus()[0], nil
	}
	return nil, verb.Mistakef("needs a menu")
}

// nodeTable is a node as scripts see it.
func (r *run) nodeTable(n *menu.Node, lang string) *lua.LTable {
	t := r.L.CreateTable(0, 8)
	for k, v := range map[string]string{
		"id": n.ID, "name": n.Name(lang), "key": n.Key, "answer": n.Answer(lang), "flow": n.Flow, "dial": n.Dial,
	} {
		if v != "" {
			t.RawSetString(k, lua.LString(v))
		}
	}
	return t
}
