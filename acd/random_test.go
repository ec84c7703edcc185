package acd

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// exchange watches that nobody is served twice or by two at a time.
type exchange struct {
	t     *testing.T
	sleep func(time.Duration)
	mu    sync.Mutex
	busy  map[string]string // caller by agent
	done  map[string]int    // how often each caller was connected
	left  int               // callers who gave up
}

func (x *exchange) takes(agent, call string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if other := x.busy[agent]; other != "" {
		x.t.Errorf("%s is reserved for %s and for %s", agent, other, call)
	}
	x.busy[agent] = call
}

func (x *exchange) lets(agent string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.busy, agent)
}

func (x *exchange) ends(call string, connected bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if connected {
		x.done[call]++
	} else {
		x.left++
	}
}

// caller comes, waits, is served or gives up, as luck has it.
func (x *exchange) caller(d *ACD, call, queue string, luck *rand.Rand) {
	span := func(max int) time.Duration { return time.Duration(luck.IntN(max)) * time.Millisecond }
	x.sleep(span(60_000))
	patience := span(600_000)
	ctx, cancel := context.WithTimeout(x.t.Context(), patience)
	defer cancel()
	w, err := d.Enter(ctx, Ticket{Queue: queue, Call: call, Priority: luck.IntN(3)})
	if err != nil {
		x.t.Error(err)
		return
	}
	defer w.Leave()
	for {
		select {
		case <-ctx.Done():
			x.ends(call, false)
			return
		case o := <-w.Offers():
			if ctx.Err() != nil {
				continue
			}
			x.takes(o.To, call)
			x.sleep(min(span(20_000), time.Until(deadline(ctx))/2))
			x.lets(o.To) // before anybody else can have it
			if luck.IntN(3) == 0 {
				w.Failed()
				continue
			}
			x.takes(o.To, call)
			connected := w.Connected()
			if connected {
				x.sleep(min(span(120_000), time.Until(deadline(ctx))/2))
			}
			x.lets(o.To)
			x.ends(call, connected)
			return
		}
	}
}

func deadline(ctx context.Context) time.Time {
	at, _ := ctx.Deadline()
	return at
}

// TestNobodyIsLostOrServedTwice lets many callers and agents do as they please.
func TestNobodyIsLostOrServedTwice(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				luck := rand.New(rand.NewPCG(seed, 1))
				strategy := []Strategy{LongestIdle, RoundRobin, RingOrder}[seed%3]
				d := made(t,
					Queue{Name: "a", Agents: agents("1", "2", "3"), Strategy: strategy, MaxWaiting: 100, WrapUp: time.Duration(seed%2) * 5 * time.Second},
					Queue{Name: "b", Agents: agents("3", "4"), Strategy: strategy, MaxWaiting: 100})
				x := &exchange{t: t, sleep: func(d time.Duration) { time.Sleep(d) }, busy: map[string]string{}, done: map[string]int{}}
				const callers = 60
				var all sync.WaitGroup
				for i := range callers {
					mine := rand.New(rand.NewPCG(luck.Uint64(), luck.Uint64()))
					all.Go(func() { x.caller(d, fmt.Sprint(i), []string{"a", "b"}[i%2], mine) })
				}
				stop := make(chan bool)
				go watch(t, d, stop)
				all.Wait()
				close(stop)
				time.Sleep(2 * restTime)
				synctest.Wait()
				connected, abandoned := 0, 0
				for _, s := range d.Status() {
					connected, abandoned = connected+s.Connected, abandoned+s.Abandoned
					if len(s.Waiting) > 0 || slices.ContainsFunc(s.Agents, func(a AgentStatus) bool { return a.State != Idle }) {
						t.Errorf("left over: %+v", s)
					}
				}
				for call, n := range x.done {
					if n != 1 {
						t.Errorf("%s was served %d times", call, n)
					}
				}
				if len(x.done) != connected || x.left != abandoned || connected+abandoned != callers {
					t.Errorf("%d served, %d gave up; counted %d and %d", len(x.done), x.left, connected, abandoned)
				}
			})
		})
	}
}

// watch looks, now and then, whether somebody waits for an agent who is idle, and
// whether the first come are first.
func watch(t *testing.T, d *ACD, stop <-chan bool) {
	tick := time.NewTicker(777 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		d.mu.Lock()
		for _, q := range d.queues {
			if q.next() != nil && q.choose() >= 0 {
				t.Errorf("somebody waits in %s although an agent is idle", q.Name)
			}
			if !slices.IsSortedFunc(q.waiting, before) {
				t.Errorf("%s is in disorder", q.Name)
			}
			for _, w := range q.waiting {
				if w.gone || w.connected || w.agent != nil && (w.agent.with != w || w.agent.state != Reserved) {
					t.Errorf("%s does not wait as it should", w.Call)
				}
			}
		}
		d.mu.Unlock()
	}
}
