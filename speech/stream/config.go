package stream

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Config says what to connect to, and how. Zero fields have the default.
type Config struct {
	URL     string // wss://, ws://; of audiosocket tcp://host:port
	Dialect string // see Dialects
	Rate    int    // of the sound both ways, Hz; default the dialect's
	TwoWay  bool   // the bot may speak
	Tracks  Tracks // what it hears

	Call       Call
	StreamID   string            // default random
	Parameters map[string]string // the flow's own, in the first message
	Header     http.Header       // of the WebSocket handshake
	Token      string            // signs the handshake as Twilio does; none: not signed

	Connect time.Duration // deadline of each attempt; default 5 s
	Stall   time.Duration // how long a message to the bot, or a pong, may take; default 10 s
	Ping    time.Duration // between pings; default 20 s
	Goodbye time.Duration // how long leaving may take; default 1 s
	Retry   Retry

	Message int           // most bytes of a message of the bot; default 1 MiB
	Queue   time.Duration // most of the bot's sound that waits to be played; default 60 s
	Behind  time.Duration // most of the caller's sound that waits for a slow bot; default 1 s
	PlayOut bool          // play what is queued after the bot has left; else drop it
}

// Call is what the bot is told of the call.
type Call struct {
	ID, Account, From, To string
	Direction             string // inbound or outbound
}

// Retry says how often to connect anew, after an attempt that failed and after a
// connection that was lost: not after an end that the bot wished for, nor after a
// refusal.
type Retry struct {
	Tries int           // in a row, beside the first
	Wait  time.Duration // before the first of them, doubled each time; default 500 ms
	Most  time.Duration // of the waits; default 8 s
}

func (c *Config) fill(d dialect) {
	if c.Rate == 0 {
		c.Rate = d.rates[0]
	}
	if c.StreamID == "" {
		c.StreamID = randomID()
	}
	if c.Message <= 0 {
		c.Message = 1 << 20
	}
	for _, f := range []struct {
		of   *time.Duration
		late time.Duration
	}{
		{&c.Connect, 5 * time.Second}, {&c.Stall, 10 * time.Second}, {&c.Ping, 20 * time.Second},
		{&c.Goodbye, time.Second}, {&c.Retry.Wait, 500 * time.Millisecond}, {&c.Retry.Most, 8 * time.Second},
		{&c.Queue, time.Minute}, {&c.Behind, time.Second},
	} {
		if *f.of <= 0 {
			*f.of = f.late
		}
	}
}

// Tracks are the sides of a call.
type Tracks uint8

// What a bot may hear.
const (
	Inbound  Tracks = iota // what the caller says
	Outbound               // what the caller hears
	Both
)

func (t Tracks) String() string { return [...]string{"inbound", "outbound", "both"}[min(t, Both)] }

func (t Tracks) names() []string {
	if t == Both {
		return []string{Inbound.String(), Outbound.String()}
	}
	return []string{t.String()}
}

func (t Tracks) channels() int {
	if t == Both {
		return 2
	}
	return 1
}

// Reason is why a stream ended. The words are stable.
type Reason string

// The reasons.
const (
	ByBot     Reason = "bot"       // it closed the connection, or said so
	ByCaller  Reason = "caller"    // the Ear ended
	ByFlow    Reason = "flow"      // Stop
	Cancelled Reason = "cancelled" // the context of Run
	Refused   Reason = "refused"   // no connection came about
	Lost      Reason = "lost"      // the connection was, and the retries were used up
)

// Result is what became of a stream.
type Result struct {
	Reason   Reason
	Text     string // more of it, for people
	Connects int
	Lasted   time.Duration

	ToBot, FromBot Traffic
	Heard          time.Duration // of the bot's sound, by the caller
	Longest        time.Duration // most of the bot's sound that ever waited to be played
	Marks, Cleared int           // that came back, and how many of them because they were cleared
	Digits         int           // that the bot was told
	Presses        int           // digits that the bot had sent to the caller
	Bad, Unknown   int           // messages with mistakes, and ones without a meaning here
}

// Traffic is what went one way.
type Traffic struct {
	Messages, Bytes uint64
	Sound           time.Duration
	Dropped         time.Duration // sound that did not fit into a queue, or was overtaken by the end
	Discarded       int           // messages that were not sound and did not fit
}

// tally is a Result in the making.
type tally struct {
	mu sync.Mutex
	r  Result
}

func (t *tally) count(f func(*Result)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	f(&t.r)
}

func (t *tally) read() Result {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.r
}

// ending is why a run ends, as the cause of its context.
type ending struct {
	reason Reason
	text   string
	err    error
}

func (e ending) Error() string { return fmt.Sprintf("stream ended: %s: %s", e.reason, e.text) }

// What Run's error may be, for errors.Is.
var (
	ErrRefused = errors.New("no connection")
	ErrLost    = errors.New("connection lost")
)

func (e ending) failure(host string) error {
	switch e.reason {
	case Refused:
		return fmt.Errorf("stream to %s: %w: %w", host, ErrRefused, e.err)
	case Lost:
		return fmt.Errorf("stream to %s: %w: %w", host, ErrLost, e.err)
	}
	return nil
}
