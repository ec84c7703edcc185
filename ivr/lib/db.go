package lib

import (
	"context"
	"errors"
	"fmt"
	"math"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/lib/query"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// DB runs named queries; *query.Databases does. Errors are of *query.Error.
type DB interface {
	Query(ctx context.Context, name string, params map[string]any) ([]query.Row, error)
	Exec(ctx context.Context, name string, params map[string]any) (changed int64, err error)
}

func (k *kit) db() Library {
	return Library{
		Name: "db",
		Doc: "The named queries of the configuration's `databases`: `db.query{ \"customer_by_phone\", phone = call.from }`. Every other " +
			"argument is a parameter of the query: text, a number, true, false or `json.null`; each must be given. None may hold what secure_collect has collected. A row is a table by " +
			"column. NULL is nil there; times, and numbers that Lua cannot hold exactly, are texts.",
		Rows: []*Row{k.dbQuery(), k.dbOne(), k.dbExec()},
	}
}

const dbErrors = "; or nil and an error: invalid (a value that the database does not take), timeout, unreachable, too_large, failed, not_configured"

func dbShape(name, doc, result string) verb.Shape {
	return verb.Shape{Name: name, Doc: doc, Free: true, After: true, Result: result, Args: []verb.Arg{
		{Name: "query", Kind: value.Text, Lead: true, Required: true, Doc: "name of the query"},
	}}
}

func (k *kit) dbQuery() *Row {
	return &Row{
		Shape: dbShape("db.query", "Runs a query that reads.", "a list of rows, empty when there are none"+dbErrors),
		Run: func(e *Env, a verb.Args) (lua.LValue, error) {
			rows, err := k.rows(e, "db.query", a)
			if err != nil {
				return nil, err
			}
			list := newTable()
			for _, r := range rows {
				list.Append(record(r))
			}
			return list, nil
		},
	}
}

func (k *kit) dbOne() *Row {
	return &Row{
		Shape: dbShape("db.one", "Runs a query that reads, and takes its first row.", "the row, nil when there is none"+dbErrors),
		Run: func(e *Env, a verb.Args) (lua.LValue, error) {
			rows, err := k.rows(e, "db.one", a)
			if err != nil || len(rows) == 0 {
				return lua.LNil, err
			}
			return record(rows[0]), nil
		},
	}
}

func (k *kit) dbExec() *Row {
	return &Row{
		Shape: dbShape("db.exec", "Runs a query that writes, which the configuration must say of it (`write: true`).",
			"how many rows it has changed"+dbErrors+", conflict"),
		Run: func(e *Env, a verb.Args) (lua.LValue, error) {
			name, params, err := k.params(e, "db.exec", a)
			if err != nil {
				return nil, err
			}
			n, err := k.DB.Exec(e.Context, name, params)
			return lua.LNumber(n), dbError("db.exec", err)
		},
	}
}

// rows runs a query that reads and charges the script for what it returns.
func (k *kit) rows(e *Env, row string, a verb.Args) ([]query.Row, error) {
	name, params, err := k.params(e, row, a)
	if err != nil {
		return nil, err
	}
	rows, err := k.DB.Query(e.Context, name, params)
	size := 0
	for _, r := range rows {
		for _, v := range r {
			if s, ok := v.(string); ok {
				size += len(s)
			}
			size += jsonValueWork
		}
	}
	e.State.Worked(size)
	return rows, dbError(row, err)
}

// params takes the name of the query and its parameters apart.
func (k *kit) params(e *Env, row string, a verb.Args) (name string, params map[string]any, err error) {
	params = map[string]any{}
	for p, v := range a.All() {
		if s, ok := v.(string); ok && p == "query" {
			name = s
			continue
		}
		switch v := v.(type) {
		case lua.LString:
			params[p] = string(v)
		case lua.LBool:
			params[p] = bool(v)
		case lua.LNumber:
			params[p] = number(float64(v))
		case *lua.LUserData:
			if v != k.null {
				return "", nil, verb.Mistakef("parameter %s: want text, a number, true, false or json.null, got %s", clipped(p), value.Shown(v))
			}
			params[p] = nil
		case lua.LValue:
			return "", nil, verb.Mistakef("parameter %s: want text, a number, true, false or json.null, got %s", clipped(p), value.Shown(v))
		}
		if err := e.keeps("parameter "+clipped(p), fmt.Sprint(v)); err != nil {
			return "", nil, err
		}
	}
	if v, ok := params["query"].(string); ok && name == "" { // the name, by name
		name = v
		delete(params, "query")
	}
	if k.DB == nil {
		return "", nil, refused(row, codeNotConfigured, "the configuration has no databases")
	}
	return name, params, nil
}

// number is a whole number where it is one.
func number(f float64) any {
	if f == math.Trunc(f) && math.Abs(f) <= exactWhole {
		return int64(f)
	}
	return f
}

// dbError makes of an error of a database one for the script.
func dbError(row string, err error) error {
	var e *query.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e.Code == query.CodeMistake:
		return verb.Mistakef("%s", e.Text)
	case errors.As(err, &e):
		return refused(row, e.Code, "%s", e.Text)
	}
	return refused(row, codeFailed, "%v", err)
}
