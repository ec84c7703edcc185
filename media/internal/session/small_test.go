package session

import (
	"runtime"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
)

// A session whose sound only passes by costs little, whatever the codec: no
// coder, no jitter store, no ear.
func TestARelayedSessionIsSmall(t *testing.T) {
	f := func(id codecs.ID, most uint64) {
		t.Helper()
		const pairs = 100
		shared := new(Scratch)
		phones := make([]*phone, 0, 2*pairs)
		for range 2 * pairs {
			phones = append(phones, newPhone(t, farA, id, frame20, 440))
		}
		wire := &deaf{}
		sessions := make([]*Session, 0, 2*pairs)
		payload := make([]byte, 4000)
		pcm := make([]int16, phones[0].rate/50)
		phones[0].tone.Fill(pcm)
		payload = payload[:phones[0].coder.Encode(payload, pcm)]
		before := inUse()
		for i := range 2 * pairs {
			s := New(msg.Session(i+1), uint64(i), wire, wire)
			s.Use(shared)
			s.Start(0, phones[i].params())
			if i%2 == 1 {
				s.Join(0, sessions[i-1])
			}
			sessions = append(sessions, s)
		}
		for now := clock.Time(0); now < clock.Time(10*time.Second); now = now.Add(frame20) {
			for i, s := range sessions {
				p := phones[i]
				s.Receive(now, p.packet(p.codec.PayloadType, payload, uint32(p.codec.ClockRate/50)), p.addr)
				s.Tick(now)
			}
		}
		if wire.packets < 2*pairs*498 {
			t.Errorf("%v: %d packets were passed on", id, wire.packets)
		}
		each := (inUse() - before) / (2 * pairs)
		runtime.KeepAlive(phones)
		t.Logf("%v: %d bytes", id, each)
		if each > most {
			t.Errorf("%v: a session takes %d bytes, allowed are %d", id, each, most)
		}
		for _, s := range sessions {
			for _, c := range s.coders[codecs.Opus:codecs.L16] {
				if c != nil {
					t.Fatalf("%v: a coder was made for sound that passes by", id)
				}
			}
		}
	}
	f(codecs.PCMU, 6<<10)
	f(codecs.Opus, 6<<10)
	f(codecs.L16, 6<<10)
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
