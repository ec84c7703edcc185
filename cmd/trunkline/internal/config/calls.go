package config

import (
	"fmt"
	"slices"
	"strings"

	"trunkline/call/negotiate"
	"trunkline/call/number"
	"trunkline/sip/trunk"
)

// Mistake is something wrong with a trunk, a route or a rule, and where: a path
// such as trunks[1].targets[0].host, or NAME.targets[0].host of a trunk that was
// made through the API.
type Mistake struct {
	Made string // the name of that trunk; "" for what is in the file
	Path string
	Text string
}

// checkCalls looks at trunks, and at what names them.
func (v *validation) checkCalls(c *Config) {
	for _, m := range c.Mistakes() {
		if m.Made != "" {
			v.errs = append(v.errs, fmt.Errorf("%s: trunk %s: %s", c.TrunkFile(), m.Made, trunk.Problem{Path: m.Path, Text: m.Text}))
			continue
		}
		v.fail("$."+m.Path, "%s", m.Text)
	}
	v.checkRegistrar(&c.SIP.Registrar)
}

// Mistakes are those in trunks, routes, groups and dialing rules, held against
// each other.
func (c *Config) Mistakes() (found []Mistake) {
	all := c.All()
	add := func(prefix string, list []trunk.Problem) {
		for _, p := range list {
			found = append(found, Mistake{Path: prefix + p.Path, Text: p.Text})
		}
	}
	for _, p := range c.checkTrunks(c.Callable()) {
		var i int
		rest := p.Path
		if end := strings.IndexByte(p.Path, ']'); end > 0 {
			if _, err := fmt.Sscanf(p.Path[:end+1], "[%d]", &i); err == nil {
				rest = strings.TrimPrefix(p.Path[end+1:], ".")
			}
		}
		if n := i - len(c.Trunks); n >= 0 {
			found = append(found, Mistake{Made: c.Made[n].Name, Path: rest, Text: p.Text})
			continue
		}
		found = append(found, Mistake{Path: "trunks" + p.Path, Text: p.Text})
	}
	add("", c.Plan().Check(c.Callable()))
	add("dialing.", c.Dialing.Check(all))
	if r := c.SIP.Registrar.Trunk; r != "" && !named(all, r) {
		found = append(found, Mistake{Path: "sip.registrar.trunk", Text: fmt.Sprintf("there is no trunk %q", r)})
	}
	return found
}

// Callable returns All as calls see them: the trunk that registered phones are can
// be called where its users are, which sip knows. Its target is a name that leads
// nowhere (RFC 2606).
func (c *Config) Callable() []trunk.Trunk {
	all := c.All()
	for i := range all {
		if all[i].Name == c.SIP.Registrar.Trunk && !all[i].CanBeCalled() {
			all = slices.Clone(all)
			all[i].Target = "phones.invalid"
		}
	}
	return all
}

// checkTrunks adds to what the trunks' own package knows what others know of
// trunks: codecs, numbers, and what it takes to sign.
func (c *Config) checkTrunks(all []trunk.Trunk) []trunk.Problem {
	found := trunk.CheckAll(all)
	for i := range all {
		t := &all[i]
		for j, name := range t.Codecs {
			if _, err := negotiate.Codecs([]string{name}); err != nil {
				found = append(found, trunk.Problem{Path: fmt.Sprintf("[%d].codecs[%d]", i, j), Text: fmt.Sprintf("%q is no codec we speak", name)})
			}
		}
		for _, text := range c.Stir.lacks(t.Stir) {
			found = append(found, trunk.Problem{Path: fmt.Sprintf("[%d].stir", i), Text: text})
		}
		for _, p := range number.Check(t.Numbers) {
			found = append(found, trunk.Problem{Path: fmt.Sprintf("[%d].numbers.%s", i, p.Path), Text: p.Text})
		}
	}
	return found
}
