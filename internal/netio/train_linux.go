package netio

import (
	"encoding/binary"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
)

// A train is packets that leave through one socket with one system call.
type train struct {
	fd   int
	n    int
	skip int // bytes of a frame's beginning that the socket wants to write itself
	free []byte
	msgs [trainLen]mmsghdr
	iovs [trainLen]unix.Iovec
	to   [trainLen]sockaddr
	room [trainLen * slot]byte
}

// trainLen bounds a train; longer ones gain nothing. slot is the longest frame
// in whole cache lines.
const (
	trainLen = 64
	slot     = (frame.Ethernet + frame.Largest + 63) &^ 63
)

// newTrain makes an empty train that leaves through fd, with addresses of the
// given length.
func newTrain(fd, skip int, addrLen uint32) *train {
	t := &train{fd: fd, skip: skip}
	t.free = t.room[:]
	for i := range t.msgs {
		m := &t.msgs[i]
		m.Name, m.Namelen, m.Iov = &t.to[i].raw[0], addrLen, &t.iovs[i]
		m.SetIovlen(1)
	}
	return t
}

// full reports whether there is no place for another packet.
func (t *train) full() bool { return t.n == trainLen }

// add puts a packet on the train; the address it goes to is for the caller to
// fill in.
func (t *train) add(h *frame.Header, data []byte) *sockaddr {
	f := h.Append(t.free[:0], data)
	t.free = t.free[(len(f)+63)&^63:]
	i := t.n
	t.iovs[i].Base = &f[t.skip]
	t.iovs[i].SetLen(len(f) - t.skip)
	t.n++
	return &t.to[i]
}

// leave sends everything and tells count what became of it.
func (t *train) leave(count *Counters) {
	for m := t.msgs[:t.n]; len(m) > 0; {
		n, e := sendmmsg(t.fd, m)
		count.Out += uint64(n)
		count.OutRaw += uint64(n)
		if e != 0 {
			count.fail(e)
			n = 1
		}
		m = m[n:]
	}
	t.n, t.free = 0, t.room[:]
}

// toLink writes an address for a packet socket (struct sockaddr_ll).
func (sa *sockaddr) toLink(index int32, protocol uint16) {
	binary.NativeEndian.PutUint16(sa.raw[0:], syscall.AF_PACKET)
	binary.BigEndian.PutUint16(sa.raw[2:], protocol)
	binary.NativeEndian.PutUint32(sa.raw[4:], uint32(index))
}

// etherType is the protocol number of an address's family.
func etherType(a netip.Addr) uint16 {
	if a.Is4() {
		return syscall.ETH_P_IP
	}
	return syscall.ETH_P_IPV6
}
