package main

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"trunkline/bench/load"
	"trunkline/bench/process"
	"trunkline/bench/relay"
	"trunkline/bench/report"
)

// Where the product takes calls, and where its bridges lead; see bench.yaml.
const (
	serverAddr = "127.0.0.1:5080"
	callerAddr = "127.0.0.1:5091"
	calleeAddr = "127.0.0.1:5090"
)

// customers are all that call the product, and those it calls.
type customers struct {
	b      *bench
	uac    *load.Endpoint
	uas    *load.Endpoint
	server *program

	mu     sync.Mutex
	legs   []string // of the generator
	calls  []*load.Call
	talker []*load.Talker // of bridged calls whose sound is looked at: the callee
	sink   int
}

// product measures the whole program: every destination of bench.yaml once, then
// how many calls it carries, at its lowest and at its highest tier.
func product(b *bench) error {
	if err := b.serve("t0", func(c *customers) error {
		if err := c.firstMemory(500); err != nil {
			return err
		}
		c.visitAll()
		if b.quick {
			return nil
		}
		return errors.Join(c.ladder("b2b", "t0", report.ServedRelayT0), c.ladder("play", "t0", report.ServedPlay))
	}); err != nil || b.quick {
		return err
	}
	return b.serve("t2", func(c *customers) error {
		return errors.Join(c.ladder("b2b", "t2", report.ServedRelayT2), c.ladder("play", "t2", report.None))
	})
}

// serve starts the product at a tier and has it used.
func (b *bench) serve(tier string, use func(*customers) error) error {
	c, err := b.open(tier)
	if err != nil {
		return err
	}
	defer c.close()
	return use(c)
}

// visitAll looks at every destination.
func (c *customers) visitAll() {
	calls := 200
	if c.b.quick {
		calls = 50
	}
	for _, d := range destinations {
		if err := errors.Join(c.visit(d, calls), c.endAll()); err != nil {
			c.b.report.LeftOut(d.number + ": " + err.Error())
		}
	}
}

// open starts the product and both sides of its calls.
func (b *bench) open(tier string) (*customers, error) {
	text, err := os.ReadFile("bench/bench.yaml")
	if err != nil {
		return nil, err
	}
	name := filepath.Join(b.dir, "bench.yaml")
	own := strings.Replace(string(text), "data: data/bench", "data: "+filepath.Join(b.dir, "data"), 1)
	if err := os.WriteFile(name, []byte(own), 0o600); err != nil {
		return nil, err
	}
	c := &customers{b: b}
	if c.uac, err = load.Listen(callerAddr, nil); err != nil {
		return nil, err
	}
	if c.uas, err = load.Listen(calleeAddr, c.take); err != nil {
		return nil, errors.Join(err, c.uac.Close())
	}
	if c.server, err = b.start(productCPU, budget, b.bin, "serve", "-c", name, "--tier", tier); err != nil {
		return nil, errors.Join(err, c.uac.Close(), c.uas.Close())
	}
	for range 50 {
		var probe *load.Call
		if probe, err = c.uac.Place(b.ctx, netip.MustParseAddrPort(serverAddr), "probe", "play", netip.MustParseAddrPort("127.0.0.1:9")); err == nil {
			err = probe.End(b.ctx)
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("reach the server: %w (%s)", err, b.lastWords())
	}
	c.server.pids = append(c.server.pids, process.Children(c.server.pids[0])...)
	return c, nil
}

func (c *customers) close() {
	c.server.end()
	c.uac.Close()
	c.uas.Close()
}

// take answers what the product calls: by a talker when the caller is one, else
// with a sink of the generator's.
func (c *customers) take(caller string, offer load.Stream) load.Stream {
	if !strings.HasPrefix(caller, "talker") {
		answer := offer
		answer.To = c.leg(offer)
		return answer
	}
	t, err := load.NewTalker(here)
	if err != nil {
		return offer // its sound will be missed
	}
	t.Talk(offer, calleeTone, "")
	c.mu.Lock()
	c.talker = append(c.talker, t)
	c.mu.Unlock()
	answer := offer
	answer.To = t.Addr()
	return answer
}

// leg gives a far side of the product's a sink of the generator's.
func (c *customers) leg(s load.Stream) netip.AddrPort {
	c.mu.Lock()
	defer c.mu.Unlock()
	sink := c.sink % relay.SinkCount
	c.sink++
	if s.To.IsValid() {
		c.legs = append(c.legs, legLine(s, sink))
	}
	return sinkAddr(sink)
}

func legLine(s load.Stream, sink int) string {
	return fmt.Sprintf("leg %s %d %d %d", s.To.Addr(), s.To.Port(), sink, s.Type)
}

func sinkAddr(sink int) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(here), uint16(relay.FirstSink+2*sink))
}

// place sets up n calls, sixteen at a time, and returns how long each took.
func (c *customers) place(number func(i int) string, n int) (took []float64, failed int, err error) {
	var work sync.WaitGroup
	next := make(chan int)
	for range 16 {
		work.Go(func() {
			for i := range next {
				sink := i % relay.SinkCount
				call, e := c.uac.Place(c.b.ctx, netip.MustParseAddrPort(serverAddr), fmt.Sprint("caller", i), number(i), sinkAddr(sink))
				c.mu.Lock()
				if e != nil {
					failed, err = failed+1, e
				} else {
					c.calls, took = append(c.calls, call), append(took, float64(call.Took)/1e6)
					c.legs = append(c.legs, legLine(call.Stream, sink))
				}
				c.mu.Unlock()
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	work.Wait()
	slices.Sort(took)
	return took, failed, err
}

// drive has the generator drive all calls there are.
func (c *customers) drive(warm, measure time.Duration, many bool) (outcome, error) {
	c.mu.Lock()
	legs := slices.Clone(c.legs)
	c.mu.Unlock()
	return c.b.drive(c.server, traffic{legs: legs, from: here, warm: warm, measure: measure, many: many})
}

// endAll hangs up.
func (c *customers) endAll() error {
	c.mu.Lock()
	calls, talkers := c.calls, c.talker
	c.calls, c.legs, c.talker, c.sink = nil, nil, nil, 0
	c.mu.Unlock()
	var work sync.WaitGroup
	errs := make([]error, len(calls))
	slots := make(chan struct{}, 32)
	for i, call := range calls {
		slots <- struct{}{}
		work.Go(func() {
			errs[i] = call.End(c.b.ctx)
			<-slots
		})
	}
	work.Wait()
	for _, t := range talkers {
		t.Close()
	}
	time.Sleep(500 * time.Millisecond) // ports rest
	return errors.Join(errs...)
}

// firstMemory compares what the product has with calls and without.
func (c *customers) firstMemory(calls int) error {
	before := c.server.resident()
	if _, _, err := c.place(func(int) string { return "b2b" }, calls); err != nil {
		return err
	}
	if _, err := c.drive(time.Second, 500*time.Millisecond, false); err != nil {
		return err
	}
	c.b.report.Figure("b2b, memory", float64(c.server.resident()-before)/1024/float64(calls), "KiB/call", report.Memory,
		fmt.Sprintf("both processes, %d calls; %.0f MiB without", calls, float64(before)/(1<<20)))
	return c.endAll()
}

// ladder adds calls to a number until they are clean no more. A rung that somebody
// else disturbed, or that is not clean while the core has time, is tried again.
func (c *customers) ladder(number, tier string, g report.Goal) error {
	var f found
	for rung := 400; len(c.calls)+rung <= maxLegs/2; {
		if _, failed, err := c.place(func(int) string { return number }, rung); failed > 0 {
			f.why = fmt.Sprintf("%d set-ups failed: %v", failed, err)
			break
		}
		o, err := c.rung()
		if err != nil {
			return errors.Join(err, c.endAll())
		}
		calls, problem := len(c.calls), o.clean()
		if problem == "" || f.tried == 0 {
			f.tried, f.best = calls, o
		}
		if problem != "" {
			f.why, f.limit = problem, o.full()
			break
		}
		f.calls, rung = calls, step(calls, o.busy())
	}
	if f.tried > 0 {
		c.b.report.Level(number+", highest clean level, "+tier, f.calls, f.bounded(), g, f.note(1, false))
	} else {
		c.b.report.LeftOut(number + ", " + tier + ": " + f.why)
	}
	return c.endAll()
}

// rung drives all calls there are, three times at most.
func (c *customers) rung() (o outcome, err error) {
	warm, measure, _ := c.b.times()
	for range 3 {
		o, err = c.drive(warm, measure, true)
		if err != nil || o.clean() == "" || o.full() || !o.disturbed() && o.busy() > 0.8 {
			break
		}
	}
	return o, err
}

// step is how many calls to add to so many that keep a part of the core busy: more
// than half of what it has room for, and a twelfth at least.
func step(calls int, busy float64) int {
	room := float64(calls)*0.95/max(busy, 0.05) - float64(calls)
	return max(int(0.6*room), calls/12)
}
