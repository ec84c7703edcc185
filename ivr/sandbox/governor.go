package sandbox

import (
	"context"
	"errors"
	"runtime/metrics"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// Limits bound what one call's script may use. A script that goes beyond one is
// stopped, as a mistake of the script; no other call notices.
type Limits struct {
	// Instructions is how many virtual-machine instructions a script may run in
	// one go. What it used is given back at PerSecond a second, so that a call
	// may last for hours but no loop runs hot for long. Verbs and long strings
	// cost instructions too.
	Instructions int
	PerSecond    int
	// Compute is how long a script may think between two verbs.
	Compute time.Duration
	// Memory is how many bytes its tables, strings and functions may take.
	Memory int
	// String is the longest string a script may make, bytes.
	String int
	// Depth is how deep functions may call each other.
	Depth int
}

// WithDefaults fills in what is zero.
func (l Limits) WithDefaults() Limits {
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&l.Instructions, 2_000_000)
	def(&l.PerSecond, 200_000)
	def(&l.Memory, 16<<20)
	def(&l.String, 1<<20)
	def(&l.Depth, 200)
	if l.Compute == 0 {
		l.Compute = 2 * time.Second
	}
	return l
}

// Why a script was stopped.
var (
	ErrOver    = errors.New("the call is over")
	errBudget  = errors.New("the script ran too long without waiting for anything: instruction budget spent")
	errCompute = errors.New("the script thought for too long without waiting for anything")
	errMemory  = errors.New("the script's memory is full")
)

const (
	lapInstructions = 256      // between two looks at clock and context; a power of two
	waitCost        = 1000     // what Wait takes, so that a hot loop of verbs ends too
	bytesPerCost    = 64       // bytes of string worked on per instruction
	weighFirst      = 64 << 10 // instructions before a script is weighed
	sampleEvery     = 256      // instructions before it is looked whether that should be sooner
	growthFirst     = 2 << 20  // bytes allocated by the process that make it so
)

// governor is the context of one call's Lua state. The virtual machine asks for
// Done before every instruction: that is where instructions are counted and
// limits are seen. Once stopped it stays so: every further instruction raises.
//
// It belongs to the flow's goroutine.
type governor struct {
	context.Context // of the call
	limits          Limits

	left     int // instructions
	refilled time.Time
	since    time.Time // when the script began to think
	stopped  error
	closed   chan struct{}

	watch   func()              // sees what is about to run; nil: nobody wants to
	weigh   func() int          // bytes the script holds
	threads []*lua.LState       // of protected calls under way, the outermost first
	held    func() []lua.LValue // what the host keeps for the script

	seen      int // what was left when it was looked last
	unweighed int // instructions since it was weighed
	weighAt   int // how many there may be
	sampleAt  int // and how many before the process is looked at
	allocs    [1]metrics.Sample
	began     uint64 // bytes the process had allocated at the first sample of a thought; 0: there was none
	growth    uint64 // how many more there may be
}

func newGovernor(ctx context.Context, l Limits) *governor {
	now := time.Now()
	g := &governor{Context: ctx, limits: l, left: l.Instructions, refilled: now, since: now, seen: l.Instructions, weighAt: weighFirst, growth: growthFirst}
	g.closed = make(chan struct{})
	close(g.closed)
	g.allocs[0].Name = "/gc/heap/allocs:bytes"
	g.held = func() []lua.LValue { return nil }
	return g
}

// Done counts an instruction. It returns nil, which is never ready, while the
// script may go on.
func (g *governor) Done() <-chan struct{} {
	if g.watch != nil {
		g.watch()
	}
	if g.left > 0 {
		g.left--
		if g.left&(lapInstructions-1) != 0 {
			return nil
		}
	}
	if g.look(); g.stopped != nil {
		return g.closed
	}
	return nil
}

// Err says why the script was stopped.
func (g *governor) Err() error { return g.stopped }

// look sees to the limits that are too dear to watch at every instruction.
func (g *governor) look() {
	g.unweighed += g.seen - g.left
	g.seen = g.left
	switch {
	case g.stopped != nil:
	case g.Context.Err() != nil:
		g.Stop(ErrOver)
	case g.left <= 0:
		g.Stop(errBudget)
	case time.Since(g.since) > g.limits.Compute:
		g.Stop(errCompute)
	case g.unweighed > g.weighAt:
		g.weighs()
	case g.unweighed >= g.sampleAt:
		g.sample()
	}
}

// weighs looks at what the script holds, and says when to look again: the more it
// holds, the dearer the look, and the longer it may go on.
func (g *governor) weighs() {
	size := g.weigh()
	if size > g.limits.Memory {
		g.Stop(errMemory)
	}
	g.unweighed, g.sampleAt, g.began = 0, sampleEvery, 0
	g.weighAt, g.growth = weighFirst+size/bytesPerCost, uint64(growthFirst+size)
}

// sample has the script weighed early when the process has allocated much since
// it began to think. An instruction takes some hundred bytes, as a rule, but one
// that stores at a far index of an array takes a megabyte. Others allocate too;
// then it is weighed more often than needed.
func (g *governor) sample() {
	g.sampleAt = g.unweighed + sampleEvery
	metrics.Read(g.allocs[:])
	now := g.allocs[0].Value.Uint64()
	switch {
	case g.began == 0:
		g.began = now
	case now-g.began > g.growth:
		g.weighs()
	}
}

// Stop ends the script at its next instruction; the first reason counts.
func (g *governor) Stop(why error) {
	if g.stopped == nil {
		g.stopped = why
	}
	g.left = 0
}

// worked notes that bytes of string, or elements of a table, were made or
// walked through outside the virtual machine, and raises when that was too much.
func (g *governor) worked(L *lua.LState, size int) {
	g.charge(L, 1+size/bytesPerCost)
}

// charge takes cost instructions for work done outside the virtual machine, and
// raises when that was too much.
func (g *governor) charge(L *lua.LState, cost int) {
	before := g.left
	g.left = max(0, g.left-cost)
	if g.left == 0 || before/lapInstructions != g.left/lapInstructions {
		g.look()
	}
	if g.stopped != nil {
		L.RaiseError("%s", g.stopped)
	}
}

// Think notes that the script thinks again and gives back what it has earned.
func (g *governor) Think() {
	if g.stopped != nil {
		return
	}
	now := time.Now()
	earned := int(min(now.Sub(g.refilled).Seconds(), 1e6) * float64(g.limits.PerSecond))
	if earned > 0 {
		g.unweighed += g.seen - g.left
		g.left = min(g.limits.Instructions, g.left+earned)
		g.seen, g.refilled = g.left, now
	}
	g.since, g.began = now, 0
}

// Again allows a stopped script a last word: its finally functions.
func (g *governor) Again(ctx context.Context) {
	g.Context, g.stopped = ctx, nil
	g.left, g.seen = g.limits.Instructions, g.limits.Instructions
	g.Think()
}

// Holds says what the host keeps for the script beside the state: it is weighed
// with what the script holds itself.
func (g *governor) Holds(list func() []lua.LValue) { g.held = list }

// Within has the script end with ctx, and no longer with the context it began
// with.
func (g *governor) Within(ctx context.Context) { g.Context = ctx }

// Stopped returns why the script was stopped, nil while it may go on.
func (g *governor) Stopped() error { return g.stopped }

// Wait charges the script for a function of the host that it called. Think
// follows when the function is done.
func (g *governor) Wait(L *lua.LState) { g.charge(L, waitCost) }
