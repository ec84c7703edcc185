package store

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// The records of calls that end at the same time are committed together: what a
// commit costs, above all the wait for the disk, they share.

// entry is a record on its way into the database.
type entry struct {
	cdr  *CDR
	err  error
	done chan struct{} // closed when err is final
}

// queue is what waits for the commit that runs to end.
type queue struct {
	mu      sync.Mutex
	waiting []*entry
	turn    chan struct{} // held by whoever commits
}

// most bounds a commit, so that nobody waits for thousands.
const most = 256

// enter puts a record into the database. Whoever comes while nobody commits does so
// for all that wait.
func (s *Store) enter(ctx context.Context, c *CDR) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	e := &entry{cdr: c, done: make(chan struct{})}
	s.queue.mu.Lock()
	s.queue.waiting = append(s.queue.waiting, e)
	s.queue.mu.Unlock()
	for {
		select {
		case <-e.done:
			return e.err
		case s.queue.turn <- struct{}{}:
			s.commit(ctx, e)
			<-s.queue.turn
		}
	}
}

// commit writes what waits. mine is the caller's own, whose patience counts for it
// alone: for the others nobody may run out of it.
func (s *Store) commit(ctx context.Context, mine *entry) {
	s.queue.mu.Lock()
	n := min(len(s.queue.waiting), most)
	list := s.queue.waiting[:n:n]
	s.queue.waiting = s.queue.waiting[n:]
	s.queue.mu.Unlock()
	if len(list) == 0 {
		return
	}
	all := context.WithoutCancel(ctx)
	if len(list) == 1 && list[0] == mine {
		all = ctx
	}
	if err := s.insert(all, list...); err != nil && len(list) > 1 {
		for _, e := range list { // one of them is the trouble: not the others' fault
			e.err = s.insert(all, e)
		}
	} else {
		for _, e := range list {
			e.err = err
		}
	}
	for _, e := range list {
		close(e.done)
	}
}

// insert stores records in one transaction, all of them or none.
func (s *Store) insert(ctx context.Context, list ...*entry) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	w := writer{ctx: ctx, tx: tx}
	for _, e := range list {
		w.add(e.cdr)
	}
	if w.err = errors.Join(w.err, w.close()); w.err != nil {
		return w.err
	}
	return tx.Commit()
}

// writer writes records within a transaction. After an error it does nothing.
type writer struct {
	ctx      context.Context
	tx       *sql.Tx
	cdr, leg *sql.Stmt
	node     *sql.Stmt
	miss     *sql.Stmt
	err      error
}

// exec runs a statement, which is prepared when it is first wanted.
func (w *writer) exec(s **sql.Stmt, query string, args ...any) (n int64) {
	if w.err == nil && *s == nil {
		*s, w.err = w.tx.PrepareContext(w.ctx, query)
	}
	if w.err != nil {
		return 0
	}
	res, err := (*s).ExecContext(w.ctx, args...)
	if err == nil {
		n, err = res.RowsAffected()
	}
	w.err = err
	return n
}

func (w *writer) close() (err error) {
	for _, s := range []*sql.Stmt{w.cdr, w.leg, w.node, w.miss} {
		if s != nil {
			err = errors.Join(err, s.Close())
		}
	}
	return err
}

// add writes one record.
func (w *writer) add(c *CDR) {
	var rec struct{ path, seconds, lost any }
	var r Recording
	if c.Recording != nil {
		r = *c.Recording
		rec.path, rec.seconds, rec.lost = text(r.Path), number(r.Seconds), count(r.Lost)
	}
	n := w.exec(&w.cdr, insertCDR, text(c.ID), text(c.Direction), text(c.Trunk), text(c.From),
		text(c.To), text(c.Flow), c.StartedAt.UnixMicro(), maybeTime(c.AnsweredAt), c.EndedAt.UnixMicro(),
		text(c.Cause.Code), c.Cause.SIP, c.Cause.Q850, text(c.Cause.By), text(c.Cause.Text),
		rec.path, rec.seconds, rec.lost, r.Gaps, number(r.Paused), text(r.Key), text(r.Error), list(r.Parts))
	if n == 0 {
		return // it is there already
	}
	for i := range c.Legs {
		w.addLeg(c.ID, i, &c.Legs[i])
	}
	for i, n := range c.Nodes {
		w.exec(&w.node, insertNode, text(c.ID), i, text(n.Menu), text(n.Node), text(n.By),
			text(n.Heard), number(n.Score), n.At.UnixMicro())
	}
	for i, m := range c.Misses {
		w.exec(&w.miss, insertMiss, text(c.ID), i, text(m.Menu), text(m.Language), text(m.Heard), text(m.Best),
			number(m.Score), m.At.UnixMicro())
	}
}

func (w *writer) addLeg(call string, i int, l *LegRecord) {
	w.exec(&w.leg, insertLeg, text(call), i, text(l.ID), text(l.Trunk), text(l.Direction),
		text(l.Address), text(l.SIPCallID), text(l.Codec), l.StartedAt.UnixMicro(), maybeTime(l.AnsweredAt),
		l.EndedAt.UnixMicro(), text(l.Cause.Code), l.Cause.SIP, l.Cause.Q850, text(l.Cause.By),
		text(l.Cause.Text), count(l.PacketsIn), count(l.PacketsOut), count(l.Lost), number(l.JitterMS),
		count(l.Late), count(l.Refused), number(l.MOS), number(l.RoundTripMS), count(l.RemoteLost), number(l.RemoteMOS), count(l.Relayed),
		object(l.Recording))
}
