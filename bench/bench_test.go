package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"trunkline/bench/process"
	"trunkline/codecs"
)

func TestClean(t *testing.T) {
	good := outcome{Legs: 2, Seconds: 2, Received: 200}
	f := func(change func(*outcome), want string) {
		t.Helper()
		o := good
		change(&o)
		if got := o.clean(); got != want {
			t.Errorf("%+v is judged %q, want %q", o, got, want)
		}
	}
	f(func(*outcome) {}, "")
	f(func(o *outcome) { o.Received = 198 }, "1.00 % missing")
	f(func(o *outcome) { o.Lost = 1 }, "1 lost")
	f(func(o *outcome) { o.Late = 3 }, "3 late")
	f(func(o *outcome) { o.Silent = 1 }, "1 legs silent")
	f(func(o *outcome) { o.Jitter.P99 = 4999 }, "")
	f(func(o *outcome) { o.Jitter.P99 = 5000 }, "jitter p99 5.0 ms")
	f(func(o *outcome) { o.Received, o.Dropped = 0, 200 }, "")
}

func TestPerPacket(t *testing.T) {
	o := outcome{Received: 1000, Used: 5 * time.Millisecond}
	if got := o.perPacket(); got != 5 {
		t.Errorf("5 ms for 1000 packets are %v µs each, want 5", got)
	}
}

func TestDisturbance(t *testing.T) {
	f := func(waited time.Duration, want bool) {
		t.Helper()
		if got := (outcome{Seconds: 2, Waited: waited}).disturbed(); got != want {
			t.Errorf("%v of 2 seconds kept waiting: disturbed is %v", waited, got)
		}
	}
	f(50*time.Millisecond, false)
	f(70*time.Millisecond, true)
}

func TestFullGenerator(t *testing.T) {
	f := func(cpu float64, want bool) {
		t.Helper()
		if got := (outcome{Seconds: 2, CPU: cpu}).full(); got != want {
			t.Errorf("%v of 2 seconds used: full is %v", cpu, got)
		}
	}
	f(1.7, false)
	f(1.9, true)
}

func TestSearchFindsTheLevel(t *testing.T) {
	f := func(first, limit int) {
		t.Helper()
		clean, dirty, try := 0, maxLegs/2+1, first
		for range searches {
			o := outcome{Seconds: 1, Used: time.Duration(float64(time.Second) * min(1, float64(try)/float64(limit)))}
			if try <= limit {
				clean = try
			} else {
				dirty = try
			}
			try = next(clean, dirty, o)
		}
		if float64(clean) < 0.85*float64(limit) || clean > limit {
			t.Errorf("looking for %d, beginning at %d, found %d", limit, first, clean)
		}
	}
	for _, limit := range []int{300, 700, 1000, 1500, 2400} {
		f(1000, limit)
		f(500, limit)
	}
}

func TestLadderEndsNearTheLevel(t *testing.T) {
	for _, limit := range []int{500, 900, 1500, 2600} {
		calls, rungs := 400, 1
		for calls <= limit {
			calls += step(calls, float64(calls)/float64(limit))
			rungs++
		}
		if calls > limit*6/5 || rungs > 8 {
			t.Errorf("looking for %d, it ends with %d after %d rungs", limit, calls, rungs)
		}
	}
}

func TestExtrapolation(t *testing.T) {
	used := outcome{Seconds: 2, Used: time.Second, CPU: 1.9}
	f := found{calls: 1000, tried: 1000, best: used, why: "3 late", limit: true}
	if cost, busy := used.perCall(1000), used.busy(); cost != 500 || busy != 0.5 {
		t.Errorf("1000 calls that use half a core cost %v µs/s and keep %v of it busy", cost, busy)
	}
	if f.full() != 1900 || f.bounded() != 1900 {
		t.Errorf("1000 calls on half a core: full at %v, bounded at %v; want 1900", f.full(), f.bounded())
	}
	want := "500 us/s each, core 50 % busy, generator 95 %: by processor time a core has room for 1900; more: 3 late"
	if got := f.note(2, false); got != want {
		t.Errorf("noted %q, want %q", got, want)
	}
	f.limit = false
	if !math.IsNaN(f.bounded()) {
		t.Errorf("what the core itself bounds is extrapolated to %v", f.bounded())
	}
	if got := f.note(3, true); got != "500 us/s each, core 50 % busy, 3000 legs in all; more: 3 late; only this level was tried" {
		t.Errorf("noted %q", got)
	}
}

func TestTrials(t *testing.T) {
	x := trial{now: outcome{Received: 1000, Used: 5 * time.Millisecond}}
	x.add(10)
	x.out = true
	x.add(1)
	if len(x.costs) != 1 || x.costs[0] != 5 || x.ratios[0] != 0.5 {
		t.Errorf("one trial of 5 µs by 10 is kept as %v, %v", x.costs, x.ratios)
	}
}

func TestMedianOfSpreads(t *testing.T) {
	got := median([]spread{{P50: 1, P99: 9, P999: 5, Max: 7}, {P50: 2, P99: 8, P999: 4, Max: 6}, {P50: 3, P99: 7, P999: 3, Max: 8}})
	if want := (spread{P50: 2, P99: 8, P999: 4, Max: 7}); got != want {
		t.Errorf("the median is %+v, want %+v", got, want)
	}
}

func TestBursts(t *testing.T) {
	f := func(legs int, many bool, want int) {
		t.Helper()
		if got := group(legs, many); got != want {
			t.Errorf("%d legs, many %v: bursts of %d, want %d", legs, many, got, want)
		}
	}
	f(2, false, 2)
	f(2000, false, 5) // 50 µs
	f(2000, true, 20)
}

func TestPlacement(t *testing.T) {
	f := func(r rights, cpu int, want string) {
		t.Helper()
		if got := strings.Join(r.placed(cpu, []string{"x"}), " "); got != want {
			t.Errorf("%+v places %d by %q, want %q", r, cpu, got, want)
		}
	}
	f(rights{}, measuredCPU, "x")
	f(rights{Pinned: true}, measuredCPU, "taskset -c 1 x")
	all := rights{Pinned: true, Realtime: true}
	f(all, generatorCPU, "chrt -f 20 taskset -c 0 x")
	f(all, controlCPU, "chrt -f 10 taskset -c 0 x")
	f(all, productCPU, "taskset -c 1 x")
	f(all, anyCPU, "x")
	f(all, aheadCPU, "chrt -f 20 x")
}

func TestEveryKindHasCodecsAndWords(t *testing.T) {
	for _, l := range []string{"relay", "mix", "mixrecord", "pcma", "opus", "play", "playout", "record", "conf3", "conf10", "conf50"} {
		k, ok := kinds(l)
		if !ok || what(l) == "" || k.legs < 1 || k.set == nil {
			t.Errorf("%s: %+v, %v", l, k, ok)
		}
		for _, id := range k.codecs {
			if _, ok := codecs.ByID(id); !ok {
				t.Errorf("%s needs codec %d", l, id)
			}
		}
	}
	if _, ok := kinds("no such"); ok {
		t.Error("there is a kind without a name")
	}
}

func TestGeneratorIsToldWhatToSend(t *testing.T) {
	opus, _ := codecs.ByID(codecs.Opus)
	if lines := strings.Count(speech(), fmt.Sprintf("payload %d ", opus.PayloadType)); lines != 50 {
		t.Errorf("%d payloads of Opus, want a second of them", lines)
	}
}

func TestProgramsEndWithTheirFamily(t *testing.T) {
	b := bench{ctx: t.Context(), log: nopLog{}}
	p, err := b.start(anyCPU, time.Minute, "sh", "-c", "sleep 60 & echo ready; wait")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.until("ready", func(string) {}); err != nil {
		t.Fatal(err)
	}
	all := process.Children(p.pids[0])
	if len(all) != 1 {
		t.Fatalf("the program has children %v, want one", all)
	}
	p.cancel() // as when its time is up
	if _, err := p.until("never", func(string) {}); err == nil {
		t.Error("a killed program says something")
	}
	p.end()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for lives(all[0]) { // it was killed, which takes the kernel a moment
		select {
		case <-ctx.Done():
			t.Fatal("the child lives")
		default:
			runtime.Gosched()
		}
	}
}

// lives reports whether a process is there and not dead already.
func lives(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(text), ") Z ") && !strings.Contains(string(text), ") X ")
}

func TestRealLifeOfAProgram(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	b := bench{ctx: ctx, log: nopLog{}}
	p, err := b.start(anyCPU, time.Minute, "sh", "-c", "echo one; echo ready 7; cat >/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	var before []string
	rest, err := p.until("ready", func(line string) { before = append(before, line) })
	if err != nil || rest != "7" || len(before) != 1 || before[0] != "one" {
		t.Errorf("read %q after %q, %v", rest, before, err)
	}
	if p.used() <= 0 || p.resident() <= 0 {
		t.Errorf("it used %v and has %d bytes", p.used(), p.resident())
	}
	p.end()
	if _, err := b.start(anyCPU, time.Minute, "/no/such/program"); err == nil {
		t.Error("a program that is not there was started")
	}
}

// nopLog takes what programs write and keeps nothing.
type nopLog struct{}

func (nopLog) Write(p []byte) (int, error) { return len(p), nil }
func (nopLog) Close() error                { return nil }
