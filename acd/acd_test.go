package acd

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// agents are agents by name.
func agents(names ...string) (list []Agent) {
	for _, n := range names {
		list = append(list, Agent{Trunk: "pbx", To: n})
	}
	return list
}

func made(t *testing.T, queues ...Queue) *ACD {
	t.Helper()
	d, err := New(queues)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

// enters puts a caller into a queue.
func enters(t *testing.T, d *ACD, queue, call string, priority int) *Waiting {
	t.Helper()
	w, err := d.Enter(t.Context(), Ticket{Queue: queue, Call: call, Priority: priority})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// offered is the agent that a caller has been offered; "" if none has.
func offered(w *Waiting) string {
	select {
	case o := <-w.Offers():
		return o.To
	default:
		return ""
	}
}

// place is the caller's place if it has changed, else 0.
func place(w *Waiting) int {
	select {
	case n := <-w.Places():
		return n
	default:
		return 0
	}
}

// TestOrder holds that callers are served by priority and then by arrival, and are told
// their place.
func TestOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := made(t, Queue{Name: "q", Agents: agents("1")})
		first := enters(t, d, "q", "first", 0)
		second := enters(t, d, "q", "second", 0)
		third := enters(t, d, "q", "third", 0)
		vip := enters(t, d, "q", "vip", 5)
		if a := offered(first); a != "1" {
			t.Fatalf("the first was offered %q", a)
		}
		for want, w := range []*Waiting{vip, first, second, third} {
			if got := place(w); got != want+1 {
				t.Errorf("%s is at %d, want %d", w.Call, got, want+1)
			}
		}
		waiting := []*Waiting{vip, second, third}
		serve := first
		for len(waiting) > 0 {
			if !serve.Connected() || serve.Connected() {
				t.Error("connected never, or twice")
			}
			for _, w := range waiting {
				if a := offered(w); a != "" {
					t.Errorf("%s was offered %s while another talks", w.Call, a)
				}
			}
			serve.Leave()
			serve.Leave()
			serve, waiting = waiting[0], waiting[1:]
			if a := offered(serve); a != "1" {
				t.Fatalf("%s was offered %q", serve.Call, a)
			}
		}
	})
}

// TestStrategies holds which of several idle agents is next.
func TestStrategies(t *testing.T) {
	f := func(s Strategy, want string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			d := made(t, Queue{Name: "q", Agents: agents("1", "2", "3"), Strategy: s})
			var got []string
			serve := func(keep bool) *Waiting {
				w := enters(t, d, "q", "c", 0)
				got = append(got, offered(w))
				w.Connected()
				time.Sleep(time.Second)
				if !keep {
					w.Leave()
				}
				return w
			}
			serve(false)
			long := serve(true)
			serve(false)
			time.Sleep(time.Second)
			long.Leave()
			serve(false)
			serve(false)
			serve(false)
			if g := strings.Join(got, " "); g != want {
				t.Errorf("%s: %s, want %s", s, g, want)
			}
		})
	}
	f(LongestIdle, "1 2 3 1 3 2") // 2 talked longer than 3
	f(RoundRobin, "1 2 3 1 2 3")
	f(RingOrder, "1 1 2 1 1 1")
	f("", "1 2 3 1 3 2")
}

// TestNoAnswer holds that an agent that does not answer is left alone for a while, and
// that the caller keeps its place.
func TestNoAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := made(t, Queue{Name: "q", Agents: agents("1"), WrapUp: 5 * time.Second})
		w := enters(t, d, "q", "first", 0)
		later := enters(t, d, "q", "later", 0)
		if a := offered(w); a != "1" {
			t.Fatalf("offered %q", a)
		}
		w.Failed()
		w.Failed() // no offer any more
		if w.Connected() {
			t.Error("connected without an offer")
		}
		time.Sleep(restTime - time.Second)
		synctest.Wait()
		if a := offered(w); a != "" {
			t.Errorf("offered %s, who rests", a)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if a, b := offered(w), offered(later); a != "1" || b != "" {
			t.Errorf("offered %q and %q", a, b)
		}
		w.Connected()
		w.Leave()
		time.Sleep(4 * time.Second)
		synctest.Wait()
		if a := offered(later); a != "" {
			t.Errorf("offered %s in its wrap-up time", a)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if a := offered(later); a != "1" {
			t.Errorf("offered %q after the wrap-up time", a)
		}
		s := d.Status()[0]
		if s.Entered != 2 || s.Connected != 1 || s.Offered != 3 || s.Failed != 1 || s.MeanWait != 31 ||
			len(s.Waiting) != 1 || s.Waiting[0].Agent.To != "1" || s.Agents[0].State != Reserved || s.Agents[0].Call != "later" {
			t.Errorf("status %+v", s)
		}
	})
}

// TestSharedAgent holds that an agent of two queues serves one caller, whoever is first.
func TestSharedAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := made(t, Queue{Name: "a", Agents: agents("1")}, Queue{Name: "b", Agents: agents("1")})
		busy := enters(t, d, "a", "busy", 0)
		a := enters(t, d, "a", "a", 0)
		b := enters(t, d, "b", "b", 1)
		if n := place(b); n != 1 {
			t.Errorf("place %d in a queue of its own", n)
		}
		busy.Leave() // it was reserved and never called
		if got := offered(b); got != "1" || offered(a) != "" {
			t.Errorf("the more urgent was offered %q", got)
		}
	})
}

// TestRefusals holds whom a queue does not let in.
func TestRefusals(t *testing.T) {
	d := made(t, Queue{Name: "q", Agents: agents("1"), MaxWaiting: 1})
	w := enters(t, d, "q", "c", 0)
	f := func(queue string, want error) {
		t.Helper()
		if _, err := d.Enter(t.Context(), Ticket{Queue: queue}); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", queue, err, want)
		}
	}
	f("none", ErrNoQueue)
	f("q", ErrFull)
	if s := d.Status()[0]; s.Turned != 1 {
		t.Errorf("status %+v", s)
	}
	d.Close()
	if w.Connected() {
		t.Error("connected after the end")
	}
	f("q", ErrClosed)
}

// TestCheck holds what a queue may not be.
func TestCheck(t *testing.T) {
	f := func(q Queue, want string) {
		t.Helper()
		if err := Check([]Queue{q}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", q, err, want)
		}
	}
	good := Queue{Name: "q", Agents: agents("1"), Ring: time.Second, Strategy: RingOrder}
	if err := Check([]Queue{good}); err != nil {
		t.Error(err)
	}
	if err := Check([]Queue{good, good}); err == nil {
		t.Error("two of a name")
	}
	if _, err := New([]Queue{{}}); err == nil {
		t.Error("made of nothing")
	}
	f(Queue{Agents: agents("1")}, "queue 1: its name")
	f(Queue{Name: "q"}, "agents: there is none")
	f(Queue{Name: "q", Agents: agents("1", "1")}, "agents[1]: 1 by pbx is there twice")
	f(Queue{Name: "q", Agents: []Agent{{To: "1"}}}, "agents[0]: trunk and to")
	f(Queue{Name: "q", Agents: agents("1"), Ring: time.Millisecond}, "ring:")
	f(Queue{Name: "q", Agents: agents("1"), WrapUp: -1}, "wrap_up:")
	f(Queue{Name: "q", Agents: agents("1"), Announce: -1}, "announce:")
	f(Queue{Name: "q", Agents: agents("1"), MaxWaiting: -1}, "max_waiting:")
	f(Queue{Name: "q", Agents: agents("1"), Strategy: "loudest"}, `strategy: "loudest"`)
}
