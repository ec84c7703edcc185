// Package sip is Trunkline's signalling: endpoints, trunks and dialogs on top of
// sipgo, which stays hidden from everyone else.
//
// A Dialog is one INVITE dialog, in either direction. Wishes are its methods;
// what happens comes back through the sink it was given, in order, from one
// goroutine at a time. Sinks must not block; they may call methods of the dialog.
//
// The sockets are ours: every message passes one gate (gate.go) before sipgo and
// the dialogs see it, and sipgo never opens a connection of its own. The package
// never looks into SDP and never chooses who may be called: that is call's work.
package sip

import (
	"log/slog"
	"net/netip"

	"trunkline/sip/internal/dialog"
	"trunkline/sip/trunk"
)

// Transport is a SIP transport as written in a Via header, lower case.
type Transport = string

// The transports spoken today.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
)

// Listener is one address to receive SIP on.
type Listener struct {
	Transport Transport
	Addr      netip.AddrPort
}

// UnknownPolicy says what happens to requests from sources no trunk names.
type UnknownPolicy string

// The policies for unknown sources.
const (
	Drop   UnknownPolicy = "drop" // no answer at all
	Forbid UnknownPolicy = "403"
)

// Trunk is a SIP peer: a carrier, a gateway, a PBX.
type Trunk = trunk.Trunk

// Config says how an Endpoint works.
type Config struct {
	Listen    []Listener
	Trunks    []Trunk
	Unknown   UnknownPolicy
	UserAgent string
	Log       *slog.Logger
	// Trace, when set, sees every message sent and received, as on the wire.
	Trace func(TraceEvent)
}

// TraceEvent is one SIP message on the wire.
type TraceEvent struct {
	Sent      bool
	Transport Transport
	Peer      string // address of the other side
	Message   []byte // valid during the call only
}

// A Dialog is one INVITE dialog, in either direction.
type (
	Dialog      = dialog.Dialog
	Incoming    = dialog.Incoming
	Party       = dialog.Party
	DialRequest = dialog.Request
	Event       = dialog.Event
	EventKind   = dialog.Kind
	Referral    = dialog.Referral
	Replaces    = dialog.Replaces
)

// The kinds of Event.
const (
	Ringing     = dialog.Ringing
	Answered    = dialog.Answered
	Confirmed   = dialog.Confirmed
	Reoffered   = dialog.Reoffered
	Ended       = dialog.Ended
	Reanswered  = dialog.Reanswered
	Pressed     = dialog.Pressed
	Referred    = dialog.Referred
	Transferred = dialog.Transferred
)
