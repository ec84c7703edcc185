package conduct

import (
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/google/uuid"

	"trunkline/call/event"
	"trunkline/call/internal/door"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/inlet"
	"trunkline/call/internal/ledger"
	"trunkline/call/internal/line"
	"trunkline/call/internal/lot"
	"trunkline/call/internal/mail"
	"trunkline/call/internal/sound"
	"trunkline/call/rooms"
	"trunkline/call/roster"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/sip"
)

// Deps is what every call needs of its surroundings. Read only once there is a call.
type Deps struct {
	Plane      line.Plane
	Signalling line.Signalling
	Bus        *event.Bus
	Ledger     *ledger.Ledger
	Door       *door.Door
	Roster     *roster.Roster[*sip.Dialog, *Call]
	Log        *slog.Logger
	Recordings Recordings
	Desk       *record.Desk // writes them
	Ringback   func() *prompt.Clip
	Rooms      *rooms.Rooms
	Lot        *lot.Lot[*Call]
	Music      Sound // for who waits, unless the wish brings some
	Concealer  line.Concealer

	refs atomic.Uint64 // names for playbacks and digits
}

// Place places a call that runs a flow once it is answered. The call exists, and its
// INVITE is on its way.
func Place(d *Deps, info Info, flows Runner, r DialRequest) (*Call, error) {
	c := newCall(d, info, flows)
	if err := d.Roster.Admit(c.info.ID, c); err != nil {
		return nil, fault.New("originate", string(sip.Overload), err.Error())
	}
	l := &dialing{request: r, done: func(*Error) {}}
	if err := c.place(l, r.Trunk); err != nil {
		d.Roster.Forget(c.info.ID)
		return nil, err
	}
	c.begin()
	l.leg.announce()
	go c.run()
	return c, nil
}

// Enter begins the call of an arrival and runs its flow. The error is a sip.Cause.
func Enter(d *Deps, info Info, flows Runner, a door.Arrival) error {
	c := newCall(d, info, flows)
	c.origin = a.Origin()
	l, err := c.arrive(a)
	if err != nil {
		return err
	}
	if err := d.Roster.Admit(c.info.ID, c); err != nil {
		l.Discard()
		return sip.Refused("call_limit", sip.Overload, 503, err.Error())
	}
	c.take(l)
	a.Handle(l.sink)
	c.begin()
	l.announce()
	c.startFlow()
	go c.run()
	return nil
}

// newCall makes a call that nobody knows of yet.
func newCall(d *Deps, info Info, flows Runner) *Call {
	id, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("random source: %v", err)) // crypto/rand never fails on Linux
	}
	info.ID = id.String()
	c := &Call{
		info: info, deps: d, log: d.Log.With("call", info.ID), cancel: func() {}, flows: flows,
		mail: mail.NewBox[message](), inputs: inlet.NewQueue(), page: d.Ledger.Page(info),
		done: make(chan struct{}), gone: make(chan struct{}),
		sends: map[msg.Ref]chan error{}, ears: inlet.Ears{},
	}
	c.studio = &line.Studio{
		Desk: d.Desk, How: d.Recordings, Call: info.ID, Tell: c.publish, Log: c.log,
		Post: func(do func()) { c.post(act(func(*Call) { do() })) },
	}
	c.player = sound.NewPlayer(&d.refs, func(do sound.Steering) { c.post(act(func(c *Call) { do(c.head.Session) })) })
	return c
}

// arrive makes an incoming leg: counts it on its trunk, opens its media and works
// out the answer. The error is a sip.Cause.
func (c *Call) arrive(a door.Arrival) (*leg, error) {
	l := c.newLeg(event.Inbound, a.Through)
	l.Address = a.Incoming.From.String()
	var err error
	if l.Hold, err = c.deps.Door.Come(a.Through); err != nil {
		return nil, err
	}
	if err := l.open(); err != nil {
		l.Hold.Release()
		return nil, sip.Refused("no_media", sip.Overload, 503, err.Error())
	}
	if err = l.Arrive(a.Dialog, a.Offer); err != nil {
		l.Discard()
		return nil, sip.Refused("media", sip.Media, 488, err.Error())
	}
	return l, nil
}
