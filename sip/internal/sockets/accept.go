package sockets

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"path"
	"sync"
	"time"

	"trunkline/sip/internal/sockets/certs"
)

// door is a bound listener for connections. What its Accept returns is within the
// limits, and its source is known or may still prove to be.
type door struct {
	Listener
	tcp      *net.TCPListener
	hub      *hub
	identity *certs.Identity // of tls and wss
}

func openDoor(h *hub, l Listener) (*door, error) {
	d := &door{Listener: l, hub: h}
	for _, pattern := range l.Origins {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("listen on %s %s: origin %q: %w", l.Network, l.Addr, pattern, err)
		}
	}
	if Secure(l.Network) {
		var err error
		if d.identity, err = certs.New(l.TLS, h.env.Log); err != nil {
			return nil, fmt.Errorf("listen on %s %s: %w", l.Network, l.Addr, err)
		}
	}
	bound, err := net.ListenTCP(family(TCP, l.Addr.Addr()), net.TCPAddrFromAddrPort(l.Addr))
	if err != nil {
		return nil, fmt.Errorf("listen on %s %s: %w", l.Network, l.Addr, err)
	}
	d.tcp, d.Listener.Addr = bound, addrPort(bound.Addr())
	return d, nil
}

// serve takes in connections until the listener is closed.
func (d *door) serve(work *sync.WaitGroup) {
	for {
		l, err := d.take()
		if err != nil {
			return
		}
		work.Go(func() { d.welcome(l) })
	}
}

// take waits for the next connection that may stay for now.
func (d *door) take() (*link, error) {
	env := d.hub.env
	for {
		under, err := d.tcp.AcceptTCP()
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		if err != nil {
			env.of(d.Network).acceptFailures.Add(1)
			env.Log.Warn("sip accept", "listener", d.Listener.Addr.String(), "error", err)
			time.Sleep(50 * time.Millisecond) // such as EMFILE: not a busy loop
			continue
		}
		peer := addrPort(under.RemoteAddr())
		stranger := !env.Known(peer.Addr())
		if peer.Addr().Zone() != "" || stranger && env.CloseUnknown && !d.asksNames() {
			env.refuse("unknown_source", peer, "transport", d.Network)
			_ = under.Close()
			continue
		}
		l, err := d.hub.admit(under, peer, stranger)
		if errors.Is(err, net.ErrClosed) {
			_ = under.Close()
			return nil, err
		}
		if err != nil {
			env.refuse("too_many_connections", peer, "transport", d.Network, "error", err)
			_ = under.Close()
			continue
		}
		env.of(d.Network).accepted.Add(1)
		return l, nil
	}
}

// asksNames reports whether a source may prove who it is by a certificate.
func (d *door) asksNames() bool { return d.TLS.ClientCAFile != "" && d.hub.env.KnownNames != nil }

// welcome sees a connection through until sipgo knows it.
func (d *door) welcome(l *link) {
	var under net.Conn = l
	var names []string
	if Secure(d.Network) {
		secured, certified, err := d.secure(l)
		if err != nil {
			d.failed(l, err)
			return
		}
		under, names = secured, certified
	}
	if !d.trusts(l, names) {
		_ = under.Close()
		return
	}
	var in carrier = &stream{}
	if webSocket(d.Network) {
		frames, err := d.upgrade(under)
		if err != nil {
			d.failed(l, err)
			return
		}
		in = frames
	}
	d.adopt(l, under, names, in)
}

// adopt gives a connection to sipgo once it has brought a message.
func (d *door) adopt(l *link, under net.Conn, names []string, in carrier) {
	c := newConn(d.hub, d.Network, under, in)
	c.names = names
	if !c.greet() {
		return
	}
	if err := d.hub.feed(context.Background(), c); err != nil && !errors.Is(err, net.ErrClosed) {
		d.hub.env.refuse("second_connection", l.peer, "transport", d.Network, "error", err)
	}
}

// secure shakes hands.
func (d *door) secure(l *link) (*tls.Conn, []string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d.hub.env.Message)
	defer cancel()
	secured := tls.Server(l, d.identity.Config())
	if err := secured.HandshakeContext(ctx); err != nil {
		return nil, nil, err
	}
	names, err := d.identity.Names(secured.ConnectionState())
	return secured, names, err
}

// failed ends a connection whose handshake did.
func (d *door) failed(l *link, err error) {
	_ = l.Close()
	if d.hub.isClosed() {
		return
	}
	d.hub.env.of(d.Network).handshakeFailures.Add(1)
	d.hub.env.refuse("handshake", l.peer, "transport", d.Network, "error", err)
}

// trusts reports whether a source, of which now everything is known, may stay.
func (d *door) trusts(l *link, names []string) bool {
	if d.hub.env.known(l.peer.Addr(), names) {
		l.trust()
		return true
	}
	if d.hub.env.CloseUnknown {
		d.hub.env.refuse("unknown_source", l.peer, "transport", d.Network)
		return false
	}
	return true
}
