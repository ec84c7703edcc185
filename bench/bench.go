package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"trunkline/bench/report"
)

// bench is a run.
type bench struct {
	options
	ctx      context.Context
	rights   rights
	report   *report.Report
	dir      string // for what a run needs and leaves nobody
	log      io.WriteCloser
	self     string // this very program
	payloads string // what the generator is told to send
	spare    int    // trials that may be made anew, so that a run ends on a busy machine, too
}

// begin makes everything ready.
func begin(ctx context.Context, o options) (*bench, error) {
	dir, err := os.MkdirTemp("", "trunkline-bench-")
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	b := &bench{self: self, options: o, ctx: ctx, dir: dir, payloads: speech(), rights: furnish(ctx)}
	b.spare = 60
	if o.quick {
		b.spare = 8
	}
	if b.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		return nil, err
	}
	for _, name := range []string{"gen", "epoll", "late"} {
		if out, err := exec.CommandContext(ctx, "gcc", "-O2", "-Wall", "-o", b.c(name), "bench/relay/c/"+name+".c").CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", name, err, out)
		}
	}
	b.report = report.Begin(os.Stdout, b.rights, o.quick)
	return b, nil
}

func (b *bench) end() {
	b.log.Close()
	os.RemoveAll(b.dir)
}

// c names a program in C.
func (b *bench) c(name string) string { return filepath.Join(b.dir, name) }

// times returns how long to warm up and to measure, and how often.
func (b *bench) times() (warm, measure time.Duration, rounds int) {
	if b.quick {
		return 500 * time.Millisecond, 600 * time.Millisecond, 1
	}
	return time.Second, 1200 * time.Millisecond, 3
}

// subject is something that carries calls.
type subject struct {
	name  string
	start func(b *bench, calls int, at place) (*program, []string, error)
	crowd bool // its threads keep one another waiting: who disturbs it cannot be told
}

// place is where packets go.
type place struct{ self, remote string }

func onLoopback() place { return place{here, here} }
func intoVoid() place   { return place{voidSelf, voidAddr} }

// try sets up calls with a subject and has the generator drive them, as t says;
// anew when somebody else disturbed it.
func (b *bench) try(s subject, calls int, at place, t traffic) (o outcome, err error) {
	for range 3 {
		if o, err = b.tryOnce(s, calls, at, t); err != nil {
			return o, fmt.Errorf("%s: %w", s.name, err)
		}
		if s.crowd {
			o.Waited = 0
		}
		if !o.disturbed() || b.spare == 0 {
			break
		}
		b.spare--
	}
	return o, nil
}

func (b *bench) tryOnce(s subject, calls int, at place, t traffic) (outcome, error) {
	p, legs, err := s.start(b, calls, at)
	if err != nil {
		return outcome{}, err
	}
	defer p.end()
	t.legs, t.from = legs, at.remote
	return b.drive(p, t)
}

// patience is how long a subject may live, whatever happens to us: a real-time
// program gone wild takes its processor from everybody.
const patience = 60 * time.Second

// await starts a program and reads where its legs are. The media process of a
// control plane is given the processor of what is measured.
func (b *bench) await(cpu int, args ...string) (*program, []string, error) {
	p, err := b.start(cpu, patience, args...)
	if err != nil {
		return nil, nil, err
	}
	var legs []string
	_, err = p.until("ready", func(line string) {
		var pid int
		if n, _ := fmt.Sscanf(line, "media %d", &pid); n == 0 {
			legs = append(legs, line)
			return
		}
		p.pids = append(p.pids, pid)
		if cpu == controlCPU && b.rights.Pinned {
			permitted(b.ctx, fmt.Sprintf("taskset -a -c -p %d %d", measuredCPU, pid))
		}
	})
	if err != nil {
		p.end()
		return nil, nil, fmt.Errorf("%w: %s", err, b.lastWords())
	}
	return p, legs, nil
}

// lastWords returns the end of what programs wrote to their log.
func (b *bench) lastWords() string {
	text, _ := os.ReadFile(filepath.Join(b.dir, "log"))
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

func epollRelay() subject {
	return subject{name: "C epoll", start: func(b *bench, calls int, at place) (*program, []string, error) {
		return b.await(measuredCPU, b.c("epoll"), fmt.Sprint(2*calls), at.self, at.remote)
	}}
}

func goroutineRelay() subject {
	return subject{name: "Go, goroutine per socket", start: func(b *bench, calls int, at place) (*program, []string, error) {
		return b.await(measuredCPU, b.self, "relay", fmt.Sprint(2*calls), at.self, at.remote)
	}, crowd: true}
}

// trunkline is our media plane; c.calls, c.bind, c.remote and c.dir are filled in.
func trunkline(c planeConfig) subject {
	name := "Trunkline " + strings.ToUpper(c.tier)
	if !c.process {
		name += ", one process"
	}
	return subject{name: name, start: func(b *bench, calls int, at place) (*program, []string, error) {
		dir, err := os.MkdirTemp(b.dir, "recordings-")
		if err != nil {
			return nil, nil, err
		}
		c.calls, c.bind, c.remote, c.dir = calls, at.self, at.remote, dir
		cpu := measuredCPU
		if c.process {
			cpu = controlCPU
		}
		return b.await(cpu, append([]string{b.self}, c.args()...)...)
	}}
}
