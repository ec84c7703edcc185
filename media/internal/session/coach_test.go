package session

import (
	"testing"
	"time"

	"trunkline/media/msg"
)

// Two coaches of one agent are both heard, by the agent alone.
func TestTwoCoaches(t *testing.T) {
	f := func(ptimes ...time.Duration) {
		t.Helper()
		x := newParty(t, 4, ptimes...)
		x.members[2].s.Enter(x.now, x.room, msg.Member{Coach: 1})
		x.members[3].s.Enter(x.now, x.room, msg.Member{Coach: 1})
		x.hear("0111", "1000", "1100", "1100")
		x.members[2].s.Leave(x.now)
		x.hear("0101", "1000", "0000", "1100")
	}
	f(frame20)
	f(frame20, 60*time.Millisecond, 10*time.Millisecond, 30*time.Millisecond)
	f(60*time.Millisecond, 20*time.Millisecond, 30*time.Millisecond, 40*time.Millisecond)
}

// A coach and an agent may have any packet times.
func TestCoachesOfAnyPacketTime(t *testing.T) {
	f := func(ptimes ...time.Duration) {
		t.Helper()
		for i := range ptimes {
			ptimes[i] *= time.Millisecond
		}
		x := newParty(t, 3, ptimes...)
		x.members[2].s.Enter(x.now, x.room, msg.Member{Coach: 1})
		x.hear("011", "100", "110")
		x.members[2].s.Enter(x.now, x.room, msg.Member{})
		x.hear("011", "101", "110")
	}
	f(20, 60, 10)
	f(60, 10, 20)
	f(10, 30, 40)
	f(30, 60, 60)
}

// A coach that is muted or deaf, changes sides, leaves or loses its agent is
// nobody else's business.
func TestCoachesComeAndGo(t *testing.T) {
	x := newParty(t, 3, frame20, 30*time.Millisecond)
	f := func(m msg.Member, want ...string) {
		t.Helper()
		x.members[2].s.Enter(x.now, x.room, m)
		x.hear(want...)
	}
	f(msg.Member{Coach: 1, Mute: true}, "010", "100", "110")
	f(msg.Member{Coach: 1, Deaf: true}, "011", "100", "000")
	f(msg.Member{Coach: 2}, "010", "101", "110")
	x.members[2].s.Leave(x.now)
	x.hear("010", "100", "000")
	x.members[1].s.Close(x.now)
	f(msg.Member{Coach: 2}, "000", "000", "100")
}
