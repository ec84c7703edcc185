package sip

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"
)

// way is a way for bytes to come to an endpoint.
type way struct {
	name    string
	network string
	dial    func(t *testing.T, e *Endpoint) net.Conn
	chunk   int // bytes of one write; 0 is all of them
}

// ways are those in which the endpoint of loopback listens.
func ways() []way {
	all := []way{
		{name: "udp", network: "udp", dial: dialer("udp")},
		{name: "tcp", network: "tcp", dial: dialer("tcp")},
		{name: "tcp bytewise", network: "tcp", dial: dialer("tcp"), chunk: 1},
		{name: "ws", network: "ws", dial: webSocket},
	}
	return slices.DeleteFunc(all, func(w way) bool {
		return !slices.ContainsFunc(loopback(nil).Listen, func(l Listener) bool { return string(l.Transport) == w.network })
	})
}

// addrOf is where an endpoint listens.
func addrOf(t *testing.T, e *Endpoint, network string) string {
	t.Helper()
	for _, l := range e.Addrs() {
		if string(l.Transport) == network {
			return l.Addr.String()
		}
	}
	t.Fatalf("the endpoint does not listen on %s", network)
	return ""
}

func dialer(network string) func(*testing.T, *Endpoint) net.Conn {
	return func(t *testing.T, e *Endpoint) net.Conn {
		t.Helper()
		conn, err := net.Dial(network, addrOf(t, e, network))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
}

// webSocket makes a connection on which each write is a message (RFC 7118).
func webSocket(t *testing.T, e *Endpoint) net.Conn {
	t.Helper()
	c, _, err := websocket.Dial(t.Context(), "ws://"+addrOf(t, e, "ws"), &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.CloseNow() })
	return &frames{websocket.NetConn(t.Context(), c, websocket.MessageText), c}
}

// frames is a WebSocket as a connection: text as far as it is some.
type frames struct {
	net.Conn
	ws *websocket.Conn
}

func (f *frames) Write(p []byte) (int, error) {
	kind := websocket.MessageBinary
	if utf8.Valid(p) {
		kind = websocket.MessageText
	}
	return len(p), f.ws.Write(context.Background(), kind, p)
}

func (f *frames) Read(p []byte) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, text, err := f.ws.Read(ctx)
	return copy(p, text), err
}

// send writes a message. The endpoint may close the connection before the last
// byte, which is an answer as well.
func (w way) send(t *testing.T, conn net.Conn, text []byte) {
	t.Helper()
	size := w.chunk
	if size == 0 {
		size = max(1, len(text))
	}
	for len(text) > 0 {
		n := min(size, len(text))
		if _, err := conn.Write(text[:n]); err != nil {
			if w.network == "udp" {
				t.Fatal(err)
			}
			return
		}
		text = text[n:]
	}
}

// via is the transport as a Via has it.
func (w way) via() string { return strings.ToUpper(w.network) }

// probe wants the endpoint to answer an OPTIONS: over UDP on the same socket, so
// that all that came before has been dealt with.
func (w way) probe(t *testing.T, e *Endpoint, conn net.Conn, seq int) {
	t.Helper()
	if w.network != "udp" {
		conn = w.dial(t, e)
		defer conn.Close()
	}
	mustWrite(t, conn, []byte(options(seq, w.via()+" 127.0.0.1")))
	awaitLine(t, conn, fmt.Sprintf("CSeq: %d OPTIONS", seq))
}

func options(seq int, via string) string {
	return fmt.Sprintf("OPTIONS sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%s;branch=z9hG4bKopt%d;rport\r\n"+
		"From: <sip:t@127.0.0.1>;tag=1\r\nTo: <sip:x@127.0.0.1>\r\nCall-ID: opt%d\r\nCSeq: %d OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		via, seq, seq, seq)
}

func mustWrite(t *testing.T, conn net.Conn, text []byte) {
	t.Helper()
	if _, err := conn.Write(text); err != nil {
		t.Fatal(err)
	}
}

// awaitLine reads until a message has a line.
func awaitLine(t *testing.T, conn net.Conn, line string) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 65536)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("%q never came: %v", line, err)
		}
		if bytes.Contains(buf[:n], []byte(line)) {
			return
		}
	}
}

// awaitEnd wants the endpoint to close the connection.
func awaitEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 4096)
	for {
		_, err := conn.Read(buf)
		if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Fatal("the connection stays open")
		}
		if err != nil {
			return
		}
	}
}
