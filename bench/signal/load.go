package signal

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"
)

// Load is what a Caller does.
type Load struct {
	Standing int           // calls that are up all the while
	Window   int           // calls under way at a time, each followed by the next; or
	Rate     float64       // calls that are begun each second, evenly
	Warm     time.Duration // before anything counts
	For      time.Duration
}

// Run sets the standing calls up, leaves them alone for a while and then makes
// calls as l says. It says "still" and "begin" when that while and what is counted
// begin, "end" with what became of the calls before it ends those that are left, and
// "over" when none is.
func (c *Caller) Run(l Load, say func(word string, t Tally)) {
	c.stand(l.Standing)
	say("still", Tally{})
	time.Sleep(still)
	say("stirred", Tally{})
	stop := make(chan struct{})
	var pacer sync.WaitGroup
	if l.Window > 0 {
		c.chain(l.Window)
	} else {
		pacer.Go(func() { c.pace(l.Rate, stop) })
	}
	time.Sleep(l.Warm)
	c.count()
	begun := time.Now()
	say("begin", Tally{})
	time.Sleep(l.For)
	t := c.count()
	t.Seconds = time.Since(begun).Seconds()
	say("end", t)
	close(stop)
	pacer.Wait()
	c.mu.Lock()
	c.ended = func() {}
	c.mu.Unlock()
	c.leave()
	say("over", Tally{})
}

// stand sets up calls that stay, fifty at a time.
func (c *Caller) stand(n int) {
	slots := make(chan struct{}, 50)
	c.mu.Lock()
	c.up = func() { <-slots }
	c.mu.Unlock()
	for range n {
		slots <- struct{}{}
		c.mu.Lock()
		c.place(true)
		c.mu.Unlock()
	}
	for range cap(slots) {
		slots <- struct{}{}
	}
}

// chain lets each call that ends be followed by another, one that is refused when
// the refusal says so.
func (c *Caller) chain(window int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = func() { c.place(false) }
	for range window {
		c.place(false)
	}
}

// pace begins so many calls each second, until stop.
func (c *Caller) pace(rate float64, stop <-chan struct{}) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for n := 0; ; {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		c.mu.Lock()
		for due := int(time.Since(begun).Seconds() * rate); n < due; n++ {
			c.place(false)
		}
		c.mu.Unlock()
	}
}

// count returns what happened since the last count.
func (c *Caller) count() Tally {
	c.mu.Lock()
	t, took, sent := c.tally, c.took, c.sent
	c.tally, c.took, c.sent = Tally{}, nil, nil
	c.mu.Unlock()
	if n := len(sent); n > 0 {
		slices.Sort(sent)
		t.No99 = sent[n*99/100]
	}
	if n := len(took); n > 0 {
		slices.Sort(took)
		t.P50, t.P99, t.Max = took[n/2], took[n*99/100], took[n-1]
	}
	return t
}

// leave ends every call, as far as the server answers.
func (c *Caller) leave() {
	for {
		c.mu.Lock()
		n := min(50, len(c.kept))
		for _, k := range c.kept[:n] {
			c.ask(k, c.request(k, "BYE", 2, ""))
		}
		c.kept = c.kept[n:]
		left := len(c.calls)
		c.mu.Unlock()
		if left == 0 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// still is how long standing calls are left alone.
const still = time.Second

// Serve is both sides of a measurement in a process of their own: it prints each
// word of Run's with a Tally.
func Serve(args []string) error {
	var l Load
	f := flag.NewFlagSet("signal", flag.ContinueOnError)
	server := f.String("server", "127.0.0.1:5080", "what is called")
	from := f.String("from", "127.0.0.1:5091", "where the caller is")
	callee := f.String("callee", "127.0.0.1:5090", "where the callee is")
	number := f.String("number", "b2b", "whom to call")
	f.IntVar(&l.Standing, "standing", 0, "calls that are up all the while")
	f.IntVar(&l.Window, "window", 0, "calls under way at a time")
	f.Float64Var(&l.Rate, "rate", 0, "or calls each second")
	f.DurationVar(&l.Warm, "warm", time.Second, "before anything counts")
	f.DurationVar(&l.For, "for", 5*time.Second, "how long to count")
	if err := f.Parse(args); err != nil {
		return err
	}
	return l.serve(*server, *from, *callee, *number, os.Stdout)
}

func (l Load) serve(server, from, callee, number string, out io.Writer) error {
	var at [3]netip.AddrPort
	for i, text := range []string{server, from, callee} {
		var err error
		if at[i], err = netip.ParseAddrPort(text); err != nil {
			return err
		}
	}
	b, err := Answer(at[2])
	if err != nil {
		return err
	}
	defer b.Close()
	a, err := NewCaller(at[1], at[0], number)
	if err != nil {
		return err
	}
	defer a.Close()
	a.Run(l, func(word string, t Tally) {
		text, _ := json.Marshal(t) // numbers
		fmt.Fprintf(out, "%s %s\n", word, text)
	})
	return nil
}
