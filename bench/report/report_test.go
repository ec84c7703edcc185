package report

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	f := func(want float64, v ...float64) {
		t.Helper()
		if got := Median(v); got != want {
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
	nan := math.NaN()
	f := func(g Goal, x, full float64, words, verdict string) {
		t.Helper()
		if w, v := g.words(), g.judge(x, full); w != words || v != verdict {
			t.Errorf("%v is judged %q %q, want %q %q", x, w, v, words, verdict)
		}
	}
	f(None, 1, nan, "", "")
	f(RelayT0, 0.85, nan, "<= 0.85", met)
	f(RelayT0, 0.86, nan, "<= 0.85", missed)
	f(RelayT0, nan, nan, "<= 0.85", missed)
	f(CallsRelayT0, 1200, nan, ">= 1200", met)
	f(CallsRelayT0, 1199, nan, ">= 1200", missed)
	f(CallsRelayT0, 1199, 1300, ">= 1200", extrapolated)
	f(CallsRelayT0, 1100, 1199, ">= 1200", missed)
}

func TestEveryGoalHasABound(t *testing.T) {
	for g := None + 1; g < goalCount; g++ {
		if bounds[g].what == "" || bounds[g].value == 0 && g != OverloadLost {
			t.Errorf("goal %d has no words or no bound", g)
		}
	}
	if len(bounds) != int(goalCount)-1 {
		t.Errorf("%d bounds for %d goals", len(bounds), goalCount-1)
	}
}

func TestReportIsKept(t *testing.T) {
	r := Report{Commit: "abc", begun: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), live: io.Discard}
	r.Chapter("Packets")
	r.Ratio("relay", 4, "us", "C epoll", 8, RelayT0, "by the way")
	r.Level("calls", 700, 1500, CallsRelayT0, "")
	r.Figure("late", 400, "us", LatePeak, "")
	r.Figure("late too", 600, "us", LatePeak, "")
	r.LeftOut("the rest: no time")
	dir := filepath.Join(t.TempDir(), "results")
	if err := r.Store(dir); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "2026-01-02-0304-abc")
	text, err := os.ReadFile(name + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	flat := strings.Join(strings.Fields(string(text)), " ")
	for _, want := range []string{
		"Packets relay 4 us 0.50 x C epoll [<= 0.85: met] by the way",
		"[>= 1200: only by extrapolation]",
		"Left out the rest: no time",
		"relay T0, by a packet of the C relay <= 0.85 0.50 met",
		"relayed calls, T0 >= 1200 700 only by extrapolation",
		"lateness p99.9 while the heap churns, us <= 500 600 missed", // the worst
		"relayed calls, T2 >= 2000 not measured",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	js, err := os.ReadFile(name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(js, &back); err != nil || len(back.Chapters) != 1 || len(back.Chapters[0].Rows) != 4 {
		t.Fatalf("kept as %+v, %v", back, err)
	}
	if x := back.Chapters[0].Rows[0]; x.Ratio != 0.5 || x.Met != met || x.Base != "C epoll" {
		t.Errorf("the first row is kept as %+v", x)
	}
}

func TestMachineIsKnown(t *testing.T) {
	r := Begin(io.Discard, "all", true)
	if r.Machine.CPUs < 1 || r.Machine.Go == "" || r.Machine.Load == "" || r.Commit == "" {
		t.Errorf("%+v", r)
	}
	if got := field("/proc/cpuinfo", "no such thing"); got != "unknown" {
		t.Errorf("no such thing is %q", got)
	}
}
