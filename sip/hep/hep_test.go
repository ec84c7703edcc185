package hep

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/sip/trace"
	"trunkline/sip/trace/mask"
)

func event(text string) trace.Event {
	return trace.Event{
		At: at, Transport: "udp", Local: netip.MustParseAddrPort("192.0.2.1:5060"),
		Remote: netip.MustParseAddrPort("198.51.100.7:5062"), Message: []byte(text),
	}
}

const options = "OPTIONS sip:a SIP/2.0\r\nCall-ID: a@b\r\n\r\n"

// collector is a Homer in memory. It may be away, and it may be slow to take
// what is sent.
type collector struct {
	conns chan net.Conn
	away  atomic.Bool
	dials atomic.Int64
}

func (h *collector) dial(context.Context, string, string) (net.Conn, error) {
	h.dials.Add(1)
	if h.away.Load() {
		return nil, errors.New("nobody there")
	}
	ours, theirs := net.Pipe()
	h.conns <- theirs
	return ours, nil
}

// next reads one packet from a stream.
func next(t *testing.T, r io.Reader) Packet {
	t.Helper()
	b := make([]byte, header)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	b = append(b, make([]byte, int(binary.BigEndian.Uint16(b[4:]))-header)...)
	if _, err := io.ReadFull(r, b[header:]); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func start(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func logger(w io.Writer) *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }

func TestCopiesAreSentOverTCP(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &collector{conns: make(chan net.Conn, 1)}
		var hidden mask.Calls
		hidden.Hide("a@b")
		c := start(t, Config{Network: "tcp", Address: "homer:9060", Agent: 7, Key: "k", Node: "n", Numbers: true, Hidden: &hidden, Dial: h.dial})
		defer c.Close()

		info := "INFO sip:+4930123456@h SIP/2.0\r\nCall-ID: a@b\r\nAuthorization: Digest response=\"beef\"\r\n\r\nSignal=7\r\n"
		ev := event(info)
		c.Message(ev)
		clear(ev.Message) // it was valid during the call only
		r := bufio.NewReader(<-h.conns)
		p := next(t, r)
		want := strings.NewReplacer("beef", "****", "3456@", "****@", "=7", "=*").Replace(info)
		if string(p.Payload) != want || p.Kind != SIP || p.From != ev.Remote || p.To != ev.Local || p.Proto != 17 ||
			p.Agent != 7 || p.Key != "k" || p.Node != "n" || string(p.CallID) != "a@b" || !p.At.Equal(at) {
			t.Errorf("got %+v, %q; want %q", p, p.Payload, want)
		}

		ev = event(options)
		ev.Sent, ev.Transport = true, "tls"
		c.Message(ev)
		if p = next(t, r); p.From != ev.Local || p.To != ev.Remote || p.Proto != 6 || string(p.Payload) != options {
			t.Errorf("got %+v, %q", p, p.Payload)
		}

		c.Report(Report{At: at, CallID: "a@b", Local: ev.Local, Remote: ev.Remote, SSRC: 5})
		if p = next(t, r); p.Kind != RTCP || string(p.CallID) != "a@b" || p.From != ev.Remote || !strings.Contains(string(p.Payload), `"ssrc":5,`) {
			t.Errorf("got %+v, %q", p, p.Payload)
		}
		synctest.Wait()
		if s := c.Stats(); s != (Stats{Sent: 3}) {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestACollectorThatDoesNotReadBlocksNobody holds that what does not fit is
// counted, and that the collector is asked anew once it takes too long.
func TestACollectorThatDoesNotReadBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &collector{conns: make(chan net.Conn, 9)}
		c := start(t, Config{Network: "tcp", Address: "homer:9060", Queue: 10, Dial: h.dial})
		begin := time.Now()
		for range 5 {
			c.Message(event(options))
		}
		synctest.Wait() // one is being written, four wait
		for range 10 {
			c.Message(event(options))
		}
		if s := c.Stats(); s.Dropped != 4 || time.Since(begin) != 0 {
			t.Errorf("stats %+v after %v, want 4 dropped at once", s, time.Since(begin))
		}
		<-h.conns // it never reads
		r := bufio.NewReader(<-h.conns)
		if waited := time.Since(begin); waited != writeTimeout+firstPause {
			t.Errorf("connected anew after %v", waited)
		}
		for range 10 {
			next(t, r)
		}
		synctest.Wait()
		if s := c.Stats(); s != (Stats{Sent: 10, Dropped: 4, Failed: 1}) {
			t.Errorf("stats %+v", s)
		}
		c.Close()
		if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestACollectorThatIsAwayIsAskedLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &collector{conns: make(chan net.Conn, 1)}
		h.away.Store(true)
		var log strings.Builder
		c := start(t, Config{Network: "tcp", Address: "homer:9060", Dial: h.dial, Log: logger(&log)})
		defer c.Close()
		c.Message(event(options))
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if n := h.dials.Load(); n != 7 { // at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 25.5 s
			t.Errorf("asked %d times", n)
		}
		h.away.Store(false)
		r := bufio.NewReader(<-h.conns)
		next(t, r)
		time.Sleep(longestPause + time.Second)
		c.Message(event(options))
		next(t, r)
		synctest.Wait()
		if got := log.String(); strings.Count(got, "hep collector lost") != 1 || strings.Count(got, "hep collector reached") != 1 {
			t.Errorf("log %q", got)
		}
		if s := c.Stats(); s != (Stats{Sent: 2}) {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCloseSendsWhatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &collector{conns: make(chan net.Conn, 1)}
		c := start(t, Config{Network: "tcp", Address: "homer:9060", Dial: h.dial})
		for range 3 {
			c.Message(event(options))
		}
		conn := <-h.conns
		go c.Close()
		r := bufio.NewReader(conn)
		for range 3 {
			next(t, r)
		}
		if _, err := r.ReadByte(); !errors.Is(err, io.EOF) {
			t.Errorf("after Close: %v", err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		h := &collector{}
		h.away.Store(true)
		c := start(t, Config{Network: "tcp", Address: "homer:9060", Dial: h.dial})
		c.Message(event(options))
		synctest.Wait()
		begin := time.Now()
		c.Close()
		if time.Since(begin) != 0 || c.Stats().Failed != 1 {
			t.Errorf("closed after %v, %+v", time.Since(begin), c.Stats())
		}
	})
}

func TestCopiesAreSentOverUDP(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	c := start(t, Config{Address: server.LocalAddr().String()})
	defer c.Close()
	c.Message(event(options))
	b := make([]byte, maxPacket)
	n, _, err := server.ReadFrom(b)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Decode(b[:n])
	if err != nil || string(p.Payload) != options {
		t.Errorf("got %+v, %v", p, err)
	}
	c.Message(event(options + strings.Repeat("x", maxDatagram-len(options))))
	if s := c.Stats(); s.Dropped != 1 {
		t.Errorf("stats %+v after a message that is too large", s)
	}
}

func TestNewRefuses(t *testing.T) {
	f := func(want string, cfg Config) {
		t.Helper()
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(`network "sctp"`, Config{Network: "sctp", Address: "h:1"})
	f("missing port", Config{Address: "h"})
	f("at most 1024", Config{Address: "h:1", Key: strings.Repeat("x", 1025)})
}

// TestMessageDoesNotAllocate counts with a full queue, and with one whose packets
// come back.
func TestMessageDoesNotAllocate(t *testing.T) {
	c := &Client{queue: make(chan *item, 1), free: make(chan *item, 1), most: maxPacket}
	ev := event(options)
	c.Message(ev)
	drop := func() { c.Message(ev) }
	drop()
	if n := testing.AllocsPerRun(100, drop); n != 0 {
		t.Errorf("%v allocations for a packet dropped, want none", n)
	}
	pass := func() { c.give(<-c.queue); c.Message(ev) }
	pass()
	if n := testing.AllocsPerRun(100, pass); n != 0 {
		t.Errorf("%v allocations for a packet queued, want none", n)
	}
}

func BenchmarkMessage(b *testing.B) {
	c := &Client{queue: make(chan *item, 1), free: make(chan *item, 1), most: maxPacket}
	ev := event(options + strings.Repeat("x", 800))
	c.Message(ev)
	b.ReportAllocs()
	for b.Loop() {
		c.give(<-c.queue)
		c.Message(ev)
	}
}
