package flowtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/caller"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// What callers do and hear.

func within(def string) verb.Arg {
	return verb.Arg{Name: "within", Kind: value.Duration, Default: def, Doc: "how long to wait for it"}
}

func hearsRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "hears",
		Doc:  "Waits until a prompt begins that has this text in it, after the one heard before.",
		Args: []verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "a part of the text, or of the name of the sound file"},
			within("60s"),
		},
		Result: "the prompt: text, file, lang, at, heard, total (seconds), outcome (\"\" while it plays)",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		var found caller.Prompt
		came := func() bool {
			for i, p := range c.caller.Prompts() {
				if i >= c.heard && has(p, a.Text("text")) {
					found, c.heard = p, i+1
					return true
				}
			}
			return false
		}
		if c.caller.Await(c.ctx(), a.Duration("within"), came) {
			return c.promptTable(found), nil
		}
		instead := c.unheard(a.Text("text"))
		return nil, c.missed(fmt.Sprintf("the caller never heard %q", a.Text("text")), a.Duration("within"), instead)
	}}
}

// has reports whether a prompt has a text in it.
func has(p caller.Prompt, text string) bool {
	return strings.Contains(p.Text, text) || strings.Contains(p.File, text)
}

// missed says that something did not come, why the wait was given up, and what
// else is known.
func (c *scene) missed(what string, within time.Duration, instead string) error {
	if cause, over := c.caller.Ended(); over {
		return fmt.Errorf("%s: the call is over (%s, by %s)%s%s", what, cause.Code, cause.By, instead, c.deaf())
	}
	return fmt.Errorf("%s within %v%s%s%s", what, within, instead, c.deaf(), c.at())
}

// current is the prompt that was heard last, or else the latest.
func (c *scene) current() (caller.Prompt, error) {
	all := c.caller.Prompts()
	switch {
	case c.heard > 0:
		return all[c.heard-1], nil
	case len(all) > 0:
		return all[len(all)-1], nil
	}
	return caller.Prompt{}, errors.New("the caller has heard nothing yet")
}

func hearsOutRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "hears_out", Doc: "Waits for the end of the prompt that was heard last.",
		Args: []verb.Arg{within("60s")}, Result: "the prompt",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		p, err := c.current()
		if err != nil {
			return nil, err
		}
		ended := func() bool {
			p, err = c.current()
			return p.Outcome != ""
		}
		if !c.caller.Await(c.ctx(), a.Duration("within"), ended) {
			return nil, c.missed(fmt.Sprintf("%q did not end", p.Text), a.Duration("within"), "")
		}
		return c.promptTable(p), err
	}}
}

func saysArgs() []verb.Arg {
	return []verb.Arg{
		{Name: "confidence", Kind: value.Number, Default: "", Doc: "how sure the recogniser is, 0 to 1; else 0.9"},
		{Name: "lasts", Kind: value.Duration, Doc: "how long it takes; else 60 ms a letter, 180 ms a Chinese character"},
	}
}

func words(text string, a verb.Args) (caller.Words, error) {
	w := caller.Words{Text: text, Confidence: a.Level("confidence"), Lasts: a.Duration("lasts")}
	if w.Confidence < 0 || w.Confidence > 1 {
		return w, fmt.Errorf("says: argument confidence: want 0 to 1, got %v", w.Confidence)
	}
	return w, nil
}

func saysRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "says", Doc: "Speaks, and waits for its own end. The recogniser understands the words as they are written.",
		Args: append([]verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "the words; \"\" is a noise without any"},
		}, saysArgs()...),
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		w, err := words(a.Text("text"), a)
		if err != nil {
			return nil, err
		}
		return nil, c.doing(func() { c.caller.Say(c.ctx(), w) })
	}}
}

// doing does something that needs a call.
func (c *scene) doing(do func()) error {
	if cause, over := c.caller.Ended(); over {
		t := c.caller.Times()
		return fmt.Errorf("the call is over already (%s, by %s, after %.1f s)", cause.Code, cause.By, t.Ended.Sub(t.Started).Seconds())
	}
	do()
	return nil
}

func pressesRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "presses", Doc: "Presses keys.",
		Args: []verb.Arg{
			{Name: "keys", Kind: value.Digits, Lead: true, Required: true, Doc: "0-9 * #"},
			{Name: "gap", Kind: value.Duration, Default: "200ms", Doc: "time between two keys"},
		},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		return nil, c.doing(func() { c.caller.Press(c.ctx(), a.Text("keys"), a.Duration("gap")) })
	}}
}

func interruptsRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "interrupts", Doc: "Says or presses something at a moment of the prompt that was heard last, which must still be playing.",
		Args: append([]verb.Arg{
			{Name: "after", Kind: value.Duration, Required: true, Doc: "how much of the prompt the caller lets pass"},
			{Name: "says", Kind: value.Text, Doc: "the words"},
			{Name: "presses", Kind: value.Digits, Doc: "instead: the keys"},
		}, saysArgs()...),
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		w, err := words(a.Text("says"), a)
		switch {
		case err != nil:
			return nil, err
		case a.Has("says") == a.Has("presses"):
			return nil, errors.New("interrupts: one of says and presses is needed")
		}
		if err := c.listenTo(a.Duration("after")); err != nil {
			return nil, err
		}
		return nil, c.doing(func() {
			if a.Has("presses") {
				c.caller.Press(c.ctx(), a.Text("presses"), 200*time.Millisecond)
			} else {
				c.caller.Say(c.ctx(), w)
			}
		})
	}}
}

// listenTo waits until so much of a prompt was heard.
func (c *scene) listenTo(after time.Duration) error {
	for waited := time.Duration(0); waited < longestTest; {
		p, err := c.current()
		switch left := after - p.Heard; {
		case err != nil:
			return err
		case p.Outcome != "":
			return fmt.Errorf("%q was over after %v, before the caller could interrupt it after %v", p.Text+p.File, p.Heard, after)
		case left <= 0:
			return nil
		default:
			c.caller.Wait(c.ctx(), left)
			waited += left
		}
	}
	return errors.New("the prompt does not go on")
}

func silentRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "silent", Doc: "Says and presses nothing for a while, or until the call is over.",
		Args:   []verb.Arg{{Name: "time", Kind: value.Duration, Lead: true, Required: true, Doc: "for how long"}},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		return nil, c.doing(func() { c.caller.Stay(c.ctx(), a.Duration("time")) })
	}}
}

func waitsRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "waits", Doc: "Lets time pass, also when the call is over.",
		Args:   []verb.Arg{{Name: "time", Kind: value.Duration, Lead: true, Required: true, Doc: "how much"}},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		pass(c.ctx(), a.Duration("time"))
		return nil, nil
	}}
}

func messageRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "message", Doc: "Sends the flow a message about this call, as a program does through the API: see `call:on`.",
		Args:   []verb.Arg{{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "the message"}},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		return nil, c.doing(func() { c.caller.Message(a.Text("text")) })
	}}
}

func hangsUpRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "hangs_up", Doc: "Ends the call, and waits until the flow is done.", Result: "nothing",
	}, Run: func(c *scene, _ verb.Args) (lua.LValue, error) {
		return nil, c.doing(func() {
			c.caller.HangUp()
			c.join()
		})
	}}
}

// What callers find.

func atRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "at", Doc: "Says which node of a menu what the caller did last must have led to, and waits for it if need be.",
		Args: []verb.Arg{
			{Name: "node", Kind: value.Text, Lead: true, Required: true, Doc: "id of the node"},
			{Name: "by", Kind: value.Text, Doc: "how it was reached: speech, key, rule or flow"},
			within("15s"),
		},
		Result: "a table: menu, node, by, score",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		if err := c.trial.suite.isNode(a.Text("node")); err != nil {
			return nil, err
		}
		var nodes []caller.Event
		reached := func() bool {
			all, since := c.caller.Nodes()
			nodes = all
			return since < len(all)
		}
		if !c.caller.Await(c.ctx(), a.Duration("within"), reached) {
			return nil, c.missed(fmt.Sprintf("the caller did not reach node %s, nor another", a.Text("node")), a.Duration("within"), c.before(nodes, a.Text("node")))
		}
		n := nodes[len(nodes)-1]
		switch {
		case n.Text != a.Text("node"):
			return nil, fmt.Errorf("the caller is at node %s (%s), not at %s", n.Text, c.how(n), a.Text("node"))
		case a.Has("by") && n.By != a.Text("by"):
			return nil, fmt.Errorf("node %s was reached %s, not by %s", n.Text, c.how(n), a.Text("by"))
		}
		return c.record(map[string]any{"menu": n.Menu, "node": n.Text, "by": n.By, "score": n.Score}), nil
	}}
}

func nodesRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "nodes", Doc: "Says which nodes the caller must have reached so far, all of them in order.",
		Args:   []verb.Arg{{Name: "nodes", Kind: value.Texts, Lead: true, Whole: true, Required: true, Doc: "their ids"}},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		for _, id := range a.Texts("nodes") {
			if err := c.trial.suite.isNode(id); err != nil {
				return nil, err
			}
		}
		all, _ := c.caller.Nodes()
		var got []string
		for _, n := range all {
			got = append(got, n.Text)
		}
		if !slices.Equal(got, a.Texts("nodes")) {
			return nil, fmt.Errorf("the caller went to %s, not to %s", list(got), list(a.Texts("nodes")))
		}
		return nil, nil
	}}
}

// isNode keeps slips of the pen from being nodes that callers do not reach.
func (s *Suite) isNode(id string) error {
	var all []string
	for _, m := range s.bundle.SortedMenus() {
		for _, n := range m.Nodes {
			all = append(all, n.ID)
		}
	}
	if slices.Contains(all, id) {
		return nil
	}
	return fmt.Errorf("no menu has a node %q; %s", id, there(id, all))
}

func list(names []string) string {
	if len(names) == 0 {
		return "no node"
	}
	return strings.Join(names, ", ")
}

func neverRow() *callerRow {
	return &callerRow{Shape: shape{
		Name: "never", Doc: "Says what must not have been in any prompt so far.",
		Args:   []verb.Arg{{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "a part of a text"}},
		Result: "nothing",
	}, Run: func(c *scene, a verb.Args) (lua.LValue, error) {
		for _, p := range c.caller.Prompts() {
			if strings.Contains(p.Text, a.Text("text")) || strings.Contains(p.File, a.Text("text")) {
				return nil, fmt.Errorf("the caller heard %q after %.1f s", p.Text+p.File, p.Began.Seconds())
			}
		}
		return nil, nil
	}}
}
