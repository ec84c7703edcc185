package stream

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// conn is a connection to a bot. Read is called by one goroutine, Write and Close by
// another, Ping by a third.
type conn interface {
	Read(ctx context.Context) (Message, error)
	Write(ctx context.Context, m Message) error
	Ping(ctx context.Context) error
	// Close takes leave and closes. It needs Read to be going on, and ends it.
	Close(text string)
	// Abort closes at once.
	Abort()
}

// errLeft is what Read returns when the bot has closed the connection on purpose.
var errLeft = errors.New("closed by the bot")

// link is one connection of a run.
type link struct {
	*run
	conn
	codec codec

	ctx  context.Context // ends with the run, or when the connection fails
	fail context.CancelCauseFunc
	read context.Context // outlives ctx by Goodbye, or until the leave is taken
	drop context.CancelFunc
	deaf chan struct{} // closed when nobody reads any more
}

// link serves a connection until it or the run ends, and returns why it failed.
func (r *run) link(c conn) error {
	l := &link{run: r, conn: c, codec: r.dialect.make(&r.cfg), deaf: make(chan struct{})}
	l.ctx, l.fail = context.WithCancelCause(r.ctx)
	l.read, l.drop = context.WithCancel(context.WithoutCancel(r.ctx))
	defer l.fail(nil)
	r.tally.count(func(c *Result) { c.Connects++ })
	if r.hooks.Connected != nil {
		r.hooks.Connected()
	}
	var running sync.WaitGroup
	running.Go(l.listen)
	running.Go(l.pings)
	late := context.AfterFunc(l.ctx, func() { time.AfterFunc(l.cfg.Goodbye, l.drop) })
	l.talk()
	if r.ctx.Err() != nil {
		l.leave()
	}
	l.Abort()
	l.drop()
	late()
	running.Wait()
	return context.Cause(l.ctx)
}

// talk sends what there is to send, the first message first.
func (l *link) talk() {
	for e, ok := happening(started{}), true; ok; e, ok = l.out.next(l.ctx) {
		if err := l.send(e); err != nil {
			l.others(l.deaf)
			l.fail(err)
			return
		}
	}
}

// others waits a moment for somebody who may know better why the connection is
// closed: a close of the bot's is read, while what is written just fails.
func (l *link) others(done <-chan struct{}) {
	select {
	case <-done:
	case <-time.After(l.cfg.Goodbye):
	}
}

// send writes what a happening is in the dialect. A message that has begun when the
// run ends is still written: the leave comes behind it.
func (l *link) send(e happening) error {
	for _, m := range l.codec.encode(e) {
		ctx, cancel := context.WithTimeout(l.read, l.cfg.Stall)
		err := l.Write(ctx, m)
		cancel()
		if err != nil {
			return err
		}
		l.tally.count(func(r *Result) { r.ToBot.Messages++; r.ToBot.Bytes += uint64(len(m.Data)) })
	}
	l.tally.count(func(r *Result) {
		switch e := e.(type) {
		case sounded:
			r.ToBot.Sound += time.Duration(len(e.pcm)) * time.Second / time.Duration(l.cfg.Rate)
		case pressed:
			r.Digits++
		}
	})
	return nil
}

// leave says what is still to be said, sound excepted, and closes.
func (l *link) leave() {
	l.out.forgetSound()
	end := endOf(l.run.ctx)
	l.out.push(stopped{end.reason})
	for e, ok := l.out.take(); ok; e, ok = l.out.take() {
		if l.send(e) != nil {
			return
		}
	}
	l.Close(string(end.reason))
}

// listen reads what the bot sends and obeys, until the connection is closed.
func (l *link) listen() {
	defer close(l.deaf)
	p := pace{tokens: mostTokens}
	for {
		m, err := l.Read(l.read)
		if errors.Is(err, errLeft) {
			l.finish(ByBot, "", nil)
		}
		if errors.Is(err, net.ErrClosed) { // by ourselves
			l.others(l.ctx.Done())
		}
		if err != nil {
			l.fail(err)
			return
		}
		l.tally.count(func(r *Result) { r.FromBot.Messages++; r.FromBot.Bytes += uint64(len(m.Data)) })
		if l.ctx.Err() != nil {
			continue // leaving
		}
		commands, err := l.codec.decode(m)
		for _, c := range commands {
			c.obey(l.run)
		}
		if err != nil {
			l.mistake(err)
		}
		if wait := p.spend(len(m.Data), time.Now()); wait > 0 {
			select {
			case <-time.After(wait):
			case <-l.ctx.Done():
			}
		}
	}
}

// pings asks whether the bot is there.
func (l *link) pings() {
	every := time.NewTicker(l.cfg.Ping)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-l.ctx.Done():
			return
		}
		ctx, cancel := context.WithTimeout(l.ctx, l.cfg.Stall)
		err := l.Ping(ctx)
		cancel()
		if err != nil && l.ctx.Err() == nil {
			l.fail(fmt.Errorf("no pong: %w", err))
			return
		}
	}
}

// pace lets through what bots send in good faith, the sound of a whole answer at
// once included, and slows down what floods us: the network holds it back then.
type pace struct {
	tokens float64
	last   time.Time
}

const (
	mostTokens     = 5000
	tokensInSecond = 1000
	bytesOfToken   = 2048
)

// spend pays for a message and returns how long to wait before the next.
func (p *pace) spend(bytes int, now time.Time) time.Duration {
	if !p.last.IsZero() {
		p.tokens = min(mostTokens, p.tokens+now.Sub(p.last).Seconds()*tokensInSecond)
	}
	p.last = now
	p.tokens -= 1 + float64(bytes)/bytesOfToken
	if p.tokens >= 0 {
		return 0
	}
	return time.Duration(-p.tokens / tokensInSecond * float64(time.Second))
}
