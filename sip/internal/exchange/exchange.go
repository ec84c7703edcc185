// Package exchange sends requests other than INVITE and waits for their final
// responses, and sends ACKs, which have none: the client half of RFC 3261 §17.1.2 on
// top of sipgo's transactions.
//
// A Client belongs to an endpoint and keeps nothing between requests. Its methods
// wait, so they need a goroutine of their caller's; none runs on the reader of a
// socket. It adds nothing to a request and answers no challenge: whoever sends does.
package exchange

import (
	"context"
	"errors"
	"fmt"
	"net/netip"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/count"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Client sends requests. All fields are set.
type Client struct {
	Stack   *sipgo.UserAgent
	Sockets *sockets.Set
	Counts  *count.Counters
}

// Way says by which connection a request goes that its place and destination have
// been set on. The zero value is a datagram.
type Way struct {
	Network string
	Name    string // who must be at the other end of TLS; "": whoever is there
	// Connect allows a new connection when there is none. What the far side wrote
	// into a message never earns one.
	Connect bool
}

// Why there is no response.
var (
	ErrSilence   = errors.New("no response")
	ErrNoFlow    = errors.New("the connection is gone")
	errDirection = errors.New("no destination")
)

// Do sends a request and returns its final response. It ends with ErrSilence after
// 64*T1, or when ctx does.
func (c *Client) Do(ctx context.Context, req *gosip.Request, way Way) (*gosip.Response, error) {
	if err := c.ready(ctx, req, way); err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	tx, err := c.Stack.TransactionLayer().Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	c.Counts.TransactionBegun(count.Client)
	defer c.Counts.TransactionEnded(count.Client)
	defer tx.Terminate() // repeated answers need nobody to wait for them
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			err := tx.Err()
			if err == nil || errors.Is(err, gosip.ErrTransactionTimeout) {
				err = ErrSilence
			}
			return nil, fmt.Errorf("send %s: %w", req.Method, err)
		case <-ctx.Done():
			return nil, fmt.Errorf("send %s: %w", req.Method, ctx.Err())
		}
	}
}

// Ask is Do for a request whose challenge may be answered: again writes it anew, with
// the answer to a 401 or 407; nil when there is none, and the challenge is what is
// returned.
func (c *Client) Ask(ctx context.Context, req *gosip.Request, way Way, again func(*gosip.Request, *gosip.Response) *gosip.Request) (*gosip.Response, error) {
	for {
		res, err := c.Do(ctx, req, way)
		if err != nil || res.StatusCode != 401 && res.StatusCode != 407 {
			return res, err
		}
		next := again(req, res)
		if next == nil {
			return res, nil
		}
		req = next
	}
}

// Write sends an ACK.
func (c *Client) Write(ctx context.Context, ack *gosip.Request, way Way) error {
	err := c.ready(ctx, ack, way)
	if err == nil {
		err = c.Stack.TransportLayer().WriteMsg(ack)
	}
	if err != nil {
		return fmt.Errorf("send %s: %w", ack.Method, err)
	}
	return nil
}

// Reply sends a response by the transaction's write, if it may be sent.
func Reply(res *gosip.Response, write func(*gosip.Response) error) error {
	if err := wire.CheckSent(res); err != nil {
		return err
	}
	return write(res)
}

// Prompt reports whether Write takes no time: nothing is to be connected.
func (c *Client) Prompt(req *gosip.Request, way Way) bool {
	peer, err := netip.ParseAddrPort(req.Destination())
	return !way.stream() || err != nil || c.Sockets.Connected(peer)
}

func (w Way) stream() bool { return w.Network != "" && w.Network != sockets.UDP }

// ready holds a request against what may be sent, and makes the connection that it
// needs, if it may.
func (c *Client) ready(ctx context.Context, req *gosip.Request, way Way) error {
	if err := wire.CheckSent(req); err != nil {
		return err
	}
	peer, err := netip.ParseAddrPort(req.Destination())
	switch {
	case err != nil:
		return errDirection
	case !way.stream():
		return nil
	case !way.Connect && !c.Sockets.Connected(peer):
		return ErrNoFlow
	case c.Sockets.Connected(peer) && !way.Connect:
		return nil
	}
	_, err = c.Sockets.To(ctx, sockets.Peer{Network: way.Network, Addr: peer, Name: way.Name})
	return err
}
