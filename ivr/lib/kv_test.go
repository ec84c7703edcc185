package lib

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/store"
)

func TestKV(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	b := newBench(t, Deps{KV: s.KV(func() time.Time { return now })})
	b.is(`kv.get "a"`, "nil")
	b.is(`kv.set{ "a", value = { name = "张", list = { 1, 2 }, none = json.empty } }`, "true")
	b.is(`kv.get "a"`, "{list={1 2} name=张 none={}}")
	b.is(`kv.set{ "a", value = "text", bucket = "other" }`, "true")
	b.is(`kv.get{ "a", bucket = "other" }`, "text")
	b.is(`kv.set{ "a", value = false }`, "true")
	b.is(`kv.get "a"`, "false")
	b.is(`kv.set{ "t", value = 1.5, ttl = "90s" }`, "true")
	b.is(`kv.set{ "d", value = json.null, days = 2 }`, "true")
	now = now.Add(90 * time.Second)
	b.is(`kv.get "t"`, "nil")
	b.is(`kv.get "d"`, "json.null")
	now = now.Add(48 * time.Hour)
	b.is(`kv.get "d"`, "nil")

	b.is(`kv.incr "n"`, "1")
	b.is(`kv.incr{ "n", by = -3 }`, "-2")
	b.is(`kv.incr{ "n", by = 0, days = 1 }`, "-2")
	b.is(`kv.get "n"`, "-2")
	b.is(`kv.incr{ "a" }`, `invalid: increase "a": "false" is no whole number that can be added to: invalid`)
	b.is(`kv.delete "n"`, "true")
	b.is(`kv.delete "n"`, "false")

	b.is(`kv.set{ "k", value = string.rep("x", 65536) }`, "too_large: …")
	b.is(`kv.get(string.rep("k", 257))`, "too_large: …")
	b.is(`kv.get{ "k", bucket = string.rep("k", 65) }`, "too_large: …")
	b.is(`kv.get ""`, "invalid: …")
	b.is(`kv.set{ "k", value = print }`, "invalid: a function is nothing that JSON has")
	b.is(`kv.set "k"`, "raised t.lua:1: kv.set: argument value is missing: what to keep")
	b.is(`kv.set{ "k", value = 1, ttl = "0s" }`, "raised t.lua:1: kv.set: ttl and days: want more than 0…")
	b.is(`kv.set{ "k", value = 1, ttl = "1s", days = 1 }`, "raised t.lua:1: kv.set: ttl and days: only one of them can be")
	b.is(`kv.incr{ "k", days = 4000 }`, "raised t.lua:1: kv.incr: ttl and days: want more than 0…")
	b.is(`kv.incr{ "k", by = 0.5 }`, "raised t.lua:1: kv.incr: argument by: want a whole number, got 0.5")
	b.is(`kv.incr{ "k", by = 0/0 }`, "raised t.lua:1: kv.incr: argument by: want…")
}

// TestKVKeepsNoSecrets: not as a value, within one, cut up, or in a key.
func TestKVKeepsNoSecrets(t *testing.T) {
	b := newBench(t, Deps{KV: broken{errors.New("it was kept")}})
	const no = "holds a secret, which must not be stored"
	b.is(`kv.set{ "a", value = "`+card+`" }`, "raised t.lua:1: kv.set: argument value: "+no)
	b.is(`kv.set{ "a", value = 5105105105105100 }`, "raised t.lua:1: kv.set: argument value: "+no)
	b.is(`kv.set{ "a", value = { x = { "5105", "1051", "0510", "5100" } } }`, "raised t.lua:1: kv.set: argument value: "+no)
	b.is(`kv.set{ "a", value = card }`, "invalid: a userdata is nothing that JSON has")
	b.is(`kv.set{ "card-`+card+`", value = 1 }`, "raised t.lua:1: kv.set: arguments key and bucket: "+no)
	b.is(`kv.incr{ "card-`+card+`" }`, "raised t.lua:1: kv.incr: arguments key and bucket: "+no)
	b.is(`kv.set{ "a", value = "5100" }`, "failed: the database is in trouble; the log has the details")
}

// broken is a table whose database is in trouble.
type broken struct{ err error }

func (b broken) Get(context.Context, string, string) (string, error) { return "", b.err }
func (b broken) Set(context.Context, string, string, string, time.Duration) error {
	return b.err
}
func (b broken) Increase(context.Context, string, string, int64, time.Duration) (int64, error) {
	return 0, b.err
}
func (b broken) Delete(context.Context, string, string) (bool, error) { return false, b.err }

func TestKVErrors(t *testing.T) {
	uses := []string{`kv.get "a"`, `kv.set{ "a", value = 1 }`, `kv.incr "a"`, `kv.delete "a"`}
	b := newBench(t, Deps{KV: broken{errors.New("disk on fire")}})
	for _, use := range uses {
		b.is(use, "failed: the database is in trouble; the log has the details")
	}
	if !strings.Contains(b.log.String(), "disk on fire") {
		t.Errorf("log: %s", b.log.String())
	}
	b = newBench(t, Deps{KV: broken{context.DeadlineExceeded}})
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	b.env.Context = ctx
	for _, use := range uses {
		b.is(use, "timeout: context deadline exceeded")
	}
	b = newBench(t, Deps{})
	for _, use := range uses {
		b.is(use, "not_configured: there is no table")
	}
}
