package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/pending"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Endpoint is our presence in the SIP network.
type Endpoint struct {
	cfg      Config
	timers   timers
	log      *slog.Logger
	table    *access.Table
	refusals *access.Refusals
	onInvite func(*Incoming)
	gate     *gate
	stack    *sipgo.UserAgent // its transaction and transport layers are all we use

	sockets *sockets.Set
	invites *pending.Invites[*Dialog] // on their way in

	ctx     context.Context // ends when the endpoint closes
	endWork context.CancelFunc
	work    sync.WaitGroup

	mu       sync.Mutex
	closing  bool // no new dialogs
	closed   bool // no new work at all
	dialogs  map[dialogKey]*Dialog
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
	e := &Endpoint{
		cfg: cfg, timers: t, log: cfg.Log, onInvite: onInvite,
		table: newTable(cfg.Trunks), refusals: access.NewRefusals(cfg.Log),
		dialogs: map[dialogKey]*Dialog{}, branches: map[string]*Dialog{},
		idle: make(chan struct{}),
	}
	sockets.Settle()
	e.invites = pending.New[*Dialog](t.give)
	e.gate = &gate{e: e, parser: gosip.NewParser()}
	e.sockets = sockets.New(sockets.Config{
		Log: cfg.Log, Known: e.table.Knows, CloseUnknown: cfg.Unknown == Drop,
		Admit: e.gate.admit, Refused: e.refused, Trace: cfg.tracer(),
		Connect: t.connect, Message: t.message,
	})
	stack, err := e.sockets.Stack()
	if err != nil {
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	e.stack = stack
	stack.TransactionLayer().OnRequest(e.onRequest)
	for _, l := range cfg.Listen {
		if err := e.sockets.Listen(string(l.Transport), l.Addr); err != nil {
			return nil, errors.Join(fmt.Errorf("open sip endpoint: %w", err), e.sockets.Close())
		}
	}
	e.ctx, e.endWork = context.WithCancel(context.Background())
	e.sockets.Serve(stack, &e.work)
	return e, nil
}

// tracer passes messages on in the words of this package.
func (c *Config) tracer() func(sent bool, network, peer string, message []byte) {
	if c.Trace == nil {
		return nil
	}
	return func(sent bool, network, peer string, message []byte) {
		c.Trace(TraceEvent{Sent: sent, Transport: Transport(network), Peer: peer, Message: message})
	}
}

// refused logs a refusal; of an unknown source, with what it was compared to.
func (e *Endpoint) refused(rule string, from netip.AddrPort, attrs ...any) {
	if rule == ruleUnknown {
		attrs = append(attrs, "trunks", e.table.String())
	}
	e.refusals.Say(rule, from, attrs...)
}

// The rules that a refusal names.
const (
	ruleUnknown = "unknown_source"
	ruleMessage = "bad_message"
	ruleForeign = "foreign_source_in_dialog"
)

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
	if wire.HasControl(c.UserAgent) {
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
	return checkTrunks(c.Trunks)
}

// Addrs returns the addresses really bound, in the order of Config.Listen.
func (e *Endpoint) Addrs() []Listener {
	var list []Listener
	for _, a := range e.sockets.Addrs() {
		list = append(list, Listener{Transport(a.Network), a.AddrPort})
	}
	return list
}

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
	e.mu.Unlock()
	e.invites.Clear()
	for _, d := range rest {
		d.do(func() { d.remove() })
	}
	e.endWork()
	e.stack.TransactionLayer().Close()
	err := e.sockets.Close() // sipgo has no others
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
