package shard

import (
	"net/netip"
	"slices"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/media/internal/session"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// leg is a session and its place on the shard. It is also the session's Wire
// and Out, wherever it moves.
type leg struct {
	id    msg.Session
	sh    *Shard
	ports netio.Ports
	at    netio.Leg
	media *session.Session
	due   clock.Time // when media wants to be called next
	hop   uint32     // how often it has moved
	taps  [4]tapped  // those that may have to be woken
	plays []play     // that PlayDone was not reported for

	// What a new control plane asks about.
	since  clock.Time
	remote netip.AddrPort
	peer   *leg // it is joined with
	label  []byte
	reason msg.Reason // why it is being closed
}

// tapped is a tap and the number that the control plane knows it by; the zero
// value is none.
type tapped struct {
	number uint64
	tap    *tap.Tap
}

// play is what a playback plays: clips, or the feed that the control plane knows
// by number.
type play struct {
	ref    msg.Ref
	clips  []wire.Clip
	feed   wire.Feed
	number uint64
}

// Send collects one packet of RTP; the lap's flush sends it.
func (l *leg) Send(pkt []byte, to netip.AddrPort) { l.send(netio.RTP, pkt, to) }

// SendControl is Send for RTCP.
func (l *leg) SendControl(pkt []byte, to netip.AddrPort) { l.send(netio.RTCP, pkt, to) }

// Wake lets the session tick with the next lap. When it is not in the wheel, its
// turn is this very lap's.
func (l *leg) Wake() {
	if l.sh.wheel.holds(l.at) {
		l.sh.wheel.remove(l.at)
		l.sh.wheel.add(l.at, l.sh.now)
	}
	l.due = l.sh.now // wherever it goes on
}

// Settle hands down that RTP comes from peer alone.
func (l *leg) Settle(peer netip.AddrPort) {
	if latcher, ok := l.sh.packets.(netio.Latcher); ok {
		l.sh.flush() // what was sent before may go elsewhere
		latcher.Latch(l.at, peer)
	}
}

func (l *leg) send(kind netio.Kind, pkt []byte, to netip.AddrPort) {
	sh := l.sh
	sh.own.Check()
	if len(pkt) > netio.MaxDatagram {
		return
	}
	if sh.out.n == batch {
		sh.flush()
	}
	data := sh.out.copy(pkt)
	if data == nil {
		sh.flush()
		data = sh.out.copy(pkt)
	}
	sh.out.batch[sh.out.n] = netio.Datagram{Leg: l.at, Kind: kind, Peer: to, Data: data}
	sh.out.n++
}

// Event reports what happened to the session.
func (l *leg) Event(e msg.Event) {
	switch e.Kind {
	case msg.PlayDone:
		defer l.played(e.Ref)
	case msg.Closed:
		e.Reason = l.reason
	case msg.MediaLost:
		if l.sh.pane.alone.Load() != 0 {
			l.sh.silent = append(l.sh.silent, l)
		}
	}
	l.sh.outbox.event(e, l.hop)
}

// played gives back the clips of the oldest playback ref.
func (l *leg) played(ref msg.Ref) {
	i := slices.IndexFunc(l.plays, func(p play) bool { return p.ref == ref })
	if i < 0 {
		return
	}
	for _, c := range l.plays[i].clips {
		c.Release()
	}
	if f := l.plays[i].feed; f.Feed != nil {
		f.Leave() // whoever writes learns of it
		l.sh.outbox.serveFeed(l.plays[i])
		l.sh.outbox.tell(LetGo, l.plays[i].number)
	}
	l.plays = slices.Delete(l.plays, i, i+1)
}

// outgoing collects packets until flush. They lie close together, which is kinder
// to the caches than a slot of MaxDatagram for each.
type outgoing struct {
	n     int
	used  int // of room
	batch [batch]netio.Datagram
	room  [32 * netio.MaxDatagram]byte
}

// copy keeps a copy of pkt; nil when there is no room.
func (o *outgoing) copy(pkt []byte) []byte {
	if o.used+len(pkt) > len(o.room) {
		return nil
	}
	data := o.room[o.used : o.used+copy(o.room[o.used:], pkt)]
	o.used = (o.used + len(pkt) + 63) &^ 63 // whole cache lines
	return data
}

// endSilent ends the sessions that have nobody on either side any more: the far
// side is silent, and no control plane is there to decide about it.
func (sh *Shard) endSilent() {
	for _, l := range sh.silent {
		if sh.sessions[l.id] != l {
			continue
		}
		sh.current = l
		l.reason = msg.Orphaned
		sh.remove(l)
	}
	sh.current = nil
	sh.silent = sh.silent[:0]
}

// admit takes a new session in.
func (sh *Shard) admit(o *Open) {
	l := &leg{id: o.Session, sh: sh, ports: o.Ports, since: sh.now}
	if o.Ports == nil || sh.sessions[o.Session] != nil || !sh.settle(l) {
		sh.count.Refused++
		if o.Ports != nil {
			o.Ports.Close()
		}
		sh.outbox.event(msg.Event{Kind: msg.Closed, Session: o.Session, Reason: msg.Refused}, 0)
		return
	}
	l.media = session.New(o.Session, o.Seed, l, l)
	l.media.SetTimeout(o.Timeout)
	l.media.Use(&sh.scratch)
	sh.wheel.spread(l.at, sh.now)
}

// settle gives a leg its place here; false when there is no memory for another
// watch.
func (sh *Shard) settle(l *leg) bool {
	at, err := sh.packets.Add(l.ports)
	if err != nil {
		return false
	}
	l.at, l.sh = at, sh
	for len(sh.byPort) <= int(at) {
		sh.byPort = append(sh.byPort, nil)
	}
	sh.byPort[at] = l
	sh.sessions[l.id] = l
	return true
}

// unsettle takes its place away. Its last packets are sent first.
func (sh *Shard) unsettle(l *leg) {
	sh.flush()
	if latcher, ok := sh.packets.(netio.Latcher); ok {
		latcher.Latch(l.at, netip.AddrPort{})
	}
	sh.packets.Remove(l.at)
	sh.byPort[l.at] = nil
	sh.wheel.remove(l.at)
	delete(sh.sessions, l.id)
}

// remove ends a session, and then its ports. Closed is reported when they are
// free again.
func (sh *Shard) remove(l *leg) {
	l.leave()
	l.media.Close(sh.now)
	sh.unsettle(l)
	sh.release(l)
}

// release gives up what a leg that is no more still holds.
func (sh *Shard) release(l *leg) {
	l.ports.Close() // a close that fails has freed the descriptor all the same
	for _, t := range l.taps {
		if t.tap != nil {
			sh.outbox.end(t)
		}
	}
	for len(l.plays) > 0 {
		l.played(l.plays[0].ref)
	}
}

// join and leave keep peer in step with what the sessions know.
func (l *leg) join(other *leg) {
	if l == other || l.peer == other {
		return
	}
	l.leave()
	other.leave()
	l.peer, other.peer = other, l
	l.media.Join(l.sh.now, other.media)
}

func (l *leg) leave() {
	if l.peer != nil {
		l.peer.peer, l.peer = nil, nil
	}
	l.media.Leave(l.sh.now)
	l.sh.tidy()
}

// addTap remembers t for waking; false when there is no room.
func (l *leg) addTap(t tapped) bool {
	for i := range l.taps {
		if l.taps[i].tap == nil {
			l.taps[i] = t
			return true
		}
	}
	return false
}

// tap finds a tap by its number.
func (l *leg) tap(number uint64) *tapped {
	for i := range l.taps {
		if l.taps[i].tap != nil && l.taps[i].number == number {
			return &l.taps[i]
		}
	}
	return nil
}

var (
	_ session.Wire    = (*leg)(nil)
	_ session.Settler = (*leg)(nil)
	_ session.Waker   = (*leg)(nil)
	_ session.Out     = (*leg)(nil)
)

// dueIn returns the first millisecond at or after t, as the wheel counts them.
func dueIn(t clock.Time) int64 { return (int64(t) + slotLen - 1) / slotLen }
