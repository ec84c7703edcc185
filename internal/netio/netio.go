package netio

import (
	"io"
	"net/netip"

	"trunkline/internal/clock"
)

// MaxDatagram is the longest datagram taken in or sent, bytes. RTP over a
// usual path never exceeds 1500; longer ones are dropped and counted.
const MaxDatagram = 2048

// Kind says which socket of a port pair a datagram belongs to.
type Kind uint8

// The two sockets of a pair (RFC 3550 §11): RTP on the even port, RTCP on the
// odd one above.
const (
	RTP Kind = iota
	RTCP
)

// Leg names a port pair within one Packets: small, dense, and used again after
// Remove, so that it can index a slice.
type Leg uint32

// Datagram is one packet in or out.
type Datagram struct {
	Leg  Leg
	Kind Kind
	Peer netip.AddrPort // where it came from, or goes to
	Data []byte         // in: valid until the next Receive; out: during Send
}

// Ports is a bound port pair. The control plane binds and closes it; in between
// it is lent to a Packets.
type Ports interface {
	Addr() netip.AddrPort // of the RTP socket
	io.Closer             // frees both ports; only after Remove
}

// Packets moves datagrams between the wire and one media thread, the only
// caller of all methods.
type Packets interface {
	// Add starts receiving on p. It allocates, unlike the rest.
	Add(p Ports) (Leg, error)
	// Remove forgets the pair of l, which may now be closed. l may be given out
	// again by the next Add.
	Remove(l Leg)
	// Receive fills in with datagrams that are there and returns how many; 0
	// means there is nothing more for now. A flood to one port delays the others'
	// datagrams at most by the time it takes to receive it. It never waits.
	Receive(in []Datagram) int
	// Send transmits out in order. What the kernel does not take is counted and
	// gone: sound that is late is worthless.
	Send(out []Datagram)
	// Counters returns what happened so far.
	Counters() Counters
	io.Closer
}

// Latcher is a Packets that gains from knowing that a leg's peer is settled. It
// is a hint, for RTP only: nothing is sent elsewhere or dropped because of it,
// except that other senders may no longer be heard.
type Latcher interface {
	// Latch says that from now on only what peer sends to the RTP port of l
	// matters; the zero AddrPort takes that back. So does a Send to another
	// peer. A leg that may have to learn another address, after a re-INVITE for
	// instance, must take it back first.
	Latch(l Leg, peer netip.AddrPort)
}

// Counters counts datagrams and everything that went wrong with them.
type Counters struct {
	In, Out    uint64 // datagrams received and sent
	Truncated  uint64 // longer than MaxDatagram: dropped
	Unreadable uint64 // recvfrom failed: ICMP errors of earlier sends, mostly
	Again      uint64 // announced as readable, but nothing was there
	SendFull   uint64 // EAGAIN, ENOBUFS: the kernel's queues are full
	SendFailed uint64 // any other refusal: forbidden, unreachable, filtered, ICMP errors

	// Of the tiers above T0.
	OutRaw     uint64 // of Out: below the sockets, in batches
	InRing     uint64 // of In: out of the receive ring
	RingLost   uint64 // came while the receive ring was full
	RingStray  uint64 // in the ring, but for no leg: another thread's or a forwarded packet
	RingBroken uint64 // in the ring with a wrong checksum, length or source address
}

// Pacer decides when a media thread runs. All methods but Wake belong to the thread.
type Pacer interface {
	Now() clock.Time
	// Tick sleeps until the next millisecond and returns the time. A thread
	// that is late returns at once.
	Tick() clock.Time
	// Sleep sleeps until Wake, however long that takes, and returns the time.
	// It may return without one.
	Sleep() clock.Time
	// Wake ends the Sleep under way, or the next one. Any goroutine; never blocks.
	Wake()
	io.Closer
}

// Bell is how a media thread, which must not touch a Go channel, wakes a goroutine.
type Bell interface {
	// Ring lets Wait return. Media thread; never blocks.
	Ring()
	// Wait waits for a Ring since it last returned. It reports false once the
	// bell is closed. One goroutine.
	Wait() bool
	// Close ends Wait. Only after the last Ring.
	io.Closer
}
