package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"trunkline/codecs"
)

func TestMedian(t *testing.T) {
	f := func(want float64, v ...float64) {
		t.Helper()
		if got := median(v); got != want {
			t.Errorf("the median of %v is %v, want %v", v, got, want)
		}
	}
	f(0)
	f(3, 3)
	f(2, 3, 1)
	f(2, 9, 1, 2)
	f(2.5, 9, 1, 2, 3)
}

func TestGoals(t *testing.T) {
	f := func(g *goal, x float64, words, met string) {
		t.Helper()
		if w, m := g.judge(x); w != words || m != met {
			t.Errorf("%v is judged %q %q, want %q %q", x, w, m, words, met)
		}
	}
	nan := 0.0
	f(nil, 1, "", "")
	f(atMost(0.85), 0.85, "<= 0.85", "met")
	f(atMost(0.85), 0.86, "<= 0.85", "missed")
	f(atMost(0.85), nan/nan, "<= 0.85", "missed")
	f(atLeast(1200), 1200, ">= 1200", "met")
	f(atLeast(1200), 1199, ">= 1200", "missed")
}

func TestReportIsKept(t *testing.T) {
	r := report{Commit: "abc", begun: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), live: io.Discard}
	r.chapter("Packets")
	r.ratio("relay", 4, "us", "C epoll", 8, atMost(0.85), "by the way")
	r.figure("calls", 700, "calls", atLeast(1200), "")
	r.leftOut("the rest: no time")
	dir := filepath.Join(t.TempDir(), "results")
	if err := r.store(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "2026-01-02-0304-abc")
	text, err := os.ReadFile(name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Packets\n", " 0.50 x C epoll      [<= 0.85: met] by the way", "[>= 1200: missed]", "Left out\n  the rest: no time"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	js, err := os.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(js, &back); err != nil || back.Chapters[0].Rows[0] != r.Chapters[0].Rows[0] {
		t.Errorf("the first row is kept as %+v, %v", back.Chapters, err)
	}
}

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
			if try = next(clean, dirty, o); try <= clean || try >= dirty {
				try = (clean + dirty) / 2
			}
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

func TestDroppedBy(t *testing.T) {
	const table = "Inter-|   Receive\n face |bytes packets errs drop\n    lo:  10  2 0 7 0\n  nul0: 900 12 0 5 0\n"
	f := func(device string, want uint64) {
		t.Helper()
		if got := droppedBy(device, table); got != want {
			t.Errorf("%s dropped %d, want %d", device, got, want)
		}
	}
	f("nul0", 5)
	f("lo", 7)
	f("eth0", 0)
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
	all := children(p.pids[0])
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
