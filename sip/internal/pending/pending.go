// Package pending keeps the INVITEs that have come in and are not dealt with yet,
// so that a CANCEL finds its INVITE even when it overtakes it on the way through
// sipgo, and so that the same INVITE coming another way is seen for what it is.
//
// It owns its table and knows no dialog: D is whatever the owner answers an
// INVITE with. Any goroutine may use it. Only sip does.
package pending

import (
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// key is what an INVITE and its CANCEL have in common, whatever way they came
// (RFC 3261 §9.2, §8.2.2.2).
type key struct {
	callID, fromTag string
	seq             uint32
}

func keyOf(req *gosip.Request) key {
	tag, _ := req.From().Params.Get("tag")
	return key{req.CallID().Value(), tag, req.CSeq().SeqNo}
}

func branchOf(req *gosip.Request) string {
	branch, _ := req.Via().Params.Get("branch")
	return branch
}

// slot is one INVITE.
type slot[D any] struct {
	branch    string
	tag       string // of all responses to it
	owner     D
	from      any // what Expect was told
	claimed   bool
	cancelled bool // before it was claimed
	settled   bool // acknowledged: only repetitions are still to come
	timer     *time.Timer
}

// Invites is the table. D is a pointer to what owns an INVITE.
type Invites[D any] struct {
	patience time.Duration

	mu    sync.Mutex
	slots map[key]*slot[D]
}

// New returns an empty table. An INVITE that nobody claims is forgotten after
// patience: sipgo has lost it.
func New[D any](patience time.Duration) *Invites[D] {
	return &Invites[D]{patience: patience, slots: map[key]*slot[D]{}}
}

// Sight is how an INVITE looks to the table.
type Sight uint8

// The sights of an INVITE.
const (
	Fresh    Sight = iota // it has not been seen
	Expected              // it repeats one that is being dealt with
	Strayed               // the same request has come another way, forked before us
	Settled               // it repeats one that is dealt with
)

// Look says how an INVITE looks, and changes nothing.
func (t *Invites[D]) Look(req *gosip.Request) Sight {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.slots[keyOf(req)].sight(branchOf(req))
}

func (s *slot[D]) sight(branch string) Sight {
	switch same := s != nil && s.branch == branch; {
	case s == nil, s.settled && !same: // whoever numbers his calls so badly is served
		return Fresh
	case same && s.settled:
		return Settled
	case same:
		return Expected
	}
	return Strayed
}

// From returns what Expect was told of an INVITE that nobody has claimed; nil when
// there is no such.
func (t *Invites[D]) From(req *gosip.Request) any {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[keyOf(req)]; s != nil && s.branch == branchOf(req) && !s.claimed && !s.settled {
		return s.from
	}
	return nil
}

// Expect opens a slot for an INVITE that is new. from is kept for whoever handles
// it.
func (t *Invites[D]) Expect(req *gosip.Request, from any) Sight {
	k := keyOf(req)
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.slots[k]
	if sight := old.sight(branchOf(req)); sight != Fresh {
		return sight
	}
	if old != nil {
		old.timer.Stop()
	}
	k.callID, k.fromTag = strings.Clone(k.callID), strings.Clone(k.fromTag) // else they keep the whole message
	s := &slot[D]{branch: strings.Clone(branchOf(req)), tag: wire.NewToken(), from: from}
	s.timer = time.AfterFunc(t.patience, func() { t.forget(k, s) })
	t.slots[k] = s
	return Fresh
}

// Tag returns the To tag that responses to an INVITE outside a dialog have, so that
// one to its CANCEL has it too, whichever is handled first (RFC 3261 §9.2); "" when
// the INVITE is not known.
func (t *Invites[D]) Tag(req *gosip.Request) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[keyOf(req)]; s != nil && s.branch == branchOf(req) {
		return s.tag
	}
	return ""
}

// A Loser wants to know that its INVITE was never claimed.
type Loser interface{ Lost() }

func (t *Invites[D]) forget(k key, s *slot[D]) {
	t.mu.Lock()
	lost := t.slots[k] == s && !s.claimed
	if lost {
		delete(t.slots, k)
	}
	t.mu.Unlock()
	if l, ok := s.from.(Loser); ok && lost {
		l.Lost()
	}
}

// Claim gives an INVITE to its owner. It reports whether its CANCEL has come.
func (t *Invites[D]) Claim(req *gosip.Request, owner D) (cancelled bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[keyOf(req)]
	if s == nil {
		return false
	}
	s.timer.Stop()
	s.owner, s.from, s.claimed, s.settled = owner, nil, true, false
	return s.cancelled
}

// Repeats reports whether an INVITE that comes from sipgo has an owner already, or
// had one. Expect lets repetitions through to sipgo's transaction; one that was
// on its way when the transaction ended comes out as if it were new.
func (t *Invites[D]) Repeats(req *gosip.Request) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[keyOf(req)]
	return s != nil && s.branch == branchOf(req) && (s.claimed || s.settled)
}

// Settle says that an INVITE is accepted and acknowledged: its owner is let go,
// but for a while its repetitions are still known.
func (t *Invites[D]) Settle(req *gosip.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.slots[keyOf(req)]; s != nil {
		var nobody D
		s.owner, s.claimed, s.settled = nobody, false, true
		s.timer.Reset(t.patience)
	}
}

// Release forgets an INVITE that is dealt with, unless it is settled. Twice is
// harmless.
func (t *Invites[D]) Release(req *gosip.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := keyOf(req)
	if s := t.slots[k]; s != nil && !s.settled {
		s.timer.Stop()
		delete(t.slots, k)
	}
}

// Cancel finds the INVITE of a CANCEL. When it has an owner already, claimed is
// true and the owner must be told.
func (t *Invites[D]) Cancel(cancel *gosip.Request) (owner D, claimed, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.slots[keyOf(cancel)]
	if s == nil || s.branch != branchOf(cancel) {
		return owner, false, false
	}
	s.cancelled = true
	return s.owner, s.claimed, true
}

// Clear forgets everything.
func (t *Invites[D]) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.slots {
		s.timer.Stop()
	}
	clear(t.slots)
}

// Len returns how many there are.
func (t *Invites[D]) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.slots)
}
