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
	"time"

	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/guard"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/sockets/certs"
	"trunkline/sip/stir"
	"trunkline/sip/trunk"
)

// Transport is a SIP transport as written in a Via header, lower case.
type Transport = string

// The transports.
const (
	UDP Transport = sockets.UDP
	TCP Transport = sockets.TCP
	TLS Transport = sockets.TLS
	WS  Transport = sockets.WS // SIP in WebSocket messages (RFC 7118)
	WSS Transport = sockets.WSS
)

// Listener is one address to receive SIP on.
type Listener struct {
	Transport Transport
	Addr      netip.AddrPort
	// Advertise is the host[:port] of Via and Contact, where peers cannot reach
	// Addr: behind a NAT, in a container.
	Advertise string
	TLS       ServerTLS // of tls and wss
	Origins   []string  // web sites whose pages may connect to ws and wss, as patterns of hosts
}

// ServerTLS is what we show to those who connect, and ClientTLS where we connect.
type (
	ServerTLS = certs.Server
	ClientTLS = certs.Client
)

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
	Client    ClientTLS
	Log       *slog.Logger

	Digest    Digest     // how trunks and phones with accounts prove themselves
	Registrar *Registrar // nil: nobody can register
	Guard     Guard      // how much a source may send, and what it is banned for
	Stir      Stir       // how calls are signed and verified on trunks that want it

	// Journal is a file that remembers which dialogs are up: after a crash their far
	// sides are told that the calls are over. "": none is kept.
	Journal string
	Linger  time.Duration // how long after a crash calls go on that nobody conducts

	// Trace, when set, sees every message sent and received, as on the wire.
	Trace func(TraceEvent)
	// Refused, when set, is told of messages that a rule has turned away: of as many
	// as are logged, and how many were not. It must not block.
	Refused func(Turned)
	// Changed, when set, is told when a trunk, a target or a registration changes
	// its state. It must not block.
	Changed func(Change)
}

// Digest is how others prove to us who they are.
type Digest struct {
	Realm string // default "trunkline"
	// Algorithms are offered in this order: SHA-256, SHA-512-256, MD5. Default
	// SHA-256 alone. Many phones look at the first challenge only (against RFC 8760).
	Algorithms []string
}

// Registrar lets phones and agents register (RFC 3261 §10.3).
type Registrar struct {
	// Trunk names the trunk that registered phones are: calls from them come from
	// it, calls through it go to where its users are registered.
	Trunk       string
	Users       []trunk.Account
	Domains     []string      // hosts of addresses of record; none: any
	MinExpires  time.Duration // 0: 60 s
	MaxExpires  time.Duration // 0: 2 h
	MaxContacts int           // of one user; 0: 10
}

// Stir is how calls are signed and verified (RFC 8224). Without Sign no trunk can have
// its calls signed, without Verify none verified.
type Stir struct {
	Sign    *stir.SignConfig
	Verify  *stir.VerifyConfig
	Fetcher stir.Fetcher // of certificates; needed to verify
}

// Attestation is what came of verifying a call.
type Attestation = stir.Result

// Guard says how much one source may send before it is not heard any more.
type Guard = guard.Config

// TraceEvent is one SIP message on the wire.
type TraceEvent struct {
	At        time.Time
	Sent      bool
	Transport Transport
	Local     netip.AddrPort // not valid when the socket is not known
	Remote    netip.AddrPort
	Message   []byte // valid during the call only
}

// A Dialog is one INVITE dialog, in either direction.
type (
	Dialog      = dialog.Dialog
	Incoming    = dialog.Incoming
	Party       = dialog.Party
	Caller      = dialog.Caller
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
