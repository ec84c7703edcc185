package trace

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/sip/trace/mask"
)

var (
	us    = netip.MustParseAddrPort("192.0.2.1:5060")
	alice = netip.MustParseAddrPort("198.51.100.7:5060")
	bob   = netip.MustParseAddrPort("203.0.113.9:5060")
	noon  = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
)

// received and sent make events of a call at a time after noon.
func received(ms int, from netip.AddrPort, message string) Event {
	return Event{
		At: noon.Add(time.Duration(ms) * time.Millisecond), Transport: "udp", Local: us, Remote: from, Message: []byte(message),
	}
}

func sent(ms int, to netip.AddrPort, message string) Event {
	ev := received(ms, to, message)
	ev.Sent = true
	return ev
}

// bye is a message of a call, n bytes long or more.
func bye(id string, n int) string {
	m := "BYE sip:x SIP/2.0\r\nCall-ID: " + id + "\r\nX: "
	return m + strings.Repeat("x", max(0, n-len(m)-4)) + "\r\n\r\n"
}

// kept tells in a word per message what there is of some calls.
func kept(r *Recorder, ids ...string) string {
	var words []string
	for _, m := range r.Messages(ids...) {
		word := fmt.Sprintf("%s@%d", m.CallID, m.At.Sub(noon).Milliseconds())
		if m.Missing > 0 {
			word = fmt.Sprintf("(%d) %s", m.Missing, word)
		}
		if m.Repeated {
			word += "!"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestMessagesOfACall(t *testing.T) {
	r := New(Config{Bytes: 1 << 20})
	r.Record(received(0, alice, bye("a", 100)))
	r.Record(sent(20, bob, bye("b", 5000)))
	r.Record(received(500, alice, bye("a", 100)))
	r.Record(sent(600, alice, bye("a", 100)))
	r.Record(received(700, alice, bye("c", 100)))
	r.Record(received(800, alice, "OPTIONS sip:x SIP/2.0\r\n\r\n"))

	if got, want := kept(r, "a", "b", "a", "z"), "a@0 b@20 a@500! a@600"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	m := r.Messages("b")[0]
	if !m.Sent || m.Transport != "udp" || m.Local != us || m.Remote != bob || m.Text != bye("b", 5000) {
		t.Errorf("got %+v", m)
	}
	if s := r.Stats(); s.Calls != 3 || s.Skipped != 1 || s.Evicted != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestRecorderKeepsNothingWhenOff(t *testing.T) {
	r := New(Config{})
	r.Record(received(0, alice, bye("a", 100)))
	if got := kept(r, "a"); got != "" || r.Stats() != (Stats{}) {
		t.Errorf("kept %q, %+v", got, r.Stats())
	}
}

func TestTheCallSilentLongestMakesRoom(t *testing.T) {
	r := New(Config{Bytes: 3 * (threadCost + 1 + blockSize + 2*recordCost)})
	for i, id := range []string{"a", "b", "c", "a", "d"} {
		r.Record(received(i, alice, bye(id, 100)))
	}
	if got, want := kept(r, "a", "b", "c", "d"), "a@0 c@2 a@3! d@4"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
	if s := r.Stats(); s.Calls != 3 || s.Evicted != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestKeep(t *testing.T) {
	r := New(Config{Bytes: 1 << 20, Keep: time.Second})
	for _, ev := range []Event{
		received(0, alice, bye("a", 0)), received(600, alice, bye("b", 0)),
		received(1000, alice, bye("a", 0)), received(1601, alice, bye("c", 0)),
	} {
		r.Record(ev)
	}
	if got, want := kept(r, "a", "b", "c"), "a@0 a@1000! c@1601"; got != want {
		t.Errorf("kept %q, want %q", got, want)
	}
}

func TestALongCallKeepsItsBeginningAndItsEnd(t *testing.T) {
	const limit = 20 << 10
	r := New(Config{Bytes: 1 << 20, PerCall: limit})
	for i := range 1000 {
		r.Record(received(i, alice, bye("a", 1000+i)))
		if used := r.Stats().Bytes; used > limit {
			t.Fatalf("%d bytes are in use, want at most %d", used, limit)
		}
	}
	list := r.Messages("a")
	total := 0
	for i, m := range list {
		total += m.Missing
		if want := int(m.At.Sub(noon).Milliseconds()); want != i+total || m.Text != bye("a", 1000+want) {
			t.Fatalf("message %d after %d missing is of %v", i, total, m.At)
		}
	}
	if len(list)+total != 1000 || len(list) < 8 || list[0].Missing != 0 || !list[len(list)-1].At.Equal(noon.Add(999*time.Millisecond)) {
		t.Errorf("kept %d, missing %d", len(list), total)
	}
	r.Record(received(1000, alice, bye("a", limit)))
	if s := r.Stats(); s.Skipped != 1 {
		t.Errorf("stats %+v after a message that is too large", s)
	}
}

func TestNoSecretLeaves(t *testing.T) {
	var hidden mask.Calls
	r := New(Config{Bytes: 1 << 20, Numbers: true, Hidden: &hidden})
	info := "INFO sip:+4930123456@h SIP/2.0\r\nCall-ID: a\r\nAuthorization: Digest response=\"beef\"\r\n\r\nSignal=7\r\n"
	r.Record(received(0, alice, info))
	hidden.Hide("a")
	r.Record(received(1, alice, info))
	hidden.Show("a")

	list := r.Messages("a")
	want := strings.NewReplacer("beef", "****", "3456@", "****@").Replace(info)
	if len(list) != 2 || list[0].Text != want {
		t.Fatalf("got %+v, want %q", list, want)
	}
	if want = strings.Replace(want, "=7", "=*", 1); list[1].Text != want || !list[1].Repeated {
		t.Errorf("got %q, repeated %v; want %q, repeated", list[1].Text, list[1].Repeated, want)
	}
}

// TestRecorderForgetsWhatItHeld fills a small recorder from several goroutines and
// counts what it believes to hold.
func TestRecorderForgetsWhatItHeld(t *testing.T) {
	const budget = 64 << 10
	r := New(Config{Bytes: budget, PerCall: 16 << 10})
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 2000 {
				r.Record(received(i, alice, bye(fmt.Sprintf("%d-%d", g, i%50), (i*37)%6000)))
				if i%100 == 0 {
					r.Messages(fmt.Sprintf("%d-%d", g, i%50))
				}
			}
		})
	}
	wg.Wait()
	used, calls := 0, 0
	for th := r.ring.newer; th != &r.ring; th = th.newer {
		used += th.cost()
		calls++
		if r.calls[th.id] != th {
			t.Errorf("%q is in the ring alone", th.id)
		}
	}
	if s := r.Stats(); s.Bytes != used || s.Calls != calls || used > budget || used == 0 {
		t.Errorf("stats %+v; there are %d bytes of %d calls", s, used, calls)
	}
	free := 0
	for b := r.free; b != nil; b = b.next {
		free++
	}
	if free*blockSize > budget+(16<<10) {
		t.Errorf("%d free blocks", free)
	}
}

func TestRecordDoesNotAllocate(t *testing.T) {
	r := New(Config{Bytes: 64 << 10, PerCall: 16 << 10})
	ev := received(0, alice, bye("a", 700))
	fill := func() { r.Record(ev) }
	for range 100 {
		fill()
	}
	// The list of a long call's records moves on in its memory and is renewed at times.
	if n := testing.AllocsPerRun(1000, fill); n > 0.5 {
		t.Errorf("%v allocations for a known call, want none", n)
	}

	var calls []Event
	for i := range 500 {
		calls = append(calls, received(i, alice, bye(fmt.Sprint(i), 700)))
	}
	i := 0
	next := func() { r.Record(calls[i%len(calls)]); i++ }
	for range calls {
		next()
	}
	if n := testing.AllocsPerRun(1000, next); n > 1 {
		t.Errorf("%v allocations for a new call, want its name at most", n)
	}
}

func BenchmarkRecord(b *testing.B) {
	r := New(Config{Bytes: DefaultBytes})
	var calls []Event
	for i := range 20000 {
		calls = append(calls, received(i, alice, bye(fmt.Sprint(i), 700)))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r.Record(calls[i/7%len(calls)]) // seven messages to a call
	}
}

// TestJSON holds the names that clients read.
func TestJSON(t *testing.T) {
	got, err := json.Marshal(Message{
		At: noon, Sent: true, Transport: "udp", Local: us, Remote: alice, CallID: "a", Repeated: true, Missing: 3, Text: "BYE\r\n\xff",
	})
	want := `{"at":"2026-01-02T12:00:00Z","sent":true,"transport":"udp","local":"192.0.2.1:5060","remote":"198.51.100.7:5060",` +
		`"call_id":"a","repeated":true,"missing":3,"text":"BYE\r\n\ufffd"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}
