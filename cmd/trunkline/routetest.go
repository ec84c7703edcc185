package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"trunkline/call/number"
	"trunkline/call/route"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/sip/trunk"
)

// routeTestCmd says what would become of a call.
type routeTestCmd struct {
	Config string   `short:"c" type:"path" help:"Configuration file; without it the embedded default is asked." placeholder:"FILE"`
	Trunk  string   `required:"" help:"Whence the call comes." placeholder:"NAME"`
	From   string   `help:"Who calls, as the trunk writes it." placeholder:"NUMBER"`
	To     string   `required:"" help:"Who is called, as the trunk writes it." placeholder:"NUMBER"`
	At     string   `help:"When: 2026-12-24T18:00:00+01:00, or 2026-12-24 18:00 on the clock of this machine; default now." placeholder:"TIME"`
	Header []string `sep:"none" help:"A header that the trunk brings. Repeatable." placeholder:"NAME:VALUE"`
}

// Run prints the decision with its reasons.
func (c routeTestCmd) Run() error {
	cfg, err := config.Load(c.Config, defaultConfig)
	if err != nil {
		return usageError{err}
	}
	at, err := c.moment(time.Now())
	if err != nil {
		return usageError{err}
	}
	q := route.Query{Trunk: c.Trunk, From: c.From, To: c.To, At: at, Headers: map[string]string{}}
	for _, h := range c.Header {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			return usageError{fmt.Errorf("--header %q: write NAME:VALUE", h)}
		}
		q.Headers[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	return explainRoute(os.Stdout, cfg, q)
}

func (c routeTestCmd) moment(now time.Time) (time.Time, error) {
	if c.At == "" {
		return now, nil
	}
	if at, err := time.Parse(time.RFC3339, c.At); err == nil {
		return at, nil
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", c.At, time.Local)
	if err != nil {
		return at, fmt.Errorf("--at %q: write 2026-12-24T18:00:00+01:00 or \"2026-12-24 18:00\"", c.At)
	}
	return at, nil
}

// explainRoute says what becomes of a call whose numbers are as the trunk writes
// them: which rule takes it, and how each trunk it may go on to would be dialled.
func explainRoute(w io.Writer, cfg *config.Config, q route.Query) error {
	trunks := map[string]trunk.Trunk{}
	for _, t := range cfg.All() {
		trunks[t.Name] = t.Effective()
	}
	from, ok := trunks[q.Trunk]
	if !ok {
		return usageError{fmt.Errorf("there is no trunk %q", q.Trunk)}
	}
	plan := number.New(from.Numbers)
	q.From, q.To = plan.CallerIn(q.From), plan.CalledIn(q.To)
	for name := range q.Headers {
		if !accepts(&from, name) {
			fmt.Fprintf(w, "trunk %s does not accept the header %s: it is left out\n", q.Trunk, name)
			delete(q.Headers, name)
		}
	}
	table, err := route.Compile(cfg.Plan())
	if err != nil {
		return err
	}
	tr := table.Trace(q)
	if err := route.Explain(w, tr); err != nil {
		return err
	}
	bridge := tr.Decision.Bridge
	if bridge == nil {
		return nil
	}
	policy := number.NewPolicy(cfg.Dialing, cfg.All())
	for _, m := range bridge.Group.Trunks {
		to := trunks[m.Name]
		if err := policy.Allow(m.Name, bridge.To); err != nil {
			fmt.Fprintf(w, "   through %s: refused: %v\n", m.Name, err)
			continue
		}
		fmt.Fprintf(w, "   through %s: dials %s\n", m.Name, number.New(to.Numbers).CalledOut(bridge.To))
	}
	return nil
}

// accepts reports whether a trunk may bring a header.
func accepts(t *trunk.Trunk, name string) bool {
	for _, a := range t.Headers.Accept {
		if strings.EqualFold(a, name) {
			return true
		}
	}
	return false
}
