package sockets

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"trunkline/sip/internal/wire"
)

// subprotocol is what a WebSocket handshake must agree on (RFC 7118 §4).
const subprotocol = "sip"

// maxHTTPHead is how large the head of a handshake may be.
const maxHTTPHead = 8 << 10

// frames carry one message each.
type frames struct {
	ws  *websocket.Conn
	buf bytes.Buffer
	pongs
}

func newFrames(ws *websocket.Conn) *frames {
	ws.SetReadLimit(wire.MaxMessage)
	return &frames{ws: ws}
}

func (f *frames) next(c *conn) ([]byte, *wire.Fault, error) {
	for {
		if err := c.wait(false); err != nil {
			return nil, nil, err
		}
		_, r, err := f.ws.Reader(context.Background())
		if err != nil {
			return nil, nil, deadlineOf(err)
		}
		c.begun = time.Now()
		if err := c.wait(true); err != nil { // all fragments together have no longer
			return nil, nil, err
		}
		f.buf.Reset()
		if f.buf.Cap() > 2*firstRoom {
			f.buf = bytes.Buffer{}
		}
		if _, err := f.buf.ReadFrom(r); err != nil {
			if errors.Is(err, websocket.ErrMessageTooBig) {
				return nil, &wire.Fault{Why: err.Error()}, nil
			}
			return nil, nil, deadlineOf(err)
		}
		c.hear()
		raw := f.buf.Bytes()
		if isKeepalive(raw) {
			f.keepalive(c, raw)
			continue
		}
		raw, fault := measured(raw)
		return raw, fault, nil
	}
}

// keepalive answers line breaks (RFC 7118 §6, RFC 5626 §3.5.1).
func (f *frames) keepalive(c *conn, raw []byte) {
	if string(raw) == "\r\n\r\n" {
		c.pong(1)
		return
	}
	f.answered()
}

// measured returns a message with the Content-Length that a stream has and a
// frame need not have. One that contradicts the frame is a fault.
func measured(raw []byte) ([]byte, *wire.Fault) {
	_, headers, length := wire.SplitHead(raw)
	if length < 0 {
		return raw, &wire.Fault{Why: "no empty line after the headers"}
	}
	told := false
	for h := range wire.Headers(headers) {
		told = told || h.Name == "content-length"
	}
	if !told {
		line := fmt.Appendf(nil, "Content-Length: %d\r\n", len(raw)-length)
		return slices.Insert(raw, length-2, line...), nil
	}
	body, fault := wire.ContentLength(headers)
	if fault == nil && body != len(raw)-length {
		fault = &wire.Fault{Status: 400, Why: fmt.Sprintf("Content-Length %d in a frame with %d bytes", body, len(raw)-length)}
	}
	return raw, fault
}

// deadlineOf finds the deadline in an error that only tells of it.
func deadlineOf(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return os.ErrDeadlineExceeded
	}
	return err
}

func (f *frames) write(_ *conn, message []byte) error {
	kind := websocket.MessageText // what browsers expect
	if !utf8.Valid(message) {
		kind = websocket.MessageBinary
	}
	return f.ws.Write(context.Background(), kind, message)
}

func (f *frames) close() { _ = f.ws.CloseNow() }

// upgrade makes WebSocket of a connection that has begun to speak HTTP. What it
// says until then is bounded in size and in time.
func (d *door) upgrade(under net.Conn) (*frames, error) {
	if err := under.SetDeadline(time.Now().Add(d.hub.env.Message)); err != nil {
		return nil, err
	}
	in := bufio.NewReader(io.LimitReader(under, maxHTTPHead))
	req, err := http.ReadRequest(in)
	if err != nil {
		return nil, fmt.Errorf("read handshake: %w", err)
	}
	w := &upgrading{under: under, in: in, head: http.Header{}}
	if !slices.ContainsFunc(req.Header.Values("Sec-WebSocket-Protocol"), offersSIP) {
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusBadRequest)
		return nil, errors.New("upgrade: the subprotocol sip is not offered")
	}
	ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{
		Subprotocols: []string{subprotocol}, OriginPatterns: d.Origins, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	f := newFrames(ws)
	if err := under.SetDeadline(time.Time{}); err != nil {
		f.close()
		return nil, err
	}
	return f, nil
}

func offersSIP(list string) bool {
	for name := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(name), subprotocol) {
			return true
		}
	}
	return false
}

// upgrading is the answer to a handshake: all of HTTP that WebSocket needs.
type upgrading struct {
	under net.Conn
	in    *bufio.Reader
	head  http.Header
	sent  bool
}

func (w *upgrading) Header() http.Header { return w.head }

func (w *upgrading) WriteHeader(status int) {
	if w.sent {
		return
	}
	w.sent = true
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	if status != http.StatusSwitchingProtocols {
		w.head.Set("Connection", "close")
	}
	_ = w.head.Write(&b) // to memory: cannot fail
	b.WriteString("\r\n")
	_, _ = w.under.Write(b.Bytes()) // whoever is gone is noticed at the next read
}

func (w *upgrading) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.under.Write(p)
}

func (w *upgrading) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.under, bufio.NewReadWriter(w.in, bufio.NewWriter(w.under)), nil
}

// dialWebSocket shakes hands over a connection to a server. It goes nowhere else,
// whatever the server answers.
func dialWebSocket(ctx context.Context, under net.Conn, p Peer) (*frames, error) {
	taken := false
	client := &http.Client{
		Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				if taken {
					return nil, errors.New("dial: only the endpoint makes connections")
				}
				taken = true
				return under, nil
			},
			MaxResponseHeaderBytes: maxHTTPHead, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	host := p.server()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	where := url.URL{Scheme: "http", Host: fmt.Sprintf("%s:%d", host, p.Addr.Port()), Path: "/"}
	if p.Path != "" {
		where.Path = p.Path
	}
	ws, res, err := websocket.Dial(ctx, where.String(), &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if res != nil && res.Body != nil {
			_ = res.Body.Close()
		}
		return nil, fmt.Errorf("upgrade: %w", err)
	}
	f := newFrames(ws)
	if ws.Subprotocol() != subprotocol {
		f.close()
		return nil, errors.New("upgrade: the server does not speak sip")
	}
	return f, nil
}
