package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// party is a room whose members each say a tone of their own.
type party struct {
	t       *testing.T
	room    *mix.Room
	members []*far
	tones   []float64
	now     clock.Time
	talks   []func(clock.Time)
}

func newParty(t *testing.T, members int, ptimes ...time.Duration) *party {
	x := &party{t: t, room: mix.New(8000)}
	for i := range members {
		f := newFar(t, netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), 4000))
		f.s = New(msg.Session(i+1), uint64(i), f, f)
		ptime, id := ptimes[i%len(ptimes)], []codecs.ID{codecs.PCMU, codecs.PCMA}[i%2]
		tone := 300 + 150*float64(i)
		f.tone = dsp.NewTone(tone, -20, rate)
		f.s.Start(0, f.params(id, ptime))
		f.s.Enter(0, x.room, msg.Member{})
		x.members, x.tones = append(x.members, f), append(x.tones, tone)
		x.talks = append(x.talks, every(ptime, func(now clock.Time) { f.talk(now, id, int(ptime*rate/time.Second)) }))
	}
	return x
}

func (x *party) run(d time.Duration) {
	var all []*Session
	for _, f := range x.members {
		all = append(all, f.s)
	}
	run(&x.now, d, func(now clock.Time) {
		for i, talk := range x.talks {
			if now >= clock.Time(3*i*int(time.Millisecond)) { // at different moments
				talk(now)
			}
		}
	}, all...)
}

// levels returns how loud each member's tone is for member i, from its packet
// from on.
func (x *party) levels(i, from int) (l []dsp.DB) {
	pcm := x.members[i].listen(from)
	pcm = pcm[:len(pcm)/rate*rate] // whole seconds: the tones fall between each other's side lobes
	for _, tone := range x.tones {
		l = append(l, dsp.Goertzel(pcm, tone, rate))
	}
	return l
}

// hear runs for two seconds and checks who hears whom: want[i][j] is '1' when i
// hears j.
func (x *party) hear(want ...string) {
	x.t.Helper()
	x.run(300 * time.Millisecond)
	var from []int
	for _, f := range x.members {
		from = append(from, len(f.sent))
	}
	x.run(2 * time.Second)
	for i, row := range want {
		for j, l := range x.levels(i, from[i]) {
			if heard := l > -22 && l < -18; heard != (row[j] == '1') || l > -45 && row[j] == '0' {
				x.t.Errorf("member %d hears member %d at %.1f dBov; wanted %s", i, j, l, row)
			}
		}
	}
}

func TestEverybodyHearsTheOthers(t *testing.T) {
	f := func(name string, ptimes ...time.Duration) {
		t.Run(name, func(t *testing.T) {
			x := newParty(t, 4, ptimes...)
			x.hear("0111", "1011", "1101", "1110")
			for _, m := range x.members {
				m.continuous()
			}
			x.members[2].s.Leave(x.now)
			x.hear("0101", "1001", "0000", "1100")
			x.members[2].s.Enter(x.now, x.room, msg.Member{})
			x.members[3].s.Close(x.now)
			x.hear("0110", "1010", "1100")
		})
	}
	f("20 ms", 20*time.Millisecond)
	f("mixed", 20*time.Millisecond, 30*time.Millisecond, 10*time.Millisecond, 60*time.Millisecond)
}

func TestRolesInARoom(t *testing.T) {
	x := newParty(t, 3, frame20)
	f := func(m msg.Member, want ...string) {
		t.Helper()
		x.members[2].s.Enter(x.now, x.room, m)
		x.hear(want...)
	}
	f(msg.Member{Mute: true}, "010", "100", "110")
	f(msg.Member{Deaf: true}, "011", "101", "000")
	f(msg.Member{Coach: 1}, "011", "100", "110")
	f(msg.Member{Coach: 9}, "010", "100", "110") // who is not here
	f(msg.Member{}, "011", "101", "110")
	x.members[2].s.Adjust(x.now, msg.Member{Gain: -10})
	x.run(300 * time.Millisecond)
	n := len(x.members[0].sent)
	x.run(time.Second)
	if l := x.levels(0, n)[2]; l > -29 || l < -31 {
		t.Errorf("10 dB less of -20 dBov is %.1f", l)
	}
}

// What one says reaches the others as one piece.
func TestARoomIsSeamless(t *testing.T) {
	x := newParty(t, 3, frame20, 30*time.Millisecond)
	for _, m := range x.members[1:] {
		m.s.Enter(0, x.room, msg.Member{Mute: true})
	}
	x.run(time.Minute)
	for _, m := range x.members[1:] {
		pcm := m.listen(20)
		for i := 0; i+400 <= len(pcm); i += 80 {
			if l := dsp.Level(pcm[i : i+400]); l < -21 || l > -19 {
				t.Fatalf("%d ms in: level %.1f dBov", i/8, l)
			}
		}
	}
}

// A room of many is not as many voices at once; and who begins to speak there is
// soon heard.
func TestLargeRoomsHearTheLoudest(t *testing.T) {
	f := func(ptimes ...time.Duration) {
		t.Helper()
		for i := range ptimes {
			ptimes[i] *= time.Millisecond
		}
		x := newParty(t, 14, ptimes...)
		for i, m := range x.members {
			m.tone = dsp.NewTone(x.tones[i], -20-3*dsp.DB(i), rate)
		}
		x.run(3 * time.Second)
		n := len(x.members[13].sent)
		x.run(2 * time.Second)
		for j, l := range x.levels(13, n) {
			if heard := l > -20-3*dsp.DB(j)-2; heard != (j < 6) {
				t.Errorf("%v: member %d is heard at %.1f dBov", ptimes, j, l)
			}
		}
		for i, m := range x.members {
			m.continuous()
			if i < 12 {
				m.tone = nil
			}
		}
		x.run(time.Second)
		n = len(x.members[13].sent)
		x.members[12].tone = dsp.NewTone(x.tones[12], -12, rate)
		x.run(300 * time.Millisecond)
		pcm := x.members[13].listen(n)
		if l := dsp.Goertzel(pcm[len(pcm)-rate/50:], x.tones[12], rate); l < -14 {
			t.Errorf("%v: who begins to speak is heard at %.1f dBov 300 ms later", ptimes, l)
		}
	}
	f(20)
	f(10, 30, 40, 60, 20)
}

func TestARoomAllocatesNothing(t *testing.T) {
	x := newParty(t, 4, frame20)
	x.run(time.Second)
	s := x.members[0].s
	s.wire, s.out = &deaf{}, &deaf{}
	if n := testing.AllocsPerRun(200, func() { s.Tick(s.due) }); n != 0 {
		t.Errorf("%v allocations per frame, want 0", n)
	}
}
