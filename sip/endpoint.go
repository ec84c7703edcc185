package sip

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/internal/journal"
	"trunkline/sip/internal/access"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/guard"
	"trunkline/sip/internal/health"
	"trunkline/sip/internal/locate"
	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Endpoint is our presence in the SIP network.
type Endpoint struct {
	cfg      Config
	timers   timers
	log      *slog.Logger
	onInvite func(*Incoming)

	gate     *gate
	guard    *guard.Guard
	load     *guard.Load
	table    *access.Table
	refusals *access.Refusals
	counts   count.Counters
	echoes   *count.Echoes
	verifier *digest.Verifier
	phones   *phones // nil: nobody can register
	notary   notary

	stack   *sipgo.UserAgent // its transaction and transport layers are all we use
	sockets *sockets.Set
	dialogs *dialog.Layer
	journal *dialog.Memory // nil: none is kept

	changing sync.Mutex // of the trunks: one change at a time
	board    board
	lines    atomic.Pointer[[]*registration]
	names    *lookup.Resolver
	locator  *locate.Locator
	monitor  *health.Monitor
	full     atomic.Bool // no new calls, though those there are go on
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
		guard: guard.New(cfg.Guard, time.Now()), load: guard.NewLoad(guard.LoadConfig{}, time.Now()),
		names: lookup.New(lookup.Config{}), echoes: count.NewEchoes(),
	}
	e.board.Store(&partners{})
	e.locator = locate.New(locate.Config{Names: e.names, Reach: cfg.reach()})
	e.monitor = health.New(health.Config{Probe: e.probe, Changed: e.changedHealth, Log: cfg.Log})
	if err := e.open(t); err != nil {
		return nil, errors.Join(fmt.Errorf("open sip endpoint: %w", err), e.shut())
	}
	return e, nil
}

// open makes what needs more than memory. What it has made when it fails, shut
// ends.
func (e *Endpoint) open(t timers) (err error) {
	if e.verifier, err = digest.NewVerifier(e.cfg.Digest.policy()); err != nil {
		return err
	}
	if e.phones, err = newPhones(e.cfg.Registrar, e.verifier); err != nil {
		return err
	}
	if e.notary, err = newNotary(e.cfg.Stir); err != nil {
		return err
	}
	var left []dialog.Standing
	if e.cfg.Journal != "" {
		if e.journal, left, err = journal.Open[dialog.Standing](e.cfg.Journal); err != nil {
			return err
		}
	}
	sockets.Settle()
	e.dialogs = dialog.New(dialog.Config{
		UserAgent: e.cfg.UserAgent, Log: e.log, Timers: t.Timers, Table: e.table, Trunk: e.trunkOf, Refused: e.refused, Rejected: e.rejected,
		Locate: e.locate, Login: e.login, Counts: &e.counts, Journal: e.journal,
	})
	e.gate = &gate{e: e, parser: gosip.NewParser()}
	e.sockets = sockets.New(sockets.Config{
		Log: e.log, Known: e.knows, KnownNames: e.knowsNames, CloseUnknown: e.cfg.Unknown == Drop,
		Admit: e.gate.admit, Refused: e.refused, Trace: e.trace, Client: e.cfg.Client,
		Connect: t.Connect, Message: t.message, Idle: idleConnection, PingStream: pingStream, PingDatagram: pingDatagram,
	})
	if e.stack, err = e.sockets.Stack(); err != nil {
		return err
	}
	e.dialogs.Attach(e.stack, e.sockets)
	e.stack.TransactionLayer().OnRequest(e.onRequest)
	for _, l := range e.cfg.Listen {
		if err := e.sockets.Open(sockets.Listener{
			Network: l.Transport, Addr: l.Addr, Advertise: l.Advertise, TLS: l.TLS, Origins: l.Origins,
		}); err != nil {
			return err
		}
	}
	trunks, err := e.adopt(e.cfg.Trunks)
	if err != nil {
		return err
	}
	e.sockets.Serve(e.stack, e.dialogs.Work())
	e.attend(trunks)
	e.dialogs.Begin(e.pulse)
	e.bury(left)
	return nil
}

// Connections that say nothing for so long are closed; those that we made, and the
// ways of our registrations over UDP, are kept open through NATs so often (RFC 5626
// §4.4.1, §4.4.2).
const (
	idleConnection = 10 * time.Minute
	pingStream     = 90 * time.Second
	pingDatagram   = 25 * time.Second
)

// reach says what can be sent over: datagrams from where we listen for them, and
// connections to whatever kind of address we have.
func (c *Config) reach() locate.Reach {
	reach := locate.Reach{}
	for _, l := range c.Listen {
		for _, network := range []Transport{UDP, TCP, TLS, WS, WSS} {
			if network == UDP && l.Transport != UDP {
				continue
			}
			f := reach[network]
			f.IPv4, f.IPv6 = f.IPv4 || l.Addr.Addr().Unmap().Is4(), f.IPv6 || l.Addr.Addr().Unmap().Is6()
			reach[network] = f
		}
	}
	return reach
}

// policy is how we challenge.
func (d Digest) policy() digest.Policy {
	p := digest.Policy{Realm: cmp.Or(d.Realm, "trunkline")}
	for _, name := range d.Algorithms {
		p.Algorithms = append(p.Algorithms, digest.Algorithm(name))
	}
	return p
}

// knows reports whether messages from a source are read at all.
func (e *Endpoint) knows(a netip.Addr) bool { return e.mayProve() || e.table.Knows(a) }

func (e *Endpoint) knowsNames(names []string) bool { return e.partnerOf(netip.Addr{}, names) != nil }

func (e *Endpoint) changedHealth(c health.Change) {
	if e.cfg.Changed == nil {
		return
	}
	change := Change{Trunk: c.Trunk, What: "trunk", Name: c.Trunk, From: c.From.String(), To: c.To.String(), Cause: c.Cause}
	if c.Hop != (locate.Hop{}) {
		change.What, change.Name = "target", c.Hop.String()
	}
	e.cfg.Changed(change)
}

// refused counts and logs a refusal; of an unknown source, with what it was
// compared to.
func (e *Endpoint) refused(rule string, from netip.AddrPort, attrs ...any) {
	e.counts.Refused(rule)
	if rule == ruleUnknown {
		attrs = append(attrs, "trunks", e.table.String())
	}
	if hidden, said := e.refusals.Say(rule, from, attrs...); said && e.cfg.Refused != nil {
		e.cfg.Refused(Turned{Rule: rule, Source: from, Unsaid: hidden})
	}
}

// The rules that a refusal names.
const (
	ruleUnknown  = "unknown_source"
	ruleNoTrunk  = "no_trunk"
	ruleMessage  = wire.RuleMessage
	ruleNoDialog = wire.RuleNoDialog
	ruleMethod   = "method"
	ruleDraining = "draining"
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
		if !slices.Contains([]Transport{UDP, TCP, TLS, WS, WSS}, l.Transport) {
			return fmt.Errorf("listener %d: transport %q: want udp, tcp, tls, ws or wss", i+1, l.Transport)
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
		list = append(list, Listener{Transport: a.Network, Addr: a.AddrPort})
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
		<-e.dialogs.Context().Done()
		return nil
	}
	if err := e.shut(); err != nil {
		return fmt.Errorf("close sip endpoint: %w", err)
	}
	return nil
}

// shut ends all that was opened.
func (e *Endpoint) shut() (err error) {
	for _, r := range e.registrations() {
		r.stop()
	}
	for _, r := range e.registrations() {
		<-r.done
	}
	e.monitor.Close()
	if e.stack != nil {
		err = e.dialogs.Close(e.sockets.Close) // sipgo has no sockets of its own
	}
	err = errors.Join(err, e.journal.Close())
	e.names.Close()
	return err
}

// Dial sends an INVITE and returns at once; ringing, answer and refusal arrive
// at sink. The 2xx is acknowledged here.
func (e *Endpoint) Dial(r DialRequest, sink func(Event)) (*Dialog, error) {
	if r.Trunk == "" {
		return e.dialogs.Dial(r, nil, sink)
	}
	p := e.partnerNamed(r.Trunk)
	if p == nil {
		return nil, fmt.Errorf("dial: trunk %q: there is none", r.Trunk)
	}
	if p.place == nil && !e.phones.are(&p.Trunk) {
		return nil, fmt.Errorf("dial: trunk %q: has no target to call", r.Trunk)
	}
	if err := e.notary.sign(&r, &p.Trunk, time.Now()); err != nil {
		return nil, fmt.Errorf("dial: trunk %q: %w", r.Trunk, err)
	}
	return e.dialogs.Dial(r, &p.Trunk, sink)
}

// SetWelcome says whether new calls are taken. Those there are go on either way.
func (e *Endpoint) SetWelcome(welcome bool) { e.full.Store(!welcome) }
