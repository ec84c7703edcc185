package sip

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/sip/sdp"
)

// hostile is a message of our own that somebody could send to do harm, and what
// it deserves: a status, or silence.
type hostile struct {
	name string
	want string
	text string // {id} is a word of its own for every message, {via} the transport
}

// change is a text to be replaced in the head of a good message, and what comes
// there.
type change [2]string

const (
	goodRequest = "{method} sip:1000@127.0.0.1 SIP/2.0\r\n" +
		"Via: SIP/2.0/{via} 127.0.0.1:5060;branch=z9hG4bK{id};rport\r\n" +
		"Max-Forwards: 70\r\n" +
		"From: \"Caller\" <sip:2000@127.0.0.1>;tag=from{id}\r\n" +
		"To: <sip:1000@127.0.0.1>\r\n" +
		"Call-ID: call{id}\r\n" +
		"CSeq: 1 {method}\r\n" +
		"Contact: <sip:2000@127.0.0.1>\r\n" +
		"Content-Type: application/sdp\r\n" +
		"Content-Length: {length}\r\n\r\n"
	goodSDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
		"m=audio 40000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)

// spoilt makes a hostile INVITE of a good one.
func spoilt(name, want string, changes ...change) hostile {
	return spoiltBody(name, want, goodSDP, changes...)
}

// spoiltBody is spoilt with a body.
func spoiltBody(name, want, body string, changes ...change) hostile {
	return made(name, want, "INVITE", body, changes...)
}

// asked is a hostile request of another method, without a body.
func asked(method, name, want string, changes ...change) hostile {
	return made(name, want, method, "", append(changes, change{"Content-Type: application/sdp\r\n", ""})...)
}

func made(name, want, method, body string, changes ...change) hostile {
	head := strings.ReplaceAll(goodRequest, "{method}", method)
	for _, c := range changes {
		if !strings.Contains(head, c[0]) {
			panic(name + ": there is no " + c[0])
		}
		head = strings.Replace(head, c[0], c[1], 1)
	}
	return hostile{name, want, strings.Replace(head, "{length}", fmt.Sprint(len(body)), 1) + body}
}

// verdicts collects what was answered to whom: answers are known by the word
// that was in the message.
type verdicts struct {
	mu   sync.Mutex
	list map[string]string
}

func (v *verdicts) trace(ev TraceEvent) {
	text := string(ev.Message)
	if !ev.Sent || !strings.HasPrefix(text, "SIP/2.0 ") || text[8] == '1' {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, rest, ok := strings.Cut(text, "hostile-"); ok {
		id, _, _ := strings.Cut(rest, "-")
		v.list[id] = text[8:11]
	}
}

func (v *verdicts) of(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if code := v.list[id]; code != "" {
		return code
	}
	return "silence"
}

// TestHostile sends all hostile messages to one endpoint, in every way. Between
// them it must answer, and afterwards nothing of them may be left.
func TestHostile(t *testing.T) {
	messages := hostiles()
	if len(messages) < 150 {
		t.Errorf("%d hostile messages", len(messages))
	}
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) {
			log, got := &logged{}, &verdicts{list: map[string]string{}}
			cfg := loopback(log)
			cfg.Trace = got.trace
			t.Cleanup(filesBack(t))
			e := open(t, cfg, answering)
			w.probe(t, e, w.dial(t, e), 1)
			goroutines, heap := runtime.NumGoroutine(), heapNow()
			for i, m := range messages {
				if w.chunk > 0 && len(m.text) > 20000 {
					continue // nothing new, and slow
				}
				w.suffer(t, e, i, m, got)
			}
			idle(t, e)
			until(t, "no transaction", func() bool { in, out := e.dialogs.Waiting(); return in+out == 0 })
			until(t, "no goroutine", func() bool { return runtime.NumGoroutine() <= goroutines+1 })
			if grown := int64(heapNow()) - int64(heap); grown > 16<<20 {
				t.Errorf("%d bytes kept", grown)
			}
			if strings.Contains(log.String(), "panicked") {
				t.Errorf("something panicked: %s", log)
			}
		})
	}
}

// answering is a small call: it reads the offer as a call does, rings and is busy.
func answering(in *Incoming) {
	in.Handle(func(Event) {})
	if len(in.Offer) > 0 {
		if _, err := sdp.Parse(in.Offer); err != nil {
			in.Hangup(New(Media, ""))
			return
		}
	}
	_ = in.Ring()
	in.Hangup(New(Busy, ""))
}

func (w way) suffer(t *testing.T, e *Endpoint, i int, m hostile, got *verdicts) {
	t.Helper()
	id := fmt.Sprintf("%d", i)
	text := strings.NewReplacer("{id}", "hostile-"+id+"-", "{via}", w.via()).Replace(m.text)
	conn := w.dial(t, e)
	defer conn.Close()
	w.send(t, conn, []byte(text))
	w.probe(t, e, conn, 1000+i)
	if m.want != "silence" {
		expect(func() bool { return got.of(id) == m.want })
	}
	if answer := got.of(id); answer != m.want {
		t.Errorf("%s: got %s, want %s", m.name, answer, m.want)
	}
}

// expect waits for something that a test then looks at itself.
func expect(ok func() bool) {
	limit := time.After(patience / 10)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			return
		}
	}
}

// filesBack returns a wait for as many open files as there are now. It is called
// when the endpoint is closed.
func filesBack(t *testing.T) func() {
	t.Helper()
	count := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	before := count()
	return func() { until(t, "no open file", func() bool { return count() <= before }) }
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
