package stream

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coder/websocket"

	"trunkline/internal/fetch"
)

// ownHeaders are of the handshake itself.
var ownHeaders = []string{
	"Connection", "Upgrade", "Host", "Sec-Websocket-Version", "Sec-Websocket-Key",
	"Sec-Websocket-Protocol", "Sec-Websocket-Extensions", "Content-Length", "Transfer-Encoding",
}

// webSocketConn is a WebSocket connection.
type webSocketConn struct{ ws *websocket.Conn }

func dialWebSocket(ctx context.Context, through *fetch.Client, cfg *Config, protocol string) (conn, error) {
	client, u, err := through.Upgrade(cfg.URL)
	if err != nil {
		return nil, err
	}
	header := cfg.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set("User-Agent", "Trunkline")
	if cfg.Token != "" {
		header.Set("X-Twilio-Signature", signature(cfg.Token, cfg.URL))
	}
	client.CheckRedirect = keepingSecrets(header, client.CheckRedirect)
	opts := &websocket.DialOptions{HTTPClient: client, HTTPHeader: header}
	if protocol != "" {
		opts.Subprotocols = []string{protocol}
	}
	ws, res, err := websocket.Dial(ctx, u.String(), opts)
	if err != nil {
		return nil, dialError(res, err)
	}
	ws.SetReadLimit(int64(cfg.Message))
	return webSocketConn{ws}, nil
}

// keepingSecrets takes what the flow has put into the header away from a
// redirection that leads to another host.
func keepingSecrets(header http.Header, check func(*http.Request, []*http.Request) error) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if req.URL.Host != via[0].URL.Host {
			for name := range header {
				req.Header.Del(name)
			}
		}
		return check(req, via)
	}
}

// dialError says why there is no connection, without the address.
func dialError(res *http.Response, err error) error {
	var wrapped *url.Error
	switch {
	case errors.As(err, &wrapped) && strings.Contains(wrapped.Err.Error(), "Location"):
		return errors.New("redirected to what is no address") // which the text would hold
	case errors.As(err, &wrapped):
		return wrapped.Err
	case res != nil && res.StatusCode != http.StatusSwitchingProtocols:
		return handshake(res.StatusCode)
	}
	return err
}

func (c webSocketConn) Read(ctx context.Context) (Message, error) {
	kind, b, err := c.ws.Read(ctx)
	if err == nil {
		return Message{Text: kind == websocket.MessageText, Data: b}, nil
	}
	switch code := websocket.CloseStatus(err); code {
	case -1:
		return Message{}, err
	case websocket.StatusNormalClosure, websocket.StatusGoingAway, websocket.StatusNoStatusRcvd:
		return Message{}, errLeft
	default:
		return Message{}, fmt.Errorf("closed by the bot with status %d", code)
	}
}

func (c webSocketConn) Write(ctx context.Context, m Message) error {
	kind := websocket.MessageBinary
	if m.Text {
		kind = websocket.MessageText
	}
	return c.ws.Write(ctx, kind, m.Data)
}

func (c webSocketConn) Ping(ctx context.Context) error { return c.ws.Ping(ctx) }

func (c webSocketConn) Close(text string) {
	_ = c.ws.Close(websocket.StatusNormalClosure, text) // it is over either way
}

func (c webSocketConn) Abort() { _ = c.ws.CloseNow() }

// tcpConn is a TCP connection that carries AudioSocket frames.
type tcpConn struct {
	net.Conn
	in   *bufio.Reader
	most int
}

func dialTCP(ctx context.Context, through *fetch.Client, address string, most int) (conn, error) {
	c, err := through.Dial(ctx, address)
	if err != nil {
		return nil, err
	}
	return newTCP(c, most), nil
}

func newTCP(c net.Conn, most int) conn { return &tcpConn{Conn: c, in: bufio.NewReader(c), most: most} }

// rest is how long the rest of a frame may take that has begun.
const rest = 5 * time.Second

func (c *tcpConn) Read(ctx context.Context) (Message, error) {
	stop := context.AfterFunc(ctx, c.Abort)
	defer stop()
	_ = c.SetReadDeadline(time.Time{})
	if _, err := c.in.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			err = errLeft
		}
		return Message{}, err
	}
	_ = c.SetReadDeadline(time.Now().Add(rest))
	var head [asHeader]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return Message{}, fmt.Errorf("read header of frame: %w", err)
	}
	n := int(binary.BigEndian.Uint16(head[1:]))
	if n > c.most {
		return Message{}, fmt.Errorf("frame of %d bytes, allowed are %d", n, c.most)
	}
	frame := append(make([]byte, 0, asHeader+n), head[:]...)[:asHeader+n]
	if _, err := io.ReadFull(c.in, frame[asHeader:]); err != nil {
		return Message{}, fmt.Errorf("read frame of %d bytes: %w", n, err)
	}
	return Message{Data: frame}, nil
}

func (c *tcpConn) Write(ctx context.Context, m Message) error {
	stop := context.AfterFunc(ctx, c.Abort)
	defer stop()
	_, err := c.Conn.Write(m.Data)
	return err
}

// Ping does nothing: the protocol has no question, and TCP asks by itself.
func (c *tcpConn) Ping(context.Context) error { return nil }

func (c *tcpConn) Close(string) { c.Abort() }

func (c *tcpConn) Abort() { _ = c.Conn.Close() }
