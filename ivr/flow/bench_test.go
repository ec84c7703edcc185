package flow

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/ivr/bundle"
	"trunkline/ivr/sandbox"
)

// mostIdle is what one waiting flow may take, bytes, all of it: Lua state,
// goroutine, timers.
const mostIdle = 64 << 10

// idle is a call that says when its flow has come to wait.
type idle struct {
	*fake
	ready func()
}

func (i *idle) Record(ctx context.Context) (string, error) {
	i.ready()
	<-ctx.Done()
	return "", ctx.Err()
}

// TestIdleFlowIsSmall: thousands of flows must fit, also those that have used every
// library.
func TestIdleFlowIsSmall(t *testing.T) {
	f := func(script string) {
		t.Helper()
		got := idleBytes(t, 500, script)
		t.Logf("an idle flow takes %d bytes after %s", got, script)
		if got > mostIdle {
			t.Errorf("an idle flow takes %d bytes after %s, want at most %d", got, script, mostIdle)
		}
	}
	f("")
	f("local x = ('x'):upper() .. math.max(1, 2) .. table.concat({ 1, 2 }) json.encode{ a = 1 }")
	f("local fs = require 'fscompat'")
	f("call:ask{ say = '', digits = 1, timeout = '1ms', tries = 1 } call:log 'x' call:go 'y'")
}

// idleBytes is what each of n waiting flows takes, heap and stack.
func idleBytes(tb testing.TB, n int, script string) int {
	tb.Helper()
	b, problems := bundle.Load(flowsOf(map[string]string{
		"x": "local call = ...\ncall:answer()\n" + script + "\ncall:set{ ready = 1 }\ncall:record()",
		"y": "return 1",
	}), Known())
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	e := newPlayer(Config{}, b)
	var all, ready sync.WaitGroup
	ready.Add(n)
	calls := make([]*idle, n)
	for i := range calls {
		calls[i] = &idle{newFake(nil, "x"), ready.Done}
	}
	held := func() int {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC() // pools are emptied by the second
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc + m.StackInuse)
	}
	before := held()
	for _, c := range calls {
		all.Go(func() { _ = e.run(c.ctx, c) })
	}
	ready.Wait()
	after := held()
	for _, c := range calls {
		c.hangup(call.ByCaller, "normal")
	}
	all.Wait()
	return (after - before) / n
}

func BenchmarkIdleFlow(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(idleBytes(b, 1000, "")), "B/flow")
	}
}

// BenchmarkFlow is a whole short call: state, three verbs, end.
func BenchmarkFlow(b *testing.B) {
	scripts, _ := bundle.Load(flowsOf(map[string]string{"x": "local call = ...\ncall:answer()\ncall:set{ a = 1 }\ncall:log('x')"}), Known())
	e := newPlayer(Config{}, scripts)
	b.ReportAllocs()
	for b.Loop() {
		f := newFake(nil, "x")
		if err := e.run(f.ctx, f); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerb is one verb of a running flow.
func BenchmarkVerb(b *testing.B) {
	scripts, _ := bundle.Load(flowsOf(map[string]string{"x": "local call = ...\nfor i = 1, 1000 do call:set{ a = i } end"}), Known())
	e := newPlayer(Config{Limits: sandbox.Limits{Instructions: 1 << 40}}, scripts)
	b.ReportAllocs()
	began := time.Now()
	n := 0
	for b.Loop() {
		f := newFake(nil, "x")
		if err := e.run(f.ctx, f); err != nil {
			b.Fatal(err)
		}
		n += 1000
	}
	b.ReportMetric(float64(time.Since(began).Nanoseconds())/float64(n), "ns/verb")
}
