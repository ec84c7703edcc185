// Package nexthop knows which way IP packets leave this machine, for senders
// that write their own Ethernet headers.
//
// A Finder is a goroutine beside one media thread. The thread asks once for
// each pair of addresses and is told the answer, and every later change of it,
// through a ring; it never waits and never touches netlink, whose locks can be
// held for milliseconds while somebody reconfigures the network. The kernel's
// tables alone decide: policy routing and redundant routers work as for any
// other packet. A Finder resolves no neighbour itself: while one is unknown the
// answer is that a frame will not do, and a packet sent by socket makes the
// kernel find it.
//
// Asking, and answering what has not changed, allocates nothing.
package nexthop

import (
	"fmt"
	"net/netip"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/netlink"
	"trunkline/internal/ring"
)

// Capacity is how many queries a Finder answers between two Forgets. What is
// asked beyond is not answered.
const Capacity = 4096

// Query is a question: how do packets get from one of our addresses to another
// one? From may be the unspecified address when the kernel is to choose; Scope
// is the link of a link-local To, or 0. Addresses have no zone.
type Query struct {
	From, To netip.Addr
	Scope    uint32
}

// Hop is the answer.
type Hop struct {
	Query
	Own         bool       // To is an address of this machine
	Ethernet    bool       // a frame will do; the rest is about it
	Source      netip.Addr // From, or what the kernel chooses
	Link        int32      // interface
	Local, Next frame.MAC
}

// Finder answers queries of one thread.
type Finder struct {
	asked *ring.SPSC[Query]
	told  *ring.SPSC[Hop]
	stop  atomic.Bool
	done  chan struct{}
	bell  int
	one   uint64

	// Of the goroutine.
	tables  tables
	notes   int // netlink socket that hears of changes
	watches []watch
	local   loopback
}

// watch is a query and what was last told about it.
type watch struct {
	hop     Hop
	told    bool
	gateway netip.Addr // whose neighbour entry decides, or invalid
	link    int32
}

// Start starts a Finder in the network namespace of the calling thread.
func Start() (*Finder, error) {
	f := &Finder{
		asked: ring.NewSPSC[Query](2 * Capacity), told: ring.NewSPSC[Hop](2 * Capacity),
		done: make(chan struct{}), bell: -1, notes: -1, one: 1,
		watches: make([]watch, 0, Capacity),
		local:   readLoopback(),
	}
	var err error
	if f.bell, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, fmt.Errorf("create eventfd: %w", err)
	}
	if f.tables.Conn, err = netlink.Dial(unix.NETLINK_ROUTE); err == nil {
		f.notes, err = listen()
	}
	if err != nil {
		f.free()
		return nil, err
	}
	go f.run()
	return f, nil
}

// Ask asks q and reports whether there was room for the question. Asking twice
// for the same is the caller's mistake. Media thread.
func (f *Finder) Ask(q Query) bool {
	ok := f.asked.Push(q)
	f.ring()
	return ok
}

// Forget ends all queries. Answers under way may still arrive. Media thread.
func (f *Finder) Forget() bool { return f.Ask(Query{}) }

// Next takes the next answer, if there is one. Media thread.
func (f *Finder) Next() (Hop, bool) { return f.told.Pop() }

// Close ends the goroutine.
func (f *Finder) Close() {
	f.stop.Store(true)
	f.ring()
	<-f.done
	f.free()
}

func (f *Finder) free() {
	unix.Close(f.bell)
	if f.tables.Conn != nil {
		f.tables.Close()
	}
	if f.notes >= 0 {
		unix.Close(f.notes)
	}
}
