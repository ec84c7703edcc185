package sockets

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Peer is somebody to send to.
type Peer struct {
	Network string
	Addr    netip.AddrPort
	// Name is who must be there, for a certificate to prove: the host of the
	// trunk. Without one a connection of the peer's own will do, and one that is
	// made must prove the address.
	Name string
	Path string // of the web server, for ws and wss; default /
}

func (p Peer) server() string {
	if p.Name == "" {
		return p.Addr.Addr().String()
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(p.Name, "[]"), "."))
}

// check refuses what nobody can be reached by.
func (p Peer) check() error {
	if p.Addr.Addr().Zone() != "" {
		return fmt.Errorf("address %s: has a zone, and no other host could make sense of that", p.Addr)
	}
	switch p.Network {
	case UDP, TCP, TLS, WS, WSS:
		return nil
	}
	return fmt.Errorf("transport %q: there is none", p.Network)
}

// serves reports whether messages to p may go over the connection.
func (c *conn) serves(p Peer) bool {
	if c.network != p.Network {
		return false
	}
	return !Secure(c.network) || p.Name == "" || c.dialled && c.server == p.server() || c.proves(p.server())
}

// proves reports whether the peer showed a certificate with this name.
func (c *conn) proves(name string) bool {
	return Secure(c.network) && slices.Contains(c.names, name)
}

// connect makes a connection to a peer unless there is one.
func (h *hub) connect(ctx context.Context, p Peer, from netip.Addr) (*conn, error) {
	for {
		if c := h.find(p.Addr); c != nil && c.serves(p) {
			return c, nil
		}
		h.mu.Lock()
		other, busy := h.dialling[p.Addr]
		if !busy {
			h.dialling[p.Addr] = make(chan struct{})
		}
		h.mu.Unlock()
		if !busy {
			break
		}
		select {
		case <-other:
		case <-ctx.Done():
			return nil, fmt.Errorf("connect to %s: %w", p.Addr, ctx.Err())
		}
	}
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		close(h.dialling[p.Addr])
		delete(h.dialling, p.Addr)
	}()
	c, err := h.dial(ctx, p, from)
	if err != nil {
		h.env.of(p.Network).dialFailures.Add(1)
		return nil, fmt.Errorf("connect to %s by %s: %w", p.Addr, p.Network, err)
	}
	h.env.of(p.Network).dialled.Add(1)
	return c, nil
}

func (h *hub) dial(ctx context.Context, p Peer, from netip.Addr) (*conn, error) {
	if p.Network == UDP {
		return nil, fmt.Errorf("it has no connections")
	}
	ctx, cancel := context.WithTimeout(ctx, h.env.Connect)
	defer cancel()
	var d net.Dialer
	if from.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	under, err := d.DialContext(ctx, TCP, p.Addr.String())
	if err != nil {
		return nil, err
	}
	l, err := h.admit(under, p.Addr, false)
	if err != nil {
		_ = under.Close()
		return nil, err
	}
	c, err := h.raise(ctx, p, l)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	c.dialled, c.server = true, p.server()
	return c, h.feed(ctx, c)
}

// raise puts on a fresh TCP connection what its transport has above that.
func (h *hub) raise(ctx context.Context, p Peer, l *link) (*conn, error) {
	var under net.Conn = l
	if Secure(p.Network) {
		cfg, err := h.env.Client.Config(p.server())
		if err != nil {
			return nil, err
		}
		secured := tls.Client(l, cfg)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("shake hands with %q: %w", p.server(), err)
		}
		under = secured
	}
	if webSocket(p.Network) {
		frames, err := dialWebSocket(ctx, under, p)
		if err != nil {
			return nil, err
		}
		return newConn(h, p.Network, under, frames), nil
	}
	return newConn(h, p.Network, under, &stream{}), nil
}
