package query

import (
	"fmt"
	"strings"
	"testing"
)

func TestCompile(t *testing.T) {
	f := func(driver, sql, want string) {
		t.Helper()
		s, err := compile(driver, sql)
		got := fmt.Sprintf("%s %v", s.text, s.params)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %s\ngot  %s\nwant %s", driver, sql, got, want)
		}
	}
	both := func(sql, want string) {
		t.Helper()
		f(SQLite, sql, want)
		f(Postgres, sql, strings.NewReplacer("?1", "$1", "?2", "$2").Replace(want))
	}
	both("SELECT 1;", "SELECT 1; []")
	both("a = :b AND c=:d OR e IN (:b,:d)", "a = ?1 AND c=?2 OR e IN (?1,?2) [b d]")
	both("a = ':b' || \":c\" || 'it''s :d' -- :e\n:f /* :g\n */ :h2", "a = ':b' || \":c\" || 'it''s :d' -- :e\n?1 /* :g\n */ ?2 [f h2]")
	both("-- :e", "-- :e []")
	both("a = : b", "a = : b []")
	both("", "it is empty")
	both(" \n", "it is empty")
	both("a = 'b", "' begins and does not end")
	both("a /* b", "/* begins and does not end")
	both("a; DROP TABLE b", "more than one statement")
	both("a\x00", "it has a NUL")
	both(":query", "a parameter cannot be called :query")
	f(Postgres, "a::text = :b::text AND c[1:n] = d[:e] AND f(x)[g(1):h]", "a::text = $1::text AND c[1:n] = d[$2] AND f(x)[g(1):h] [b e]")
	f(Postgres, `a = E'\':b' || e'\\' || :c || 'd\' || :e`, `a = E'\':b' || e'\\' || $1 || 'd\' || $2 [c e]`)
	f(Postgres, "$$ :a $$ || $x$ $$ :b $x$ || :c", "$$ :a $$ || $x$ $$ :b $x$ || $1 [c]")
	f(Postgres, "$x$ :b", "$x$ begins and does not end")
	f(Postgres, "a = $1", "$1: parameters are written :name")
	f(Postgres, "a ? 'b' AND c @> :d", "a ? 'b' AND c @> $1 [d]")
	f(SQLite, "a = `:b` AND LIMIT:c", "a = `:b` AND LIMIT?1 [c]")
	f(SQLite, "a = ?", "?: parameters are written :name")
	f(SQLite, "a = ?1", "?1: parameters are written :name")
	f(SQLite, "a = @b", "@b: parameters are written :name")
	f(SQLite, "a = $b", "$b: parameters are written :name")
}

// FuzzCompile: what comes out has a place for each parameter, and what goes through
// once goes through, without any, as it is.
func FuzzCompile(f *testing.F) {
	f.Add(true, "SELECT * FROM a WHERE b = :c -- d\n AND 'e' = E'\\''")
	f.Add(false, "UPDATE a SET b = :c, d = `e` WHERE f = \":g\"; ")
	f.Add(true, "$x$ :a $x$ ::b /* */")
	f.Fuzz(func(t *testing.T, pg bool, sql string) {
		driver, mark := SQLite, "?"
		if pg {
			driver, mark = Postgres, "$"
		}
		s, err := compile(driver, sql)
		if err != nil {
			return
		}
		for i, p := range s.params {
			if !strings.Contains(s.text, fmt.Sprint(mark, i+1)) || !strings.Contains(sql, ":"+p) {
				t.Errorf("%q: %q %v", sql, s.text, s.params)
			}
		}
		if len(s.params) == 0 && s.text != sql {
			t.Errorf("%q has become %q", sql, s.text)
		}
	})
}
