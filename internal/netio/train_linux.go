package netio

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/nexthop"
)

// A train is frames that leave with one system call, each through an interface
// of its own.
type train struct {
	fd   int
	n    int
	free []byte
	msgs [trainLen]mmsghdr
	iovs [trainLen]unix.Iovec
	to   [trainLen]unix.RawSockaddrLinklayer
	room [trainLen * slot]byte
}

// trainLen bounds a train; longer ones gain nothing. slot is the longest frame
// in whole cache lines.
const (
	trainLen = 64
	slot     = (frame.Ethernet + frame.Largest + 63) &^ 63
)

// newTrain makes an empty train that leaves through a packet socket.
func newTrain(fd int) *train {
	t := &train{fd: fd}
	t.free = t.room[:]
	for i := range t.msgs {
		m := &t.msgs[i]
		m.Name, m.Namelen = (*byte)(unsafe.Pointer(&t.to[i])), unix.SizeofSockaddrLinklayer
		m.Iov = &t.iovs[i]
		m.SetIovlen(1)
		t.to[i].Family = unix.AF_PACKET
	}
	return t
}

// full reports whether there is no place for another frame.
func (t *train) full() bool { return t.n == trainLen }

// add puts a frame on the train.
func (t *train) add(h *frame.Header, data []byte, to *nexthop.Hop) {
	f := h.Append(t.free[:0], data)
	t.free = t.free[(len(f)+63)&^63:]
	i := t.n
	t.iovs[i].Base = &f[0]
	t.iovs[i].SetLen(len(f))
	t.to[i].Ifindex = to.Link
	t.to[i].Protocol = swap(unix.ETH_P_IP)
	if !to.To.Is4() {
		t.to[i].Protocol = swap(unix.ETH_P_IPV6)
	}
	t.n++
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
