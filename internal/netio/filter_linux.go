package netio

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/frame"
)

// The receive ring and the legs' sockets divide the packets between them by the
// same conditions: what the ring's filter lets in, the sockets' filter drops. A
// socket that drops owns its port all the same, and the kernel sends no ICMP.
//
// The programs are classic BPF (socket(7), SO_ATTACH_FILTER).

// condition is one load and one comparison.
type condition struct {
	load uint16
	at   uint32
	mask uint32 // 0: all bits
	jump uint16
	k    uint32
	not  bool
}

const (
	byte1   = unix.BPF_LD | unix.BPF_B | unix.BPF_ABS
	byte2   = unix.BPF_LD | unix.BPF_H | unix.BPF_ABS
	word    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	greater = unix.BPF_JMP | unix.BPF_JGT | unix.BPF_K
	some    = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K

	skfAD      = uint32(0xfffff000) // SKF_AD_OFF, -0x1000
	skfNet     = uint32(0xfff00000) // SKF_NET_OFF, -0x100000
	skfPktType = 4
)

// plain4 and plain6 are the conditions for a datagram that frame.Parse reads:
// for this machine, no options, not a fragment, not too long. base is where the
// IP header begins.
func plain4(base uint32) []condition {
	return []condition{
		{load: word, at: skfAD + skfPktType, jump: equal, k: unix.PACKET_HOST},
		{load: byte1, at: base, jump: equal, k: 0x45},
		{load: byte1, at: base + 9, jump: equal, k: unix.IPPROTO_UDP},
		{load: byte2, at: base + 6, jump: some, k: 0x3fff, not: true},
		{load: byte2, at: base + 2, jump: greater, k: frame.Largest, not: true},
	}
}

func plain6(base uint32) []condition {
	return []condition{
		{load: word, at: skfAD + skfPktType, jump: equal, k: unix.PACKET_HOST},
		{load: byte1, at: base, mask: 0xf0, jump: equal, k: 0x60},
		{load: byte1, at: base + 6, jump: equal, k: unix.IPPROTO_UDP},
		{load: byte2, at: base + 4, jump: greater, k: frame.Largest - 40, not: true},
	}
}

// toPorts adds the condition that the UDP destination port, at the given
// offset, is between two ports.
func toPorts(cs []condition, at uint32, low, high uint16) []condition {
	return append(cs,
		condition{load: byte2, at: at, jump: greater, k: uint32(high), not: true},
		condition{load: byte2, at: at, jump: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, k: uint32(low)})
}

// whole is how much of a packet a filter lets pass: all of it.
const whole = 0xffff

// compile makes a program that returns yes when all conditions hold, and else no.
func compile(cs []condition, yes, no uint32) []unix.SockFilter {
	var p []unix.SockFilter
	left := 0 // instructions of the conditions that are left
	for _, c := range cs {
		left += c.size()
	}
	for _, c := range cs {
		left -= c.size()
		p = append(p, unix.SockFilter{Code: c.load, K: c.at})
		if c.mask != 0 {
			p = append(p, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: c.mask})
		}
		j := unix.SockFilter{Code: c.jump, K: c.k, Jf: uint8(left + 1)} // over the rest and "return yes"
		if c.not {
			j.Jt, j.Jf = j.Jf, 0
		}
		p = append(p, j)
	}
	return append(p, ret(yes), ret(no))
}

func (c *condition) size() int {
	if c.mask != 0 {
		return 3
	}
	return 2
}

func ret(v uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v}
}

// ringFilter4 and ringFilter6 are programs of receive rings, whose packets begin
// at the IP header.
func ringFilter4(low, high uint16) []unix.SockFilter {
	return compile(toPorts(plain4(0), 22, low, high), whole, 0)
}

func ringFilter6(low, high uint16) []unix.SockFilter {
	return compile(toPorts(plain6(0), 42, low, high), whole, 0)
}

// legFilter is the program of a leg's socket: it drops what the rings let in.
// An IPv6 socket may get IPv4 packets, too.
func legFilter(family uint16) []unix.SockFilter {
	four := compile(plain4(skfNet), 0, whole)
	if family == syscall.AF_INET {
		return four
	}
	p := []unix.SockFilter{
		{Code: byte1, K: skfNet},
		{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0xf0},
		{Code: equal, K: 0x60, Jt: uint8(len(four))},
	}
	return append(append(p, four...), compile(plain6(skfNet), 0, whole)...)
}

// attachFilter replaces a socket's filter.
func attachFilter(fd int, program []unix.SockFilter) error {
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
}

// hasFilter reports whether a socket has a filter.
func hasFilter(fd int32) bool {
	n := uint32(0) // no room: then the kernel tells how many instructions there are
	_, _, e := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_GET_FILTER, 0, uintptr(unsafe.Pointer(&n)), 0)
	return e == 0 && n > 0
}

// detachFilter lets a socket have everything again.
func detachFilter(fd int) {
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
}
