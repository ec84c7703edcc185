package guard

import (
	"container/heap"
	"sync"
	"testing"
	"time"
)

// machine is a processor that does one thing after the other, on simulated time:
// the worst of schedulers, in which every job waits for all that came before.
type machine struct {
	start time.Time
	now   time.Duration
	free  time.Duration // when the processor has nothing to do any more
	todo  events
}

type event struct {
	at time.Duration
	do func()
}

type events []event

func (e events) Len() int           { return len(e) }
func (e events) Less(i, j int) bool { return e[i].at < e[j].at }
func (e events) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)        { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

// in does something after a while; work does it when the processor is done with
// what waits, and with this.
func (m *machine) in(d time.Duration, do func()) { heap.Push(&m.todo, event{m.now + d, do}) }

func (m *machine) work(cost time.Duration, do func()) {
	m.free = max(m.free, m.now) + cost
	heap.Push(&m.todo, event{m.free, do})
}

func (m *machine) until(end time.Duration) {
	for len(m.todo) > 0 && m.todo[0].at <= end {
		e := heap.Pop(&m.todo).(event)
		m.now = e.at
		e.do()
	}
	m.now = end
}

func (m *machine) clock() time.Time { return m.start.Add(m.now) }

// What a call costs, and so how many a machine can do in a second.
const (
	readCost  = 10 * time.Microsecond
	turnCost  = 10 * time.Microsecond
	setupCost = time.Millisecond
	ackCost   = 300 * time.Microsecond
	byeCost   = 500 * time.Microsecond
	talk      = 3 * time.Second
	capacity  = int(time.Second / (readCost + setupCost + ackCost + byeCost))
)

// exchange is a machine that takes calls, and what became of them.
type exchange struct {
	machine
	load      *Load
	done      int           // set up
	refused   int           // with 503
	slow503   time.Duration // the slowest of those
	slowSetup time.Duration
	slowOther time.Duration // the slowest request of a call that exists
}

func newExchange() *exchange {
	x := &exchange{}
	x.start = time.Unix(1e9, 0)
	x.load = NewLoad(LoadConfig{}, x.start)
	x.tick()
	return x
}

// tick is the ticker that shows how late things are.
func (x *exchange) tick() {
	due := x.now
	x.work(0, func() { x.load.Lag(x.clock(), x.now-due) })
	x.in(20*time.Millisecond, x.tick)
}

func (x *exchange) invite() {
	came := x.now
	x.work(readCost, func() {
		a, ok := x.load.Begin(x.clock(), x.start.Add(came))
		if !ok {
			x.work(turnCost, func() { x.refused++; x.slow503 = max(x.slow503, x.now-came) })
			return
		}
		x.work(setupCost, func() {
			x.load.End(x.clock(), a)
			x.done++
			x.slowSetup = max(x.slowSetup, x.now-came)
			x.later(50*time.Millisecond, ackCost)
			x.later(talk, byeCost)
		})
	})
}

func (x *exchange) later(d, cost time.Duration) {
	x.in(d, func() {
		came := x.now
		x.work(cost, func() { x.slowOther = max(x.slowOther, x.now-came) })
	})
}

// offer lets so many calls per second come for a while, and forgets what was
// before.
func (x *exchange) offer(cps int, length time.Duration) {
	x.done, x.refused, x.slow503, x.slowSetup, x.slowOther = 0, 0, 0, 0, 0
	gap := time.Second / time.Duration(cps)
	for at := time.Duration(0); at < length; at += gap {
		x.in(at, x.invite)
	}
	x.until(x.now + length)
}

// TestOverload holds the goals of the house above capacity: at least four fifths
// of it is done, refusals come at once, calls that exist hardly notice, and half
// a minute later all is as before.
func TestOverload(t *testing.T) {
	for _, times := range []int{2, 10} {
		x := newExchange()
		x.offer(capacity*8/10, 30*time.Second)
		if x.refused > 0 {
			t.Errorf("%d refused below capacity", x.refused)
		}
		x.offer(capacity*times, 60*time.Second)
		if x.done < capacity*60*8/10 {
			t.Errorf("%dx: %d calls per second of %d", times, x.done/60, capacity)
		}
		if x.slow503 > 100*time.Millisecond || x.slowOther > 100*time.Millisecond {
			t.Errorf("%dx: a 503 took %v, a request of a call %v", times, x.slow503, x.slowOther)
		}
		if x.slowSetup > 250*time.Millisecond {
			t.Errorf("%dx: a set-up took %v", times, x.slowSetup)
		}
		x.offer(capacity*8/10, 30*time.Second)
		x.offer(capacity*8/10, 30*time.Second)
		if x.refused > 0 || x.slowOther > 40*time.Millisecond || x.load.State(x.clock()).Crowded {
			t.Errorf("%dx: half a minute later %d refused, %v, %+v", times, x.refused, x.slowOther, x.load.State(x.clock()))
		}
	}
}

// TestBurst holds that a burst of five seconds is over when it is over.
func TestBurst(t *testing.T) {
	x := newExchange()
	x.offer(capacity/2, 10*time.Second)
	x.offer(capacity*10, 5*time.Second)
	if x.done < capacity*5*8/10 || x.slow503 > 100*time.Millisecond {
		t.Errorf("%d of %d, slowest 503 %v", x.done, capacity*5, x.slow503)
	}
	x.offer(capacity/2, 2*time.Second)
	x.offer(capacity/2, 10*time.Second)
	if x.refused > 0 {
		t.Errorf("%d refused two seconds later", x.refused)
	}
}

// TestWithoutLoad is what the two tests above would see if nobody were refused:
// they can fail.
func TestWithoutLoad(t *testing.T) {
	x := newExchange()
	x.load = NewLoad(LoadConfig{Least: 1 << 30, Most: 1 << 30}, x.start)
	x.offer(capacity*2, 60*time.Second)
	if x.refused != 0 || x.slowSetup < time.Second {
		t.Errorf("%d refused, slowest set-up %v", x.refused, x.slowSetup)
	}
}

// TestNothingIsFinished holds that calls which never end their handling are not
// joined by others without bound.
func TestNothingIsFinished(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewLoad(LoadConfig{Start: 10, Most: 20}, now)
	n := 0
	for range 10000 {
		if _, ok := l.Begin(now, now); ok {
			n++
		}
		now = now.Add(10 * time.Millisecond)
	}
	if s := l.State(now); n > 20 || s.Making != n || s.Refused != uint64(10000-n) {
		t.Errorf("%d in the making: %+v", n, s)
	}
}

// TestLag holds that busy processors make new calls unwelcome, and that one slow
// tick does not.
func TestLag(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewLoad(LoadConfig{}, now)
	lag := func(late ...time.Duration) int {
		for range 10 {
			for _, d := range late {
				l.Lag(now, d)
				now = now.Add(10 * time.Millisecond)
			}
		}
		return l.State(now).Limit
	}
	if n := lag(0, 200*time.Millisecond, 0); n < 32 {
		t.Errorf("limit %d after single slow ticks", n)
	}
	if n := lag(200*time.Millisecond, 300*time.Millisecond, 200*time.Millisecond); n > 4 {
		t.Errorf("limit %d when every tick is slow", n)
	}
	if n := lag(0, 0, 0, 0, 0, 0, 0, 0, 0, 0); n < 32 {
		t.Errorf("limit %d a second after that", n)
	}
}

func TestRetryAfterIsSpread(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewLoad(LoadConfig{Start: 1, Least: 1}, now)
	seen := map[time.Duration]bool{}
	for range 50 {
		l.Begin(now, now)
		seen[l.RetryAfter()] = true
	}
	if len(seen) < 5 || seen[0] {
		t.Errorf("Retry-After is one of %v", seen)
	}
}

// TestLoadManyAtOnce is for the race detector, and holds that what begins and ends
// leaves nothing.
func TestLoadManyAtOnce(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := NewLoad(LoadConfig{}, now)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 1000 {
				at := now.Add(time.Duration(i) * time.Millisecond)
				if a, ok := l.Begin(at, at); ok {
					l.End(at.Add(time.Millisecond), a)
				}
				l.Lag(at, 0)
				l.RetryAfter()
			}
		})
	}
	all.Wait()
	if s := l.State(now.Add(time.Hour)); s.Making != 0 || s.Limit < 32 {
		t.Errorf("%+v", s)
	}
}
