package route

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trunkline/sip/trunk"
)

// Query is what is known of a call that comes in. Its numbers are as known inside,
// after rewriting; its headers are those the trunk may bring.
type Query struct {
	Trunk   string
	From    string
	To      string
	Headers map[string]string
	At      time.Time
}

// Decision is what happens to a call.
type Decision struct {
	Rule int    // index in Plan.Routes; -1 when none fits
	Name string // of the rule

	Flow   string
	Vars   map[string]string // handed to the flow; never shared
	Bridge *Connection
	Reject string
}

// Connection is a bridge with everything filled in.
type Connection struct {
	Group   Group         // trunks to try, in the order that Group.Order gives
	To      string        // may be anything a caller sent: the gate looks at it
	From    string        // "" keeps the caller's
	Timeout time.Duration // 0 leaves it to the caller
}

// Table is a plan made ready. It does not change and may be used by any goroutine.
type Table struct{ rules []rule }

// rule is a Rule made ready.
type rule struct {
	data     *Rule
	index    int
	match    matcher
	not      *matcher
	vars     map[string]template
	to, from template
	group    Group
}

// matcher is a Match made ready.
type matcher struct {
	trunks   []string // none: any
	to, from pattern
	headers  []header
	when     *window
}

type header struct {
	name    string
	pattern pattern
}

// Compile makes a plan ready. Whoever has seen no problem from Check gets no error.
// The plan must not change afterwards.
func Compile(p Plan) (*Table, error) {
	c := compiler{plan: p}
	t := c.compile()
	var errs []error
	for _, problem := range c.found {
		errs = append(errs, errors.New(problem.String()))
	}
	if len(errs) > 0 {
		return nil, fmt.Errorf("compile routes: %w", errors.Join(errs...))
	}
	return t, nil
}

// compiler collects what is wrong with a plan while it makes it ready.
type compiler struct {
	plan  Plan
	found []trunk.Problem
}

func (c *compiler) fail(path, format string, args ...any) {
	c.found = append(c.found, trunk.Problem{Path: strings.TrimSuffix(path, "."), Text: fmt.Sprintf(format, args...)})
}

func (c *compiler) compile() *Table {
	t := &Table{}
	for i := range c.plan.Routes {
		path := fmt.Sprintf("routes[%d]", i)
		data := &c.plan.Routes[i]
		names := []string{"to", "from", "trunk"}
		r := rule{data: data, index: i}
		r.match = c.matcher(path, data.Match, &names)
		if data.Not != nil {
			never := slices.Clone(names) // what did not fit gives nothing to templates
			not := c.matcher(path+".not", *data.Not, &never)
			r.not = &not
		}
		r.vars = map[string]template{}
		for _, name := range slices.Sorted(maps.Keys(data.Vars)) {
			r.vars[name] = c.template(path+".vars."+name, data.Vars[name], names)
		}
		if b := data.Bridge; b != nil {
			r.to, r.from = c.template(path+".bridge.to", b.To, names), c.template(path+".bridge.from", b.From, names)
			r.group = c.plan.group(b)
		}
		t.rules = append(t.rules, r)
	}
	return t
}

// matcher makes conditions ready, and adds the names that they give to templates.
func (c *compiler) matcher(path string, m Match, names *[]string) matcher {
	r := matcher{trunks: m.Trunks}
	if m.Trunk != "" {
		r.trunks = []string{m.Trunk}
	}
	r.to = c.pattern(path+".to", m.To, "rest", names)
	r.from = c.pattern(path+".from", m.From, "from_rest", names)
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		r.headers = append(r.headers, header{name, c.pattern(path+".headers."+name, m.Headers[name], "", names)})
	}
	if m.When != nil {
		r.when = parseWhen(*m.When, c.plan.Holidays, func(key string, err error) { c.fail(path+".when."+key, "%v", err) })
	}
	return r
}

func (c *compiler) pattern(path, text, rest string, names *[]string) pattern {
	p, err := parsePattern(text, rest)
	if err != nil {
		c.fail(path, "%q: %v", text, err)
	}
	for _, name := range p.names() {
		if slices.Contains(*names, name) {
			c.fail(path, "%q: {%s} would have two meanings", text, name)
		}
		*names = append(*names, name)
	}
	return p
}

func (c *compiler) template(path, text string, names []string) template {
	t, err := parseTemplate(text, names)
	if err != nil {
		c.fail(path, "%q: %v", text, err)
	}
	return t
}

// Decide returns what happens to a call.
func (t *Table) Decide(q Query) Decision {
	for i := range t.rules {
		r := &t.rules[i]
		if c, key := r.miss(&q); key == "" {
			return r.decision(c)
		}
	}
	return Decision{Rule: -1}
}

// miss returns which key keeps a call out; "" when none does, with what templates
// may use.
func (r *rule) miss(q *Query) (captures, string) {
	var c captures
	if key := r.match.miss(q, &c); key != "" {
		return nil, key
	}
	if r.not != nil {
		var none captures
		if r.not.miss(q, &none) == "" {
			return nil, "not"
		}
	}
	c.add("to", q.To)
	c.add("from", q.From)
	c.add("trunk", q.Trunk)
	return c, ""
}

func (m *matcher) miss(q *Query, c *captures) string {
	switch {
	case len(m.trunks) > 0 && !slices.Contains(m.trunks, q.Trunk):
		return "trunk"
	case !m.to.fits(q.To, c):
		return "to"
	case !m.from.fits(q.From, c):
		return "from"
	}
	for _, h := range m.headers {
		value, there := q.header(h.name)
		if !there || !h.pattern.fits(value, c) {
			return "headers." + h.name
		}
	}
	if m.when != nil {
		return m.when.miss(q.At)
	}
	return ""
}

// header finds a header whatever its case.
func (q *Query) header(name string) (string, bool) {
	if value, ok := q.Headers[name]; ok {
		return value, true
	}
	for n, value := range q.Headers {
		if strings.EqualFold(n, name) {
			return value, true
		}
	}
	return "", false
}

func (r *rule) decision(c captures) Decision {
	d := Decision{Rule: r.index, Name: r.data.Name, Flow: r.data.Flow, Reject: r.data.Reject}
	if len(r.vars) > 0 {
		d.Vars = map[string]string{}
		for name, t := range r.vars {
			d.Vars[name] = t.expand(c)
		}
	}
	if b := r.data.Bridge; b != nil {
		d.Bridge = &Connection{Group: r.group, To: c.get("to"), From: r.from.expand(c), Timeout: time.Duration(b.Timeout)}
		if b.To != "" {
			d.Bridge.To = r.to.expand(c)
		}
	}
	return d
}
