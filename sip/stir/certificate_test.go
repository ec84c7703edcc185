package stir

import (
	"context"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"sync"
	"testing"
	"time"

	"trunkline/internal/fetch"
)

func TestReadTNAuthList(t *testing.T) {
	f := func(der []byte, want string) {
		t.Helper()
		s, err := readTNAuthList(der)
		got := fmt.Sprint(s.providers)
		for _, r := range s.ranges {
			got += fmt.Sprintf(" %v-%v", r.first, r.last)
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%x: %s, want %s", der, got, want)
		}
	}
	f(tnAuthList(t, "4711"), "[4711]")
	f(tnAuthList(t, "4711", entry(t, 1, rangeDER{"12155550100", 100}, ""), entry(t, 2, "4930", "ia5")), "[4711] 12155550100-12155550199 4930-4930")
	f(nil, "error")
	f([]byte{0x30, 0}, "error")
	f(append(tnAuthList(t, "4711"), 0), "error")
	f(tnAuthList(t, "", entry(t, 2, "x", "ia5")), "error")
	f(tnAuthList(t, "", entry(t, 2, "030", "ia5")), "error")
	f(tnAuthList(t, "", entry(t, 2, 4930, "")), "error")
	f(tnAuthList(t, "", entry(t, 3, "4711", "ia5")), "error")
	f(tnAuthList(t, "", entry(t, 1, rangeDER{"4930", 1}, "")), "error")
	f(tnAuthList(t, "", entry(t, 1, rangeDER{"4930", -5}, "")), "error")
	f(tnAuthList(t, "", asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: []byte("4711")}), "error") // implicit
}

func TestScope(t *testing.T) {
	s, err := readTNAuthList(tnAuthList(t, "", entry(t, 1, rangeDER{"12155550100", 100}, "")))
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]bool{
		"12155550100": true, "12155550199": true, "12155550200": false, "12155550099": false,
		"012155550100": false, "1215555010": false, "": false, "*31#": false,
	} {
		if s.covers(number) != want {
			t.Errorf("%s: %v", number, !want)
		}
	}
}

// TestCache holds how long what was fetched is kept, and that it is bounded.
func TestCache(t *testing.T) {
	a := newAuthority(t)
	s := &shelf{certs: map[string][]byte{"a": a.leaf(newKey(t), nil)}}
	c := &cache{fetcher: s, kept: map[string]*kept{}}
	f := func(address string, at time.Time, asked int, good bool) {
		t.Helper()
		cred, bad := c.get(t.Context(), address, at)
		if s.asked != asked || (cred != nil) != good || (bad == nil) != good {
			t.Errorf("%s: asked %d times, %+v, %+v", address, s.asked, cred, bad)
		}
	}
	f("a", noon, 1, true)
	f("a", noon.Add(keepGood-1), 1, true)
	f("a", noon.Add(keepGood), 2, true)
	f("b", noon, 3, false)
	f("b", noon.Add(keepBad-1), 3, false)
	s.certs["b"] = s.certs["a"]
	f("b", noon.Add(keepBad), 4, true)

	for i := range 2 * maxKept {
		c.get(t.Context(), fmt.Sprint(i), noon)
		if len(c.kept) > maxKept {
			t.Fatalf("%d kept", len(c.kept))
		}
	}
	c.get(t.Context(), "x", noon.Add(time.Hour*2))
	if len(c.kept) != 1 {
		t.Errorf("%d kept after all have expired", len(c.kept))
	}
}

// slow answers when it is let.
type slow struct {
	*shelf
	asked, let chan struct{}
}

func (s *slow) Get(ctx context.Context, address string, limits fetch.Limits) (*fetch.Response, error) {
	s.asked <- struct{}{}
	select {
	case <-s.let:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return s.shelf.Get(ctx, address, limits)
}

// TestOneFetchForAll has many calls with one certificate at once, the first of
// which is given up.
func TestOneFetchForAll(t *testing.T) {
	a := newAuthority(t)
	s := &slow{&shelf{certs: map[string][]byte{"a": a.leaf(newKey(t), nil)}}, make(chan struct{}), make(chan struct{})}
	c := &cache{fetcher: s, kept: map[string]*kept{}}
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, bad := c.get(ctx, "a", noon); bad == nil {
			t.Error("a call that was given up has a certificate")
		}
	})
	<-s.asked
	for range 20 {
		wg.Go(func() {
			if _, bad := c.get(t.Context(), "a", noon); bad != nil {
				t.Errorf("%+v", bad)
			}
		})
	}
	cancel()
	<-s.asked // one of the others, once
	close(s.let)
	wg.Wait()
	if s.shelf.asked != 1 {
		t.Errorf("%d fetches", s.shelf.asked)
	}
}

func FuzzReadCredential(f *testing.F) {
	a := newAuthority(f)
	f.Add(a.leaf(newKey(f), nil))
	f.Add(a.root.Raw)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{0x30, 0}}))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := readCredential(text)
		if err == nil && (c.key == nil || len(c.scope.providers)+len(c.scope.ranges) == 0) {
			t.Fatalf("%+v", c)
		}
	})
}

func FuzzReadTNAuthList(f *testing.F) {
	f.Add(tnAuthList(f, "4711", entry(f, 1, rangeDER{"4930", 10}, "")))
	f.Fuzz(func(t *testing.T, der []byte) {
		if s, err := readTNAuthList(der); err == nil && len(s.providers)+len(s.ranges) == 0 {
			t.Fatalf("%x is a list of nothing", der)
		}
	})
}
