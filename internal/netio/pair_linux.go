package netio

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"syscall"
)

// Pair is two UDP sockets on neighbouring ports, RTP and RTCP, or one for both.
type Pair struct {
	addr      netip.AddrPort
	rtp, rtcp int32 // rtcp is rtp when there is one for both
	family    uint16
	scope     uint32 // of a link-local address we are bound on
	dropping  bool   // the sockets leave plain datagrams to a ring, see Prepare
}

var _ Ports = (*Pair)(nil)

// expedited is the DSCP of telephone sound, EF (RFC 3246, RFC 4594 §4.1), where
// it lies in the TOS or traffic class byte.
const expedited = 46 << 2

// Bind binds port for RTP and the one above for RTCP on addr. The error wraps
// the system's: syscall.EADDRINUSE when either port is taken.
func Bind(addr netip.Addr, port uint16) (*Pair, error) {
	if port == 65535 {
		return nil, fmt.Errorf("bind %v and the port above: %w", netip.AddrPortFrom(addr, port), syscall.EINVAL)
	}
	p, err := BindMux(addr, port)
	if err != nil {
		return nil, err
	}
	if p.rtcp, err = p.socket(port + 1); err != nil {
		syscall.Close(int(p.rtp))
		return nil, err
	}
	return p, nil
}

// BindMux binds port for RTP and RTCP together (RFC 5761). What comes in is of
// Kind RTP, whatever it is; both kinds go out of the one port.
func BindMux(addr netip.Addr, port uint16) (*Pair, error) {
	p := &Pair{addr: netip.AddrPortFrom(addr, port), family: syscall.AF_INET}
	if !addr.IsValid() || port == 0 {
		return nil, fmt.Errorf("bind %v: %w", p.addr, syscall.EINVAL)
	}
	if !addr.Unmap().Is4() {
		p.family, p.scope = syscall.AF_INET6, scopeOf(addr.Zone())
	}
	var err error
	p.rtp, err = p.socket(port)
	p.rtcp = p.rtp
	if err != nil {
		return nil, err
	}
	return p, nil
}

// muxed reports whether one socket serves both kinds.
func (p *Pair) muxed() bool { return p.rtcp == p.rtp }

// local is the address of the socket of a kind.
func (p *Pair) local(k Kind) netip.AddrPort {
	if k == RTCP && !p.muxed() {
		return netip.AddrPortFrom(p.addr.Addr(), p.addr.Port()+1)
	}
	return p.addr
}

// socket makes one bound, non-blocking socket.
func (p *Pair) socket(port uint16) (int32, error) {
	at := netip.AddrPortFrom(p.addr.Addr(), port)
	fd, err := syscall.Socket(int(p.family), syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("bind %v: socket: %w", at, err)
	}
	var sa syscall.Sockaddr
	if p.family == syscall.AF_INET {
		// Marking is a wish: where it is not permitted, sound still flows.
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IP, syscall.IP_TOS, expedited)
		sa = &syscall.SockaddrInet4{Port: int(port), Addr: at.Addr().Unmap().As4()}
	} else {
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_TCLASS, expedited)
		sa = &syscall.SockaddrInet6{Port: int(port), Addr: at.Addr().As16(), ZoneId: p.scope}
	}
	if err := syscall.Bind(fd, sa); err != nil {
		syscall.Close(fd)
		return 0, fmt.Errorf("bind %v: %w", at, err)
	}
	return int32(fd), nil
}

// scopeOf returns the number of a zone, which is an interface's name or number;
// 0 when there is no such interface, and bind then says so.
func scopeOf(zone string) uint32 {
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// Prepare does ahead what Add of a tier would have to do and what takes the
// kernel long: for T2, ten times as long as all the rest. Whoever binds a pair
// calls it before lending the pair to a Packets; it needs no privilege.
// Datagrams that come in between are lost.
func (p *Pair) Prepare(t Tier) error {
	if t != T2 || p.dropping {
		return nil
	}
	program := legFilter(p.family)
	err := attachFilter(int(p.rtp), program)
	if err == nil && !p.muxed() {
		err = attachFilter(int(p.rtcp), program)
	}
	if err != nil {
		return fmt.Errorf("prepare %v for %v: %w", p.addr, t, err)
	}
	p.dropping = true
	return nil
}

// hearAll takes Prepare back.
func (p *Pair) hearAll() {
	if p.dropping {
		detachFilter(int(p.rtp))
		detachFilter(int(p.rtcp))
		p.dropping = false
	}
}

// Addr returns the address of the RTP socket.
func (p *Pair) Addr() netip.AddrPort { return p.addr }

// Close closes the sockets. Only after Packets.Remove, and once.
func (p *Pair) Close() error {
	err := syscall.Close(int(p.rtp))
	if p.muxed() {
		return err
	}
	if err2 := syscall.Close(int(p.rtcp)); err == nil {
		err = err2
	}
	if err != nil {
		return fmt.Errorf("close %v: %w", p.addr, err)
	}
	return nil
}
