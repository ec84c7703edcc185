package once

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"trunkline/api/problem"
)

func TestOneKeyOneDeed(t *testing.T) {
	m := New[int]()
	var deeds atomic.Int32
	deed := func() (int, error) { return int(deeds.Add(1)), nil }

	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if out, _, err := m.Do(t.Context(), "k", "body", deed); out != 1 || err != nil {
				t.Errorf("got %d, %v; want 1", out, err)
			}
		})
	}
	all.Wait()
	if deeds.Load() != 1 {
		t.Errorf("%d deeds for one key", deeds.Load())
	}
	var p *problem.Problem
	if _, _, err := m.Do(t.Context(), "k", "other body", deed); !errors.As(err, &p) || p.Code != problem.IdempotencyReused {
		t.Errorf("another body: %v; want %s", err, problem.IdempotencyReused)
	}
	for range 2 { // without a key every request counts
		if _, replayed, err := m.Do(t.Context(), "", "body", deed); replayed || err != nil {
			t.Errorf("replayed %v, %v", replayed, err)
		}
	}
	if deeds.Load() != 3 {
		t.Errorf("%d deeds; want 3", deeds.Load())
	}
}

func TestAFailedDeedMayBeTriedAgain(t *testing.T) {
	m := New[int]()
	if _, _, err := m.Do(t.Context(), "k", 1, func() (int, error) { return 0, context.Canceled }); err == nil {
		t.Error("the failure got lost")
	}
	out, replayed, err := m.Do(t.Context(), "k", 2, func() (int, error) { return 7, nil })
	if out != 7 || replayed || err != nil {
		t.Errorf("got %d, %v, %v; want 7 done anew", out, replayed, err)
	}
}

func TestAPanickingDeedReleasesItsKey(t *testing.T) {
	m := New[int]()
	func() {
		defer func() { _ = recover() }()
		_, _, _ = m.Do(t.Context(), "k", 1, func() (int, error) { panic("no") })
	}()
	if out, _, err := m.Do(t.Context(), "k", 1, func() (int, error) { return 7, nil }); out != 7 || err != nil {
		t.Errorf("got %d, %v; want 7", out, err)
	}
}

func TestWaitingForTheFirstEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New[int]()
		finish := make(chan int)
		go func() { _, _, _ = m.Do(context.Background(), "k", 1, func() (int, error) { return <-finish, nil }) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, err := m.Do(ctx, "k", 1, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v; want context.Canceled", err)
		}
		finish <- 7
		synctest.Wait()
		if out, replayed, err := m.Do(t.Context(), "k", 1, nil); out != 7 || !replayed || err != nil {
			t.Errorf("got %d, %v, %v; want 7 replayed", out, replayed, err)
		}
	})
}

func TestKeysAreBounded(t *testing.T) {
	m := New[int]()
	for i := range maxKeys + 10 {
		if _, _, err := m.Do(t.Context(), fmt.Sprint(i), 0, func() (int, error) { return i, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.known) != maxKeys || len(m.order) != maxKeys {
		t.Errorf("%d keys known, %d in order; want %d", len(m.known), len(m.order), maxKeys)
	}
	if out, replayed, _ := m.Do(t.Context(), fmt.Sprint(maxKeys+9), 0, nil); out != maxKeys+9 || !replayed {
		t.Error("the latest key is forgotten")
	}
}
