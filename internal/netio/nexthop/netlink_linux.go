package nexthop

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
)

// talk is a conversation with rtnetlink(7): one request, one answer.
type talk struct {
	fd  int
	seq uint32
	out []byte
	in  []byte
}

func dial() (*talk, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	// The kernel answers before the request returns; this guards against a kernel that does not.
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	return &talk{fd: fd, out: make([]byte, 0, 256), in: make([]byte, 1<<14)}, nil
}

// listen opens a netlink socket that hears of everything an answer depends on.
func listen() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return -1, fmt.Errorf("open netlink: %w", err)
	}
	groups := uint32(0)
	for _, g := range [...]uint{unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV4_ROUTE,
		unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV6_ROUTE, unix.RTNLGRP_IPV6_RULE} {
		groups |= 1 << (g - 1)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("listen to netlink: %w", err)
	}
	return fd, nil
}

// begin starts a request with a fixed part of n bytes, which it returns.
func (t *talk) begin(kind uint16, n int) []byte {
	t.seq++
	t.out = t.out[:unix.NLMSG_HDRLEN+n]
	clear(t.out)
	binary.NativeEndian.PutUint16(t.out[4:], kind)
	binary.NativeEndian.PutUint16(t.out[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(t.out[8:], t.seq)
	return t.out[unix.NLMSG_HDRLEN:]
}

// attr appends an attribute whose value is as long as a multiple of four.
func (t *talk) attr(kind uint16, value []byte) {
	t.out = binary.NativeEndian.AppendUint16(t.out, uint16(4+len(value)))
	t.out = binary.NativeEndian.AppendUint16(t.out, kind)
	t.out = append(t.out, value...)
}

func (t *talk) attrAddr(kind uint16, a netip.Addr) {
	if a.Is4() {
		b := a.As4()
		t.attr(kind, b[:])
		return
	}
	b := a.As16()
	t.attr(kind, b[:])
}

func (t *talk) attrInt(kind uint16, v uint32) {
	t.out = binary.NativeEndian.AppendUint16(t.out, 8)
	t.out = binary.NativeEndian.AppendUint16(t.out, kind)
	t.out = binary.NativeEndian.AppendUint32(t.out, v)
}

// ask sends the request and returns the body of the answer if it is of kind.
func (t *talk) ask(kind uint16) ([]byte, bool) {
	binary.NativeEndian.PutUint32(t.out, uint32(len(t.out)))
	if _, err := unix.Write(t.fd, t.out); err != nil {
		return nil, false
	}
	for range 4 { // answers to requests that had timed out may come first
		n, err := unix.Read(t.fd, t.in)
		if err != nil {
			return nil, false
		}
		for m := range messages(t.in[:n]) {
			if m.seq == t.seq {
				return m.body, m.kind == kind
			}
		}
	}
	return nil, false
}

// route is what the kernel says about a destination.
type route struct {
	own     bool
	link    int32
	gateway netip.Addr // invalid: the destination is on the link
	source  netip.Addr
	mtu     int  // 0: the link's
	wrapped bool // in MPLS, IP in IP or the like
}

// route asks for the way to q.To; false when there is none, or when it is not
// one machine's address.
func (t *talk) route(q Query) (route, bool) {
	h := t.begin(unix.RTM_GETROUTE, unix.SizeofRtMsg)
	h[0], h[1] = family(q.To), byte(q.To.BitLen())
	t.attrAddr(unix.RTA_DST, q.To)
	if !q.From.IsUnspecified() {
		t.out[unix.NLMSG_HDRLEN+2] = byte(q.From.BitLen())
		t.attrAddr(unix.RTA_SRC, q.From)
	}
	if q.Scope != 0 {
		t.attrInt(unix.RTA_OIF, q.Scope)
	}
	b, ok := t.ask(unix.RTM_NEWROUTE)
	if !ok || len(b) < unix.SizeofRtMsg || b[7] != unix.RTN_UNICAST && b[7] != unix.RTN_LOCAL {
		return route{}, false
	}
	r := route{own: b[7] == unix.RTN_LOCAL}
	for kind, v := range attrs(b[unix.SizeofRtMsg:]) {
		switch kind {
		case unix.RTA_OIF:
			r.link = int32(integer(v))
		case unix.RTA_GATEWAY:
			r.gateway, _ = netip.AddrFromSlice(v)
		case unix.RTA_VIA: // a gateway of the other family: two bytes of it come first
			if len(v) > 2 {
				r.gateway, _ = netip.AddrFromSlice(v[2:])
			}
		case unix.RTA_PREFSRC:
			r.source, _ = netip.AddrFromSlice(v)
		case unix.RTA_METRICS:
			for kind, v := range attrs(v) {
				if kind == unix.RTAX_MTU {
					r.mtu = int(integer(v))
				}
			}
		case unix.RTA_ENCAP:
			r.wrapped = true
		}
	}
	return r, r.link != 0
}

// link is what an interface is.
type link struct {
	kind    uint16 // ARPHRD_…
	flags   uint32
	mtu     int
	address frame.MAC
}

func (t *talk) link(index int32) (link, bool) {
	h := t.begin(unix.RTM_GETLINK, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(h[4:], uint32(index))
	b, ok := t.ask(unix.RTM_NEWLINK)
	if !ok || len(b) < unix.SizeofIfInfomsg {
		return link{}, false
	}
	l := link{kind: binary.NativeEndian.Uint16(b[2:]), flags: binary.NativeEndian.Uint32(b[8:])}
	for kind, v := range attrs(b[unix.SizeofIfInfomsg:]) {
		switch {
		case kind == unix.IFLA_MTU:
			l.mtu = int(integer(v))
		case kind == unix.IFLA_ADDRESS && len(v) == len(l.address):
			l.address = frame.MAC(v)
		}
	}
	return l, true
}

// usable are the states in which a neighbour's address may be used. Stale is
// one: sending lets the kernel look whether it still is there.
const usable = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT | unix.NUD_NOARP

func (t *talk) neighbour(link int32, of netip.Addr) (mac frame.MAC, ok bool) {
	h := t.begin(unix.RTM_GETNEIGH, unix.SizeofNdMsg)
	h[0] = family(of)
	binary.NativeEndian.PutUint32(h[4:], uint32(link))
	t.attrAddr(unix.NDA_DST, of)
	b, ok := t.ask(unix.RTM_NEWNEIGH)
	if !ok || len(b) < unix.SizeofNdMsg || binary.NativeEndian.Uint16(b[8:])&usable == 0 {
		return mac, false
	}
	ok = false
	for kind, v := range attrs(b[unix.SizeofNdMsg:]) {
		if kind == unix.NDA_LLADDR && len(v) == len(mac) {
			mac, ok = frame.MAC(v), true
		}
	}
	return mac, ok
}

// neighbourOf says whom an announcement about a neighbour concerns.
func neighbourOf(b []byte) (link int32, whose netip.Addr, ok bool) {
	if len(b) < unix.SizeofNdMsg {
		return 0, whose, false
	}
	for kind, v := range attrs(b[unix.SizeofNdMsg:]) {
		if kind == unix.NDA_DST {
			whose, ok = netip.AddrFromSlice(v)
		}
	}
	return int32(binary.NativeEndian.Uint32(b[4:])), whose, ok
}

func family(a netip.Addr) byte {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// message is one netlink message.
type message struct {
	kind uint16
	seq  uint32
	body []byte
}

// messages walks what one read brought; it ends where lengths make no sense.
func messages(b []byte) iter.Seq[message] {
	return func(yield func(message) bool) {
		for len(b) >= unix.NLMSG_HDRLEN {
			n := int(binary.NativeEndian.Uint32(b))
			if n < unix.NLMSG_HDRLEN || n > len(b) {
				return
			}
			m := message{binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint32(b[8:]), b[unix.NLMSG_HDRLEN:n]}
			if !yield(m) {
				return
			}
			b = b[min(len(b), (n+3)&^3):]
		}
	}
}

// attrs walks attributes; it ends where lengths make no sense.
func attrs(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= unix.SizeofRtAttr {
			n := int(binary.NativeEndian.Uint16(b))
			if n < unix.SizeofRtAttr || n > len(b) {
				return
			}
			if !yield(binary.NativeEndian.Uint16(b[2:])&0x3fff, b[unix.SizeofRtAttr:n]) { // two bits are flags
				return
			}
			b = b[min(len(b), (n+3)&^3):]
		}
	}
}

func integer(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}
