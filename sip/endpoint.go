package sip

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Endpoint is our presence in the SIP network.
type Endpoint struct {
	cfg      Config
	timers   timers
	log      *slog.Logger
	trunks   atomic.Pointer[[]Trunk] // never changed, only replaced
	table    *access.Table
	refusals *access.Refusals
	onInvite func(*Incoming)
	gate     *gate
	stack    *sipgo.UserAgent // its transaction and transport layers are all we use
	sockets  *sockets.Set
	dialogs  *dialog.Layer
}

// timers are how long we wait for what. They are the RFC's, except in tests.
type timers struct {
	dialog.Timers
	message  time.Duration // for the rest of a message that has begun
	farewell time.Duration // how long Close waits for dialogs to end
}

func rfcTimers() timers {
	return timers{
		Timers: dialog.Timers{
			T1: 500 * time.Millisecond, T2: 4 * time.Second, Give: 32 * time.Second,
			Ring: time.Minute, Reoffer: 10 * time.Second, Connect: 10 * time.Second, Glare: 10 * time.Millisecond,
		},
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
		table: access.NewTable(nil), refusals: access.NewRefusals(cfg.Log),
	}
	if err := e.SetTrunks(cfg.Trunks); err != nil {
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	sockets.Settle()
	e.dialogs = dialog.New(dialog.Config{
		UserAgent: cfg.UserAgent, Log: cfg.Log, Timers: t.Timers, Table: e.table, Trunk: e.trunkOf, Refused: e.refused,
		Locate: e.locate, Login: e.login,
	})
	e.gate = &gate{e: e, parser: gosip.NewParser()}
	e.sockets = sockets.New(sockets.Config{
		Log: cfg.Log, Known: e.table.Knows, CloseUnknown: cfg.Unknown == Drop,
		Admit: e.gate.admit, Refused: e.refused, Trace: cfg.tracer(),
		Connect: t.Connect, Message: t.message,
	})
	stack, err := e.sockets.Stack()
	if err != nil {
		return nil, fmt.Errorf("open sip endpoint: %w", err)
	}
	e.stack = stack
	e.dialogs.Attach(stack, e.sockets)
	stack.TransactionLayer().OnRequest(e.onRequest)
	for _, l := range cfg.Listen {
		if err := e.sockets.Listen(string(l.Transport), l.Addr); err != nil {
			return nil, errors.Join(fmt.Errorf("open sip endpoint: %w", err), e.sockets.Close())
		}
	}
	e.sockets.Serve(stack, e.dialogs.Work())
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
	ruleMessage = dialog.RuleMessage
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
	return nil
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
func (e *Endpoint) Usage() Usage { return Usage{Dialogs: e.dialogs.Len()} }

// Close ends every dialog with BYE or a refusal, waits briefly for the answers,
// and closes the sockets. It must not be called from a sink or from onInvite.
func (e *Endpoint) Close() error {
	c := New(Overload, "shutting down")
	c.Q850 = 31 // normal, unspecified: it was no fault of the call
	if !e.dialogs.Refuse(c, e.timers.farewell) {
		<-e.dialogs.Done()
		return nil
	}
	if err := e.dialogs.Close(e.sockets.Close); err != nil { // sipgo has no sockets of its own
		return fmt.Errorf("close sip endpoint: %w", err)
	}
	return nil
}

// Dial sends an INVITE and returns at once; ringing, answer and refusal arrive
// at sink. The 2xx is acknowledged here.
func (e *Endpoint) Dial(r DialRequest, sink func(Event)) (*Dialog, error) {
	if r.Trunk == "" {
		return e.dialogs.Dial(r, nil, sink)
	}
	t := e.trunkNamed(r.Trunk)
	if t == nil {
		return nil, fmt.Errorf("dial: trunk %q: there is none", r.Trunk)
	}
	if t.Target == "" && len(t.Targets) == 0 {
		return nil, fmt.Errorf("dial: trunk %q: has no target to call", r.Trunk)
	}
	return e.dialogs.Dial(r, t, sink)
}
