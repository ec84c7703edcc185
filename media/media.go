// Package media is the control plane's view of sound: handles and wishes, never
// state. What is wished for happens on a media thread; the outcome comes back
// as an event.
//
// An Engine owns the threads (media/internal/shard, one each), the RTP ports and
// the pump goroutines that hand events to their sinks. A Session is a name for
// media that lives on a shard: copyable, comparable, harmless. Sound never
// crosses shards, so sessions that will be joined are opened near one another.
//
// Any goroutine may call anything here; nothing waits for a media thread but
// Engine.Close. This package never imports signalling, SDP, JSON or logs.
package media

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime"
	"time"

	"trunkline/internal/netio"
	"trunkline/media/msg"
)

// Config says where and how an Engine works. The zero value of a field means
// its default.
type Config struct {
	Shards  int           // media threads; 0 means one per CPU, less one, at least one
	Bind    netip.Addr    // address RTP ports are bound on; default 127.0.0.1
	PortMin uint16        // first RTP port, even; default 16384
	PortMax uint16        // last port that may be used; RTCP takes the odd port above each RTP port; default 32767
	Rest    time.Duration // how long a port rests before it is used again; 0 means not at all
	Timeout time.Duration // silence on the wire before MediaLost; 0 means never

	// Tier says how packets are moved (internal/netio, docs/tiers.md); 0 is the
	// one that needs no privilege.
	Tier netio.Tier

	// Broken is told of every session that was ended because its code panicked,
	// why, and where; Closed follows. It must not block. Without it such a panic
	// ends the process.
	Broken func(id msg.Session, why, stack string)
}

// The default range: clear of the registered services below it and of the
// kernel's own choice of ports (32768 and up) above.
const (
	defaultPortMin = 16384
	defaultPortMax = 32767
)

// withDefaults fills in what was left out and checks the rest.
func (c Config) withDefaults() (Config, error) {
	if c.Shards == 0 {
		c.Shards = max(1, runtime.NumCPU()-1)
	}
	if !c.Bind.IsValid() {
		c.Bind = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if c.PortMin == 0 && c.PortMax == 0 {
		c.PortMin, c.PortMax = defaultPortMin, defaultPortMax
	}
	if c.Broken == nil {
		c.Broken = func(id msg.Session, why, stack string) {
			panic(fmt.Sprintf("media session %d: %s\n%s", id, why, stack))
		}
	}
	switch {
	case c.Shards < 0:
		return c, fmt.Errorf("start media: %d threads", c.Shards)
	case c.PortMin == 0 || c.PortMin%2 != 0:
		return c, fmt.Errorf("start media: first RTP port %d is not even and above 0", c.PortMin)
	case c.PortMax <= c.PortMin:
		return c, fmt.Errorf("start media: port range %d-%d holds no pair", c.PortMin, c.PortMax)
	case c.Rest < 0 || c.Timeout < 0:
		return c, errors.New("start media: negative duration")
	}
	return c, nil
}

// The refusals of Open. ErrNoPorts and ErrBusy are overload: answer 503.
var (
	ErrNoPorts = errors.New("open media session: no free RTP port")
	ErrBusy    = errors.New("open media session: media thread too busy")
	ErrClosed  = errors.New("open media session: engine closed")
	ErrGone    = errors.New("open media session: the session to be near is of another engine")
)

// Usage is what an Engine holds right now.
type Usage struct {
	Sessions int `json:"sessions"`
	Ports    int `json:"ports"` // port pairs bound
}

// Sink takes a session's events, in order, from its shard's pump goroutine. It
// must not block: all sessions of the shard wait for it.
type Sink = func(msg.Event)
