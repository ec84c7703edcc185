package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// aged is a KV with a clock.
func aged(t *testing.T, s *Store) (*KV, *time.Time) {
	t.Helper()
	now := noon
	return s.KV(func() time.Time { return now }), &now
}

func TestKV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	s := opened(t, path)
	k, now := aged(t, s)
	f := func(bucket, key, want string) {
		t.Helper()
		got, err := k.Get(t.Context(), bucket, key)
		if errors.Is(err, ErrNotFound) {
			got = "-"
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s/%s: %q, want %q", bucket, key, got, want)
		}
	}
	set := func(bucket, key, value string, ttl time.Duration) {
		t.Helper()
		if err := k.Set(t.Context(), bucket, key, value, ttl); err != nil {
			t.Fatal(err)
		}
	}
	f("b", "a", "-")
	set("b", "a", `"你好"`, 0)
	set("c", "a", "2", time.Minute)
	f("b", "a", `"你好"`)
	f("c", "a", "2")
	set("b", "a", "3", time.Second)
	f("b", "a", "3")
	*now = now.Add(time.Second)
	f("b", "a", "-") // expired, and another bucket's is not
	f("c", "a", "2")
	set("c", "a", "2", 0) // for ever, now
	*now = now.Add(time.Hour)
	f("c", "a", "2")
	for _, want := range []bool{true, false} {
		if was, err := k.Delete(t.Context(), "c", "a"); err != nil || was != want {
			t.Errorf("deleted %t, %v", was, err)
		}
	}
	f("c", "a", "-")
	var rows int
	if err := s.read.QueryRow("SELECT count(*) FROM kv").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d rows are left, %v", rows, err)
	}

	set("b", "kept", "1", 0)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k, _ = aged(t, opened(t, path))
	f("b", "kept", "1")
}

func TestKVIncrease(t *testing.T) {
	k, now := aged(t, fresh(t))
	f := func(by int64, ttl time.Duration, want int64) {
		t.Helper()
		if got, err := k.Increase(t.Context(), "b", "n", by, ttl); err != nil || got != want {
			t.Errorf("%d, %v; want %d", got, err, want)
		}
	}
	f(1, time.Minute, 1)
	*now = now.Add(59 * time.Second)
	f(-3, time.Minute, -2)
	*now = now.Add(time.Second) // a minute after the first
	f(5, 0, 5)
	f(1<<53-5, 0, 1<<53)
	for value, by := range map[string]int64{"9007199254740992": 1, `"text"`: 1, "1.5": 1, "0": -1 << 62} {
		if err := k.Set(t.Context(), "b", "n", value, 0); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Increase(t.Context(), "b", "n", by, 0); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s + %d: %v", value, by, err)
		}
		if got, err := k.Get(t.Context(), "b", "n"); err != nil || got != value {
			t.Errorf("%s has become %s, %v", value, got, err)
		}
	}

	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 25 {
				if _, err := k.Increase(t.Context(), "b", "shared", 1, 0); err != nil {
					t.Error(i, err)
				}
			}
		})
	}
	all.Wait()
	if got, err := k.Increase(t.Context(), "b", "shared", 0, 0); err != nil || got != 100 {
		t.Errorf("%d of 100, %v", got, err)
	}
}

func TestKVRefuses(t *testing.T) {
	k, _ := aged(t, fresh(t))
	f := func(bucket, key, value string, want error) {
		t.Helper()
		errs := map[string]error{"set": k.Set(t.Context(), bucket, key, value, 0)}
		if value == "" {
			_, errs["get"] = k.Get(t.Context(), bucket, key)
			_, errs["increase"] = k.Increase(t.Context(), bucket, key, 1, 0)
			_, errs["delete"] = k.Delete(t.Context(), bucket, key)
		}
		for what, err := range errs {
			if !errors.Is(err, want) {
				t.Errorf("%s %.20q %.20q %.20q: %v, want %v", what, bucket, key, value, err, want)
			}
		}
	}
	f("b", strings.Repeat("k", MostKey+1), "", ErrTooLarge)
	f(strings.Repeat("b", MostBucket+1), "k", "", ErrTooLarge)
	f("b", "k", strings.Repeat("v", MostValue+1), ErrTooLarge)
	f("", "k", "", ErrInvalid)
	f("b", "", "", ErrInvalid)
	f("b", "k\xff", "", ErrInvalid)
	f("b\x00", "k", "", ErrInvalid)
	f("b", "k", "v\x00", ErrInvalid)
	if err := k.Set(t.Context(), strings.Repeat("b", MostBucket), strings.Repeat("k", MostKey), strings.Repeat("v", MostValue), 0); err != nil {
		t.Error(err)
	}
	if err := k.Set(t.Context(), "b'; DROP TABLE kv; --", "k' OR '1'='1", "v", 0); err != nil {
		t.Error(err)
	}
	if _, err := k.Get(t.Context(), "b", "k"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func BenchmarkKVSet(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "t.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	k := s.KV(time.Now)
	for i := 0; b.Loop(); i++ {
		if err := k.Set(b.Context(), "b", fmt.Sprint(i%1000), "1", time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}
