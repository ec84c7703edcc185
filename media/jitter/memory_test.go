package jitter

import (
	"bytes"
	"reflect"
	"runtime"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// clock20 is when the n-th packet of 20 ms is due.
func clock20(n uint16) clock.Time { return clock.Time(n) * clock.Time(20*time.Millisecond) }

func TestALegThatPlaysNothingStoresNothing(t *testing.T) {
	var m0, m1 runtime.MemStats
	const legs = 1000
	kept := make([]*Buffer, legs)
	runtime.ReadMemStats(&m0)
	for i := range kept {
		kept[i] = New(8000)
		for n := range uint16(10) {
			kept[i].Pass(clock20(n), rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * frame})
			kept[i].Note(clock20(n), rtp.Header{SSRC: 1, Sequence: n + 100})
			kept[i].Pop(clock20(n), frame)
		}
	}
	runtime.ReadMemStats(&m1)
	if each := (m1.TotalAlloc - m0.TotalAlloc) / legs; each > 512 {
		t.Errorf("a leg that stores nothing takes %d bytes", each)
	}
	if kept[legs-1].store != nil {
		t.Error("there is a store")
	}
}

func TestTheStoreIsOneSmallAllocation(t *testing.T) {
	var b *Buffer
	payload := make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() {
		b = New(8000)
		for n := range uint16(16) {
			b.Push(clock20(n), rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * frame}, payload, frame)
		}
	}); n != 2 {
		t.Errorf("a Buffer and its store are %v allocations; want 2", n)
	}
	if size := reflect.TypeOf(*b.store).Size(); size > 6144 {
		t.Errorf("the store has %d bytes", size)
	}
}

// Payloads of any size and any number are kept whole while the store grows, and
// once it has grown, nothing allocates.
func TestTheStoreGrows(t *testing.T) {
	b := New(48000)
	sizes := []int{40, 250, 1, 900, 1920, 0, 160, 65535, 70000}
	payload := func(n uint16) []byte { return bytes.Repeat([]byte{byte(n)}, sizes[int(n)%len(sizes)]) }
	for n := range uint16(40) {
		if v := b.Push(0, rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * 480}, payload(n), 480); v != Stored {
			t.Fatalf("packet %d: verdict %d", n, v)
		}
	}
	now := clock.Time(time.Second)
	for n := range uint16(40) {
		f, want := b.Pop(now, 480), payload(n)
		if f.Kind != Packet || !bytes.Equal(f.Payload, want[:min(len(want), 65535)]) {
			t.Fatalf("packet %d: kind %d, %d bytes; want %d", n, f.Kind, len(f.Payload), len(want))
		}
	}
	n, big := uint16(40), make([]byte, 1500)
	if allocs := testing.AllocsPerRun(500, func() {
		now = now.Add(10 * time.Millisecond)
		b.Push(now, rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * 480}, big[:int(n)%1500], 480)
		b.Pop(now, 480)
		n++
	}); allocs != 0 {
		t.Errorf("a store that has grown allocates %v times per packet", allocs)
	}
}

// A Buffer that serves another leg knows nothing of the one before, and
// allocates nothing.
func TestReset(t *testing.T) {
	b, payload := New(48000), make([]byte, 160)
	play := func() (c Counters, played int) {
		for n := range uint16(300) {
			if n%7 > 0 {
				b.Push(clock20(n+n%3), rtp.Header{SSRC: 1, Sequence: n, Timestamp: uint32(n) * frame}, payload, frame)
			}
			if b.Pop(clock20(n), frame).Kind == Packet {
				played++
			}
		}
		return b.Counters(), played
	}
	b.Fixed(time.Second)
	play()
	var first, again Counters
	var m, n int
	b.Reset(8000)
	first, m = play()
	if allocs := testing.AllocsPerRun(3, func() {
		b.Reset(8000)
		again, n = play()
	}); allocs != 0 || again != first || n != m {
		t.Errorf("%v allocations; %+v, %d played; want %+v, %d", allocs, again, n, first, m)
	}
	b = New(8000)
	if fresh, k := play(); fresh != first || k != m {
		t.Errorf("a new one: %+v, %d played; want %+v, %d", fresh, k, first, m)
	}
}
