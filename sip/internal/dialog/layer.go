package dialog

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"time"

	"github.com/emiago/sipgo"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/crew"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/exchange"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/pending"
	"trunkline/sip/internal/roster"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Timers are how long we wait for what. They are the RFC's, except in tests.
type Timers struct {
	T1, T2  time.Duration // RFC 3261 §17.1.1.1
	Give    time.Duration // 64*T1: how long to wait for a response or an ACK
	Ring    time.Duration // how often to repeat a provisional response (§13.3.1.1)
	Reoffer time.Duration // how long a re-INVITE may stay unanswered by us
	Connect time.Duration // for a name and a TCP connection
	Glare   time.Duration // unit of the waits after a 491 (§14.1)
	Hasten  int           // session intervals pass so many times faster; 0: as they are
}

// session is how long a part of a session interval really takes.
func (t Timers) session(d time.Duration) time.Duration { return d / time.Duration(max(1, t.Hasten)) }

// Config is what dialogs need of their endpoint. All of it is set.
type Config struct {
	UserAgent string
	Log       *slog.Logger
	Timers    Timers
	Table     *access.Table
	Journal   *Memory // of the dialogs that are up; nil: none is kept
	// Trunk returns the trunk that a source is, or nil.
	Trunk func(netip.Addr) *trunk.Trunk
	// Locate returns where calls through a trunk go; without a trunk, those to uri.
	Locate func(ctx context.Context, t *trunk.Trunk, uri gosip.Uri) (Tries, error)
	// Login returns what answers the challenges of a trunk, or nil.
	Login func(*trunk.Trunk) *digest.Client
	// Counts are what transactions and the calls of trunks are counted in.
	Counts *count.Counters
	// Rejected is told of calls that were turned away, and why.
	Rejected func(network string, from netip.AddrPort, c Cause)
	// Refused is told of what was turned down here, and by which rule.
	Refused func(rule string, from netip.AddrPort, attrs ...any)
}

// Layer is the dialogs of one endpoint and what they share: the transaction user
// of RFC 3261 §5.
type Layer struct {
	Config
	crew.Crew                           // of all that is done here
	Invites   *pending.Invites[*Dialog] // on their way in

	roster  *roster.Roster[*Dialog]
	net     line.Net
	stack   *sipgo.UserAgent
	sockets *sockets.Set
	client  exchange.Client
	ctx     context.Context // ends when the layer closes
	endWork context.CancelFunc
}

// New returns a layer without dialogs. Attach must follow before the first.
func New(cfg Config) *Layer {
	l := &Layer{Config: cfg, Invites: pending.New[*Dialog](cfg.Timers.Give), roster: roster.New[*Dialog]()}
	l.ctx, l.endWork = context.WithCancel(context.Background())
	return l
}

// Attach gives the layer what it sends with. It is apart from New because the
// sockets in turn ask the layer from their first message on.
func (l *Layer) Attach(stack *sipgo.UserAgent, s *sockets.Set) {
	l.stack, l.sockets, l.client = stack, s, exchange.Client{Stack: stack, Sockets: s, Counts: l.Counts}
	l.net = line.Net{UserAgent: l.UserAgent, Trunk: l.Trunk, Connected: s.Connected}
}

// Context ends when the layer is closed.
func (l *Layer) Context() context.Context { return l.ctx }

// Closing reports whether no new dialogs are taken.
func (l *Layer) Closing() bool { return l.roster.IsShut() }

// Len returns how many dialogs there are, until the last message of each was
// answered or given up.
func (l *Layer) Len() int {
	n, _ := l.roster.Len()
	return n
}

// Waiting returns how many INVITEs are on their way, in and out.
func (l *Layer) Waiting() (in, out int) {
	_, out = l.roster.Len()
	return l.Invites.Len(), out
}

// Refuse takes no new dialogs from now on, ends those there are for cause c, and
// waits for their ends at most for patience. false: it was called before.
func (l *Layer) Refuse(c Cause, patience time.Duration) bool {
	if !l.roster.Shut() {
		return false
	}
	for _, d := range l.roster.All() {
		d.Hangup(c)
	}
	clock := time.NewTimer(patience)
	defer clock.Stop()
	select {
	case <-l.roster.Idle():
	case <-clock.C:
	}
	return true
}

// Close forgets every dialog; closeSockets then closes what they are sent with.
// It waits for every goroutine.
func (l *Layer) Close(closeSockets func() error) error {
	l.Dismiss()
	l.Invites.Clear()
	for _, d := range l.roster.All() {
		d.do(func() { d.remove() })
	}
	l.endWork()
	l.stack.TransactionLayer().Close()
	err := closeSockets()
	return errors.Join(err, l.Dismissed(5*time.Second))
}

// OfBranch returns the dialog that sent the INVITE with this branch, or nil.
func (l *Layer) OfBranch(branch string) *Dialog { return l.roster.OfBranch(branch) }

// Of finds the dialog a request belongs to (RFC 3261 §12.2.2), and refuses one
// that comes from somebody who is no part of it.
func (l *Layer) Of(req *gosip.Request, a sockets.Arrival) *Dialog {
	toTag, ok := req.To().Params.Get("tag")
	if !ok {
		return nil
	}
	fromTag, _ := req.From().Params.Get("tag")
	d := l.roster.Find(roster.Key{CallID: req.CallID().Value(), LocalTag: toTag})
	if d == nil || !d.isWith(fromTag) {
		return nil
	}
	if !d.mayCome(a.From.Addr()) {
		l.Refused(wire.RuleForeign, a.From, "method", string(req.Method), "call_id", wire.Clean(d.key.CallID))
		return nil
	}
	d.queue.View(func() { d.line.Follow(a) })
	return d
}

// Allow lists the methods we answer, for Allow headers.
const Allow = line.Allow

// Answer sends a response outside any dialog. extra are whole header lines.
func (l *Layer) Answer(tx *gosip.ServerTx, req *gosip.Request, code int, extra ...string) {
	res := l.net.Response(req, code)
	for _, text := range extra {
		name, value, _ := strings.Cut(text, ": ")
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	if err := exchange.Reply(res, tx.Respond); err != nil {
		l.Log.Warn("sip response not sent", "status", code, "method", string(req.Method), "peer", req.Source(), "error", err)
	}
}

// Exchange sends a request outside any dialog, other than INVITE and ACK, and returns
// its final response. It is complete, and sockets.Place.Aim has said where it goes; a
// connection that it needs is made when it is not there. It ends with ctx, and after
// 64*T1 in any case.
func (l *Layer) Exchange(ctx context.Context, req *gosip.Request) (*gosip.Response, error) {
	return l.client.Do(ctx, req, exchange.Way{Network: strings.ToLower(req.Via().Transport), Connect: true})
}

// Sent returns the Request-URI of an INVITE of ours that is under way.
func (l *Layer) Sent(branch string) (uri gosip.Uri, ok bool) {
	d := l.OfBranch(branch)
	if d == nil {
		return uri, false
	}
	d.queue.View(func() {
		for _, out := range append(d.past[:len(d.past):len(d.past)], d.out, d.renew) {
			if out != nil && out.branch == branch && out.sent != nil {
				uri, ok = out.sent.Recipient, true
			}
		}
	})
	return uri, ok
}
