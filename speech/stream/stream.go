// Package stream is the bot-stream engine: it connects a call to a bot that
// listens and speaks over a socket, in the bot's own dialect (Twilio Media
// Streams, mod_audio_fork, mod_audio_stream, jambonz listen, AudioSocket).
//
// A Stream stands between an Ear, from which it reads what is said in the call, and
// a Mouth, which plays what the bot says. It knows neither call nor media: whoever
// runs a flow hands both in and gets back a Result. All its buffers are bounded: of
// a bot that is slow, or gone, or floods us, sound is lost and counted, and the
// call waits for nothing.
//
// Dialects are codecs in a table, one file each, without clock, socket or
// goroutine. The addresses of bots come from flows, and secrets are in them:
// connections are made by internal/fetch only, and errors name the host and never
// the rest.
package stream

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"trunkline/internal/fetch"
)

// Ear is where the call is heard; a media tap is one. It is used by one goroutine.
type Ear interface {
	// Rate is the sample rate, Hz.
	Rate() int
	// ReadAtLeast fills dst with at least so many values, waiting for them; io.EOF
	// says that there will be no more. Of Both tracks inbound and outbound values
	// alternate.
	ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error)
}

// Mouth is where the bot is heard: a queue of a few hundred milliseconds that the
// call plays; a media feed is one. It is used by one goroutine at a time, and
// nothing of it waits.
type Mouth interface {
	// Rate is the sample rate, Hz.
	Rate() int
	// Write appends what there is room for and returns how much that was.
	Write(pcm []int16) int
	// Room is how many samples could be written. When there is some and Write
	// takes nothing, nobody plays any more.
	Room() int
	// Clear drops what was written and not played.
	Clear()
	// End says that nothing more will come.
	End()
	// Played and Dropped count the samples that have left the queue.
	Played() uint64
	Dropped() uint64
}

// Hooks tell what concerns the flow. All may be nil.
type Hooks struct {
	// Connected is called when the bot has taken a connection: the first, or one
	// after a loss. It must not wait.
	Connected func()
	// Press sends keys to the caller because the bot wants so. It may wait until ctx
	// ends; there is one at a time.
	Press func(ctx context.Context, digits string) error
	// Warn tells what the author of the bot should know, a few times per stream. It
	// must not wait. The text holds nothing that was said.
	Warn func(text string)
}

// Stream is one connection of a call to a bot. Run is called once; Digit, Stop,
// Pause, Resume and Counts may be called by any goroutine at any time.
type Stream struct {
	cfg     Config
	dialect dialect
	host    string
	connect func(ctx context.Context) (conn, error)
	out     *outbox
	tally   tally
	began   atomic.Bool
	paused  atomic.Bool
	stop    chan string // holds the first text of Stop
	once    sync.Once
}

// New makes a stream, and refuses what will never work: mistakes in c, and
// addresses that may not be connected to as they are written.
func New(c Config, through *fetch.Client) (*Stream, error) {
	d, err := dialectOf(c.Dialect)
	if err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	c.fill(d)
	u, err := c.check(d)
	if err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	s := &Stream{cfg: c, dialect: d, host: u.Host, stop: make(chan string, 1)}
	s.out = newOutbox(int(c.Behind/frameTime), &s.tally)
	if d.schemes[0] == "tcp" {
		s.connect = func(ctx context.Context) (conn, error) { return dialTCP(ctx, through, u.Host, c.Message) }
	} else {
		if _, _, err := through.Upgrade(c.URL); err != nil {
			return nil, fmt.Errorf("stream: %w", err)
		}
		s.connect = func(ctx context.Context) (conn, error) { return dialWebSocket(ctx, through, &s.cfg, d.protocol) }
	}
	return s, nil
}

// check reports the first mistake and returns the address.
func (c *Config) check(d dialect) (*url.URL, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "":
		return nil, errors.New("url: not an address with a host")
	case !slices.Contains(d.schemes, u.Scheme):
		return nil, fmt.Errorf("url: scheme %.20q: dialect %s has %v", u.Scheme, d.name, d.schemes)
	case d.schemes[0] == "tcp" && u.Port() == "":
		return nil, errors.New("url: no port")
	case !slices.Contains(d.rates, c.Rate):
		return nil, fmt.Errorf("rate %d: dialect %s has %v", c.Rate, d.name, d.rates)
	case c.Tracks > Both:
		return nil, fmt.Errorf("tracks %d: there are inbound, outbound and both", c.Tracks)
	case d.name == "audiosocket" && c.Tracks == Both:
		return nil, errors.New("tracks: dialect audiosocket carries one only")
	}
	for name := range c.Header {
		if slices.Contains(ownHeaders, name) {
			return nil, fmt.Errorf("header %s: belongs to the connection", name)
		}
	}
	return u, nil
}

// randomID returns a name for a stream in the shape of Twilio's.
func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return "MZ" + hex.EncodeToString(b[:])
}

// Digit tells the bot that the caller pressed a key, unless the stream is paused.
func (s *Stream) Digit(d byte) {
	if s.paused.Load() || !isKey(rune(d)) {
		return
	}
	s.out.push(pressed{d})
}

// Stop ends the stream; Run returns soon.
func (s *Stream) Stop(text string) { s.once.Do(func() { s.stop <- text }) }

// Pause makes the bot deaf: it gets silence, and no keys, until Resume.
func (s *Stream) Pause() { s.paused.Store(true) }

// Resume ends a Pause.
func (s *Stream) Resume() { s.paused.Store(false) }

// Counts returns the Result as it is now.
func (s *Stream) Counts() Result { return s.tally.read() }

// Run connects to the bot and stays until the end: by the bot, by the caller
// (the Ear ends), by Stop, by ctx, or by a loss. The Result is whole also beside an
// error, which there is only when no connection came about, or one was lost for
// good. Nothing is left running. The mouth is ended; it may be nil unless TwoWay.
func (s *Stream) Run(ctx context.Context, ear Ear, mouth Mouth, hooks Hooks) (Result, error) {
	if s.began.Swap(true) {
		return Result{}, errors.New("stream: run twice")
	}
	if s.cfg.TwoWay && mouth == nil {
		return Result{}, errors.New("stream: two ways, and no mouth")
	}
	began := time.Now()
	r := &run{Stream: s, hooks: hooks, presses: make(chan string, 8)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	if s.cfg.TwoWay {
		r.voice = newVoice(mouth, s.cfg.Queue, r.out.push, &s.tally)
	}
	r.begin(ear)
	r.serve()
	r.running.Wait()
	if mouth != nil {
		r.hush(ctx, mouth)
	}
	end := endOf(r.ctx)
	s.tally.count(func(c *Result) { c.Reason, c.Text, c.Lasted = end.reason, end.text, time.Since(began) })
	return s.tally.read(), end.failure(s.host)
}
