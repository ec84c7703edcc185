package measure

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trunkline/bench/process"
	"trunkline/bench/signal"
)

// exchange is something that calls are made through.
type exchange struct {
	name   string
	number string
	args   []string // its command line
	ready  func(Program) error
	err    error // why it cannot be used
}

// product is the whole program, with sound in a process of its own or shared.
func (b Bench) product(name, number, process string) exchange {
	text, err := os.ReadFile("bench/signal/signal.yaml")
	file := filepath.Join(b.Dir, "signal-"+process+".yaml")
	changed := strings.NewReplacer(
		"data: data/bench", "data: "+filepath.Join(b.Dir, "signal-"+process),
		"  threads: 1", "  threads: 1\n  process: "+process).Replace(string(text))
	if err == nil {
		err = os.WriteFile(file, []byte(changed), 0o600)
	}
	return exchange{name: name, number: number, args: []string{b.Product, "serve", "-c", file}, ready: b.served, err: err}
}

// served waits until the product takes calls.
func (b Bench) served(Program) error {
	for range 100 {
		if res, err := http.Get("http://127.0.0.1:8085/ready"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-b.Ctx.Done():
			return b.Ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fmt.Errorf("the server does not begin to serve")
}

// proxy is what the product is compared with.
func (b Bench) proxy() exchange {
	return exchange{name: "sipgo, stateful proxy", number: "b2b", args: []string{b.Self, "proxy"}, ready: func(p Program) error {
		_, err := p.Until("ready")
		return err
	}}
}

// running is an exchange that takes calls.
type running struct {
	exchange
	b    Bench
	pids []int
}

// with starts an exchange, uses it and ends it.
func (b Bench) with(e exchange, use func(*running) error) error {
	if e.err != nil {
		return e.err
	}
	p, err := b.Start(true, e.args...)
	if err != nil {
		return err
	}
	defer p.End()
	if err := e.ready(p); err != nil {
		return err
	}
	return use(&running{exchange: e, b: b, pids: append([]int{p.PID()}, process.Children(p.PID())...)})
}

func (r *running) used() (sum time.Duration) {
	for _, pid := range r.pids {
		sum += process.Used(pid)
	}
	return sum
}

func (r *running) resident() (sum int64) {
	for _, pid := range r.pids {
		sum += process.Resident(pid)
	}
	return sum
}

// ring makes calls from the processor of the generator, and waits until all of
// them have ended.
func (r *running) ring(l signal.Load) (s spell, err error) {
	gen, err := r.b.Start(false, r.b.Self, "signal", "-number", r.number, "-standing", fmt.Sprint(l.Standing),
		"-window", fmt.Sprint(l.Window), "-rate", fmt.Sprint(l.Rate), "-warm", l.Warm.String(), "-for", l.For.String())
	if err != nil {
		return s, err
	}
	defer gen.End()
	var used [4]time.Duration
	var text string
	for i, word := range []string{"still", "stirred", "begin", "end"} {
		if text, err = gen.Until(word); err != nil {
			return s, err
		}
		used[i] = r.used()
	}
	s.idle, s.used = used[1]-used[0], used[3]-used[2]
	if err := json.Unmarshal([]byte(text), &s.Tally); err != nil {
		return s, err
	}
	if _, err := gen.Until("over"); err != nil {
		return s, err
	}
	if s.Done == 0 {
		return s, fmt.Errorf("no call went well, %d failed", s.Failed)
	}
	return s, nil
}

// spell is how calls went, with the processor time that the exchange used for them.
type spell struct {
	signal.Tally
	used time.Duration
	idle time.Duration // in the second before, without calls being set up or ended
}

func (s spell) rate() float64 { return float64(s.Done) / s.Seconds }

// cost is the processor time of a call, ms.
func (s spell) cost() float64 { return 1000 * s.used.Seconds() / float64(max(1, s.Done)) }

// ownCost is that without what would be used if there were no such call.
func (s spell) ownCost() float64 {
	return 1000 * (s.used.Seconds() - s.idle.Seconds()*s.Seconds) / float64(max(1, s.Done))
}

func (s spell) note() string {
	n := fmt.Sprintf("%.2f ms CPU per call, p50 %.1f p99 %.1f ms, core %.0f %% busy", s.cost(), s.P50, s.P99, 100*s.used.Seconds()/s.Seconds)
	if s.Refused+s.Failed+s.Repeated > 0 {
		n += fmt.Sprintf(", %d refused, %d failed, %d messages repeated", s.Refused, s.Failed, s.Repeated)
	}
	return n
}
