package nexthop

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/netlink"
)

// tables asks the kernel for single entries of its tables (rtnetlink(7)).
type tables struct{ *netlink.Conn }

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
func (t tables) route(q Query) (route, bool) {
	h := t.Begin(unix.RTM_GETROUTE, unix.SizeofRtMsg)
	h[0], h[1] = family(q.To), byte(q.To.BitLen())
	if !q.From.IsUnspecified() {
		h[2] = byte(q.From.BitLen())
		t.Addr(unix.RTA_SRC, q.From)
	}
	t.Addr(unix.RTA_DST, q.To)
	if q.Scope != 0 {
		t.Int(unix.RTA_OIF, q.Scope)
	}
	b, ok := t.Ask(unix.RTM_NEWROUTE)
	if !ok || len(b) < unix.SizeofRtMsg || b[7] != unix.RTN_UNICAST && b[7] != unix.RTN_LOCAL {
		return route{}, false
	}
	r := route{own: b[7] == unix.RTN_LOCAL}
	for kind, v := range netlink.Attrs(b[unix.SizeofRtMsg:]) {
		switch kind {
		case unix.RTA_OIF:
			r.link = int32(netlink.Int(v))
		case unix.RTA_GATEWAY:
			r.gateway, _ = netip.AddrFromSlice(v)
		case unix.RTA_VIA: // a gateway of the other family: two bytes of it come first
			if len(v) > 2 {
				r.gateway, _ = netip.AddrFromSlice(v[2:])
			}
		case unix.RTA_PREFSRC:
			r.source, _ = netip.AddrFromSlice(v)
		case unix.RTA_METRICS:
			for kind, v := range netlink.Attrs(v) {
				if kind == unix.RTAX_MTU {
					r.mtu = int(netlink.Int(v))
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

func (t tables) link(index int32) (link, bool) {
	h := t.Begin(unix.RTM_GETLINK, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(h[4:], uint32(index))
	b, ok := t.Ask(unix.RTM_NEWLINK)
	if !ok || len(b) < unix.SizeofIfInfomsg {
		return link{}, false
	}
	l := link{kind: binary.NativeEndian.Uint16(b[2:]), flags: binary.NativeEndian.Uint32(b[8:])}
	for kind, v := range netlink.Attrs(b[unix.SizeofIfInfomsg:]) {
		switch {
		case kind == unix.IFLA_MTU:
			l.mtu = int(netlink.Int(v))
		case kind == unix.IFLA_ADDRESS && len(v) == len(l.address):
			l.address = frame.MAC(v)
		}
	}
	return l, true
}

// usable are the states in which a neighbour's address may be used. Stale is
// one: sending lets the kernel look whether it still is there.
const usable = unix.NUD_REACHABLE | unix.NUD_STALE | unix.NUD_DELAY | unix.NUD_PROBE | unix.NUD_PERMANENT | unix.NUD_NOARP

func (t tables) neighbour(link int32, of netip.Addr) (mac frame.MAC, ok bool) {
	h := t.Begin(unix.RTM_GETNEIGH, unix.SizeofNdMsg)
	h[0] = family(of)
	binary.NativeEndian.PutUint32(h[4:], uint32(link))
	t.Addr(unix.NDA_DST, of)
	b, ok := t.Ask(unix.RTM_NEWNEIGH)
	if !ok || len(b) < unix.SizeofNdMsg || binary.NativeEndian.Uint16(b[8:])&usable == 0 {
		return mac, false
	}
	ok = false
	for kind, v := range netlink.Attrs(b[unix.SizeofNdMsg:]) {
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
	for kind, v := range netlink.Attrs(b[unix.SizeofNdMsg:]) {
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
