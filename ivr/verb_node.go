package ivr

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/call/event"
	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
)

func nodeVerb() *verb {
	return &verb{
		name: "node",
		doc:  "Notes that the caller has come to a node of a menu, and returns what the menu says of it. ask does so by itself.",
		args: []arg{
			{name: "id", kind: value.Text, lead: true, required: true, doc: "the node"},
			{name: "menu", kind: value.Text, doc: "the menu; else that of the latest ask"},
			langArg(),
		},
		result: "a table: id, name, key, answer (what to say there), flow, dial",
		run:    markNode,
	}
}

func markNode(r *run, a args) (lua.LValue, error) {
	m, err := r.menuNamed(a.text("menu"))
	if err != nil {
		return nil, err
	}
	n := m.Node(a.text("id"))
	if n == nil {
		return nil, mistakef("menu %s has no node %q", m.ID, sandbox.Clip(a.text("id")))
	}
	r.menu = m
	r.line.Emit(event.NodeReached{Menu: m.ID, Node: n.ID, By: "flow"})
	return r.nodeTable(n, r.lang(a.text("lang"))), nil
}

// menuNamed finds a menu; "" is the latest one asked with, or the only one.
func (r *run) menuNamed(name string) (*menu.Menu, error) {
	if name != "" {
		if m := r.bundle.menus[name]; m != nil {
			return m, nil
		}
		return nil, mistakef("there is no menu %q", sandbox.Clip(name))
	}
	if r.menu != nil {
		return r.menu, nil
	}
	if len(r.bundle.menus) == 1 {
		return r.bundle.sortedMenus()[0], nil
	}
	return nil, mistakef("needs a menu")
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
