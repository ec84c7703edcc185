package route

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// Trace is a decision with its reasons.
type Trace struct {
	Query    Query
	Decision Decision
	Steps    []Step // the rules that were tried, the one that fits last
}

// Step is a rule that was tried.
type Step struct {
	Rule int
	Name string
	Why  string // why it did not fit; "" when it did
}

// Trace decides as Decide does and tells why. It is for people: it takes longer.
func (t *Table) Trace(q Query) Trace {
	tr := Trace{Query: q, Decision: t.Decide(q)}
	for i := range t.rules {
		r := &t.rules[i]
		_, key := r.miss(&q)
		tr.Steps = append(tr.Steps, Step{i, r.data.Name, r.reason(&q, key)})
		if key == "" {
			break
		}
	}
	return tr
}

// reason says why miss returned a key.
func (r *rule) reason(q *Query, key string) string {
	m := &r.match
	switch name, isHeader := strings.CutPrefix(key, "headers."); {
	case key == "":
		return ""
	case key == "not":
		return "not: all of these hold: " + strings.Join(r.not.keys(), ", ")
	case key == "trunk":
		return fmt.Sprintf("trunk: %s is not %s", cmp.Or(q.Trunk, "none"), strings.Join(m.trunks, " or "))
	case key == "to":
		return "to: " + m.to.reason(q.To)
	case key == "from":
		return "from: " + m.from.reason(q.From)
	case isHeader:
		i := slices.IndexFunc(m.headers, func(h header) bool { return h.name == name })
		value, there := q.header(name)
		if !there {
			return key + ": the call does not bring it"
		}
		return key + ": " + m.headers[i].pattern.reason(value)
	}
	return key + ": " + m.when.reason(key, q.At)
}

// reason says why text does not fit.
func (p pattern) reason(text string) string {
	switch {
	case len(text) > maxValue:
		return fmt.Sprintf("longer than %d bytes", maxValue)
	case p.expr != nil:
		return fmt.Sprintf("%q does not match %s", text, p.text)
	case p.open:
		return fmt.Sprintf("%q does not begin with %s", text, p.prefix)
	}
	return fmt.Sprintf("%q is not %s", text, p.text)
}

// keys are the conditions there are.
func (m *matcher) keys() (keys []string) {
	for key, there := range map[string]bool{
		"trunk": len(m.trunks) > 0, "to": m.to.text != "", "from": m.from.text != "", "headers": len(m.headers) > 0, "when": m.when != nil,
	} {
		if there {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Explain writes a trace for people.
func Explain(w io.Writer, tr Trace) error {
	var b strings.Builder
	q := tr.Query
	fmt.Fprintf(&b, "call from trunk %s, %s to %s, at %s\n", cmp.Or(q.Trunk, "none"), cmp.Or(q.From, "nobody"),
		cmp.Or(q.To, "nobody"), q.At.Format("Mon 2006-01-02 15:04 MST"))
	for _, name := range slices.Sorted(maps.Keys(q.Headers)) {
		fmt.Fprintf(&b, "  %s: %s\n", name, q.Headers[name])
	}
	for _, s := range tr.Steps {
		name := fmt.Sprintf("routes[%d]", s.Rule)
		if s.Name != "" {
			name += " " + s.Name
		}
		fmt.Fprintf(&b, "  %s: %s\n", name, cmp.Or(s.Why, "fits"))
	}
	fmt.Fprintf(&b, "=> %s\n", tr.Decision)
	_, err := io.WriteString(w, b.String())
	return err
}

// String says in words what happens: "flow hotline, with lang=en".
func (d Decision) String() string {
	var parts []string
	switch {
	case d.Rule < 0:
		return "no route fits: refused with not_found"
	case d.Reject != "":
		return "refused with " + d.Reject
	case d.Bridge != nil:
		return d.Bridge.String()
	}
	for _, name := range slices.Sorted(maps.Keys(d.Vars)) {
		parts = append(parts, name+"="+d.Vars[name])
	}
	if len(parts) == 0 {
		return "flow " + d.Flow
	}
	return "flow " + d.Flow + ", with " + strings.Join(parts, ", ")
}

// String says in words who is called: "bridge to 4930123 through a, b".
func (c Connection) String() string {
	text := fmt.Sprintf("bridge to %s through %s", cmp.Or(c.To, "nobody"), c.Group)
	if c.From != "" {
		text += " as " + c.From
	}
	if c.Timeout != 0 {
		text += fmt.Sprintf(", each for %s", c.Timeout.Round(time.Millisecond))
	}
	return text
}

// String lists the trunks: "group carriers (weight): a:1x10, b:1x5", or "a, b".
func (g Group) String() string {
	var names []string
	for _, m := range g.Trunks {
		if g.Name == "" {
			names = append(names, m.Name)
			continue
		}
		names = append(names, fmt.Sprintf("%s (priority %d, weight %d)", m.Name, m.Priority, m.weight()))
	}
	list := strings.Join(names, ", ")
	if g.Name == "" {
		return list
	}
	return fmt.Sprintf("group %s, by %s: %s", g.Name, cmp.Or(g.Pick, pickPriority), list)
}
