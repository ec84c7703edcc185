package nexthop

import (
	"net/netip"
	"unsafe"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/netlink"
)

// refresh is how often everything is looked up again, milliseconds, in case a
// change was not announced; retry is how long a full ring is given.
const (
	refresh = 30_000
	retry   = 20
)

// run answers queries and follows changes.
func (f *Finder) run() {
	defer close(f.done)
	fds := []unix.PollFd{{Fd: int32(f.bell), Events: unix.POLLIN}, {Fd: int32(f.notes), Events: unix.POLLIN}}
	buf := make([]byte, 1<<16)
	wait := refresh
	for {
		n, err := unix.Poll(fds, wait)
		if f.stop.Load() {
			return
		}
		if n == 0 && err == nil && wait == refresh {
			f.every(func(*watch) bool { return true })
		}
		if fds[0].Revents != 0 {
			unix.Read(f.bell, buf[:8])
			f.hear()
		}
		if fds[1].Revents != 0 {
			f.follow(buf)
		}
		if wait = refresh; !f.tell() {
			wait = retry
		}
	}
}

// hear takes what was asked.
func (f *Finder) hear() {
	for {
		q, ok := f.asked.Pop()
		switch {
		case !ok:
			return
		case q == Query{}:
			f.watches = f.watches[:0]
		case len(f.watches) < cap(f.watches):
			f.watches = append(f.watches, watch{hop: Hop{Query: q}})
			f.find(&f.watches[len(f.watches)-1])
		}
	}
}

// follow reads announcements of changes and looks up again what they concern.
func (f *Finder) follow(buf []byte) {
	for {
		n, err := unix.Read(f.notes, buf)
		if err == unix.EAGAIN || err == unix.EINTR {
			return
		}
		if err != nil { // ENOBUFS: some were lost
			f.every(func(*watch) bool { return true })
			return
		}
		for m := range netlink.Messages(buf[:n]) {
			if m.Kind != unix.RTM_NEWNEIGH && m.Kind != unix.RTM_DELNEIGH {
				f.every(func(*watch) bool { return true })
				continue
			}
			link, whose, ok := neighbourOf(m.Body)
			if ok {
				f.every(func(w *watch) bool { return w.link == link && w.gateway == whose })
			}
		}
	}
}

// every looks up again what concerned says.
func (f *Finder) every(concerned func(*watch) bool) {
	for i := range f.watches {
		if w := &f.watches[i]; concerned(w) {
			f.find(w)
		}
	}
}

// tell hands over answers that are new; false means that the ring is full.
func (f *Finder) tell() bool {
	for i := range f.watches {
		if w := &f.watches[i]; !w.told {
			if !f.told.Push(w.hop) {
				return false
			}
			w.told = true
		}
	}
	return true
}

// find looks w up.
func (f *Finder) find(w *watch) {
	was := w.hop
	w.hop = Hop{Query: was.Query}
	w.gateway, w.link = netip.Addr{}, 0
	r, ok := f.tables.route(was.Query)
	if ok && r.own {
		w.hop.Own, w.hop.Source = true, was.From
		if was.From.IsUnspecified() {
			w.hop.Source = r.source
		}
		f.loop(w, r)
	} else if ok {
		f.leave(w, r)
	}
	if !w.hop.Source.IsValid() || w.hop.Source.IsUnspecified() || w.hop.Source.Is4() != w.hop.To.Is4() {
		w.hop.Ethernet = false
	}
	w.told = w.told && w.hop == was
}

// loop is the way to ourselves. IPv4 takes frames with its own addresses as
// sender for forged, unless told otherwise.
func (f *Finder) loop(w *watch, r route) {
	l, ok := f.tables.link(r.link)
	w.hop.Link = r.link
	w.hop.Ethernet = ok && l.kind == unix.ARPHRD_LOOPBACK && (!w.hop.To.Is4() || f.local.takes(w.hop.To))
}

// leave is the way to another machine.
func (f *Finder) leave(w *watch, r route) {
	w.hop.Source = w.hop.From
	if w.hop.From.IsUnspecified() {
		w.hop.Source = r.source
	}
	w.link, w.gateway = r.link, w.hop.To
	if r.gateway.IsValid() {
		w.gateway = r.gateway
	}
	l, ok := f.tables.link(r.link)
	if !ok || l.kind != unix.ARPHRD_ETHER || l.mtu < frame.Largest || r.wrapped || r.mtu != 0 && r.mtu < frame.Largest {
		return
	}
	next := l.address // where there are no neighbour entries, the kernel takes this (arp_constructor)
	if l.flags&unix.IFF_NOARP == 0 {
		if next, ok = f.tables.neighbour(r.link, w.gateway); !ok {
			return
		}
	}
	w.hop.Ethernet, w.hop.Link, w.hop.Local, w.hop.Next = true, r.link, l.address, next
}

// loopback says what the kernel does with IPv4 frames that come to us from
// ourselves (see accept_local and route_localnet in the kernel's ip-sysctl).
type loopback struct{ acceptLocal, routeLocalnet bool }

func readLoopback() loopback {
	set := func(name string) bool { return sysctl("all/"+name) || sysctl("lo/"+name) }
	return loopback{set("accept_local"), set("route_localnet")}
}

func (l loopback) takes(to netip.Addr) bool {
	return l.acceptLocal && (l.routeLocalnet || !to.IsLoopback())
}

// sysctl reports whether a switch of IPv4's per-interface settings is on.
func sysctl(name string) bool {
	fd, err := unix.Open("/proc/sys/net/ipv4/conf/"+name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var b [4]byte
	n, _ := unix.Read(fd, b[:])
	return n > 0 && b[0] == '1'
}

// ring wakes the goroutine. It cannot block.
func (f *Finder) ring() {
	unix.RawSyscall(unix.SYS_WRITE, uintptr(f.bell), uintptr(unsafe.Pointer(&f.one)), 8)
}
