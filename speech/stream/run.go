package stream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"trunkline/dsp"
	"trunkline/internal/fetch"
)

const (
	frameTime    = 20 * time.Millisecond
	mostWarnings = 8
	// lasting is how long a connection has to live for the retries to be counted
	// anew: one that dies at once, again and again, is as good as none.
	lasting = 30 * time.Second
)

// run is a Stream between Run's beginning and its end. Its goroutines are: hear,
// speak, press, and of each connection its reader and its pinger; serve is Run's own
// and the only one that writes to the bot.
type run struct {
	*Stream
	hooks   Hooks
	voice   *voice // nil when the bot may not speak
	presses chan string
	running sync.WaitGroup

	ctx    context.Context // of this run: ends with an ending, or as Run's does
	cancel context.CancelCauseFunc

	warnings sync.Mutex
	warned   map[string]bool
}

// begin starts what goes on through all connections.
func (r *run) begin(ear Ear) {
	r.running.Go(func() { r.hear(ear) })
	r.running.Go(r.press)
	if r.voice != nil {
		r.running.Go(r.speak)
	}
	r.running.Go(func() {
		select {
		case text := <-r.stop:
			r.finish(ByFlow, text, nil)
		case <-r.ctx.Done():
		}
	})
}

// finish ends the run; the first reason counts.
func (r *run) finish(why Reason, text string, err error) { r.cancel(ending{why, text, err}) }

func endOf(ctx context.Context) ending {
	cause := context.Cause(ctx)
	var e ending
	if !errors.As(cause, &e) {
		e = ending{reason: Cancelled, text: cause.Error()}
	}
	return e
}

// warn says something once, and not too many things.
func (r *run) warn(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	r.warnings.Lock()
	defer r.warnings.Unlock()
	if r.hooks.Warn == nil || r.warned[text] || len(r.warned) >= mostWarnings {
		return
	}
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	r.warned[text] = true
	r.hooks.Warn(text)
}

// hear moves what is said in the call to the outbox, in frames of 20 ms.
func (r *run) hear(ear Ear) {
	sides := make([]dsp.Converter, r.cfg.Tracks.channels())
	for i := range sides {
		var err error
		if sides[i], err = dsp.MakeConverter(ear.Rate(), r.cfg.Rate); err != nil {
			r.finish(Refused, err.Error(), err)
			return
		}
	}
	frame := make([]int16, len(sides)*ear.Rate()/50)
	for at := int64(0); ; {
		n, err := ear.ReadAtLeast(r.ctx, frame, len(frame))
		if r.paused.Load() {
			clear(frame)
		}
		if n >= len(sides) {
			at += r.take(frame[:n], sides, at)
		}
		switch {
		case r.ctx.Err() != nil:
			return
		case errors.Is(err, io.EOF):
			r.finish(ByCaller, "", nil)
			return
		case err != nil:
			r.finish(ByCaller, err.Error(), nil)
			return
		}
	}
}

// take sends a frame on its way and returns how many samples it is at the bot's rate.
func (r *run) take(frame []int16, sides []dsp.Converter, at int64) int64 {
	var out [2][]int16
	for i := range sides {
		pcm := make([]int16, 0, len(frame)/len(sides))
		for j := i; j < len(frame); j += len(sides) {
			pcm = append(pcm, frame[j])
		}
		dst := make([]int16, sides[i].Bound(len(pcm)))
		out[i] = dst[:sides[i].Process(dst, pcm)]
	}
	switch {
	case r.cfg.Tracks != Both:
		r.out.push(sounded{track: r.cfg.Tracks, pcm: out[0], at: at})
	case r.dialect.mixes:
		r.out.push(sounded{track: Both, pcm: out[0], other: out[1], at: at})
	default:
		r.out.push(sounded{track: Inbound, pcm: out[0], at: at})
		r.out.push(sounded{track: Outbound, pcm: out[1], at: at})
	}
	return int64(len(out[0]))
}

// speak keeps the mouth full.
func (r *run) speak() {
	for {
		again := r.voice.step()
		var timer <-chan time.Time
		if again > 0 {
			timer = time.After(again)
		}
		select {
		case <-timer:
		case <-r.voice.wake:
		case <-r.ctx.Done():
			return
		}
	}
}

// press sends the keys that the bot wants sent, one wish after the other.
func (r *run) press() {
	for {
		select {
		case digits := <-r.presses:
			if err := r.hooks.Press(r.ctx, digits); err != nil {
				r.warn("digits not sent: %v", err)
				continue
			}
			r.tally.count(func(c *Result) { c.Presses += len(digits) })
		case <-r.ctx.Done():
			return
		}
	}
}

// hush ends what the bot was saying, after the end.
func (r *run) hush(ctx context.Context, mouth Mouth) {
	if r.voice != nil {
		if r.cfg.PlayOut && endOf(r.ctx).reason == ByBot {
			r.playOut(ctx)
		}
		left := r.voice.left()
		r.tally.count(func(c *Result) { c.FromBot.Dropped += left })
		r.voice.clear()
		length := r.voice.length(int(mouth.Played()))
		r.tally.count(func(c *Result) { c.Heard = length })
	}
	mouth.End()
}

// playOut waits until all was heard, but not longer than it may take.
func (r *run) playOut(ctx context.Context) {
	for limit := time.Now().Add(r.voice.left() + time.Second); r.voice.left() > 0 && time.Now().Before(limit); {
		select {
		case <-time.After(max(r.voice.step(), frameTime)):
		case <-ctx.Done():
			return
		}
	}
}

// serve keeps a connection until the end.
func (r *run) serve() {
	connected := false
	for tries := 0; r.ctx.Err() == nil; tries++ {
		c, err := r.open()
		if err == nil {
			connected = true
			began := time.Now()
			if err = r.link(c); time.Since(began) >= lasting {
				tries = 0
			}
			r.out.forgetSound()
		}
		if r.ctx.Err() != nil {
			return
		}
		if tries >= r.cfg.Retry.Tries || !worthRetrying(err) {
			why := Refused
			if connected {
				why = Lost
			}
			r.finish(why, err.Error(), err)
			return
		}
		r.warn("connection to %s: %v", r.host, err)
		select {
		case <-time.After(r.cfg.Retry.wait(tries)):
		case <-r.ctx.Done():
		}
	}
}

func (r *run) open() (conn, error) {
	ctx, cancel := context.WithTimeout(r.ctx, r.cfg.Connect)
	defer cancel()
	c, err := r.connect(ctx)
	if err != nil && ctx.Err() != nil && r.ctx.Err() == nil {
		err = fmt.Errorf("no answer in %v", r.cfg.Connect)
	}
	return c, err
}

// wait is how long to wait after so many tries, give or take a fifth, so that not
// all calls of a bot come back at once.
func (p Retry) wait(tries int) time.Duration {
	d := min(p.Wait<<min(tries, 16), p.Most)
	return d*4/5 + rand.N(d*2/5+1)
}

// handshake is an answer to the WebSocket handshake that is none.
type handshake int

func (h handshake) Error() string {
	return fmt.Sprintf("the handshake was answered %d %s", int(h), http.StatusText(int(h)))
}

func worthRetrying(err error) bool {
	var h handshake
	if errors.As(err, &h) {
		return h >= 500 || h == http.StatusRequestTimeout || h == http.StatusTooManyRequests
	}
	return !errors.Is(err, fetch.ErrForbidden)
}
