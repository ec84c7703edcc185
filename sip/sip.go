// Package sip is Trunkline's signalling: endpoints, trunks and dialogs on top of
// sipgo, which stays hidden from everyone else.
//
// A Dialog is one INVITE dialog, in either direction. Wishes are its methods;
// what happens comes back through the sink it was given, in order, from one
// goroutine at a time. Sinks must not block.
package sip

import (
	"log/slog"
	"net/netip"
)

// Transport is a SIP transport as written in a Via header, lower case.
type Transport string

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
type Trunk struct {
	Name      string
	Networks  []netip.Prefix // sources that are this trunk; empty: it may not call us
	Target    string         // host:port we send calls to; empty: we may not call it
	Transport Transport      // transport of calls we send; default UDP
	FromUser  string         // user part of From when a call has none
	Codecs    []string       // encoding names in order of preference
	NAT       bool           // its SDP addresses are not to be believed
}

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

// Endpoint is our presence in the SIP network.
type Endpoint struct{}

// Listen binds every listener and begins to serve. Each new call from a known
// trunk is handed to onInvite on a goroutine of its own; a nil onInvite refuses
// them all.
func Listen(cfg Config, onInvite func(*Incoming)) (*Endpoint, error) { panic("unwritten") }

// Addrs returns the addresses really bound, in the order of Config.Listen.
func (e *Endpoint) Addrs() []Listener { panic("unwritten") }

// Incoming is an INVITE that has been checked and found to be a new call. Its
// sink must be set with Dialog.Handle before anything else is done with it.
type Incoming struct {
	*Dialog
	Trunk  Trunk
	Source netip.AddrPort
	From   Party
	To     Party  // the Request-URI: whom the caller wants
	Offer  []byte // SDP; empty when the offer is delayed
}

// Party is one end of a call.
type Party struct {
	User    string
	Host    string
	Display string
}

// String returns the party as a SIP URI.
func (p Party) String() string { panic("unwritten") }

// DialRequest is an outgoing call.
type DialRequest struct {
	Trunk string // name of a trunk with a Target; or
	// URI is dialled directly, without a trunk (the phone does; the server never).
	URI     string
	User    string // user part of Request-URI and To, with Trunk
	From    Party
	Offer   []byte
	Headers [][2]string // further headers; CR and LF are refused
}

// Dial sends an INVITE and returns at once; ringing, answer and refusal arrive
// at sink. The 2xx is acknowledged here.
func (e *Endpoint) Dial(r DialRequest, sink func(Event)) (*Dialog, error) { panic("unwritten") }

// Usage is what an Endpoint holds right now.
type Usage struct {
	Dialogs int `json:"dialogs"`
}

// Usage reports what the endpoint holds right now.
func (e *Endpoint) Usage() Usage { panic("unwritten") }

// Close ends every dialog with BYE or a refusal, waits briefly for the answers,
// and closes the sockets.
func (e *Endpoint) Close() error { panic("unwritten") }

// Dialog is one INVITE dialog.
type Dialog struct{}

// CallID returns the dialog's Call-ID.
func (d *Dialog) CallID() string { panic("unwritten") }

// Handle sets the sink of an incoming dialog's events.
func (d *Dialog) Handle(sink func(Event)) { panic("unwritten") }

// Ring sends 180 Ringing.
func (d *Dialog) Ring() error { panic("unwritten") }

// Progress sends 183 Session Progress with sdp: early media.
func (d *Dialog) Progress(sdp []byte) error { panic("unwritten") }

// Answer sends 200 OK with sdp, again and again until the ACK (RFC 3261
// §13.3.1.4). It returns an error when the dialog is past answering.
func (d *Dialog) Answer(sdp []byte) error { panic("unwritten") }

// AnswerReoffer answers the peer's pending re-INVITE or UPDATE (see Reoffered).
// A nil sdp refuses it with 488 and leaves the session as it was.
func (d *Dialog) AnswerReoffer(sdp []byte) error { panic("unwritten") }

// Hangup ends the dialog by whatever its state demands: a refusal, CANCEL or
// BYE. Ended follows. Hanging up twice is harmless.
func (d *Dialog) Hangup(c Cause) { panic("unwritten") }

// EventKind says what a dialog Event reports.
type EventKind uint8

// The kinds of Event.
const (
	Ringing   EventKind = iota + 1 // 180/183 to our INVITE; SDP when it carries early media
	Answered                       // 2xx to our INVITE, with SDP
	Confirmed                      // ACK to our 2xx; SDP when the offer was delayed
	Reoffered                      // re-INVITE or UPDATE; SDP is the offer, empty asks us for one
	Ended                          // the dialog is over; Cause says why. Always the last.
)

// Event is something that happened in a dialog.
type Event struct {
	Kind   EventKind
	Status int // of Ringing and Answered
	SDP    []byte
	Cause  Cause // of Ended
}
