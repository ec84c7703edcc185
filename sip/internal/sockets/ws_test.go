package sockets

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trunkline/sip/internal/wire"
)

// browser connects as a page would.
func browser(t *testing.T, addr netip.AddrPort, opts *websocket.DialOptions) (*websocket.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	if opts == nil {
		opts = &websocket.DialOptions{Subprotocols: []string{"sip"}}
	}
	opts.HTTPClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ws, _, err := websocket.Dial(ctx, "ws://"+addr.String()+"/", opts) //nolint:bodyclose // the package says: never needed
	if err == nil {
		t.Cleanup(func() { ws.CloseNow() })
	}
	return ws, err
}

func listen(t *testing.T, ws *websocket.Conn) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	_, raw, err := ws.Read(ctx)
	return string(raw), err
}

// TestWebSocket speaks as a stock client does: one message per frame, with or
// without Content-Length, in fragments, with pings between.
func TestWebSocket(t *testing.T) {
	b := open(t, Config{}, Listener{Network: WS, Addr: home})
	ws, err := browser(t, b.addr(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	if ws.Subprotocol() != "sip" {
		t.Errorf("subprotocol %q", ws.Subprotocol())
	}
	f := func(kind websocket.MessageType, parts ...string) {
		t.Helper()
		w, err := ws.Writer(t.Context(), kind)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range parts { // each is a fragment
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := listen(t, ws); err != nil || !strings.HasPrefix(got, "SIP/2.0 200 OK\r\n") {
			t.Errorf("answered %q, %v", got, err)
		}
	}
	f(websocket.MessageText, options(WS, "1"))
	f(websocket.MessageBinary, options(WS, "2"))
	whole := options(WS, "3")
	f(websocket.MessageText, whole[:50], "", whole[50:60], whole[60:])
	f(websocket.MessageText, strings.Replace(options(WS, "4"), "Content-Length: 0\r\n", "", 1))
	gate, _ := b.last()
	if gate.Network != WS {
		t.Errorf("arrived by %s", gate.Network)
	}

	if err := ws.Write(t.Context(), websocket.MessageText, []byte("\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	if got, err := listen(t, ws); got != "\r\n" {
		t.Errorf("ping answered by %q, %v", got, err)
	}
	go func() { _, _, _ = ws.Read(t.Context()) }() // for the pong; ends with ws
	if err := ws.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

// TestWebSocketRefusals holds what a page must not do.
func TestWebSocketRefusals(t *testing.T) {
	b := open(t, Config{}, Listener{Network: WS, Addr: home, Origins: []string{"phone.example.com"}})
	f := func(opts websocket.DialOptions, want string) {
		t.Helper()
		_, err := browser(t, b.addr(0), &opts)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", opts, err, want)
		}
	}
	sip := []string{"sip"}
	from := func(origin string) http.Header { return http.Header{"Origin": {origin}} }
	f(websocket.DialOptions{Subprotocols: sip}, "")
	f(websocket.DialOptions{Subprotocols: []string{"chat", "SIP"}}, "")
	f(websocket.DialOptions{Subprotocols: sip, HTTPHeader: from("https://phone.example.com")}, "")
	f(websocket.DialOptions{Subprotocols: sip, HTTPHeader: from("https://evil.example.com")}, "403")
	f(websocket.DialOptions{Subprotocols: []string{"chat"}}, "400")
	f(websocket.DialOptions{}, "400")
	until(t, "the refusals", func() bool { return b.Stats().Refused["handshake"] == 3 })
	if n := b.Stats().Transports[WS].HandshakeFailures; n != 3 {
		t.Errorf("%d failures counted", n)
	}
}

// TestWebSocketFrames holds the limits of what a frame may hold.
func TestWebSocketFrames(t *testing.T) {
	b := open(t, Config{}, Listener{Network: WS, Addr: home})
	f := func(message, answer, why string) {
		t.Helper()
		ws, err := browser(t, b.addr(0), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := ws.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		got, err := listen(t, ws)
		if !strings.HasPrefix(got, answer) || answer == "" && err == nil {
			t.Errorf("%.40q: %.60q, %v", message, got, err)
		}
		if answer != "" {
			if _, err := listen(t, ws); err == nil {
				t.Errorf("%.40q: the connection goes on", message)
			}
		}
		until(t, why, func() bool { return strings.Contains(b.refusals(), why) })
	}
	f(strings.Replace(options(WS, "1"), "Content-Length: 0", "Content-Length: 5", 1), "SIP/2.0 400", "Content-Length 5 in a frame with 0 bytes")
	f(options(WS, "2")+"more", "SIP/2.0 400", "in a frame with 4 bytes")
	f(options(WS, "3")+options(WS, "4"), "SIP/2.0 400", "Content-Length 0 in a frame")
	f(strings.Replace(options(WS, "5"), "Content-Length: 0", "l: 0\r\nContent-Length: 5", 1), "SIP/2.0 400", "two different")
	f("no end", "", "no empty line")
	f(strings.Repeat("x", wire.MaxMessage+1), "", "too big")
}

// TestWebSocketRaw sends what no client library would.
func TestWebSocketRaw(t *testing.T) {
	b := open(t, Config{Message: 100 * time.Millisecond}, Listener{Network: WS, Addr: home})
	head := "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
		"Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	f := func(what, text string) {
		t.Helper()
		c := dialTCP(t, b.addr(0))
		_, _ = c.Write([]byte(text)) // it may be cut short
		ended(t, c)
		until(t, what, func() bool { return len(b.hub.all()) == 0 })
	}
	f("nonsense", "\x00\x01\x02\r\n\r\n")
	f("a head without end", head)
	f("a large head", head+"X: "+strings.Repeat("y", maxHTTPHead)+"\r\n\r\n")
	f("silence", "")
	f("a frame of 2^63 bytes", head+"\r\n\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00")
	f("a frame without mask", head+"\r\n\x81\x01x")
	f("a reserved opcode", head+"\r\n\x83\x80\x00\x00\x00\x00")
	f("fragments without end", head+"\r\n"+strings.Repeat("\x01\x80\x00\x00\x00\x00", 1)+strings.Repeat("\x00\x84\x00\x00\x00\x00abcd", 20000))
	f("a frame that stops", head+"\r\n\x81\xfe\x01\x00\x00\x00\x00\x00abc")
}

// TestWebSocketServers holds what we want of a server that we connect to.
func TestWebSocketServers(t *testing.T) {
	b := open(t, Config{})
	f := func(answer string) {
		t.Helper()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { // ends when the answer is given
			defer close(done)
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			if _, err := c.Read(make([]byte, 4096)); err == nil {
				fmt.Fprint(c, answer)
			}
		}()
		if _, err := b.To(t.Context(), Peer{Network: WS, Addr: addrPort(l.Addr()), Path: "/ws"}); err == nil {
			t.Errorf("%.40q is good enough", answer)
		}
		l.Close()
		<-done
	}
	f("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	f("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n")
	f("HTTP/1.1 101 Switching Protocols\r\nX: " + strings.Repeat("y", 2*maxHTTPHead) + "\r\n\r\n")
	f("nonsense\r\n\r\n")
}

// FuzzMeasured holds that what a frame becomes has the Content-Length of a stream.
func FuzzMeasured(f *testing.F) {
	f.Add(options(WS, "1"))
	f.Add(strings.Replace(options(WS, "1"), "Content-Length: 0\r\n", "", 1) + "body")
	f.Add("\r\n\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		raw, fault := measured([]byte(text))
		if fault != nil {
			return
		}
		_, headers, length := wire.SplitHead(raw)
		body, fault := wire.ContentLength(headers)
		if fault != nil || length+body != len(raw) || !strings.HasSuffix(string(raw), text[min(len(text), max(0, strings.Index(text, "\r\n\r\n")+2)):]) {
			t.Errorf("%q became %q: %+v", text, raw, fault)
		}
	})
}
