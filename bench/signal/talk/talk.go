// Package talk keeps a few calls with sound both ways through a server, and counts
// the packets that get lost in them: who is there while others come in crowds. The
// benchmark runs Serve in a process of its own; nothing here is part of the product.
package talk

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"sync"
	"time"

	"trunkline/bench/load"
)

// Tally is what was heard, at both ends of all calls.
type Tally struct {
	Came  int `json:"came"`  // packets
	Lost  int `json:"lost"`  // of those between the first and the last of a stream
	Quiet int `json:"quiet"` // streams that broke off, or never were: half of it is not there
}

// Serve talks: it prints "up" when all calls stand, and after a while "end" with a
// Tally.
func Serve(args []string) error {
	f := flag.NewFlagSet("talk", flag.ContinueOnError)
	server := f.String("server", "127.0.0.1:5080", "what is called")
	callee := f.String("callee", "127.0.0.1:5092", "where the callee is")
	calls := f.Int("calls", 20, "how many")
	length := f.Duration("for", 10*time.Second, "how long they talk")
	if err := f.Parse(args); err != nil {
		return err
	}
	at, err := netip.ParseAddrPort(*server)
	if err != nil {
		return err
	}
	return Talk(context.Background(), at, *callee, *calls, *length, os.Stdout)
}

// parties are those who talk.
type parties struct {
	mu  sync.Mutex
	all []*load.Talker
	err error
}

// add binds another one.
func (p *parties) add() *load.Talker {
	t, err := load.NewTalker("127.0.0.1")
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.err = err
		return nil
	}
	p.all = append(p.all, t)
	return t
}

func (p *parties) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.all {
		t.Close()
	}
}

// The tones of both sides, Hz.
const (
	callerHums = 440
	calleeHums = 1000
)

// Talk lets so many calls to server talk for a while, which the callee takes at an
// address of ours.
func Talk(ctx context.Context, server netip.AddrPort, callee string, calls int, length time.Duration, out io.Writer) error {
	var p parties
	defer p.close()
	taker, err := load.Listen(callee, func(_ string, offer load.Stream) load.Stream {
		t := p.add()
		if t == nil {
			return load.Stream{}
		}
		t.Talk(offer, calleeHums, "")
		return load.Stream{To: t.Addr(), Type: offer.Type, Codec: offer.Codec, Events: offer.Events}
	})
	if err != nil {
		return err
	}
	defer taker.Close()
	placer, err := load.Listen("127.0.0.1:0", nil)
	if err != nil {
		return err
	}
	defer placer.Close()
	var up []*load.Call
	for range calls {
		t := p.add()
		if t == nil {
			return p.err
		}
		c, err := placer.Place(ctx, server, "talker", "talk", t.Addr())
		if err != nil {
			return err
		}
		t.Talk(c.Stream, callerHums, "")
		up = append(up, c)
	}
	fmt.Fprintln(out, "up")
	time.Sleep(length)
	text, _ := json.Marshal(p.tally(length)) // numbers
	for _, c := range up {
		err = errors.Join(err, c.End(ctx))
	}
	fmt.Fprintf(out, "end %s\n", text)
	return err
}

// tally counts what they heard in all, when they have talked for so long.
func (p *parties) tally(length time.Duration) (sum Tally) {
	p.mu.Lock()
	defer p.mu.Unlock()
	const period = 20 * time.Millisecond
	for _, t := range p.all {
		came, lost := t.Received()
		sum.Came += came
		sum.Lost += lost
		if came < int(length/period/2) {
			sum.Quiet++
		}
	}
	return sum
}
