// Package trace keeps what flows did, step by step with times, so that a
// designer can see afterwards why a call went the way it did.
//
// A Book holds the calls that live and the latest that ended, within bounds on
// calls and on steps of a call; a Log is one call's, written by the goroutine of
// its flow. Everything else only reads. What is secret must not be given to it:
// nothing is masked here.
package trace

import (
	"container/list"
	"sync"
	"time"
)

// Step is one thing that a flow did.
type Step struct {
	At     time.Duration // since the flow began
	Took   time.Duration // 0 while it is under way
	Where  string        // file and line of the script
	What   string        // verb and arguments: say{text="Hello"}
	Result string        // what came of it; "" while it is under way
	Failed bool          // Result is an error's code and message
}

// Trace is what one call's flow did.
type Trace struct {
	Call    string
	Flow    string
	Bundle  string // version of the scripts
	Started time.Time
	Ended   time.Time // zero while it lives
	Steps   []Step
	Dropped int // steps that were too many to keep
}

// Bounds of a Book whose limits are 0.
const (
	defaultCalls = 2000
	defaultSteps = 500
)

// Book keeps traces. It is safe for concurrent use. A nil Book keeps none.
type Book struct {
	calls, steps int // limits

	mu    sync.Mutex
	byID  map[string]*list.Element
	order *list.List // of *Log, oldest first
}

// NewBook makes a book of so many calls, live or ended, each with so many steps;
// 0 means 2000 calls and 500 steps.
func NewBook(calls, steps int) *Book {
	if calls <= 0 {
		calls = defaultCalls
	}
	if steps <= 0 {
		steps = defaultSteps
	}
	return &Book{calls: calls, steps: steps, byID: map[string]*list.Element{}, order: list.New()}
}

// Begin opens the trace of a call. The oldest makes room.
func (b *Book) Begin(t Trace) *Log {
	if b == nil {
		return nil
	}
	l := &Log{limit: b.steps, trace: t}
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.byID[t.Call]; e != nil {
		b.order.Remove(e)
	}
	b.byID[t.Call] = b.order.PushBack(l)
	for b.order.Len() > b.calls {
		oldest := b.order.Remove(b.order.Front()).(*Log)
		delete(b.byID, oldest.trace.Call)
	}
	return l
}

// Get returns a copy of a call's trace.
func (b *Book) Get(call string) (Trace, bool) {
	if b == nil {
		return Trace{}, false
	}
	b.mu.Lock()
	e := b.byID[call]
	b.mu.Unlock()
	if e == nil {
		return Trace{}, false
	}
	return e.Value.(*Log).read(), true
}

// Log is the trace of one call under way. A nil Log takes everything and keeps
// nothing.
type Log struct {
	limit int

	mu    sync.Mutex
	trace Trace // Call never changes
}

// Step notes that something begins; done says how it went. Steps may lie within
// one another.
func (l *Log) Step(where, what string) (done func(result string, failed bool)) {
	if l == nil {
		return func(string, bool) {}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	began := time.Now()
	if len(l.trace.Steps) >= l.limit {
		l.trace.Dropped++
		return func(string, bool) {}
	}
	i := len(l.trace.Steps)
	l.trace.Steps = append(l.trace.Steps, Step{At: began.Sub(l.trace.Started), Where: where, What: what})
	return func(result string, failed bool) {
		l.mu.Lock()
		defer l.mu.Unlock()
		s := &l.trace.Steps[i]
		s.Took, s.Result, s.Failed = time.Since(began), result, failed
	}
}

// End notes that the flow is over.
func (l *Log) End() {
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trace.Ended = time.Now()
}

func (l *Log) read() Trace {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.trace
	t.Steps = append([]Step(nil), t.Steps...)
	return t
}
