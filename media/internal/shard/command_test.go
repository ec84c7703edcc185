package shard

import (
	"bytes"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"trunkline/internal/netio/shm"
	"trunkline/internal/simnet"
	"trunkline/media/feed"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// commands are one of each kind, with all fields set.
func commands(t testing.TB) []Command {
	ports, err := simnet.New(1, simnet.Link{}).Bind(netip.MustParseAddr("10.0.0.1"), 4000)
	if err != nil {
		t.Fatal(err)
	}
	return []Command{
		&Open{1, 2, 3, ports}, &Start{1, pcmu(ports.Addr())},
		&Play{1, msg.Playback{Ref: 2, Loop: -1, Gain: 1.5}, clips(prompt.Silence(1), nil)},
		&Pause{1, 2}, &Resume{1, 2}, &Stop{1, 2}, &SendDigits{1, 2, "12#"}, &Join{1, 2}, &Leave{1}, &DetectSpeech{1, true},
		&Tap{1, 2, tap.New(tap.Stereo, 8000, 20)}, &Untap{1, 2}, &Close{1}, &Label{1, []byte("label")}, &Move{1, 2},
		&Expect{1}, &Forget{1}, &Roll{}, &Quit{msg.Orphaned}, &Progress{1, 2}, &Adjust{1, msg.Member{Gain: 1}},
		&Enter{1, 2, 8000, msg.Member{Mute: true}}, &MaskKeys{1, true}, &Echo{1, true}, &Fix{1, true},
		&Stream{1, msg.Playback{Ref: 2}, 3, wire.Feed{Feed: feed.New(8000, 100)}},
	}
}

func TestEveryCommandTravels(t *testing.T) {
	seen := map[kind]bool{}
	for _, c := range commands(t) {
		bag := wire.NewBeside()
		x := wire.Writer(nil, bag)
		encode(&x, c)
		if got := decode(x.Written(), bag); !x.OK() || !reflect.DeepEqual(got, c) {
			t.Errorf("%T went in as %+v and came out as %+v", c, c, got)
		}
		if b := blank(c.kind()); seen[c.kind()] || reflect.TypeOf(b) != reflect.TypeOf(c) {
			t.Errorf("%T has the kind of %T", c, b)
		}
		seen[c.kind()] = true
		if got := decode(x.Written()[:len(x.Written())-1], bag); got != nil && reflect.TypeOf(got) != reflect.TypeFor[*Open]() {
			t.Errorf("a part of %T was read as %+v", c, got)
		}
	}
	for k := kind(0); k < 255; k++ {
		if (blank(k) != nil) != seen[k] {
			t.Errorf("kind %d: %T, and a sample of it: %v", k, blank(k), seen[k])
		}
	}
}

// FuzzCommand has a shard obey whatever is in the ring.
func FuzzCommand(f *testing.F) {
	for _, c := range commands(f) {
		x := wire.Writer(nil, wire.NewBeside())
		encode(&x, c)
		f.Add(x.Written())
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		w := newTwins(t)
		w.open(1)
		w.start(1)
		w.run(3 * time.Millisecond)
		w.door.pane.commands.Push(rec)
		w.run(5 * time.Millisecond)
		if w.sh.ending {
			return
		}
		w.post(&Expect{Session: 1}) // at home again, wherever it was sent
		w.two.post(&Move{Session: 1, Shard: 0})
		w.post(&Close{Session: 1})
		w.run(5 * time.Millisecond)
		for _, r := range []*rig{w.rig, w.two} {
			for _, e := range r.events {
				if e.Session == 1 && e.Kind == msg.Closed {
					return
				}
			}
		}
		if !bytes.HasPrefix(rec, []byte{byte(kindExpect)}) { // one of those may keep it waiting
			t.Fatalf("after %x session 1 does not end", rec)
		}
	})
}

// FuzzNotice has a control plane read whatever is in the ring.
func FuzzNotice(f *testing.F) {
	for k := Happened; k <= Rolled; k++ {
		n := Notice{Kind: k, Event: msg.Event{Kind: msg.Closed}, Survivor: Survivor{Label: []byte("x")}, Failure: Failure{Stack: "y"}}
		x := wire.Writer(nil, nil)
		n.fields(&x)
		f.Add(x.Written())
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		m := shm.Heap(PaneLen)
		d, p := NewDoor(m, func() {}, simnet.NewBell(), nil), newPane(m)
		if !p.events.Push(rec) {
			return
		}
		d.Collect(func(n *Notice) {
			if n.Kind < Happened || n.Kind > Rolled {
				t.Fatalf("a notice of kind %d", n.Kind)
			}
		})
		if !d.pane.events.Empty() {
			t.Fatal("it is still there")
		}
	})
}

func TestAnOpenWithoutPortsIsRefused(t *testing.T) {
	r := newRig(t)
	x := wire.Writer(nil, wire.NewBeside()) // beside another record
	ports, _ := r.net.Bind(netip.MustParseAddr("10.0.0.1"), 4000)
	encode(&x, &Open{Session: 5, Ports: ports})
	r.door.pane.commands.Push(x.Written())
	r.run(5 * time.Millisecond)
	if len(r.events) != 1 || r.events[0].Kind != msg.Closed || r.events[0].Session != 5 || r.events[0].Reason != msg.Refused {
		t.Fatalf("reported %+v", r.events)
	}
	r.open(6)
	r.open(7)
	r.post(&Open{Session: 6}) // the name is taken
	r.run(5 * time.Millisecond)
	if r.sh.sessions[6] == nil || r.sh.sessions[7] == nil || r.sh.count.Refused != 2 {
		t.Fatalf("refused %d, there are %v", r.sh.count.Refused, r.sh.sessions)
	}
}

func TestTheRollNamesEverybody(t *testing.T) {
	r := newRig(t)
	for id := msg.Session(1); id <= 3; id++ {
		r.open(id)
	}
	r.start(1)
	r.post(&Label{Session: 1, Label: []byte("me")})
	r.post(&Join{Session: 2, Other: 3})
	tp := tap.New(tap.Inbound, 8000, 100)
	r.tap(1, tp)
	r.run(50 * time.Millisecond)
	r.post(&Roll{})
	r.run(5 * time.Millisecond)
	got := map[msg.Session]Survivor{}
	for i, n := range r.others {
		if (n.Kind == Rolled) != (i == 3) {
			t.Fatalf("notice %d is %+v", i, n)
		}
		got[n.Survivor.Session] = n.Survivor
	}
	one := Survivor{Session: 1, Local: netip.MustParseAddrPort("10.0.0.1:4002"), Remote: r.phone.Addr(), Label: []byte("me"), Age: got[1].Age}
	if !reflect.DeepEqual(got[1], one) || got[1].Age < 45*time.Millisecond {
		t.Errorf("session 1 is %+v", got[1])
	}
	if got[2].With != 3 || got[3].With != 2 || len(got[2].Label) != 0 {
		t.Errorf("the others are %+v", got)
	}
	if !tp.Ended() {
		t.Error("a tap of the control plane before still runs")
	}
}

func TestSilentOrphansEnd(t *testing.T) {
	r := newRig(t)
	for id := msg.Session(1); id <= 2; id++ {
		ports, _ := r.net.Bind(netip.MustParseAddr("10.0.0.1"), 4000+2*uint16(id))
		r.post(&Open{Session: id, Seed: 1, Ports: ports, Timeout: time.Second})
	}
	r.start(1)
	r.run(1200 * time.Millisecond)
	if got := r.kinds(1); len(got) != 1 || got[0] != msg.MediaLost {
		t.Fatalf("with a control plane: %v", got)
	}
	r.door.Alone(1)
	r.start(2)
	r.run(1200 * time.Millisecond)
	last := r.events[len(r.events)-1]
	if last.Kind != msg.Closed || last.Session != 2 || last.Reason != msg.Orphaned || r.sh.sessions[1] == nil {
		t.Fatalf("without one: %+v", r.events)
	}
}

func TestPostingDoesNotAllocate(t *testing.T) {
	m := shm.Heap(PaneLen)
	d, p := NewDoor(m, func() {}, simnet.NewBell(), wire.NewBeside()), newPane(m)
	start := Command(&Start{Session: 1, Params: pcmu(netip.MustParseAddrPort("10.0.0.1:4000"))})
	n := testing.AllocsPerRun(1000, func() {
		d.Post(start)
		p.commands.Next()
		p.commands.Done()
	})
	if n != 0 {
		t.Fatalf("a wish costs %v allocations, want 0", n)
	}
}

// BenchmarkPost is a wish on its way to the ring.
func BenchmarkPost(b *testing.B) {
	m := shm.Heap(PaneLen)
	d, p := NewDoor(m, func() {}, simnet.NewBell(), wire.NewBeside()), newPane(m)
	start := Command(&Start{Session: 1, Params: pcmu(netip.MustParseAddrPort("10.0.0.1:4000"))})
	b.ReportAllocs()
	for b.Loop() {
		d.Post(start)
		p.commands.Next()
		p.commands.Done()
	}
}
