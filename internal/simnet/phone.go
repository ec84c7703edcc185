package simnet

import "net/netip"

// Phone is a test's own end of the network: one address to send from and
// receive on. Any goroutine.
type Phone struct {
	net  *Net
	port *port
}

// Phone binds addr for the test itself.
func (n *Net) Phone(addr netip.AddrPort) (*Phone, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p, err := n.bind(addr)
	if err != nil {
		return nil, err
	}
	return &Phone{net: n, port: p}, nil
}

// Addr returns the phone's address.
func (p *Phone) Addr() netip.AddrPort { return p.port.addr }

// Send sends one datagram.
func (p *Phone) Send(to netip.AddrPort, data []byte) {
	now := p.net.Now()
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.net.send(now, p.port.addr, to, data)
}

// Receive copies the oldest datagram that has arrived into buf; false when
// there is none.
func (p *Phone) Receive(buf []byte) (n int, from netip.AddrPort, ok bool) {
	now := p.net.Now()
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.net.settle(now)
	pk, ok := p.port.pop()
	if !ok {
		return 0, netip.AddrPort{}, false
	}
	n = copy(buf, pk.data)
	p.net.free = append(p.net.free, pk.data)
	return n, pk.from, true
}

// Close frees the address.
func (p *Phone) Close() error {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	p.net.unbind(p.port)
	return nil
}
