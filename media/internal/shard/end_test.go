package shard

import (
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

func TestCloseObeysWhatWasPostedAndEndsAll(t *testing.T) {
	r := newRig(t)
	for id := range msg.Session(20) {
		r.open(id + 1)
	}
	r.post(&Play{Session: 3, Playback: msg.Playback{Ref: 3}, Clips: clips(prompt.Silence(time.Second))})
	r.door.Quit()
	r.door.Quit() // again: nothing
	if r.door.Post(&Leave{Session: 1}) || r.door.Post(&Close{Session: 1}) {
		t.Fatal("a closing shard takes wishes")
	}
	runtime.LockOSThread() // as Run's callers must
	defer runtime.UnlockOSThread()
	r.sh.Run() // returns: everything it needs has been posted
	r.door.Collect(r.take)
	for id := range msg.Session(20) {
		want := []msg.Kind{msg.Closed}
		if id+1 == 3 {
			want = []msg.Kind{msg.PlayDone, msg.Closed}
		}
		if got := r.kinds(id + 1); !slices.Equal(got, want) {
			t.Errorf("session %d reported %v, want %v", id+1, got, want)
		}
	}
	if r.host.Legs() != 0 {
		t.Errorf("%d pairs are left", r.host.Legs())
	}
}

func TestAPanicCostsOneSessionOnly(t *testing.T) {
	f := func(name string, provoke func(*rig)) {
		t.Helper()
		r := newRig(t)
		for id := range msg.Session(5) {
			r.open(id + 1)
			r.start(id + 1)
		}
		tp := tap.New(tap.Inbound, 8000, 100)
		r.tap(2, tp)
		r.run(30 * time.Millisecond)
		r.sh.sessions[2].media = nil // every call into it panics from now on
		provoke(r)
		r.run(60 * time.Millisecond)
		if len(r.failed) != 1 || r.failed[0].Session != 2 || r.failed[0].Stack == "" {
			t.Errorf("%s: reported %d failures", name, len(r.failed))
		}
		if got := r.kinds(2); !slices.Equal(got, []msg.Kind{msg.Closed}) {
			t.Errorf("%s: the broken session reported %v, want Closed", name, got)
		}
		if !tp.Ended() || r.host.Legs() != 4 || len(r.sh.sessions) != 4 {
			t.Errorf("%s: something of the broken session is left", name)
		}
		for _, l := range r.sh.sessions {
			if !r.sh.wheel.holds(l.at) {
				t.Errorf("%s: session %d is never called again", name, l.id)
			}
		}
		r.post(&Close{Session: 4})
		r.run(0)
		if got := r.kinds(4); !slices.Equal(got, []msg.Kind{msg.Closed}) {
			t.Errorf("%s: another session reported %v, want Closed", name, got)
		}
	}
	f("tick", func(r *rig) {})
	f("packet", func(r *rig) { r.phone.Send(netip.MustParseAddrPort("10.0.0.1:4004"), []byte("x")) })
	f("wish", func(r *rig) { r.post(&Leave{Session: 2}) })
	f("close", func(r *rig) { r.post(&Close{Session: 2}) })
}

// A thread with far too much to do has few laps, and must end calls in them all
// the same.
func TestManyCallsEndInOneLap(t *testing.T) {
	r := newRig(t)
	const calls = 300
	for id := range msg.Session(calls) {
		r.open(id + 1)
		r.start(id + 1)
		if id%100 == 99 {
			r.run(2 * time.Millisecond)
		}
	}
	for id := range msg.Session(calls) {
		r.post(&Close{Session: id + 1})
	}
	r.sh.lap()
	r.door.Collect(r.take)
	if n := len(r.sh.sessions); n != 0 {
		t.Errorf("%d of %d sessions are left after the lap", n, calls)
	}
	for id := range msg.Session(calls) {
		if got := r.kinds(id + 1); !slices.Equal(got, []msg.Kind{msg.Closed}) {
			t.Fatalf("session %d reported %v, want Closed", id+1, got)
		}
	}
}
