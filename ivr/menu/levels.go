package menu

import (
	"fmt"
	"slices"
	"strings"
)

// Group is a level of the key tree: "for cards press 1", and then one of its nodes.
type Group struct {
	ID    string
	Level *Level

	key     string // as the file has it, "" to be numbered
	group   string // the group it stands in, by id
	line    int
	names   texts
	prompts texts
}

// Name returns what the group is called in a language ("cards").
func (g *Group) Name(lang string) string { return pick(g.names, lang) }

// Level is what a caller chooses from by key at one time: the top of the menu, a group, or a
// further page of either. Commands are understood on every level.
type Level struct {
	Path  string // the digits that lead here from the top
	Up    *Level // where "back" leads; nil at the top
	Group *Group // nil at the top and its pages

	menu    *Menu
	entries []Entry
}

// Entry is one key of a level: a node, or a level below (a group, or the next page).
type Entry struct {
	Key   string
	Node  *Node
	Below *Level // set when Node is nil
}

// Step is what digits pressed on a level mean. When they are Complete, one of the three is set.
type Step struct {
	Press   Press
	Node    *Node
	Command *Command
	Level   *Level // go there and offer its keys
}

// Top is where choosing by keys begins.
func (m *Menu) Top() *Level { return m.top }

// Entries lists the keys of the level, commands left out.
func (l *Level) Entries() []Entry { return slices.Clone(l.entries) }

// Press looks up what was pressed since the level was entered. No key begins with another, so
// Complete needs no waiting for further digits.
func (l *Level) Press(digits string) Step {
	out := Step{}
	if digits == "" {
		out.Press = Partial
	}
	for _, e := range l.entries {
		switch {
		case e.Key == digits:
			return Step{Press: Complete, Node: e.Node, Level: e.Below}
		case strings.HasPrefix(e.Key, digits):
			out.Press = Partial
		}
	}
	for _, c := range l.menu.Commands {
		switch {
		case c.Key == "":
		case c.Key == digits:
			return Step{Press: Complete, Command: c}
		case strings.HasPrefix(c.Key, digits):
			out.Press = Partial
		}
	}
	return out
}

// Prompt is the spoken list of the level's keys: what the group says first, then a line for every
// entry, then one for every command that has a key and a name.
func (l *Level) Prompt(lang string) string {
	lang = l.menu.Language(lang)
	line := l.menu.Prompt(PromptKeys, lang)
	var lines []string
	add := func(line, name, key string) {
		if line != "" && key != "" {
			lines = append(lines, strings.NewReplacer("{name}", name, "{key}", spoken(key, lang)).Replace(line))
		}
	}
	named := func(name, key string) {
		if name != "" {
			add(line, name, key)
		}
	}
	if l.Group != nil && l.Group.Level == l { // not on its further pages
		if intro := pick(l.Group.prompts, lang); intro != "" {
			lines = append(lines, intro)
		}
	}
	for _, e := range l.entries {
		switch {
		case e.Node != nil:
			named(e.Node.names[lang], e.Key)
		case e.page(l):
			add(l.menu.Prompt(PromptMore, lang), "", e.Key)
		default:
			named(e.Below.Group.names[lang], e.Key)
		}
	}
	for _, c := range l.menu.Commands {
		named(c.names[lang], c.Key)
	}
	if primary(lang) == "zh" { // sentences are not set apart by blanks
		return strings.Join(lines, "")
	}
	return strings.Join(lines, " ")
}

// page reports that the entry leads to the next page of l rather than to a group.
func (e Entry) page(l *Level) bool { return e.Below != nil && e.Below.Group == l.Group }

// item is what wants a key on a level.
type item struct {
	node  *Node
	group *Group
	key   string // given by the file, or ""
}

func (i item) String() string {
	if i.node != nil {
		return "node " + i.node.ID
	}
	return "group " + i.group.ID
}

// numberer builds the key tree of a menu.
type numberer struct {
	menu *Menu
	auto bool              // number what has no key
	fail func(item, error) // hears of every item that is left without

	paged bool // some level has a further page
}

// build makes the top level and all below it. Groups and nodes know the ones they stand in.
func (b *numberer) build() {
	b.menu.top = &Level{menu: b.menu}
	b.fill(b.menu.top, b.items(nil))
}

// items lists what stands directly in a group, in the order of the nodes.
func (b *numberer) items(g *Group) []item {
	var out []item
	for _, n := range b.menu.Nodes {
		if n.Group == g {
			if !n.keyless {
				out = append(out, item{node: n, key: n.Key})
			}
			continue
		}
		below := b.menu.within(n, g)
		if below != nil && !slices.ContainsFunc(out, func(i item) bool { return i.group == below }) {
			out = append(out, item{group: below, key: below.key})
		}
	}
	return out
}

// within returns the group directly below g that leads to n, nil when none does.
func (m *Menu) within(n *Node, g *Group) *Group {
	for at := n.Group; at != nil; at = m.groupNamed(at.group) {
		if m.groupNamed(at.group) == g {
			return at
		}
	}
	return nil
}

func (m *Menu) groupNamed(id string) *Group {
	for _, g := range m.groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// fill gives each item of a level its key and builds what is below.
func (b *numberer) fill(l *Level, items []item) {
	free := b.free(items)
	if l.Up == nil { // where callers expect a person
		b.claim(items, b.menu.Human.Node, "0")
	}
	open := 0
	for _, i := range items {
		if i.key == "" {
			open++
		}
	}
	var rest []item
	more := ""
	if b.auto && open > len(free) && len(free) > 1 {
		more = free[len(free)-1]
		free = free[:len(free)-1]
	}
	for _, i := range items {
		switch {
		case i.key != "":
		case !b.auto:
			continue
		case len(free) > 0:
			i.key, free = free[0], free[1:]
		case more != "":
			rest = append(rest, i)
			continue
		default:
			b.fail(i, fmt.Errorf("no key is left on its level"))
			continue
		}
		b.place(l, i)
	}
	if len(rest) > 0 {
		b.paged = true
		page := &Level{menu: b.menu, Path: l.Path + more, Up: l, Group: l.Group}
		l.entries = append(l.entries, Entry{Key: more, Below: page})
		b.fill(page, rest)
	}
}

// claim gives a node that has no key one that nothing on its level begins with.
func (b *numberer) claim(items []item, n *Node, key string) {
	i := slices.IndexFunc(items, func(i item) bool { return n != nil && i.node == n && i.key == "" })
	if b.auto && i >= 0 && !b.taken(items, key) {
		items[i].key = key
	}
}

// place puts an item with its key on a level.
func (b *numberer) place(l *Level, i item) {
	if i.node != nil {
		i.node.Key = l.Path + i.key
		l.entries = append(l.entries, Entry{Key: i.key, Node: i.node})
		return
	}
	i.group.Level = &Level{menu: b.menu, Path: l.Path + i.key, Up: l, Group: i.group}
	l.entries = append(l.entries, Entry{Key: i.key, Below: i.group.Level})
	b.fill(i.group.Level, b.items(i.group))
}

// free lists the digits 1 to 9 that no command and no given key of the level begins with.
func (b *numberer) free(items []item) []string {
	var out []string
	for d := '1'; d <= '9'; d++ {
		if !b.taken(items, string(d)) {
			out = append(out, string(d))
		}
	}
	return out
}

func (b *numberer) taken(items []item, digit string) bool {
	return slices.ContainsFunc(items, func(i item) bool { return strings.HasPrefix(i.key, digit) }) ||
		slices.ContainsFunc(b.menu.Commands, func(c *Command) bool { return strings.HasPrefix(c.Key, digit) })
}
