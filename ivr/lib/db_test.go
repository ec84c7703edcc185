package lib

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"trunkline/ivr/lib/query"
)

func TestDB(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	raw, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.Exec(`CREATE TABLE c (id INTEGER PRIMARY KEY, phone TEXT, name TEXT, score REAL, vip BOOLEAN);
		INSERT INTO c VALUES (1, '100', '张三', 0.5, 1), (2, '200', NULL, 3, 0)`)
	if err = errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	d, err := query.Open(map[string]query.Options{"crm": {Driver: query.SQLite, Source: path, Timeout: time.Minute, Queries: map[string]query.Query{
		"all":      {SQL: "SELECT * FROM c ORDER BY id"},
		"by_phone": {SQL: "SELECT id, name FROM c WHERE phone = :phone"},
		"typed":    {SQL: "SELECT typeof(:a) AS a, typeof(:b) AS b, typeof(:c) AS c, typeof(:d) AS d"},
		"add":      {SQL: "INSERT INTO c (id, phone) VALUES (:id, :phone)", Write: true},
	}}}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	b := newBench(t, Deps{DB: d})
	b.is(`db.query "all"`, "{{id=1 name=张三 phone=100 score=0.5 vip=true} {id=2 phone=200 score=3 vip=false}}")
	b.is(`db.query{ "by_phone", phone = "100" }`, "{{id=1 name=张三}}")
	b.is(`db.query("by_phone", { phone = "100" })`, "{{id=1 name=张三}}")
	b.is(`db.query{ query = "by_phone", phone = "100" }`, "{{id=1 name=张三}}")
	b.is(`db.query{ "by_phone", phone = "x' OR '1' = '1" }`, "{}")
	b.is(`db.one{ "by_phone", phone = "200" }`, "{id=2}")
	b.is(`db.one{ "by_phone", phone = "300" }`, "nil")
	b.is(`db.one{ "typed", a = 5, b = 1.5, c = "x", d = json.null }`, "{a=integer b=real c=text d=null}")
	b.is(`db.exec{ "add", id = 3, phone = "300" }`, "1")
	b.is(`db.exec{ "add", id = 3, phone = "300" }`, "conflict: query add: …")
	b.is(`db.one{ "by_phone", phone = "300" }.id`, "3")

	b.is(`db.query "none"`, `raised t.lua:1: db.query: there is no query "none"; there are: add, all, by_phone, typed`)
	b.is(`db.one "by_phone"`, "raised t.lua:1: db.one: query by_phone: parameter phone is missing")
	b.is(`db.query{ "all", phone = "1" }`, `raised t.lua:1: db.query: query all has no parameter "phone"; it has: `)
	b.is(`db.query{ "by_phone", phone = {} }`, "raised t.lua:1: db.query: parameter phone: want text, a number, true, false or json.null, got table")
	b.is(`db.query{ "by_phone", phone = json.empty }`, "raised t.lua:1: db.query: parameter phone: want…")
	b.is(`db.exec "all"`, "raised t.lua:1: db.exec: query all only reads: use db.query or db.one, or give it write: true")
	b.is(`db.query{ "add", id = 4, phone = "1" }`, "raised t.lua:1: db.query: query add writes: use db.exec")
	for _, use := range []string{`db.query{ "by_phone", phone = "5105 1051 0510 5100" }`, `db.query{ "by_phone", phone = 5105105105105100 }`} {
		b.is(use, "raised t.lua:1: db.query: parameter phone: holds a secret, which must not be stored")
	}
	b.is(`db.exec{ "add", id = 9, phone = "`+card+`" }`, "raised t.lua:1: db.exec: parameter phone: holds a secret, which must not be stored")
	b.is(`db.query{ "by_phone", phone = card }`, "raised t.lua:1: db.query: parameter phone: want text, a number, true, false or json.null, got userdata")
	b.is(`db.query{ phone = "1" }`, "raised t.lua:1: db.query: argument query is missing: name of the query")
}

// trouble is a database that is in it.
type trouble struct{ err error }

func (d trouble) Query(context.Context, string, map[string]any) ([]query.Row, error) {
	return nil, d.err
}
func (d trouble) Exec(context.Context, string, map[string]any) (int64, error) { return 0, d.err }

func TestDBErrors(t *testing.T) {
	uses := []string{`db.query "a"`, `db.one "a"`, `db.exec "a"`}
	for _, code := range []string{query.CodeInvalid, query.CodeConflict, query.CodeTimeout, query.CodeUnreachable, query.CodeTooLarge, query.CodeFailed} {
		b := newBench(t, Deps{DB: trouble{&query.Error{Code: code, Text: "why"}}})
		for _, use := range uses {
			b.is(use, code+": why")
		}
	}
	b := newBench(t, Deps{DB: trouble{errors.New("odd")}})
	for _, use := range uses {
		b.is(use, "failed: odd")
	}
	b = newBench(t, Deps{})
	for _, use := range uses {
		b.is(use, "not_configured: the configuration has no databases")
	}
}
