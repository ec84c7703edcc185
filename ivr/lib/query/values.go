package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
)

// args puts parameters into the order that the database wants.
func (q *named) args(name string, params map[string]any) ([]any, error) {
	for _, p := range slices.Sorted(maps.Keys(params)) {
		if !slices.Contains(q.params, p) {
			return nil, failed(CodeMistake, "query %s has no parameter %.80q; it has: %s", name, p, strings.Join(q.params, ", "))
		}
	}
	args := make([]any, len(q.params))
	for i, p := range q.params {
		v, given := params[p]
		if !given {
			return nil, failed(CodeMistake, "query %s: parameter %s is missing", name, p)
		}
		if s, ok := v.(string); ok && (!utf8.ValidString(s) || strings.Contains(s, "\x00")) {
			return nil, failed(CodeInvalid, "query %s: parameter %s is not UTF-8, or has a NUL", name, p)
		}
		args[i] = v
		if q.in.opts.Driver == Postgres {
			args[i] = written(v)
		}
	}
	return args, nil
}

// written is a value as text: what type it is PostgreSQL knows from where it
// stands, so that a number goes into a column of texts and the other way round.
func written(v any) any {
	switch v := v.(type) {
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return v
}

// fetch runs a query and takes its rows, as many as there may be.
func fetch(ctx context.Context, tx *sql.Tx, q *named, args []any) ([]Row, error) {
	res, err := tx.QueryContext(ctx, q.text, args...)
	if err != nil {
		return nil, err
	}
	defer res.Close()
	columns, err := res.ColumnTypes()
	if err != nil {
		return nil, err
	}
	rows, size := []Row{}, 0
	for res.Next() {
		if len(rows) == q.in.opts.MaxRows {
			return nil, failed(CodeTooLarge, "more than %d rows: it needs a LIMIT", q.in.opts.MaxRows)
		}
		row, n, err := scan(res, columns)
		if err != nil {
			return nil, err
		}
		if size += n; size > mostBytes {
			return nil, failed(CodeTooLarge, "more than %d bytes", mostBytes)
		}
		rows = append(rows, row)
	}
	return rows, res.Err()
}

func scan(res *sql.Rows, columns []*sql.ColumnType) (Row, int, error) {
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	if err := res.Scan(places...); err != nil {
		return nil, 0, err
	}
	row, size := Row{}, 0
	for i, c := range columns {
		if values[i] == nil {
			continue
		}
		v := value(values[i], c.DatabaseTypeName())
		if s, ok := v.(string); ok {
			size += len(s)
		}
		size += len(c.Name()) + 8
		row[c.Name()] = v
	}
	return row, size, nil
}

// value is what a column has as scripts may have it: whole numbers that a float64
// does not hold are text, and so are times.
func value(v any, kind string) any {
	const exact = 1 << 53
	switch v := v.(type) {
	case []byte:
		return string(v)
	case int64:
		if k := strings.ToUpper(kind); k == "BOOLEAN" || k == "BOOL" { // SQLite has none
			return v != 0
		}
		if v > exact || v < -exact {
			return strconv.FormatInt(v, 10)
		}
		return v
	case time.Time:
		switch strings.ToUpper(kind) {
		case "DATE":
			return v.Format(time.DateOnly)
		case "TIMESTAMP", "DATETIME":
			return v.Format("2006-01-02T15:04:05.999999")
		}
		return v.Format("2006-01-02T15:04:05.999999Z07:00")
	case string, bool, float64:
		return v
	}
	return fmt.Sprint(v)
}

// told makes an Error of what a database says. Scripts hear what kind of trouble it
// is; the rest, which may show what is in it, is for the log.
func (d *Databases) told(ctx context.Context, name string, in *database, err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		e.Text = fmt.Sprintf("query %s: %s", name, e.Text)
		return e
	}
	code, text := kind(ctx, err)
	if code == CodeFailed || code == CodeUnreachable {
		d.log.Error("query fails", "database", in.name, "query", name, "error", err)
	}
	return failed(code, "query %s: %s", name, text)
}

func kind(ctx context.Context, err error) (code, text string) {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	var connect *pgconn.ConnectError
	var way *net.OpError
	switch {
	case ctx.Err() != nil, errors.Is(err, context.DeadlineExceeded):
		return CodeTimeout, "it took too long"
	case errors.As(err, &connect), errors.As(err, &way):
		return CodeUnreachable, "the database cannot be reached"
	case errors.As(err, &pg):
		switch pg.Code[:2] { // classes of PostgreSQL's appendix A
		case "22":
			return CodeInvalid, pg.Message
		case "23":
			return CodeConflict, pg.Message
		case "08", "57":
			return CodeUnreachable, "the database cannot be reached"
		}
	case errors.As(err, &lite):
		switch lite.Code() & 0xff { // without what sqlite.org/rescode.html calls extended
		case 19: // SQLITE_CONSTRAINT
			return CodeConflict, lite.Error()
		case 5, 6: // SQLITE_BUSY, SQLITE_LOCKED
			return CodeTimeout, "it took too long"
		case 14, 26: // SQLITE_CANTOPEN, SQLITE_NOTADB
			return CodeUnreachable, "the database cannot be reached"
		case 20: // SQLITE_MISMATCH
			return CodeInvalid, lite.Error()
		}
	}
	return CodeFailed, "the database says no; the log has the details"
}
