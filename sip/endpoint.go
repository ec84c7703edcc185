package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// Endpoint is our presence in the SIP network.
type Endpoint struct {
	cfg      Config
	timers   timers
	log      *slog.Logger
	trunks   *trunks
	refusals *refusals
	onInvite func(*Incoming)
	gate     *gate
	stack    *sipgo.UserAgent // its transaction and transport layers are all we use

	udp   []*udpConn
	tcp   []*net.TCPListener
	hub   *tcpHub
	addrs []Listener

	ctx     context.Context // ends when the endpoint closes
	endWork context.CancelFunc
	work    sync.WaitGroup

	mu       sync.Mutex
	closing  bool // no new dialogs
	closed   bool // no new work at all
	dialogs  map[dialogKey]*Dialog
	slots    map[slotKey]*slot  // INVITEs on their way in
	branches map[string]*Dialog // INVITEs on their way out
	idle     chan struct{}      // closed when closing and the last dialog is gone
}

// dialogKey is what names a dialog to us; the remote tag is checked beside it.
type dialogKey struct{ callID, localTag string }

// timers are how long we wait for what. They are the RFC's, except in tests.
type timers struct {
	t1, t2   time.Duration // RFC 3261 §17.1.1.1
	give     time.Duration // 64*T1: how long to wait for a response or an ACK
	ring     time.Duration // how often to repeat a provisional response (§13.3.1.1)
	reoffer  time.Duration // how long a re-INVITE may stay unanswered by us
	connect  time.Duration // for a name and a TCP connection
	message  time.Duration // for the rest of a message that has begun
	farewell time.Duration // how long Close waits for dialogs to end
}

func rfcTimers() timers {
	return timers{
		t1: 500 * time.Millisecond, t2: 4 * time.Second, give: 32 * time.Second,
		ring: time.Minute, reoffer: 10 * time.Second, connect: 10 * time.Second,
		message: 10 * time.Second, farewell: 2 * time.Second,
	}
}

// settleOnce runs settle before the first endpoint does anything.
var settleOnce = sync.OnceFunc(settle)

// Listen binds every listener and begins to serve. Each new call from a known
// trunk is handed to onInvite on a goroutine of its own; a nil onInvite refuses
// them all.
func Listen(cfg Config, onInvite func(*Incoming)) (*Endpoint, error) {
	return listen(cfg, onInvite, rfcTimers())
}

func listen(cfg Config, onInvite func(*Incoming), t timers) (*Endpoint, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	trunks, err := newTrunks(cfg.Trunks)
	if err != nil {
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	settleOnce()
	e := &Endpoint{
		cfg: cfg, timers: t, log: cfg.Log, trunks: trunks, refusals: newRefusals(cfg.Log), onInvite: onInvite,
		dialogs: map[dialogKey]*Dialog{}, slots: map[slotKey]*slot{}, branches: map[string]*Dialog{},
		idle: make(chan struct{}),
	}
	e.ctx, e.endWork = context.WithCancel(context.Background())
	e.gate = &gate{e: e, parser: gosip.NewParser()}
	e.hub = newTCPHub(e)
	if err := e.openStack(); err != nil {
		e.endWork()
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	if err := e.bind(); err != nil {
		e.endWork()
		return nil, errors.Join(fmt.Errorf("open sip endpoint: %w", err), e.closeSockets())
	}
	e.serve()
	return e, nil
}

// complete checks what the configuration says and fills in what it does not.
func (c *Config) complete() error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	switch c.Unknown {
	case "":
		c.Unknown = Drop
	case Drop, Forbid:
	default:
		return fmt.Errorf("unknown sources %q: want %s or %s", c.Unknown, Drop, Forbid)
	}
	if hasControl(c.UserAgent) {
		return errors.New("user agent has control characters")
	}
	if len(c.Listen) == 0 {
		return errors.New("no listener")
	}
	for i, l := range c.Listen {
		if l.Transport != UDP && l.Transport != TCP {
			return fmt.Errorf("listener %d: transport %q: want udp or tcp", i+1, l.Transport)
		}
		if !l.Addr.Addr().IsValid() {
			return fmt.Errorf("listener %d: no address", i+1)
		}
	}
	return nil
}

// openStack makes sipgo's layers. sipgo logs whole hostile messages as errors;
// the gate has logged them once already, so sipgo's own log is for debugging.
func (e *Endpoint) openStack() error {
	quiet := slog.New(debugOnly{e.log.Handler()})
	stack, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(
			gosip.WithTransportLayerLogger(quiet),
			gosip.WithTransportLayerTransports(gosip.TransportsConfig{TCP: &gosip.TransportTCP{DialerCreate: refuseDial}}),
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			gosip.WithTransactionLayerLogger(quiet),
			gosip.WithTransactionLayerUnhandledResponseHandler(func(*gosip.Response) {}),
		),
	)
	if err != nil {
		return err
	}
	stack.TransactionLayer().OnRequest(e.onRequest)
	e.stack = stack
	return nil
}

// bind opens the listeners in their order.
func (e *Endpoint) bind() error {
	for _, l := range e.cfg.Listen {
		if l.Transport == UDP {
			conn, err := listenUDP(e, l.Addr)
			if err != nil {
				return err
			}
			e.udp = append(e.udp, conn)
			e.addrs = append(e.addrs, Listener{UDP, addrPort(conn.LocalAddr())})
			continue
		}
		tl, err := net.ListenTCP(family("tcp", l.Addr.Addr()), net.TCPAddrFromAddrPort(l.Addr))
		if err != nil {
			return fmt.Errorf("listen on tcp %s: %w", l.Addr, err)
		}
		e.tcp = append(e.tcp, tl)
		e.addrs = append(e.addrs, Listener{TCP, addrPort(tl.Addr())})
	}
	return nil
}

func (e *Endpoint) serve() {
	tl := e.stack.TransportLayer()
	for _, conn := range e.udp {
		e.work.Go(func() { _ = tl.ServeUDP(conn) }) // ends without error when the socket is closed
	}
	for _, conn := range e.udp {
		<-conn.ready // else sipgo would try to bind a socket of its own for the first Dial
	}
	e.work.Go(func() { _ = tl.ServeTCP(e.hub) }) // ends with the hub's net.ErrClosed
	for _, l := range e.tcp {
		e.work.Go(func() { e.hub.accept(l) })
	}
}

// Addrs returns the addresses really bound, in the order of Config.Listen.
func (e *Endpoint) Addrs() []Listener { return append([]Listener(nil), e.addrs...) }

// Usage is what an Endpoint holds right now.
type Usage struct {
	Dialogs int `json:"dialogs"` // until the last message of each was answered or given up
}

// Usage reports what the endpoint holds right now.
func (e *Endpoint) Usage() Usage {
	e.mu.Lock()
	defer e.mu.Unlock()
	return Usage{Dialogs: len(e.dialogs)}
}

// Close ends every dialog with BYE or a refusal, waits briefly for the answers,
// and closes the sockets. It must not be called from a sink or from onInvite.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	if e.closing {
		e.mu.Unlock()
		<-e.ctx.Done()
		return nil
	}
	e.closing = true
	var all []*Dialog
	for _, d := range e.dialogs {
		all = append(all, d)
	}
	if len(all) == 0 {
		close(e.idle)
	}
	e.mu.Unlock()
	for _, d := range all {
		c := New(Overload, "shutting down")
		c.Q850 = 31 // normal, unspecified: it was no fault of the call
		d.Hangup(c)
	}
	patience := time.NewTimer(e.timers.farewell)
	defer patience.Stop()
	select {
	case <-e.idle:
	case <-patience.C:
	}
	return e.stop()
}

// stop closes what is open and waits for every goroutine of ours.
func (e *Endpoint) stop() error {
	e.mu.Lock()
	e.closed = true
	rest := make([]*Dialog, 0, len(e.dialogs))
	for _, d := range e.dialogs {
		rest = append(rest, d)
	}
	for key, s := range e.slots {
		s.timer.Stop()
		delete(e.slots, key)
	}
	e.mu.Unlock()
	for _, d := range rest {
		d.do(func() { d.remove() })
	}
	e.endWork()
	err := errors.Join(e.stack.Close(), e.closeSockets())
	done := make(chan struct{})
	go func() { // ends with the work; only a stuck onInvite can keep it
		e.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-time.After(5 * time.Second):
		return errors.Join(err, errors.New("close sip endpoint: a handler of a call does not return"))
	}
}

func (e *Endpoint) closeSockets() error {
	err := e.hub.Close()
	for _, c := range e.udp {
		err = errors.Join(err, ignoreClosed(c.Close()))
	}
	for _, l := range e.tcp {
		err = errors.Join(err, ignoreClosed(l.Close()))
	}
	return err
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// begin runs f on a goroutine that Close waits for; false when it is too late.
func (e *Endpoint) begin(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.work.Go(f)
	return true
}

// place finds the socket that messages to peer leave from, and the address that
// the peer can reach us at.
func (e *Endpoint) place(ctx context.Context, t Transport, peer netip.AddrPort) (place, error) {
	if t == TCP {
		local, err := e.hub.connect(ctx, peer)
		if err != nil {
			return place{}, err
		}
		return e.tcpPlace(local), nil
	}
	for _, c := range e.udp {
		bound := addrPort(c.LocalAddr())
		if bound.Addr().Is4() != peer.Addr().Unmap().Is4() || bound.Addr().IsLoopback() && !peer.Addr().IsLoopback() {
			continue
		}
		reach, err := reachable(bound, peer)
		if err != nil {
			return place{}, err
		}
		return place{UDP, bound, reach}, nil
	}
	return place{}, fmt.Errorf("send to %s: no udp listener with its address family", peer)
}

// tcpPlace is where a TCP connection with this local address can be reached
// anew: on our listener, or not at all.
func (e *Endpoint) tcpPlace(local netip.AddrPort) place {
	for _, l := range e.addrs {
		if l.Transport == TCP && l.Addr.Addr().Is4() == local.Addr().Is4() {
			return place{TCP, local, netip.AddrPortFrom(local.Addr(), l.Addr.Port())}
		}
	}
	return place{TCP, local, local}
}

// place is where we are, as one peer sees us.
type place struct {
	transport Transport
	bound     netip.AddrPort // local address of the socket
	reach     netip.AddrPort // for Via and Contact
}

// reachable returns bound with the address that packets to peer leave from.
func reachable(bound, peer netip.AddrPort) (netip.AddrPort, error) {
	if !bound.Addr().IsUnspecified() {
		return bound, nil
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(peer)) // asks the routing table; sends nothing
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("find local address toward %s: %w", peer, err)
	}
	defer conn.Close()
	return netip.AddrPortFrom(addrPort(conn.LocalAddr()).Addr(), bound.Port()), nil
}

// debugOnly turns whatever sipgo logs into debug messages.
type debugOnly struct{ next slog.Handler }

func (h debugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.next.Enabled(ctx, slog.LevelDebug)
}

func (h debugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.next.Handle(ctx, r)
}

func (h debugOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return debugOnly{h.next.WithAttrs(attrs)}
}

func (h debugOnly) WithGroup(name string) slog.Handler { return debugOnly{h.next.WithGroup(name)} }
