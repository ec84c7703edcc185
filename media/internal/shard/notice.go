package shard

import (
	"net/netip"
	"time"

	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// NoticeKind says what a Notice tells.
type NoticeKind uint8

// The kinds of Notice, each with the fields it has.
const (
	Happened NoticeKind = iota + 1 // Event, Hop
	Moved                          // Event.Session has left for another shard: later events have Hop
	Awaited                        // who reads tap, or writes feed, Number is to be woken
	LetGo                          // tap or feed Number is used no more
	ClipDone                       // clip Number is used no more
	Counted                        // Counters
	Failed                         // Failure
	Present                        // Survivor: an answer to Roll
	Rolled                         // all who are present have been named
)

// Notice is one thing that a shard reports to the control plane.
type Notice struct {
	Kind     NoticeKind
	Hop      uint32 // how often the session had moved when it happened
	Number   uint64
	Event    msg.Event
	Counters Counters
	Failure  Failure
	Survivor Survivor
}

// Survivor is a session that was there before the control plane was.
type Survivor struct {
	Session msg.Session
	Hop     uint32
	Local   netip.AddrPort
	Remote  netip.AddrPort // as negotiated; zero before Start
	With    msg.Session    // whom it is joined with; 0: nobody
	Label   []byte
	Age     time.Duration
}

// fields walks what a Notice of its kind has.
func (n *Notice) fields(x *wire.Coder) {
	wire.Byte(x, &n.Kind)
	switch n.Kind {
	case Happened, Moved:
		wire.Num(x, &n.Hop)
		wire.Event(x, &n.Event)
	case Awaited, LetGo, ClipDone:
		wire.Num(x, &n.Number)
	case Counted:
		n.Counters.fields(x)
	case Failed:
		wire.Num(x, &n.Failure.Session)
		x.Text(&n.Failure.Panic)
		x.Text(&n.Failure.Stack)
	case Present:
		s := &n.Survivor
		wire.Num(x, &s.Session)
		wire.Num(x, &s.Hop)
		x.Addr(&s.Local)
		x.Addr(&s.Remote)
		wire.Num(x, &s.With)
		x.Bytes(&s.Label)
		wire.Num(x, &s.Age)
	case Rolled:
	default:
		x.Spoil()
	}
}
