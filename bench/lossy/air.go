package lossy

import (
	"container/heap"
	"net"
	"net/netip"
	"time"
)

// parcel is a datagram on its way.
type parcel struct {
	at   time.Time // of its arrival
	data []byte
	from *net.UDPConn
	to   netip.AddrPort
}

// air is what is on its way, the first to arrive at the top.
type air []parcel

func (a air) Len() int           { return len(a) }
func (a air) Less(i, j int) bool { return a[i].at.Before(a[j].at) }
func (a air) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *air) Push(x any)        { *a = append(*a, x.(parcel)) }
func (a *air) Pop() any {
	last := len(*a) - 1
	p := (*a)[last]
	*a = (*a)[:last]
	return p
}

// deliver sends each parcel of posted when its time has come, until posted is
// closed; what is on its way then is lost.
func deliver(posted <-chan parcel) {
	var way air
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		select {
		case p, ok := <-posted:
			if !ok {
				return
			}
			heap.Push(&way, p)
		case <-due.C:
		}
		for len(way) > 0 && !way[0].at.After(time.Now()) {
			p := heap.Pop(&way).(parcel)
			p.from.WriteToUDPAddrPort(p.data, p.to) // what cannot be sent is lost
		}
		if len(way) > 0 {
			due.Reset(time.Until(way[0].at))
		}
	}
}
