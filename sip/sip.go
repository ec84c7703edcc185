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

// EventKind says what a dialog Event reports.
type EventKind uint8

// The kinds of Event.
const (
	Ringing    EventKind = iota + 1 // 180/183 to our INVITE; SDP when it carries early media
	Answered                        // 2xx to our INVITE, with SDP
	Confirmed                       // ACK to our 2xx; SDP when the offer was delayed
	Reoffered                       // re-INVITE or UPDATE; SDP is the offer, empty asks us for one
	Ended                           // the dialog is over; Cause says why. Always the last.
	Reanswered                      // the far side answered or refused our Reoffer
	Pressed                         // the far side sent a key by INFO
)

// Event is something that happened in a dialog.
type Event struct {
	Kind   EventKind
	Status int // of Ringing, Answered and Reanswered
	SDP    []byte
	Cause  Cause // of Ended; of Reanswered when our offer was refused
	Key    byte  // of Pressed: 0–9, *, #, A–D
}
