package signal

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"trunkline/bench/signal/proxy"
)

var anyPort = netip.MustParseAddrPort("127.0.0.1:0")

// run makes calls to a callee, by way of via when that is valid.
func run(t *testing.T, l Load, via func(callee string) netip.AddrPort) (Tally, *Caller) {
	t.Helper()
	callee, err := Answer(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer callee.Close()
	at := callee.conn.LocalAddr().String()
	caller, err := NewCaller(anyPort, via(at), "b2b")
	if err != nil {
		t.Fatal(err)
	}
	defer caller.Close()
	var end Tally
	caller.Run(l, func(word string, tally Tally) {
		if word == "end" {
			end = tally
		}
	})
	return end, caller
}

func direct(callee string) netip.AddrPort { return netip.MustParseAddrPort(callee) }

// TestCalls: calls one after the other, evenly begun, and beside standing ones, all
// go well, and none is left.
func TestCalls(t *testing.T) {
	for name, l := range map[string]Load{
		"one after the other":  {Window: 4, For: 200 * time.Millisecond},
		"evenly begun":         {Rate: 100, For: 300 * time.Millisecond},
		"beside standing ones": {Standing: 120, Window: 2, For: 200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally, caller := run(t, l, direct)
			if tally.Done == 0 || tally.Failed > 0 || tally.P99 <= 0 {
				t.Errorf("%+v: want calls, none failed", tally)
			}
			if n := len(caller.calls) + len(caller.kept); n > 0 {
				t.Errorf("%d calls are left", n)
			}
		})
	}
}

// TestProxy: what we are compared with forwards whole calls.
func TestProxy(t *testing.T) {
	tally, _ := run(t, Load{Window: 4, For: 500 * time.Millisecond}, func(callee string) netip.AddrPort {
		free, err := listen(anyPort)
		if err != nil {
			t.Fatal(err)
		}
		at := free.LocalAddr().String()
		free.Close()
		ctx, stop := context.WithCancel(context.Background())
		t.Cleanup(stop)
		ready := make(chan struct{})
		go func() { _ = proxy.Forward(ctx, at, callee, func() { close(ready) }) }()
		<-ready
		return netip.MustParseAddrPort(at)
	})
	if tally.Done == 0 || tally.Failed > 0 {
		t.Errorf("%+v: want calls, none failed", tally)
	}
}

// TestServe: what the benchmark reads.
func TestServe(t *testing.T) {
	callee, err := Answer(anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer callee.Close()
	var out strings.Builder
	l := Load{Window: 1, For: 100 * time.Millisecond}
	if err := l.serve(callee.conn.LocalAddr().String(), "127.0.0.1:0", "127.0.0.1:0", "b2b", &out); err != nil {
		t.Fatal(err)
	}
	var words []string
	done := 0
	for line := range strings.Lines(out.String()) {
		word, text, _ := strings.Cut(line, " ")
		words = append(words, word)
		var tally Tally
		if err := json.Unmarshal([]byte(text), &tally); err != nil {
			t.Fatal(err)
		}
		done = max(done, tally.Done)
	}
	if got := strings.Join(words, " "); got != "still stirred begin end over" || done == 0 {
		t.Errorf("said %q, %d calls", got, done)
	}
	if l.serve("nowhere", "", "", "", &out) == nil {
		t.Error("no complaint about an address that is none")
	}
}

func TestHeaders(t *testing.T) {
	m := []byte("SIP/2.0 200 OK\r\nVia: a\r\nVia:  b \r\nTo: <sip:x@y>;tag=1\r\nContact: <sip:x@h:5>;q=1\r\n\r\n")
	if got := headers(m, "Via"); len(got) != 2 || string(got[1]) != "b" {
		t.Errorf("Via %q", got)
	}
	if status(m) != 200 || status([]byte("INVITE sip:x SIP/2.0\r\n")) != 0 {
		t.Error("status is not read")
	}
	if got := target(header(m, "Contact")); got != "sip:x@h:5" {
		t.Errorf("target %q", got)
	}
	if got := header(m, "From"); got != nil {
		t.Errorf("From %q", got)
	}
}
