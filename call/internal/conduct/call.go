// Package conduct is one call: its legs, bridge, verbs and events. It is the only place
// that holds both a SIP dialog and a media session.
//
// A Call is one goroutine draining one mailbox; nothing else touches its state,
// so there is no lock. Methods post a wish and wait for the answer or for the
// end of the call. Dialogs, media sessions and timers post what happened to the
// same mailbox. One place ends a call, and it writes one CDR.
//
// Only package call uses it, which begins calls, and shows Call and what belongs to it
// to everybody.
package conduct

import (
	"context"
	"log/slog"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/door"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/inlet"
	"trunkline/call/internal/ledger"
	"trunkline/call/internal/line"
	"trunkline/call/internal/lot"
	"trunkline/call/internal/mail"
	"trunkline/call/internal/sound"
	"trunkline/media/msg"
)

// What a call consists of, and gives and takes.
type (
	Info        = ledger.Info     // what is known of it from its beginning and never changes
	Times       = ledger.Times    // so far; zero when it has not come to that
	Cause       = event.Cause     // why it, or a leg, ended
	Error       = fault.Error     // why a wish was not granted; Code is a sip.Code or one of package fault
	Input       = inlet.Input     // one thing that came for the flow
	Playback    = sound.Playback  // names one Play; it is comparable
	Recordings  = line.Recordings // how calls are recorded
	ParkRequest = lot.Request     // how a caller is parked
	Parked      = lot.Parked      // how that ended
)

// A Runner runs a flow for a call. The ivr package is one.
type Runner interface {
	// Run runs the flow to its end. It returns when the script is done, has
	// failed, or the call's context has ended.
	Run(ctx context.Context, c *Call) error
}

// Call is one call, as its flow sees it. Methods may be used by any goroutine.
// Those that wait return early with an *Error when ctx or the call ends.
type Call struct {
	info  Info
	deps  *Deps
	flows Runner
	log   *slog.Logger

	mail   *mail.Box[message]
	inputs inlet.Queue   // what comes from the caller, for the flow
	page   *ledger.Page  // what the CDR will say
	done   chan struct{} // closed when the caller is gone or the call was ended
	gone   chan struct{} // closed when nothing is left: after the CDR
	cancel context.CancelFunc

	// Below: touched by the call's goroutine only.
	legs    []*leg // in the order in which they came; ended ones too
	head    *leg   // the caller's, or the callee's of a call we placed; or who has taken their place
	ending  bool
	cause   Cause // set once, before done is closed
	player  *sound.Player
	sends   map[msg.Ref]chan error // digits on their way
	answers []chan<- error         // wait for the ACK that answers our offer
	ears    inlet.Ears             // open Listens
	secret  int                    // open Conceals
	bridge  *bridge
	early   *leg      // a ringing leg that is heard already
	moving  *transfer // a far side's wish that is being carried out
	sending *sending  // ours that the caller's side carries out
	studio  *line.Studio

	origin  door.Origin // what the caller's INVITE brought for those that follow from it
	company *conference // the room the caller is in
	flowing bool        // the flow has not returned yet
	grace   *time.Timer
	lost    bool // grace is over: do not wait for anybody any more
}

// Info returns what is known of the call from its beginning.
func (c *Call) Info() Info { return c.info }

// Done is closed when the caller is gone or the call was ended.
func (c *Call) Done() <-chan struct{} { return c.done }

// Cause says why the call ended; it is the zero Cause before Done.
func (c *Call) Cause() Cause {
	select {
	case <-c.done:
		return c.cause
	default:
		return Cause{}
	}
}

// Times returns when what happened. After Done it is final.
func (c *Call) Times() Times { return c.page.Times() }

// Emit publishes d as an event of this call and keeps what the CDR needs of it
// (the path through menus). It returns when that is done, so that a flow which
// tells a lot is slowed down by it, or when the call is over.
func (c *Call) Emit(d event.Data) {
	_ = c.ask(context.Background(), "emit", func() error { // nobody listens to a call that is over
		c.page.Note(d)
		c.publish("", d)
		return nil
	})
}

func (c *Call) publish(leg string, d event.Data) { c.deps.Bus.Publish(c.info.ID, leg, d) }

// begin announces the call.
func (c *Call) begin() {
	c.page.Begin()
	c.log.Info("call begins", "direction", c.info.Direction, "trunk", c.info.Trunk, "from", c.info.From, "to", c.info.To, "flow", c.info.Flow)
	c.publish("", event.CallStarted{
		Direction: c.info.Direction, Trunk: c.info.Trunk, From: c.info.From, To: c.info.To, Flow: c.info.Flow,
		Attestation: c.origin.Attestation,
	})
}
