// Package query runs the named queries of the configuration for flows: on SQLite
// or PostgreSQL, with parameters that are bound and never pasted, over pools of so
// many connections, within a deadline, with results of a bounded size.
//
// A script names a query and gives it parameters: it never sees SQL, nor how a
// database is reached. cmd opens the Databases that the configuration lists and
// closes them; package lib asks them. They may be used by any goroutine.
package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Drivers.
const (
	SQLite   = "sqlite"
	Postgres = "postgres"
)

// nameArg is the argument of db.query that names the query.
const nameArg = "query"

// Options are one database of the configuration. Zero fields have the default.
type Options struct {
	Driver  string
	Source  string        // path of a file that is there, or how PostgreSQL is reached: a URL, or key=value
	Pool    int           // connections for reading, and as many for writing; default 4
	Timeout time.Duration // of a query, waiting for a connection included; default 2 s
	MaxRows int           // default 100
	Queries map[string]Query
}

// Query is one query.
type Query struct {
	SQL   string // with parameters as :name
	Write bool
}

// mostBytes bounds what a query returns.
const mostBytes = 1 << 20

// Check returns what is wrong with a query.
func (q Query) Check(driver string) error {
	_, err := compile(driver, q.SQL)
	return err
}

// Codes of an Error.
const (
	CodeMistake     = "mistake" // of the script: no such query, or not these parameters
	CodeInvalid     = "invalid" // a value that the database does not take
	CodeConflict    = "conflict"
	CodeTimeout     = "timeout"
	CodeUnreachable = "unreachable"
	CodeTooLarge    = "too_large"
	CodeFailed      = "failed" // the log has the details
)

// Error says why a query has no result.
type Error struct{ Code, Text string }

func (e *Error) Error() string { return e.Text }

func failed(code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// Row is a row by column, without those that are NULL. Values are string, bool,
// int64 and float64.
type Row map[string]any

// Databases are those of the configuration.
type Databases struct {
	queries map[string]*named
	all     []*database
	log     *slog.Logger
}

type named struct {
	statement
	in *database
}

type database struct {
	name        string
	opts        Options
	read, write *sql.DB
}

// Open prepares databases by name; the first query connects. The error is for what
// is wrong with them as they are written.
func Open(list map[string]Options, log *slog.Logger) (*Databases, error) {
	d := &Databases{queries: map[string]*named{}, log: log}
	for _, name := range slices.Sorted(maps.Keys(list)) {
		if err := d.add(name, list[name]); err != nil {
			return nil, errors.Join(fmt.Errorf("database %s: %w", name, err), d.Close())
		}
	}
	return d, nil
}

func (d *Databases) add(name string, o Options) error {
	o.Pool, o.Timeout, o.MaxRows = orElse(o.Pool, 4), orElse(o.Timeout, 2*time.Second), orElse(o.MaxRows, 100)
	db := &database{name: name, opts: o}
	if err := db.open(); err != nil {
		return err
	}
	d.all = append(d.all, db)
	for query, q := range o.Queries {
		s, err := compile(o.Driver, q.SQL)
		if err != nil {
			return fmt.Errorf("query %s: %w", query, err)
		}
		if other := d.queries[query]; other != nil {
			return fmt.Errorf("query %s: database %s has one of that name", query, other.in.name)
		}
		s.write = q.Write
		d.queries[query] = &named{s, db}
	}
	return nil
}

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

func (db *database) open() (err error) {
	switch db.opts.Driver {
	case SQLite:
		name := "file:" + (&url.URL{Path: db.opts.Source}).EscapedPath() + "?mode=rw&_pragma=foreign_keys(1)" +
			fmt.Sprintf("&_pragma=busy_timeout(%d)", db.opts.Timeout.Milliseconds())
		if db.read, err = sql.Open("sqlite", name+"&_pragma=query_only(1)"); err != nil {
			return err
		}
		if db.write, err = sql.Open("sqlite", name+"&_txlock=immediate"); err != nil {
			return err
		}
	case Postgres:
		cfg, err := pgx.ParseConfig(db.opts.Source)
		if err != nil {
			return errors.New("its source is no URL of PostgreSQL") // the error may have the password in it
		}
		cfg.ConnectTimeout = db.opts.Timeout
		db.read, db.write = stdlib.OpenDB(*cfg), stdlib.OpenDB(*cfg)
	default:
		return fmt.Errorf("there is no driver %q", db.opts.Driver)
	}
	for _, pool := range []*sql.DB{db.read, db.write} {
		pool.SetMaxOpenConns(db.opts.Pool)
		pool.SetMaxIdleConns(db.opts.Pool)
		pool.SetConnMaxIdleTime(5 * time.Minute)
		pool.SetConnMaxLifetime(time.Hour) // servers move
	}
	return nil
}

// Close closes the databases; queries under way fail.
func (d *Databases) Close() error {
	var errs []error
	for _, db := range d.all {
		errs = append(errs, db.read.Close(), db.write.Close())
	}
	return errors.Join(errs...)
}

// Query runs a query that reads, in a transaction that cannot write. The error is
// an *Error. Values of params are nil, string, bool, int64 and float64.
func (d *Databases) Query(ctx context.Context, name string, params map[string]any) (rows []Row, err error) {
	err = d.run(ctx, name, false, params, func(ctx context.Context, q *named, args []any) error {
		tx, err := q.in.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer func() { _ = tx.Rollback() }() // nothing was changed
		rows, err = fetch(ctx, tx, q, args)
		return err
	})
	return rows, err
}

// Exec runs a query that writes and returns how many rows it has changed.
func (d *Databases) Exec(ctx context.Context, name string, params map[string]any) (changed int64, err error) {
	err = d.run(ctx, name, true, params, func(ctx context.Context, q *named, args []any) error {
		res, err := q.in.write.ExecContext(ctx, q.text, args...)
		if err != nil {
			return err
		}
		changed, err = res.RowsAffected()
		return err
	})
	return changed, err
}

func (d *Databases) run(ctx context.Context, name string, write bool, params map[string]any,
	do func(context.Context, *named, []any) error) error {
	q := d.queries[name]
	switch {
	case q == nil:
		return failed(CodeMistake, "there is no query %.80q; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(d.queries)), ", "))
	case write && !q.write:
		return failed(CodeMistake, "query %s only reads: use db.query or db.one, or give it write: true", name)
	case !write && q.write:
		return failed(CodeMistake, "query %s writes: use db.exec", name)
	}
	args, err := q.args(name, params)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, q.in.opts.Timeout)
	defer cancel()
	if err := do(within, q, args); err != nil {
		return d.told(within, name, q.in, err)
	}
	return nil
}
