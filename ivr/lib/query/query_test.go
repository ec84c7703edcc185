package query

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/ivr/lib/query/internal/pgtest"
)

// queries are those of the tests, for both databases.
func queries() map[string]Query {
	return map[string]Query{
		"by_phone": {SQL: "SELECT id, name, phone, vip, score, note, big FROM customers WHERE phone = :phone ORDER BY id"},
		"by_id":    {SQL: "SELECT name FROM customers WHERE id = :id"},
		"many":     {SQL: "SELECT a.id FROM customers a, customers b, customers c"},
		"large":    {SQL: "SELECT note FROM customers WHERE phone = :phone"},
		"add":      {SQL: "INSERT INTO customers (id, phone, name, note) VALUES (:id, :phone, :name, :note)", Write: true},
		"rename":   {SQL: "UPDATE customers SET name = :name WHERE phone = :phone", Write: true},
		"sneaky":   {SQL: "UPDATE customers SET name = 'x'"},
		"wrong":    {SQL: "SELECT * FROM nowhere"},
	}
}

const table = `CREATE TABLE customers (id BIGINT PRIMARY KEY, phone TEXT NOT NULL, name TEXT, vip BOOLEAN,
	score DOUBLE PRECISION, note TEXT, big BIGINT);
	INSERT INTO customers VALUES (1, '100', '张三', TRUE, 0.5, NULL, 9007199254740993), (2, '200', 'Li', FALSE, NULL, 'n', 5),
	(3, '200', 'Wu', NULL, 7, NULL, NULL)`

// bench is an open database and what it logs.
type bench struct {
	*testing.T
	*Databases
	log strings.Builder
}

func opened(t *testing.T, o Options) *bench {
	t.Helper()
	b := &bench{T: t}
	var err error
	if b.Databases, err = Open(map[string]Options{"crm": o}, slog.New(slog.NewTextHandler(&b.log, nil))); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// lite is a database file with the table in it.
func lite(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a b?.db")
	db, err := sql.Open("sqlite", "file:"+strings.ReplaceAll(strings.ReplaceAll(path, " ", "%20"), "?", "%3f"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err = db.Exec(table); err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// is runs a query and compares: rows as {column=value}, or "code: text".
func (b *bench) is(name string, params map[string]any, want string) {
	b.Helper()
	rows, err := b.Query(b.Context(), name, params)
	b.same(name, fmt.Sprint(shown(rows)), err, want)
}

func (b *bench) changes(name string, params map[string]any, want string) {
	b.Helper()
	n, err := b.Exec(b.Context(), name, params)
	b.same(name, fmt.Sprint(n), err, want)
}

func (b *bench) same(name, got string, err error, want string) {
	b.Helper()
	var e *Error
	if errors.As(err, &e) {
		got = e.Code + ": " + e.Text
	} else if err != nil {
		b.Errorf("%s: error without a code: %v", name, err)
	}
	if begin, ok := strings.CutSuffix(want, "…"); got != want && !(ok && strings.HasPrefix(got, begin)) {
		b.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
	}
}

func shown(rows []Row) (all []string) {
	for _, r := range rows {
		var parts []string
		for _, c := range slices.Sorted(maps.Keys(r)) {
			parts = append(parts, fmt.Sprintf("%s=%T:%v", c, r[c], r[c]))
		}
		all = append(all, "{"+strings.Join(parts, " ")+"}")
	}
	return all
}

type p = map[string]any

// speaks is what both databases do alike.
func speaks(b *bench) {
	b.Helper()
	b.is("by_phone", p{"phone": "100"}, "[{big=string:9007199254740993 id=int64:1 name=string:张三 phone=string:100 score=float64:0.5 vip=bool:true}]")
	b.is("by_phone", p{"phone": "200"}, "[{big=int64:5 id=int64:2 name=string:Li note=string:n phone=string:200 vip=bool:false} {id=int64:3 name=string:Wu phone=string:200 score=float64:7}]")
	b.is("by_phone", p{"phone": int64(200)}, "[{big=int64:5…") // a number where the column is of texts
	b.is("by_id", p{"id": "2"}, "[{name=string:Li}]")          // and the other way round
	b.is("by_phone", p{"phone": "300"}, "[]")
	b.is("by_phone", p{"phone": nil}, "[]")
	b.is("by_phone", p{"phone": "' OR '1'='1"}, "[]")
	b.is("by_phone", p{"phone": "100'; DROP TABLE customers; --"}, "[]")
	b.changes("add", p{"id": int64(4), "phone": "400", "name": "Bobby'); DROP TABLE customers; --", "note": nil}, "1")
	b.is("by_id", p{"id": int64(4)}, "[{name=string:Bobby'); DROP TABLE customers; --}]")
	b.changes("rename", p{"phone": "200", "name": "x"}, "2")
	b.changes("rename", p{"phone": "500", "name": "x"}, "0")

	b.is("none", nil, "mistake: there is no query \"none\"; there are: add, by_id, by_phone, large, many, rename, sneaky, wrong")
	b.is("by_phone", nil, "mistake: query by_phone: parameter phone is missing")
	b.is("by_phone", p{"phone": "1", "id": "2"}, `mistake: query by_phone has no parameter "id"; it has: phone`)
	b.is("rename", p{"phone": "1", "name": "2"}, "mistake: query rename writes: use db.exec")
	b.changes("by_id", p{"id": "1"}, "mistake: query by_id only reads: use db.query or db.one, or give it write: true")
	b.is("by_phone", p{"phone": "\xff"}, "invalid: query by_phone: parameter phone is not UTF-8, or has a NUL")
	b.is("by_phone", p{"phone": "a\x00"}, "invalid: query by_phone: parameter phone is not UTF-8, or has a NUL")
	b.changes("add", p{"id": int64(1), "phone": "400", "name": nil, "note": nil}, "conflict: query add: …")
	b.changes("add", p{"id": int64(9), "phone": nil, "name": nil, "note": nil}, "conflict: query add: …")
	b.is("many", nil, "too_large: query many: more than 10 rows: it needs a LIMIT")
	b.changes("add", p{"id": int64(5), "phone": "500", "name": nil, "note": strings.Repeat("x", mostBytes)}, "1")
	b.is("large", p{"phone": "500"}, "too_large: query large: more than 1048576 bytes")

	for _, name := range []string{"sneaky", "wrong"} { // what is said to read only cannot write
		b.is(name, nil, fmt.Sprintf("failed: query %s: the database says no; the log has the details", name))
		if !strings.Contains(b.log.String(), "query="+name) {
			b.Errorf("log: %s", b.log.String())
		}
	}
	ctx, cancel := context.WithTimeout(b.Context(), 0)
	defer cancel()
	_, err := b.Query(ctx, "by_id", p{"id": int64(1)})
	b.same("by_id", "", err, "timeout: query by_id: it took too long")
}

func TestSQLite(t *testing.T) {
	b := opened(t, Options{Driver: SQLite, Source: lite(t), MaxRows: 10, Timeout: time.Minute, Queries: queries()})
	speaks(b)

	slow := opened(t, Options{Driver: SQLite, Source: lite(t), Timeout: 50 * time.Millisecond, Queries: map[string]Query{
		"slow": {SQL: "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"},
	}})
	slow.is("slow", nil, "timeout: query slow: it took too long")

	gone := opened(t, Options{Driver: SQLite, Source: filepath.Join(t.TempDir(), "gone.db"), Queries: queries()})
	gone.is("by_id", p{"id": int64(1)}, "unreachable: query by_id: the database cannot be reached")
}

func TestPostgres(t *testing.T) {
	source := pgtest.Start(t)
	db, err := sql.Open("pgx", source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), table); err != nil {
		t.Fatal(err)
	}
	b := opened(t, Options{Driver: Postgres, Source: source, MaxRows: 10, Timeout: time.Minute, Queries: queries()})
	speaks(b)

	b = opened(t, Options{Driver: Postgres, Source: source, Timeout: time.Minute, Queries: map[string]Query{
		"types": {SQL: `SELECT 12.30::numeric(9,2) AS money, DATE '2026-11-21' AS day, TIMESTAMP '2026-11-21 15:04:05' AS at,
			TIMESTAMPTZ '2026-11-21 15:04:05+08' AT TIME ZONE 'UTC' AS utc, '{"a":1}'::jsonb AS j, ARRAY[1,2] AS list, 'x'::bytea AS raw`},
		"number": {SQL: "SELECT :n::int + 1 AS n, :t::text AS t, :b::boolean AS b"},
	}})
	b.is("types", nil, `[{at=string:2026-11-21T15:04:05 day=string:2026-11-21 j=string:{"a": 1} list=string:{1,2} money=string:12.30 raw=string:x utc=string:2026-11-21T07:04:05}]`)
	b.is("number", p{"n": int64(4), "t": 1.5, "b": true}, "[{b=bool:true n=int64:5 t=string:1.5}]")
	b.is("number", p{"n": "four", "t": "", "b": true}, `invalid: query number: invalid input syntax for type integer: "four"`)

	slow := opened(t, Options{Driver: Postgres, Source: source, Pool: 1, Timeout: 50 * time.Millisecond, Queries: map[string]Query{
		"slow": {SQL: "SELECT pg_sleep(60)"},
	}})
	slow.is("slow", nil, "timeout: query slow: it took too long")

	gone := opened(t, Options{Driver: Postgres, Source: strings.Replace(source, "host=", "host=/nowhere", 1), Queries: queries()})
	gone.is("by_id", p{"id": int64(1)}, "unreachable: query by_id: the database cannot be reached")
}

func TestOpenRefuses(t *testing.T) {
	f := func(want string, list map[string]Options) {
		t.Helper()
		d, err := Open(list, slog.New(slog.DiscardHandler))
		if err == nil {
			_ = d.Close()
		}
		if err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v; want %s", err, want)
		}
	}
	f(`database a: there is no driver "mysql"`, map[string]Options{"a": {Driver: "mysql"}})
	f("database a: its source is no URL of PostgreSQL", map[string]Options{"a": {Driver: Postgres, Source: "postgres://u:s3cret@h:port/"}})
	f("database a: query q: it is empty", map[string]Options{"a": {Driver: SQLite, Queries: map[string]Query{"q": {}}}})
	one := Options{Driver: SQLite, Queries: map[string]Query{"q": {SQL: "SELECT 1"}}}
	f("database b: query q: database a has one of that name", map[string]Options{"a": one, "b": one})
}

// TestPoolIsBounded: more callers than connections wait for one another, no longer
// than the deadline, and none is lost.
func TestPoolIsBounded(t *testing.T) {
	b := opened(t, Options{Driver: SQLite, Source: lite(t), Pool: 2, Timeout: time.Minute, Queries: queries()})
	done := make(chan error)
	const callers = 20
	for range callers {
		go func() {
			_, err := b.Query(t.Context(), "by_id", p{"id": int64(1)})
			done <- err
		}()
	}
	for range callers {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := b.all[0].read.Stats(); n.OpenConnections > 2 || n.MaxOpenConnections != 2 {
		t.Errorf("%+v", n)
	}
}
