package shard

import (
	"net/netip"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/media/internal/session"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// leg is a session and its place on the shard. It is also the session's Wire.
type leg struct {
	id    msg.Session
	sh    *Shard
	ports netio.Ports
	at    netio.Leg
	media *session.Session
	taps  [4]*tap.Tap // those that may have to be woken; nil is free

	// Links of the wheel's lists.
	prev, next *leg
	slot       int // index of the wheel's list it is in, or unscheduled
}

// Send collects one packet; the lap's flush sends it.
func (l *leg) Send(pkt []byte, to netip.AddrPort) {
	sh := l.sh
	sh.own.Check()
	if len(pkt) > netio.MaxDatagram {
		return
	}
	if sh.out.n == batch {
		sh.flush()
	}
	i := sh.out.n
	sh.out.batch[i] = netio.Datagram{Leg: l.at, Peer: to, Data: append(sh.out.bufs[i][:0], pkt...)}
	sh.out.n++
}

// outgoing collects packets until flush.
type outgoing struct {
	n     int
	batch [batch]netio.Datagram
	bufs  [batch][netio.MaxDatagram]byte
}

// admit takes a new session in.
func (sh *Shard) admit(l *leg) {
	at, err := sh.packets.Add(l.ports)
	if err != nil { // no memory for another watch: the session was never there
		sh.count.Refused++
		sh.outbox.Event(msg.Event{Kind: msg.Closed, Session: l.id})
		return
	}
	l.at = at
	for len(sh.byPort) <= int(at) {
		sh.byPort = append(sh.byPort, nil)
	}
	sh.byPort[at] = l
	sh.sessions[l.id] = l
	sh.wheel.spread(l, sh.now)
}

// remove ends a session. Its last packets are sent before its ports are given
// up, and Closed reaches the control plane, which closes them, after that.
func (sh *Shard) remove(l *leg) {
	l.media.Close(sh.now)
	sh.flush()
	sh.packets.Remove(l.at)
	sh.byPort[l.at] = nil
	sh.wheel.remove(l)
	delete(sh.sessions, l.id)
	sh.outbox.serve(l.taps[:])
}

// addTap remembers t for waking; there is room since sessions refuse a fifth.
func (l *leg) addTap(t *tap.Tap) {
	for i := range l.taps {
		if l.taps[i] == nil {
			l.taps[i] = t
			return
		}
	}
}

func (l *leg) removeTap(t *tap.Tap) {
	for i := range l.taps {
		if l.taps[i] == t {
			l.taps[i] = nil
		}
	}
}

var _ session.Wire = (*leg)(nil)

// dueIn returns the first millisecond at or after t, as the wheel counts them.
func dueIn(t clock.Time) int64 { return (int64(t) + slotLen - 1) / slotLen }
