package phone

import (
	"context"
	"fmt"
	"sync"
	"time"

	"trunkline/media/msg"
	"trunkline/media/record"
	"trunkline/media/tap"
)

// perform begins the script: the actions without a time one after the other,
// and each of the others at its time.
func (l *line) perform(ctx context.Context) {
	var inTurn []step
	for _, s := range l.phone.steps {
		if !s.Timed {
			inTurn = append(inTurn, s)
			continue
		}
		l.script.Go(func() {
			select {
			case <-time.After(s.At):
				l.do(ctx, s)
			case <-ctx.Done():
			}
		})
	}
	l.script.Go(func() {
		for _, s := range inTurn {
			l.do(ctx, s)
		}
	})
}

// do does one step and waits until it is over. An endless tone is over at once:
// what follows replaces it.
func (l *line) do(ctx context.Context, s step) {
	if l.phone.cfg.WhenSilent {
		select {
		case <-l.ear.silence():
		case <-ctx.Done():
		}
	}
	if ctx.Err() != nil {
		return
	}
	ref, done := l.refs.next()
	if s.Kind == Keys {
		l.phone.journal.note("press " + s.Text)
		l.session.SendDigits(ref, s.Text)
	} else {
		l.phone.journal.note(fmt.Sprintf("%s %q", s.Kind, s.Text))
		l.session.Play(ref, s.loop, s.clip)
	}
	if s.loop < 0 {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// refs names wishes and remembers who waits for them. Any goroutine.
type refs struct {
	mu      sync.Mutex
	last    msg.Ref
	waiting map[msg.Ref]chan struct{}
}

// next names a wish; the channel is closed when it has been granted.
func (r *refs) next() (msg.Ref, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.waiting == nil {
		r.waiting = map[msg.Ref]chan struct{}{}
	}
	r.last++
	done := make(chan struct{})
	r.waiting[r.last] = done
	return r.last, done
}

// done wakes whoever waits for a wish.
func (r *refs) done(ref msg.Ref) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.waiting[ref]; c != nil {
		close(c)
		delete(r.waiting, ref)
	}
}

// record opens the files to record to; sound arrives once it flows.
func (l *line) record() error {
	for _, r := range []struct {
		path string
		mode tap.Mode
	}{{l.phone.cfg.Record, tap.Inbound}, {l.phone.cfg.RecordBoth, tap.Stereo}} {
		if r.path == "" {
			continue
		}
		t := tap.New(r.mode, 8000, 2000)
		rec, err := record.Start(r.path, t)
		if err != nil {
			return err
		}
		l.taps, l.recorders = append(l.taps, t), append(l.recorders, rec)
	}
	return nil
}

// keep completes the files.
func (l *line) keep() {
	for _, rec := range l.recorders {
		finish := rec.Wait
		if !l.flowing {
			finish = rec.Close // its tap never had a session to end it
		}
		info, err := finish()
		if err != nil {
			l.phone.journal.print("record: " + err.Error())
			continue
		}
		l.report.Recordings = append(l.report.Recordings, info)
	}
}
