package dialog

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/pending"
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

// session is how long a session interval really takes.
func (t Timers) session(d time.Duration) time.Duration { return d / time.Duration(max(1, t.Hasten)) }

// Config is what dialogs need of their endpoint. All of it is set.
type Config struct {
	UserAgent string
	Log       *slog.Logger
	Timers    Timers
	Table     *access.Table
	// Trunk returns the trunk that a source is, or nil.
	Trunk func(netip.Addr) *trunk.Trunk
	// Locate returns where calls through a trunk go; without a trunk, those to uri.
	Locate func(ctx context.Context, t *trunk.Trunk, uri gosip.Uri) (Tries, error)
	// Login returns what answers the challenges of a trunk, or nil.
	Login func(*trunk.Trunk) *digest.Client
	// Refused is told of what was turned down here, and by which rule.
	Refused func(rule string, from netip.AddrPort, attrs ...any)
}

// Layer is the dialogs of one endpoint and what they share: the transaction user
// of RFC 3261 §5.
type Layer struct {
	Config
	Invites *pending.Invites[*Dialog] // on their way in

	stack   *sipgo.UserAgent
	sockets *sockets.Set
	ctx     context.Context // ends when the layer closes
	endWork context.CancelFunc
	work    sync.WaitGroup

	mu       sync.Mutex
	closing  bool // no new dialogs
	closed   bool // no new work at all
	dialogs  map[key]*Dialog
	branches map[string]*Dialog // INVITEs on their way out
	idle     chan struct{}      // closed when closing and the last dialog is gone
}

// key is what names a dialog to us; the remote tag is checked beside it.
type key struct{ callID, localTag string }

// New returns a layer without dialogs. Attach must follow before the first.
func New(cfg Config) *Layer {
	l := &Layer{
		Config: cfg, Invites: pending.New[*Dialog](cfg.Timers.Give),
		dialogs: map[key]*Dialog{}, branches: map[string]*Dialog{}, idle: make(chan struct{}),
	}
	l.ctx, l.endWork = context.WithCancel(context.Background())
	return l
}

// Attach gives the layer what it sends with. It is apart from New because the
// sockets in turn ask the layer from their first message on.
func (l *Layer) Attach(stack *sipgo.UserAgent, s *sockets.Set) { l.stack, l.sockets = stack, s }

// Done is closed when the layer is closed.
func (l *Layer) Done() <-chan struct{} { return l.ctx.Done() }

// Work are the goroutines that Close waits for.
func (l *Layer) Work() *sync.WaitGroup { return &l.work }

// Begin runs f on a goroutine that Close waits for; false when it is too late.
func (l *Layer) Begin(f func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.work.Go(f)
	return true
}

// Enter counts the calling goroutine among those that Close waits for; false when
// it is too late. leave ends that.
func (l *Layer) Enter() (leave func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, false
	}
	l.work.Add(1)
	return l.work.Done, true
}

// Closing reports whether no new dialogs are taken.
func (l *Layer) Closing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closing
}

// Len returns how many dialogs there are, until the last message of each was
// answered or given up.
func (l *Layer) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.dialogs)
}

// Waiting returns how many INVITEs are on their way, in and out.
func (l *Layer) Waiting() (in, out int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Invites.Len(), len(l.branches)
}

// Refuse takes no new dialogs from now on, ends those there are for cause c, and
// waits for their ends at most for patience. false: it was called before.
func (l *Layer) Refuse(c Cause, patience time.Duration) bool {
	l.mu.Lock()
	if l.closing {
		l.mu.Unlock()
		return false
	}
	l.closing = true
	var all []*Dialog
	for _, d := range l.dialogs {
		all = append(all, d)
	}
	if len(all) == 0 {
		close(l.idle)
	}
	l.mu.Unlock()
	for _, d := range all {
		d.Hangup(c)
	}
	clock := time.NewTimer(patience)
	defer clock.Stop()
	select {
	case <-l.idle:
	case <-clock.C:
	}
	return true
}

// Close forgets every dialog; closeSockets then closes what they are sent with.
// It waits for every goroutine.
func (l *Layer) Close(closeSockets func() error) error {
	l.mu.Lock()
	l.closed = true
	rest := make([]*Dialog, 0, len(l.dialogs))
	for _, d := range l.dialogs {
		rest = append(rest, d)
	}
	l.mu.Unlock()
	l.Invites.Clear()
	for _, d := range rest {
		d.do(func() { d.remove() })
	}
	l.endWork()
	l.stack.TransactionLayer().Close()
	err := closeSockets()
	done := make(chan struct{})
	go func() { // ends with the work; only a stuck handler can keep it
		l.work.Wait()
		close(done)
	}()
	select {
	case <-done:
		return err
	case <-time.After(5 * time.Second):
		return errors.Join(err, errors.New("a handler of a call does not return"))
	}
}

// add makes a dialog known; false when no more are taken.
func (l *Layer) add(d *Dialog) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing {
		return false
	}
	l.dialogs[key{d.callID, d.localTag}] = d
	return true
}

// drop forgets a dialog and the branches of the INVITEs it sent.
func (l *Layer) drop(d *Dialog, branches []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.dialogs, key{d.callID, d.localTag})
	for _, b := range branches {
		delete(l.branches, b)
	}
	if l.closing && len(l.dialogs) == 0 {
		select {
		case <-l.idle:
		default:
			close(l.idle)
		}
	}
}

// watch makes the responses to an INVITE of d find it.
func (l *Layer) watch(branch string, d *Dialog) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.branches[branch] = d
}

// OfBranch returns the dialog that sent the INVITE with this branch, or nil.
func (l *Layer) OfBranch(branch string) *Dialog {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.branches[branch]
}

// Sent returns the Request-URI of an INVITE of ours that is under way.
func (l *Layer) Sent(branch string) (uri gosip.Uri, ok bool) {
	d := l.OfBranch(branch)
	if d == nil {
		return uri, false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, out := range []*outbound{d.out, d.renew} {
		if out != nil && out.branch == branch && out.sent != nil {
			return out.sent.Recipient, true
		}
	}
	return uri, false
}

// The rules that a refusal names.
const (
	RuleMessage = "bad_message"
	ruleForeign = "foreign_source_in_dialog"
)

// Of finds the dialog a request belongs to (RFC 3261 §12.2.2), and refuses one
// that comes from somebody who is no part of it.
func (l *Layer) Of(req *gosip.Request, a sockets.Arrival) *Dialog {
	toTag, ok := req.To().Params.Get("tag")
	if !ok {
		return nil
	}
	fromTag, _ := req.From().Params.Get("tag")
	l.mu.Lock()
	d := l.dialogs[key{req.CallID().Value(), toTag}]
	l.mu.Unlock()
	if d == nil || !d.isWith(fromTag) {
		return nil
	}
	if !d.mayCome(a.From.Addr()) {
		l.Refused(ruleForeign, a.From, "method", string(req.Method), "call_id", wire.Clean(d.callID))
		return nil
	}
	return d
}

// mayCome reports whether requests of this dialog may come from source: from its
// trunk, or from whom it was placed with.
func (d *Dialog) mayCome(source netip.Addr) bool {
	if d.trunk != nil {
		if t := d.layer.Trunk(source); t != nil && t.Name == d.trunk.Name {
			return true
		}
	}
	return d.hasPeer(source)
}
