// Package doctor places a test call through a trunk and says in plain words what
// it found: whether the trunk answers, what sound and keys it agreed to, whether
// sound came back, and what it makes of hold, timers, transfers and encryption.
//
// Run owns everything for its time: an endpoint of its own on free ports, one
// media thread, one call. It never registers, answers no calls, and calls nobody but
// the number it was given. What it saw on the wire decides (facts.go); findings.go
// turns that into words and is a function of it.
package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"trunkline/call/number"
	"trunkline/media"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

// Config says what is examined.
type Config struct {
	Trunk  trunk.Trunk
	To     string        // number to call, as known inside: the trunk's rules are applied
	From   string        // who calls; "" is the trunk's own, or trunkline
	Bind   netip.Addr    // address of ours that the trunk's peer can reach
	Client sip.ClientTLS // what we show and believe by TLS
	Ring   time.Duration // how long it may ring; 0: 30 s
	Talk   time.Duration // how long is listened; 0: 3 s
	Probe  time.Duration // how long an answer to OPTIONS is waited for; 0: 8 s
	Log    *slog.Logger
}

// Verdict is how good or bad a finding is.
type Verdict string

// The verdicts. A Note is neither.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn"
	Fail Verdict = "fail"
	Note Verdict = "note"
)

// Finding is one thing that was found out.
type Finding struct {
	Verdict Verdict
	What    string
	Text    string
}

// String is the finding as a line.
func (f Finding) String() string { return fmt.Sprintf("%-4s  %-14s %s", f.Verdict, f.What, f.Text) }

// Run examines a trunk and tells each finding as it is found. The error is about us:
// what we could not open or start.
func Run(ctx context.Context, cfg Config, tell func(Finding)) error {
	cfg.Ring, cfg.Talk = cmp.Or(cfg.Ring, 30*time.Second), cmp.Or(cfg.Talk, 3*time.Second)
	cfg.Probe = cmp.Or(cfg.Probe, 8*time.Second)
	x := &examination{cfg: cfg, tell: tell, changed: make(chan struct{}, 1)}
	t := outward(cfg.Trunk)
	if err := x.open(t); err != nil {
		return fmt.Errorf("examine trunk %s: %w", cfg.Trunk.Name, err)
	}
	defer x.close()
	if !x.reach(ctx) {
		tell(Finding{Fail, "call", "not placed: no target of the trunk answers"})
		return nil
	}
	seen, err := x.call(ctx, &t)
	if err != nil {
		return fmt.Errorf("call %s through trunk %s: %w", cfg.To, cfg.Trunk.Name, err)
	}
	for _, f := range seen.findings() {
		tell(f)
	}
	return nil
}

// outward is the trunk as it is needed to call out: nobody can call in, nothing is
// registered (it would take the real node's registration), targets are watched.
func outward(t trunk.Trunk) trunk.Trunk {
	t = t.Effective()
	t.Networks, t.Certificates, t.Accounts, t.Register = nil, nil, nil, nil
	t.Limits, t.Stir = trunk.Limits{}, "off"
	t.Health = trunk.Health{Interval: trunk.Duration(2 * time.Second), Timeout: trunk.Duration(2 * time.Second), Down: 1, Up: 1}
	return t
}

// examination is one run of Run.
type examination struct {
	cfg      Config
	tell     func(Finding)
	wire     transcript
	changed  chan struct{} // holds a token when a target may have changed
	endpoint *sip.Endpoint
	engine   *media.Engine
}

func (x *examination) open(t trunk.Trunk) (err error) {
	if x.engine, err = media.New(media.Config{Shards: 1, Bind: x.cfg.Bind}); err != nil {
		return err
	}
	cfg := sip.Config{
		Trunks: []trunk.Trunk{t}, Unknown: sip.Drop, UserAgent: "trunkline-doctor", Client: x.cfg.Client, Log: x.cfg.Log,
		Trace: x.wire.message, Changed: func(sip.Change) {
			select {
			case x.changed <- struct{}{}:
			default:
			}
		},
	}
	for _, transport := range []sip.Transport{sip.UDP, sip.TCP} {
		cfg.Listen = append(cfg.Listen, sip.Listener{Transport: transport, Addr: netip.AddrPortFrom(x.cfg.Bind, 0)})
	}
	if x.endpoint, err = sip.Listen(cfg, nil); err != nil {
		err = errors.Join(err, x.engine.Close())
	}
	return err
}

func (x *examination) close() {
	_ = x.endpoint.Close()
	_ = x.engine.Close()
}

// reach waits until every target has answered OPTIONS, or has failed to. It reports
// whether a call is worth a try: one that refuses OPTIONS may still take calls.
func (x *examination) reach(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Probe)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond) // DNS tells nobody when it is done
	defer tick.Stop()
	for {
		st := x.endpoint.Trunks()[0]
		if settled(st) {
			return x.tellReach(st)
		}
		select {
		case <-x.changed:
		case <-tick.C:
		case <-ctx.Done():
			return x.tellReach(st)
		}
	}
}

// settled reports whether the state of all targets is known.
func settled(st sip.TrunkStatus) bool {
	for _, g := range st.Targets {
		if g.State == "unknown" {
			return false
		}
	}
	return len(st.Targets) > 0
}

func (x *examination) tellReach(st sip.TrunkStatus) (worth bool) {
	if len(st.Targets) == 0 {
		x.tell(Finding{Fail, "names", cmp.Or(st.Fault, "no address was found for the trunk's targets")})
		return false
	}
	x.tell(Finding{OK, "names", fmt.Sprintf("%d addresses were found for the trunk's targets", len(st.Targets))})
	for _, g := range st.Targets {
		where := g.Transport + ":" + g.Address
		switch g.State {
		case "up":
			x.tell(Finding{OK, "reach", fmt.Sprintf("%s answers OPTIONS after %.1f ms", where, g.RoundTripMS)})
			worth = true
		case "down":
			x.tell(Finding{Fail, "reach", fmt.Sprintf("%s does not answer: %s", where, cmp.Or(g.Cause, "no response"))})
		default:
			x.tell(Finding{Warn, "reach", where + " has not answered OPTIONS yet"})
			worth = true
		}
	}
	return worth
}

// dialled is the number as the trunk wants it.
func dialled(t *trunk.Trunk, to string) string { return number.New(t.Numbers).CalledOut(to) }
