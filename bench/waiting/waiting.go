// Package waiting is a chapter of the benchmarks: what flows cost that wait, by the
// thousand, and what a verb costs. The flows run in the process of the benchmark,
// for callers in whose calls nothing happens; processor time is compared with that
// of the same process without flows, before and after. It owns the goroutines it
// starts, which end with the flows. Only bench calls it, once a run.
package waiting

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"testing/fstest"
	"time"

	"trunkline/bench/process"
	"trunkline/bench/report"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/trace"
)

// Bench is what the chapter needs.
type Bench struct {
	Report *report.Report
	Flows  []int         // how many wait, in growing order; the last number is judged
	Window time.Duration // how long they are watched
}

// Run measures all of it.
func Run(b Bench) error {
	for _, w := range []struct{ name, script string }{
		{"ask", `call:ask{ say = "", digits = 4, timeout = "10m", speech = false }`},
		{"sleep", `call:sleep "10m"`},
		{"queue", `call:queue{ "sales", max_wait = "10m" }`},
	} {
		if err := b.waits(w.name, w.script); err != nil {
			return err
		}
	}
	return b.verbs()
}

// waits measures flows that wait in one verb.
func (b Bench) waits(name, script string) error {
	r, scripts, err := load(flow.Config{Queues: nobody{}}, "local call = ...\ncall:answer()\ncall:ring()\n"+script)
	if err != nil {
		return err
	}
	for i, n := range b.Flows {
		before, empty := held(), b.share()
		crowd := begin(r, scripts, n)
		size := (held() - before) / n
		busy := b.share()
		if err := crowd.leave(); err != nil {
			return err
		}
		after := b.share()
		least, noise := (empty+after)/2, max(empty-after, after-empty)
		goals := [2]report.Goal{}
		if i == len(b.Flows)-1 {
			goals = [2]report.Goal{report.FlowTime, report.FlowMemory}
		}
		what := fmt.Sprintf("%s, %d flows", name, n)
		b.Report.Figure(what+": processor beyond an idle process", busy-least, "% of a core", goals[0],
			fmt.Sprintf("idle %.3f %%, which varied by %.3f", least, noise))
		b.Report.Figure(what+": memory of a flow", float64(size)/1024, "KiB", goals[1], "heap and stack")
	}
	return nil
}

// crowd are flows that wait.
type crowd struct {
	callers []*caller
	flows   sync.WaitGroup
	mu      sync.Mutex
	errs    []error
}

// begin has n flows run and returns when all have come to wait.
func begin(r *flow.Runner, scripts *bundle.Bundle, n int) *crowd {
	c := &crowd{}
	var ready sync.WaitGroup
	ready.Add(n)
	for range n {
		ctx, end := context.WithCancel(context.Background())
		p := newCaller(end, ready.Done)
		c.callers = append(c.callers, p)
		c.flows.Go(func() {
			if err := r.Run(ctx, scripts, p); err != nil {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.errs = append(c.errs, err)
			}
		})
	}
	ready.Wait()
	time.Sleep(settle) // from being ready to waiting
	return c
}

const settle = 300 * time.Millisecond

// leave has all callers hang up.
func (c *crowd) leave() error {
	for _, p := range c.callers {
		p.Hangup("", "", "")
	}
	c.flows.Wait()
	return errors.Join(c.errs...)
}

// share is how much of a core this process uses over the window, in percent.
func (b Bench) share() float64 {
	runtime.GC()
	began, used := time.Now(), process.Used(os.Getpid())
	time.Sleep(b.Window)
	return 100 * float64(process.Used(os.Getpid())-used) / float64(time.Since(began))
}

// verbs measures verbs that do not wait, one flow at a time on one core.
func (b Bench) verbs() error {
	const loop, calls = 20_000, 2_000
	f := func(name, script, unit string, n, each int, traces *trace.Book) error {
		cfg := flow.Config{Traces: traces, Limits: sandbox.Limits{Instructions: 1 << 40, Compute: time.Minute}}
		r, scripts, err := load(cfg, "local call = ...\n"+script)
		if err != nil {
			return err
		}
		begun := time.Now()
		for range n {
			ctx, end := context.WithCancel(context.Background())
			if err := r.Run(ctx, scripts, newCaller(end, func() {})); err != nil {
				return err
			}
		}
		b.Report.Figure(name, float64(n*each)/time.Since(begun).Seconds(), unit, report.None, "one core")
		return nil
	}
	set := fmt.Sprintf("for i = 1, %d do call:set{ a = i } end", loop)
	short := "call:answer() call:set{ a = 1 } call:log 'x'"
	return errors.Join(
		f("verbs, not traced", set, "/s", 5, loop, nil),
		f("verbs, traced", set, "/s", 5, loop, trace.NewBook(0, 0)),
		f("short flows of three verbs, not traced", short, "/s", calls, 1, nil),
		f("short flows of three verbs, traced", short, "/s", calls, 1, trace.NewBook(0, 0)),
	)
}

// load makes a runner and a bundle with one flow.
func load(cfg flow.Config, script string) (*flow.Runner, *bundle.Bundle, error) {
	scripts, problems := bundle.Load(fstest.MapFS{"flows/x.lua": {Data: []byte(script)}}, flow.Known())
	return flow.New(cfg), scripts, errors.Join(problems...)
}

// held is what is alive, heap and stack, bytes.
func held() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools are emptied by the second
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc + m.StackInuse)
}
