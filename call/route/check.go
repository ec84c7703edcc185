package route

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trunkline/sip"
	"trunkline/sip/trunk"
)

// Check returns everything that is wrong with a plan beside these trunks. Whether
// flows exist is not looked at: cmd knows which there are.
func (p Plan) Check(trunks []trunk.Trunk) []trunk.Problem {
	c := checker{compiler: compiler{plan: p}, trunks: map[string]*trunk.Trunk{}, groups: map[string]bool{}}
	for i := range trunks {
		c.trunks[trunks[i].Name] = &trunks[i]
	}
	c.compile()
	for i, g := range p.Groups {
		c.checkGroup(fmt.Sprintf("groups[%d]", i), g)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Holidays)) {
		path := "holidays." + name
		if _, err := parseDates(name); err == nil || name == "" {
			c.fail(path, "a name that is no date is needed")
		}
		for i, text := range p.Holidays[name] {
			if _, err := parseDates(text); err != nil {
				c.fail(fmt.Sprintf("%s[%d]", path, i), "%v", err)
			}
		}
	}
	for i, r := range p.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		c.checkMatch(path, r.Match)
		if r.Not != nil {
			if r.Not.isEmpty() {
				c.fail(path+".not", "has no conditions: nothing would ever fit")
			}
			c.checkMatch(path+".not", *r.Not)
		}
		c.checkAction(path, r)
	}
	return c.found
}

// checker knows what rules may name.
type checker struct {
	compiler
	trunks map[string]*trunk.Trunk
	groups map[string]bool
}

func (c *checker) checkGroup(path string, g Group) {
	switch {
	case g.Name == "":
		c.fail(path+".name", "a name is needed")
	case c.groups[g.Name]:
		c.fail(path+".name", "%q is the name of another group too", g.Name)
	}
	c.groups[g.Name] = true
	if len(g.Trunks) == 0 {
		c.fail(path+".trunks", "trunks are needed")
	}
	if !slices.Contains([]string{"", pickPriority, pickWeight, pickLeastUsed}, g.Pick) {
		c.fail(path+".pick", "%q is not one of %s, %s, %s", g.Pick, pickPriority, pickWeight, pickLeastUsed)
	}
	seen := map[string]bool{}
	for i, m := range g.Trunks {
		at := fmt.Sprintf("%s.trunks[%d]", path, i)
		c.checkCallee(at+".name", m.Name)
		if seen[m.Name] {
			c.fail(at+".name", "%q is there already", m.Name)
		}
		seen[m.Name] = true
		if m.Priority < 0 || m.Priority > 65535 {
			c.fail(at+".priority", "%d: 0 to 65535", m.Priority)
		}
		if m.Weight < 0 || m.Weight > 65535 {
			c.fail(at+".weight", "%d: 0 to 65535", m.Weight)
		}
	}
}

// checkCallee wants a trunk that can be called: one with a target, or with
// accounts, whose users may register.
func (c *checker) checkCallee(path, name string) {
	t := c.trunks[name]
	switch {
	case t == nil:
		c.fail(path, "there is no trunk %q", name)
	case !t.CanBeCalled() && len(t.Accounts) == 0:
		c.fail(path, "trunk %s has no target: it may only call us", name)
	}
}

func (c *checker) checkMatch(path string, m Match) {
	if m.Trunk != "" && len(m.Trunks) > 0 {
		c.fail(path+".trunks", "trunk or trunks, not both")
	}
	if m.Trunk != "" && c.trunks[m.Trunk] == nil {
		c.fail(path+".trunk", "there is no trunk %q", m.Trunk)
	}
	for i, name := range m.Trunks {
		if c.trunks[name] == nil {
			c.fail(fmt.Sprintf("%s.trunks[%d]", path, i), "there is no trunk %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		at := path + ".headers." + name
		switch {
		case m.Headers[name] == "":
			c.fail(at, "a pattern is needed; * fits any value")
		case !c.accepted(m, name):
			c.fail(at, "no trunk that may come here brings this header: name it in headers.accept of the trunk")
		}
	}
}

// accepted reports whether a trunk whose calls may fit is allowed to bring a header.
func (c *checker) accepted(m Match, header string) bool {
	for name, t := range c.trunks {
		if m.Trunk != "" && m.Trunk != name || len(m.Trunks) > 0 && !slices.Contains(m.Trunks, name) {
			continue
		}
		if slices.ContainsFunc(t.Headers.Accept, func(a string) bool { return strings.EqualFold(a, header) }) {
			return true
		}
	}
	return false
}

func (m *Match) isEmpty() bool {
	return m.Trunk == "" && len(m.Trunks) == 0 && m.To == "" && m.From == "" && len(m.Headers) == 0 && m.When == nil
}

func (c *checker) checkAction(path string, r Rule) {
	actions := 0
	for _, there := range []bool{r.Flow != "", r.Bridge != nil, r.Reject != ""} {
		if there {
			actions++
		}
	}
	switch {
	case actions == 0:
		c.fail(path+".flow", "a flow is needed, or a bridge, or reject")
	case actions > 1:
		c.fail(path, "a route has a flow, a bridge or reject, not several of them")
	case len(r.Vars) > 0 && r.Flow == "":
		c.fail(path+".vars", "are for a flow, and there is none")
	}
	if code := sip.Code(r.Reject); code != "" && (sip.New(code, "").Code != code || code == sip.Normal) {
		c.fail(path+".reject", "%q is no code such as busy, rejected or not_found", r.Reject)
	}
	if r.Bridge != nil {
		c.checkBridge(path+".bridge", *r.Bridge)
	}
}

// longestRing keeps callers from being forgotten.
const longestRing = 10 * time.Minute

func (c *checker) checkBridge(path string, b Bridge) {
	ways := 0
	for _, there := range []bool{b.Trunk != "", len(b.Trunks) > 0, b.Group != ""} {
		if there {
			ways++
		}
	}
	if ways != 1 {
		c.fail(path, "one of trunk, trunks and group is needed")
	}
	if b.Trunk != "" {
		c.checkCallee(path+".trunk", b.Trunk)
	}
	for i, name := range b.Trunks {
		at := fmt.Sprintf("%s.trunks[%d]", path, i)
		c.checkCallee(at, name)
		if slices.Contains(b.Trunks[:i], name) {
			c.fail(at, "%q is there already", name)
		}
	}
	if b.Group != "" && !c.groups[b.Group] {
		c.fail(path+".group", "there is no group %q", b.Group)
	}
	if t := time.Duration(b.Timeout); t != 0 && (t < time.Second || t > longestRing) {
		c.fail(path+".timeout", "%s: %s to %s", t, time.Second, longestRing)
	}
}
