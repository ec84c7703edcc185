package sockets

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// patience is how long a test waits for something that must happen.
const patience = 5 * time.Second

// bench is a set with sipgo above it, which answers every request with 200.
type bench struct {
	*Set
	t     *testing.T
	stack *sipgo.UserAgent
	work  sync.WaitGroup

	mu       sync.Mutex
	arrivals []Arrival // as the gate saw them
	told     []Arrival // as ArrivalOf told them
	refused  []string
	torn     bool // who asks may be gone before the answer
}

// open starts a set that is closed at the end of the test. Nothing may be left of
// it then.
func open(t *testing.T, cfg Config, listeners ...Listener) *bench {
	t.Helper()
	Settle()
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	b := &bench{t: t}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Known == nil {
		cfg.Known = func(netip.Addr) bool { return true }
	}
	if cfg.Admit == nil {
		cfg.Admit = func(_ []byte, a Arrival) bool { b.note(func() { b.arrivals = append(b.arrivals, a) }); return true }
	}
	cfg.Refused = func(rule string, _ netip.AddrPort, attrs ...any) {
		b.note(func() { b.refused = append(b.refused, rule+fmt.Sprint(attrs...)) })
	}
	if cfg.Connect == 0 {
		cfg.Connect = patience
	}
	if cfg.Message == 0 {
		cfg.Message = patience
	}
	b.Set = New(cfg)
	for _, l := range listeners {
		if err := b.Open(l); err != nil {
			t.Fatal(err)
		}
	}
	stack, err := b.Stack()
	if err != nil {
		t.Fatal(err)
	}
	b.stack = stack
	stack.TransactionLayer().OnRequest(b.answer)
	b.Serve(stack, &b.work)
	t.Cleanup(func() {
		stack.TransactionLayer().Close()
		if err := b.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		b.work.Wait()
		until(t, "goroutines to end", func() bool { return runtime.NumGoroutine() <= goroutines })
		until(t, "descriptors to be closed", func() bool { return descriptors(t) <= files })
		until(t, "connections to end", func() bool { links, conns := b.held(); return links+conns == 0 })
		if len(b.hub.sources)+b.hub.strangers != 0 {
			t.Errorf("left behind: %d sources, %d strangers", len(b.hub.sources), b.hub.strangers)
		}
	})
	return b
}

// held returns how many connections there are, and how many of them sipgo knows.
func (b *bench) held() (links, conns int) {
	b.hub.mu.Lock()
	defer b.hub.mu.Unlock()
	return len(b.hub.links), len(b.hub.conns)
}

func (b *bench) note(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f()
}

func (b *bench) answer(req *gosip.Request, tx *gosip.ServerTx) {
	a, err := b.ArrivalOf(req, tx)
	if err != nil && !b.torn {
		b.t.Errorf("arrival: %v", err)
	}
	b.note(func() { b.told = append(b.told, a) })
	if err := tx.Respond(gosip.NewResponseFromRequest(req, 200, "OK", nil)); err != nil && !b.torn {
		b.t.Errorf("respond: %v", err)
	}
}

// refusals returns what was refused so far.
func (b *bench) refusals() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.refused, "\n")
}

// last returns the last arrival, as the gate and as sipgo's handler saw it.
func (b *bench) last() (gate, handler Arrival) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.arrivals) == 0 || len(b.told) == 0 {
		b.t.Fatal("nothing arrived")
	}
	return b.arrivals[len(b.arrivals)-1], b.told[len(b.told)-1]
}

// request is an OPTIONS as the owner of a set writes it.
func (b *bench) request(at Place, peer netip.AddrPort, body string) *gosip.Request {
	req := gosip.NewRequest(gosip.OPTIONS, gosip.Uri{Scheme: "sip", User: "x", Host: hostOf(peer.Addr()), Port: int(peer.Port())})
	req.AppendHeader(&gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(at.Network), Host: at.Host, Port: at.Port,
		Params: gosip.HeaderParams{{K: "branch", V: gosip.GenerateBranch()}, {K: "rport"}},
	})
	req.AppendHeader(&gosip.FromHeader{Address: gosip.Uri{Scheme: "sip", Host: at.Host}, Params: gosip.HeaderParams{{K: "tag", V: "1"}}})
	req.AppendHeader(&gosip.ToHeader{Address: req.Recipient})
	id := gosip.CallIDHeader(gosip.GenerateBranch())
	req.AppendHeader(&id)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: 1, MethodName: gosip.OPTIONS})
	hops := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.SetBody([]byte(body))
	at.Aim(req, peer)
	return req
}

// ask sends a request from here to a peer and returns the status of the answer.
func (b *bench) ask(p Peer, body string) (Place, int) {
	b.t.Helper()
	at, err := b.To(b.t.Context(), p)
	if err != nil {
		b.t.Fatal(err)
	}
	return at, b.askFrom(at, p.Addr, body)
}

func (b *bench) askFrom(at Place, peer netip.AddrPort, body string) int {
	b.t.Helper()
	tx, err := b.stack.TransactionLayer().Request(b.t.Context(), b.request(at, peer, body))
	if err != nil {
		b.t.Fatal(err)
	}
	defer tx.Terminate()
	select {
	case res := <-tx.Responses():
		return res.StatusCode
	case <-tx.Done():
		b.t.Fatalf("no answer: %v", tx.Err())
	case <-time.After(patience):
		b.t.Fatal("no answer")
	}
	return 0
}

// addr returns the address of a listener by its place in the order of Open.
func (b *bench) addr(i int) netip.AddrPort { return b.Addrs()[i].AddrPort }

func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !done(); <-tick.C {
		if time.Now().After(end) {
			var stacks strings.Builder
			buf := make([]byte, 1<<16)
			stacks.Write(buf[:runtime.Stack(buf, true)])
			t.Fatalf("waited for %s\n%s", what, stacks.String())
		}
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

var (
	home  = netip.MustParseAddrPort("127.0.0.1:0")
	home6 = netip.MustParseAddrPort("[::1]:0")
)

// options is a request as a foreign peer writes it.
func options(network, branch string) string {
	return "OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/" + strings.ToUpper(network) + " 192.0.2.1:9;branch=z9hG4bK" + branch +
		";rport\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x@y>\r\nCall-ID: " + branch + "\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
}

// dialTCP connects as a foreign peer.
func dialTCP(t *testing.T, addr netip.AddrPort) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return c
}

// hear reads from a connection until a text, and returns what came.
func hear(t *testing.T, c net.Conn, want string) string {
	t.Helper()
	var got strings.Builder
	buf := make([]byte, 1)
	for !strings.HasSuffix(got.String(), want) {
		if _, err := c.Read(buf); err != nil {
			t.Fatalf("heard %q, then %v; want %q", got.String(), err, want)
		}
		got.Write(buf)
	}
	return got.String()
}

// ended wants the end of a connection, whatever comes before it.
func ended(t *testing.T, c net.Conn) {
	t.Helper()
	buf := make([]byte, 4096)
	for {
		_, err := c.Read(buf)
		if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
			t.Fatal("the connection is still there")
		}
		if err != nil {
			return
		}
	}
}
