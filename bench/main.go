// Command bench measures Trunkline against something else in the same run:
// packets against an epoll relay in C, a goroutine per socket and rtpengine;
// transcoding against the codec alone; lateness against a C thread. Figures of
// one machine at one moment mean little, ratios within a run carry over.
//
// It is "make bench"; docs/benchmarks.md says what each figure means. It works in
// a network namespace of its own, which vanishes with it, with the generator on
// one processor and what is measured on another, ahead of everything else where
// that is permitted; what the machine refuses is left out, and the report says
// so. It owns the programs it starts and ends them by their number. Nothing
// imports it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	ossignal "os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"trunkline/bench/relay"
	"trunkline/bench/signal"
	"trunkline/bench/signal/proxy"
	"trunkline/bench/signal/talk"
)

// options are the command line.
type options struct {
	quick bool
	only  []string
	out   string
	bin   string
}

// budget is how long a run may take, whatever happens.
const budget = 25 * time.Minute

func main() {
	runtime.LockOSThread() // programs we start die with the thread that started them
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if part := role(args); part != nil {
		return part(args[1:])
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	ctx, stop := ossignal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	if code, done := apart(ctx); done {
		os.Exit(code)
	}
	b, err := begin(ctx, o)
	if err != nil {
		return err
	}
	defer b.end()
	for _, c := range chapters {
		if len(o.only) > 0 && !slices.Contains(o.only, c.name) {
			continue
		}
		b.report.Chapter(c.title)
		if err := c.measure(b); err != nil {
			b.report.LeftOut(c.name + ": " + err.Error())
		}
		if ctx.Err() != nil {
			return fmt.Errorf("measure %s: %w", c.name, context.Cause(ctx))
		}
	}
	return b.report.Store(o.out)
}

// chapters are the parts of the report, in order.
var chapters = []struct {
	name, title string
	measure     func(*bench) error
}{
	{"relay", "Processor time per forwarded packet", relays},
	{"frames", "Processor time per played or mixed frame", frames},
	{"flat", "Cost of a relayed call as their number grows", flatness},
	{"calls", "Calls on one core", levels},
	{"memory", "Memory per call", memory},
	{"late", "Lateness of ticks while the control plane churns its heap", lateness},
	{"product", "The whole product: SIP, flows and sound", product},
	{"signal", "Calls per second of one core, without sound", signalling},
	{"flows", "Flows that wait, and verbs", flowing},
	{"words", "What menus understand, and what it costs", understanding},
}

func parse(args []string) (options, error) {
	var o options
	var only string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.BoolVar(&o.quick, "quick", false, "short measurements, one round: less than two minutes")
	f.StringVar(&only, "only", "", "chapters, with commas between: relay, frames, flat, calls, memory, late, product, signal, flows, words")
	f.StringVar(&o.out, "out", "bench/results", "directory for the report; empty: print it only")
	f.StringVar(&o.bin, "trunkline", "bin/trunkline", "the program, for the chapter product")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	return o, nil
}

// role returns the part this program plays when another of its kind started it.
func role(args []string) func([]string) error {
	if len(args) == 0 {
		return nil
	}
	return map[string]func([]string) error{
		"media":  serveMedia, // what media.Launch starts
		"plane":  servePlane,
		"churn":  serveChurn,
		"relay":  relay.Serve,
		"opus":   serveOpus,
		"signal": signal.Serve,
		"talk":   talk.Serve,
		"proxy":  proxy.Serve,
	}[args[0]]
}
