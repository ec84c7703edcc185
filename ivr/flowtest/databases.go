package flowtest

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/lib/query"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// queryRule is what the test says about a named query.
type queryRule struct {
	name    string
	with    map[string]any // parameters that it must have
	rows    []query.Row
	changed int
	err     string
	after   time.Duration
}

// databases answer named queries as the test says.
type databases struct{ rules *rules[queryRule] }

func (d databases) Query(ctx context.Context, name string, params map[string]any) ([]query.Row, error) {
	r, err := d.ask(ctx, name, params)
	return r.rows, err
}

func (d databases) Exec(ctx context.Context, name string, params map[string]any) (changed int64, err error) {
	r, err := d.ask(ctx, name, params)
	return int64(r.changed), err
}

func (d databases) ask(ctx context.Context, name string, params map[string]any) (queryRule, error) {
	r, ok := d.rules.pick(func(r queryRule) bool {
		for p, v := range r.with {
			if fmt.Sprint(params[p]) != fmt.Sprint(v) {
				return false
			}
		}
		return r.name == name
	})
	switch {
	case !ok:
		return r, &query.Error{Code: query.CodeUnreachable, Text: fmt.Sprintf("the test says nothing about query %s with %s", name, shown(params))}
	case !pass(ctx, r.after):
		return r, &query.Error{Code: query.CodeTimeout, Text: "the call is over"}
	case r.err != "":
		return r, &query.Error{Code: r.err, Text: "the test wants it so"}
	}
	return r, nil
}

func dbRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "db",
		Doc: "Says what a named query returns. Said twice, the first use of it goes as the first says, those that follow as the " +
			"last. A query of which nothing is said has an unreachable database.",
		Args: []verb.Arg{
			{Name: "query", Kind: value.Text, Lead: true, Required: true, Doc: "its name"},
			{Name: "with", Kind: value.Table, Doc: "of uses with these parameters only: `{ phone = \"100\" }`"},
			{Name: "rows", Kind: value.Table, Doc: "a list of rows, each a table by column; else none"},
			{Name: "changed", Kind: value.Count, Default: "1", Doc: "how many rows it changes, of one that writes"},
			{Name: "after", Kind: value.Duration, Default: "10ms", Doc: "how long it takes"},
			{Name: "error", Kind: value.Text, Doc: "instead: timeout, unreachable, conflict, failed, …"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		r := queryRule{name: a.Text("query"), changed: a.Count("changed"), err: a.Text("error"), after: a.Duration("after")}
		if with := a.Table("with"); with != nil {
			r.with, _ = t.plain(with).(map[string]any)
		}
		if rows := a.Table("rows"); rows != nil && rows.Len() > 0 {
			for _, row := range t.plain(rows).([]any) {
				fields, ok := row.(map[string]any)
				if !ok {
					return nil, errors.New("db: argument rows: want a list of tables by column: { { name = \"Li\" } }")
				}
				r.rows = append(r.rows, fields)
			}
		}
		t.queries.add(r)
		return nil, nil
	}}
}
