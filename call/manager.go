package call

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/google/uuid"

	"trunkline/call/event"
	"trunkline/call/negotiate"
	"trunkline/call/rooms"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/sip"
	"trunkline/store"
)

// Signalling places calls. *sip.Endpoint is one.
type Signalling interface {
	Dial(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error)
}

// CDRs keeps the records of ended calls. *store.Store is one.
type CDRs interface {
	AddCDR(ctx context.Context, c store.CDR) error
}

// Trunk is what calls need to know of a SIP trunk.
type Trunk struct {
	Name   string
	Codecs []string // encoding names in order of preference
	Target string   // where calls are sent; "" when we may not call it
	NAT    bool
	SRTP   string // one of SRTPPolicies
	DTMF   string // one of KeyStyles
	Decode bool   // never relay sound undecoded
	// EarlyMedia is pass (default), ignore, or require_ringing: only after a 180.
	EarlyMedia string
}

// Config is what a Manager works with.
type Config struct {
	Engine     *media.Engine
	Bus        *event.Bus
	CDRs       CDRs
	Flows      Runner
	Trunks     []Trunk
	Routes     []Route
	MaxCalls   int // calls at a time; 0 means DefaultMaxCalls
	Recordings Recordings
	Desk       *record.Desk // writes them
	Advertise  netip.Addr   // address for SDP when it is not the one RTP is bound on
	Log        *slog.Logger
}

// DefaultMaxCalls is the limit on calls at a time when none is configured.
const DefaultMaxCalls = 1000

// Manager begins calls and knows those that live.
type Manager struct {
	deps   deps
	flows  Runner
	routes []Route
	max    int

	mu       sync.Mutex // guards what follows
	calls    map[string]*Call
	draining bool
	empty    chan struct{} // closed when draining and no call is left
}

// deps is what every call needs of its surroundings. Read only after Attach.
type deps struct {
	engine     *media.Engine
	signalling Signalling
	bus        *event.Bus
	cdrs       CDRs
	gate       gate
	log        *slog.Logger
	recordings Recordings
	desk       *record.Desk
	advertise  netip.Addr
	ringback   func() *prompt.Clip
	rooms      *rooms.Rooms
	forget     func(*Call)
}

// sessionID is a fresh random number for an o= line (RFC 8866 §5.2).
func (d *deps) sessionID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return uint64(binary.BigEndian.Uint32(b[:]))
}

// NewManager makes a manager. Attach must follow before the first call.
func NewManager(cfg Config) (*Manager, error) {
	m := &Manager{
		flows: cfg.Flows, routes: cfg.Routes, max: cfg.MaxCalls, calls: map[string]*Call{}, empty: make(chan struct{}),
	}
	if m.max == 0 {
		m.max = DefaultMaxCalls
	}
	gate, err := newGate(cfg.Trunks, m)
	if err != nil {
		return nil, err
	}
	m.deps = deps{
		engine: cfg.Engine, bus: cfg.Bus, cdrs: cfg.CDRs, gate: gate, log: cfg.Log,
		recordings: cfg.Recordings, desk: cfg.Desk, advertise: cfg.Advertise, ringback: newRingback(), rooms: rooms.New(), forget: m.forget,
	}
	return m, nil
}

// Attach gives the manager the means to place calls. It is apart from NewManager
// because the endpoint in turn needs Incoming from its first packet on.
func (m *Manager) Attach(s Signalling) { m.deps.signalling = s }

// Incoming takes a new call from a trunk. It is the endpoint's onInvite.
func (m *Manager) Incoming(in *sip.Incoming) {
	if err := m.Welcome(); err != nil { // before it costs anything
		m.refuse(in, sip.New(sip.Overload, err.Error()), err.Error())
		return
	}
	rule, ok := route(m.routes, in.Trunk.Name, in.To.User)
	if !ok {
		m.refuse(in, sip.New(sip.NotFound, "no route"), "no route for trunk "+in.Trunk.Name+" to "+in.To.User)
		return
	}
	c := m.newCall(Info{
		Direction: Inbound, Trunk: in.Trunk.Name, From: in.From.User, To: in.To.User, Flow: rule.Flow, Vars: rule.Vars,
	})
	if rule.Bridge.Trunk != "" {
		c.info.Flow, c.flows = BridgeFlow, bridging{rule.Bridge}
	}
	l := c.newLeg(Inbound, in.Trunk.Name)
	l.dialog, l.offer = in.Dialog, in.Offer
	l.address = in.From.String()
	if cause, why := c.prepare(l, m.deps.gate.trunks[in.Trunk.Name]); why != nil {
		m.refuse(in, cause, why.Error())
		return
	}
	if err := m.admit(c); err != nil {
		l.session.Close()
		m.refuse(in, sip.New(sip.Overload, err.Error()), err.Error())
		return
	}
	c.legs = []*leg{l}
	in.Handle(func(e sip.Event) { c.post(dialogEvent{l, e}) })
	c.begin()
	l.announce()
	c.startFlow()
	go c.run()
}

// refuse turns an incoming call away before it becomes one, and says why.
func (m *Manager) refuse(in *sip.Incoming, cause sip.Cause, rule string) {
	m.deps.log.Warn("call refused", "rule", rule, "status", cause.Status, "trunk", in.Trunk.Name,
		"source", in.Source, "from", in.From.User, "to", in.To.User)
	in.Handle(func(sip.Event) {}) // it ends with the refusal; nobody else cares
	in.Hangup(cause)
}

// prepare opens an incoming leg's media and works out the answer.
func (c *Call) prepare(l *leg, t trunk) (sip.Cause, error) {
	if err := l.open(media.Session{}, t); err != nil {
		return sip.New(sip.Overload, "no media resources"), err
	}
	if len(l.offer) == 0 {
		return sip.Cause{}, nil // ours goes out with the 2xx
	}
	body, p, err := negotiate.Answer(l.offer, l.local)
	if err != nil {
		l.session.Close()
		return sip.New(sip.Media, err.Error()), err
	}
	l.reply, l.params = body, p
	return sip.Cause{}, nil
}

// Originate is a call that we place.
type Originate struct {
	Trunk   string
	To      string // user part
	From    string // user part; "" leaves it to the trunk
	Flow    string
	Vars    map[string]string
	Timeout time.Duration // ring time; 0 means DefaultRing
}

// Originate places a call and, once it is answered, runs a flow for it. It
// returns the call's id as soon as the INVITE is on its way.
func (m *Manager) Originate(o Originate) (string, error) {
	c := m.newCall(Info{
		Direction: Outbound, Trunk: o.Trunk, From: o.From, To: o.To, Flow: o.Flow, Vars: maps.Clone(o.Vars),
	})
	if err := m.admit(c); err != nil {
		return "", failed("originate", string(sip.Overload), err.Error())
	}
	d := &dialing{
		request: DialRequest{Trunk: o.Trunk, To: o.To, From: o.From, Timeout: o.Timeout}, reply: make(chan error, 1),
	}
	if err := c.place(d, media.Session{}); err != nil {
		m.forget(c)
		return "", err
	}
	c.begin()
	d.leg.announce()
	go c.run()
	return c.info.ID, nil
}

// newCall makes a call that nobody knows of yet.
func (m *Manager) newCall(info Info) *Call {
	id, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("random source: %v", err)) // crypto/rand never fails on Linux
	}
	info.ID = id.String()
	c := &Call{
		info: info, deps: &m.deps, log: m.deps.log.With("call", info.ID), cancel: func() {}, flows: m.flows,
		mail: newMailbox(), inputs: make(chan Input, inputsReady), done: make(chan struct{}), gone: make(chan struct{}),
		plays: map[msg.Ref]event.PromptStarted{}, sends: map[msg.Ref]chan error{}, ears: map[*tap.Tap]bool{},
	}
	c.times.Store(&Times{Started: time.Now()})
	return c
}

var (
	errDraining = errors.New("draining: no new calls")
	errFull     = errors.New("call limit reached")
)

// admit counts c among the living, unless there are enough or none are wanted.
func (m *Manager) admit(c *Call) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.welcome(); err != nil {
		return err
	}
	m.calls[c.info.ID] = c
	return nil
}

// Welcome says why no new call is taken, if none is.
func (m *Manager) Welcome() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.welcome()
}

func (m *Manager) welcome() error {
	switch {
	case m.draining:
		return errDraining
	case len(m.calls) >= m.max:
		return errFull
	}
	return nil
}

func (m *Manager) forget(c *Call) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.calls, c.info.ID)
	if m.draining && len(m.calls) == 0 {
		close(m.empty)
	}
}

// ErrNoCall says that no such call lives.
var ErrNoCall = errors.New("no such call")

// Hangup ends the call id; by says who asked.
func (m *Manager) Hangup(id, by string) error {
	m.mu.Lock()
	c := m.calls[id]
	m.mu.Unlock()
	if c == nil {
		return ErrNoCall
	}
	c.Hangup(by, string(sip.Normal), "")
	return nil
}

// Live returns how many calls there are.
func (m *Manager) Live() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.calls)
}

// Drain refuses new calls of every kind, waits for those that live until ctx
// ends, then ends the rest with a BYE and waits for that too.
func (m *Manager) Drain(ctx context.Context) {
	m.mu.Lock()
	m.draining = true
	if len(m.calls) == 0 {
		m.mu.Unlock()
		return
	}
	m.mu.Unlock()
	select {
	case <-m.empty:
		return
	case <-ctx.Done():
	}
	m.mu.Lock()
	for _, c := range m.calls {
		c.Hangup(BySystem, string(sip.Normal), "shutting down")
	}
	m.mu.Unlock()
	<-m.empty // every call buries itself within its grace time
}

// runFlow runs the flow; a panic in it is this call's failure and no other's.
func (c *Call) runFlow(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in flow %s: %v\n%s", c.info.Flow, p, debug.Stack())
		}
	}()
	return c.flows.Run(ctx, c)
}
