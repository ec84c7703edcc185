package sockets

import (
	"cmp"
	"log/slog"
	"net/netip"
	"slices"
	"time"

	"trunkline/sip/internal/sockets/certs"
)

// The transports, as Go's net names them or would.
const (
	UDP = "udp"
	TCP = "tcp"
	TLS = "tls"
	WS  = "ws"  // SIP in WebSocket messages (RFC 7118)
	WSS = "wss" // the same over TLS
)

// Secure reports whether a transport is encrypted.
func Secure(network string) bool { return network == TLS || network == WSS }

// webSocket reports whether a transport carries its messages in WebSocket frames.
func webSocket(network string) bool { return network == WS || network == WSS }

// Config is what the sockets ask of their owner. The first group is set, but for
// Trace; a zero in the others stands for what is said there.
type Config struct {
	Log *slog.Logger
	// Known reports whether a source may talk to us at all.
	Known func(netip.Addr) bool
	// CloseUnknown closes the connections of everybody else at once.
	CloseUnknown bool
	// Admit reports whether sipgo shall see a message. It runs on the reader of
	// the socket; raw is valid during the call only.
	Admit func(raw []byte, a Arrival) bool
	// Refused is told of what was turned down here, and by which rule.
	Refused func(rule string, from netip.AddrPort, attrs ...any)
	Trace   func(sent bool, network string, local, peer netip.AddrPort, message []byte)

	Connect time.Duration // how long a connection may take to come about
	Message time.Duration // how long a message or a handshake may take to arrive, or a message to leave

	// KnownNames reports whether a verified certificate with these names may talk
	// to us from wherever it comes. None: only addresses are known.
	KnownNames func(names []string) bool
	// Client is what we show and believe where we connect by TLS.
	Client certs.Client

	Idle         time.Duration // a connection silent for so long is closed; 0: never
	PingStream   time.Duration // connections we made are pinged when silent for so long (RFC 5626 §4.4.1); 0: never
	PingDatagram time.Duration // how often KeepAlive sends over UDP; 0: never
	MaxConns     int           // connections at one time; 0: 4096
	MaxPerSource int           // of them from one IPv4 address or IPv6 /64; 0: 256

	LargestDatagram int           // larger requests go by TCP where they can (RFC 3261 §18.1.1); 0: 1300
	TryTCP          time.Duration // how long such a connection may take to come about; 0: 2 s
	ForgetNoTCP     time.Duration // how long a peer that took no TCP is left alone; 0: 5 min
}

// Arrival is how a message came.
type Arrival struct {
	Network string
	From    netip.AddrPort
	Local   netip.AddrPort // address of the socket it came to
	Names   []string       // in the sender's TLS certificate, if that was verified
	Reply   func([]byte)   // answers without a transaction
}

// Listener is a socket to be bound.
type Listener struct {
	Network string
	Addr    netip.AddrPort
	// Advertise is the host[:port] that stands in Via and Contact, where peers
	// cannot reach Addr: behind a NAT, in a container. An address or a name.
	Advertise string
	TLS       certs.Server // of tls and wss
	// Origins are the web sites whose pages may connect to ws and wss, as
	// patterns of hosts. Clients that are no browsers say none and may.
	Origins []string
}

// complete puts the defaults in.
func (c *Config) complete() {
	c.MaxConns = cmp.Or(c.MaxConns, 4096)
	c.MaxPerSource = cmp.Or(c.MaxPerSource, 256)
	c.LargestDatagram = cmp.Or(c.LargestDatagram, 1300)
	c.TryTCP = cmp.Or(c.TryTCP, 2*time.Second)
	c.ForgetNoTCP = cmp.Or(c.ForgetNoTCP, 5*time.Minute)
	if c.Refused == nil {
		c.Refused = func(string, netip.AddrPort, ...any) {}
	}
}

// env is what all sockets of a set share.
type env struct {
	Config
	counters
}

func (e *env) trace(sent bool, network string, local, peer netip.AddrPort, message []byte) {
	if e.Trace != nil {
		e.Trace(sent, network, local, peer, message)
	}
}

// kept reports a message of ours that was not sent, because it is broken.
func (e *env) kept(err error, to netip.AddrPort, network string) error {
	e.Log.Error("sip message not sent", "peer", to, "transport", network, "error", err)
	return err
}

// refuse counts and reports something turned down.
func (e *env) refuse(rule string, from netip.AddrPort, attrs ...any) {
	e.counters.refuse(rule)
	e.Refused(rule, from, attrs...)
}

// known reports whether a source may talk to us, by its address or by a verified
// certificate.
func (e *env) known(from netip.Addr, names []string) bool {
	return e.Known(from) || len(names) > 0 && e.KnownNames != nil && e.KnownNames(slices.Clone(names))
}
