package stream

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/dsp"
	"trunkline/internal/fetch"
	"trunkline/media/feed"
	"trunkline/media/tap"
)

// A tap is an ear and a feed is a mouth.
var (
	_ Ear   = (*tap.Tap)(nil)
	_ Mouth = (*feed.Feed)(nil)
)

// bot is the far end of a conn, and the conn.
type bot struct {
	said   chan Message // to us
	failed chan error   // what Read returns behind what was said
	closed chan struct{}
	once   sync.Once

	mu      sync.Mutex
	got     []Message
	at      []time.Duration // when each came, since the bot was made
	born    time.Time
	goodbye string        // what Close was given
	slow    chan struct{} // writes wait for it, unless nil
	mute    atomic.Bool   // no pongs
}

func newBot() *bot {
	return &bot{said: make(chan Message, 100000), failed: make(chan error, 1), closed: make(chan struct{}), born: time.Now()}
}

func (b *bot) Read(ctx context.Context) (Message, error) {
	select {
	case m := <-b.said:
		return m, nil
	default:
	}
	select {
	case m := <-b.said:
		return m, nil
	case err := <-b.failed:
		return Message{}, err
	case <-b.closed:
		return Message{}, net.ErrClosed
	case <-ctx.Done():
		b.Abort()
		return Message{}, ctx.Err()
	}
}

func (b *bot) Write(ctx context.Context, m Message) error {
	b.mu.Lock()
	slow := b.slow
	b.mu.Unlock()
	if slow != nil {
		select {
		case <-slow:
		case <-ctx.Done():
			b.Abort()
			return ctx.Err()
		}
	}
	select {
	case <-b.closed:
		return net.ErrClosed
	default:
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got, b.at = append(b.got, m), append(b.at, time.Since(b.born))
	return nil
}

func (b *bot) Ping(ctx context.Context) error {
	if !b.mute.Load() {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func (b *bot) Close(text string) {
	b.mu.Lock()
	b.goodbye = text
	b.mu.Unlock()
	b.Abort()
}

func (b *bot) Abort() { b.once.Do(func() { close(b.closed) }) }

// say sends JSON.
func (b *bot) say(text string) { b.said <- Message{Text: true, Data: []byte(text)} }

// freeze makes writes wait until the returned function is called.
func (b *bot) freeze() (thaw func()) {
	c := make(chan struct{})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slow = c
	return func() {
		b.mu.Lock()
		b.slow = nil
		b.mu.Unlock()
		close(c)
	}
}

// heardMessage is a message that came to a bot, and when.
type heardMessage struct {
	Message
	at time.Duration
	of map[string]any // of text
}

// name is the message's event or type; "sound" when it is binary.
func (m heardMessage) name() string {
	if !m.Text {
		return "sound"
	}
	if s, ok := m.of["event"].(string); ok {
		return s
	}
	s, _ := m.of["type"].(string)
	return s
}

func (m heardMessage) in(object, key string) any {
	o, _ := m.of[object].(map[string]any)
	return o[key]
}

func (b *bot) messages(t *testing.T) (all []heardMessage) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, m := range b.got {
		h := heardMessage{Message: m, at: b.at[i]}
		if m.Text {
			if err := json.Unmarshal(m.Data, &h.of); err != nil {
				t.Fatalf("message %d: %v: %s", i, err, m.Data)
			}
		}
		all = append(all, h)
	}
	return all
}

// only returns the messages of one name.
func (b *bot) only(t *testing.T, name string) (some []heardMessage) {
	t.Helper()
	for _, m := range b.messages(t) {
		if m.name() == name {
			some = append(some, m)
		}
	}
	return some
}

// rig is a stream in a bubble, with a caller who hums and listens.
type rig struct {
	*testing.T
	s     *Stream
	tap   *tap.Tap
	feed  *feed.Feed
	bots  []*bot // in the order of the connections
	dials []error
	hooks Hooks

	mu       sync.Mutex
	heard    []int16 // by the caller
	warnings []string
	pressed  []string
	hold     bool // nothing is pulled

	hangup context.CancelFunc // of the ear
	cancel context.CancelCauseFunc
	done   chan struct{}
	result Result
	err    error
}

const (
	callerTone = 440.0
	otherTone  = 1000.0
	botTone    = 700.0
	toneLevel  = -15
)

// inBubble starts a stream and lets f be its story; then it ends the call.
func inBubble(t *testing.T, c Config, f func(r *rig)) {
	t.Helper()
	inBubbleWith(t, c, nil, f)
}

func inBubbleWith(t *testing.T, c Config, prepare, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		if c.URL == "" {
			c.URL = "wss://bot.test/media?token=geheim"
		}
		if c.Dialect == "" {
			c.Dialect = "twilio"
		}
		if c.Call.ID == "" {
			c.Call = Call{ID: "CA1", Account: "AC1", From: "+15550100", To: "+15550101", Direction: "inbound"}
		}
		s, err := New(c, fetch.New(fetch.Options{PlainOK: true}))
		if err != nil {
			t.Fatal(err)
		}
		r := &rig{T: t, s: s, feed: feed.New(8000, 200), done: make(chan struct{})}
		mode := tap.Inbound
		if c.Tracks == Both {
			mode = tap.Stereo
		}
		r.tap = tap.New(mode, 8000, 2000)
		s.connect = r.connect
		r.hooks = Hooks{Warn: r.warn, Press: r.press}
		if prepare != nil {
			prepare(r)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		r.cancel = cancel
		var media sync.WaitGroup
		up, hangup := context.WithCancel(t.Context())
		r.hangup = hangup
		media.Go(func() { r.media(up) })
		go func() {
			defer close(r.done)
			r.result, r.err = s.Run(ctx, r.tap, r.feed, r.hooks)
		}()
		synctest.Wait()
		f(r)
		cancel(errors.New("test over"))
		<-r.done
		hangup()
		media.Wait()
		if lost := r.tap.Lost(); lost > 0 {
			t.Errorf("the ear was slow: %d samples lost", lost)
		}
	})
}

func (r *rig) connect(context.Context) (conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.bots); n < len(r.dials) && r.dials[n] != nil {
		r.bots = append(r.bots, nil)
		return nil, r.dials[n]
	}
	b := newBot()
	r.bots = append(r.bots, b)
	return b, nil
}

// bot returns the bot of the last connection.
func (r *rig) bot() *bot {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bots[len(r.bots)-1]
}

func (r *rig) warn(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.warnings = append(r.warnings, text)
}

func (r *rig) press(_ context.Context, digits string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pressed = append(r.pressed, digits)
	return nil
}

// media plays the media thread.
func (r *rig) media(ctx context.Context) {
	one, two := dsp.NewTone(callerTone, toneLevel, 8000), dsp.NewTone(otherTone, toneLevel, 8000)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			r.tap.End()
			r.tap.Wake()
			return
		}
		left, right := make([]int16, 160), make([]int16, 160)
		one.Fill(left)
		two.Fill(right)
		if r.tap.Mode() == tap.Stereo {
			r.tap.WritePair(left, right)
		} else {
			r.tap.Write(left)
		}
		if r.tap.Awaited() {
			r.tap.Wake()
		}
		r.mu.Lock()
		if !r.hold {
			pcm := make([]int16, 160)
			r.feed.Pull(pcm)
			r.heard = append(r.heard, pcm...)
		}
		r.mu.Unlock()
	}
}

// listen returns what the caller has heard so far.
func (r *rig) listen() []int16 {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int16(nil), r.heard...)
}

// ended waits for the end and checks why.
func (r *rig) ended(want Reason, failure error) {
	r.Helper()
	<-r.done
	if r.result.Reason != want || !errors.Is(r.err, failure) || (failure == nil) != (r.err == nil) {
		r.Errorf("ended because of %q, %q with %v; want %q with %v", r.result.Reason, r.result.Text, r.err, want, failure)
	}
}

// tone makes what a bot says.
func tone(freq float64, d time.Duration, rate int) []int16 {
	pcm := make([]int16, int(d.Seconds()*float64(rate)))
	dsp.NewTone(freq, toneLevel, rate).Fill(pcm)
	return pcm
}

// isTone checks that sound is a tone and nothing but.
func isTone(t *testing.T, what string, pcm []int16, freq float64, rate int) {
	t.Helper()
	if len(pcm) < rate/10 {
		t.Errorf("%s: only %d samples", what, len(pcm))
		return
	}
	all, only := dsp.Level(pcm), dsp.Goertzel(pcm, freq, rate)
	if all < toneLevel-1 || all > toneLevel+1 || only < all-0.5 {
		t.Errorf("%s: level %.1f, of the tone %.1f, want %d", what, all, only, toneLevel)
	}
}

// sounding returns the stretches of sound in pcm, from and to.
func sounding(pcm []int16) (parts [][2]int) {
	const gap = 80
	for i, x := range pcm {
		switch n := len(parts); {
		case x > -20 && x < 20:
		case n > 0 && i-parts[n-1][1] < gap:
			parts[n-1][1] = i + 1
		default:
			parts = append(parts, [2]int{i, i + 1})
		}
	}
	return parts
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// pass lets time pass in a bubble.
func pass(d time.Duration) { <-time.After(d) }
