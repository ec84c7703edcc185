package netio

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// rxRing is a receive ring: packets of one protocol, from every interface, in
// memory shared with the kernel, beginning at their IP header.
//
// It is a TPACKET_V2 ring: a packet is there as soon as the kernel has it. Blocks
// of TPACKET_V3 appear when they are full or a timer runs out, which before
// Linux 6.18 takes a jiffy or two: up to eight milliseconds of delay.
type rxRing struct {
	fd    int
	mem   []byte
	next  int // frame to look at
	taken int // first frame lent to the caller; those up to next are
	stats unix.TpacketStats
}

// The shape of a ring. A frame holds what packet filter lets through: a
// frame.Largest packet behind some 80 bytes of the kernel's notes. As many
// frames as there are bridge a pause of the thread of 80 ms at 100,000 packets
// per second.
const (
	ringFrame  = 1408
	ringBlock  = 1 << 16
	perBlock   = ringBlock / ringFrame
	ringBlocks = 178
	ringFrames = perBlock * ringBlocks
)

// openRing opens a ring that takes what program lets through.
func openRing(protocol uint16, program []unix.SockFilter) (*rxRing, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	r := &rxRing{fd: fd}
	if err := r.fill(protocol, program); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("open receive ring: %w", err)
	}
	return r, nil
}

func (r *rxRing) fill(protocol uint16, program []unix.SockFilter) error {
	if err := attachFilter(r.fd, program); err != nil {
		return fmt.Errorf("attach filter: %w", err)
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V2); err != nil {
		return fmt.Errorf("set version: %w", err)
	}
	req := &unix.TpacketReq{Block_size: ringBlock, Block_nr: ringBlocks, Frame_size: ringFrame, Frame_nr: ringFrames}
	if err := unix.SetsockoptTpacketReq(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, req); err != nil {
		return fmt.Errorf("allocate: %w", err)
	}
	mem, err := unix.Mmap(r.fd, 0, ringBlock*ringBlocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return fmt.Errorf("map: %w", err)
	}
	// Bound last, so that nothing comes before all is ready.
	if err := unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: swap(protocol)}); err != nil {
		unix.Munmap(mem)
		return fmt.Errorf("bind: %w", err)
	}
	r.mem = mem
	return nil
}

// swap puts a number of the host's into network byte order.
func swap(v uint16) uint16 {
	b := *(*[2]byte)(unsafe.Pointer(&v))
	return uint16(b[0])<<8 | uint16(b[1])
}

// packet is one packet in the ring.
type packet struct {
	ip    []byte
	link  int32 // interface it came through
	sound bool  // the checksum was verified, or never left this machine
}

// frame returns the notes of frame i.
func (r *rxRing) frame(i int) *unix.Tpacket2Hdr {
	at := i/perBlock*ringBlock + i%perBlock*ringFrame
	return (*unix.Tpacket2Hdr)(unsafe.Pointer(&r.mem[at]))
}

// peek returns the packet that is ahead of the next; nil when there is none.
func (r *rxRing) peek(ahead int) []byte {
	h := r.frame((r.next + ahead) % ringFrames)
	if atomic.LoadUint32(&h.Status)&unix.TP_STATUS_USER == 0 {
		return nil
	}
	return content(h)
}

// content is the packet that notes are about.
func content(h *unix.Tpacket2Hdr) []byte {
	at := min(int(h.Net), ringFrame)
	n := min(int(h.Snaplen), ringFrame-at)
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(h), at)), n)
}

// look takes the next packet, if there is one. It is the caller's until giveBack.
func (r *rxRing) look(p *packet) bool {
	h := r.frame(r.next)
	status := atomic.LoadUint32(&h.Status)
	if status&unix.TP_STATUS_USER == 0 {
		return false
	}
	b := content(h)
	// The sender's link address lies behind the notes, which need no padding.
	ll := (*unix.RawSockaddrLinklayer)(unsafe.Add(unsafe.Pointer(h), unsafe.Sizeof(*h)))
	*p = packet{ip: b, link: ll.Ifindex, sound: status&(unix.TP_STATUS_CSUM_VALID|unix.TP_STATUS_CSUMNOTREADY) != 0}
	if r.next++; r.next == ringFrames {
		r.next = 0
	}
	return true
}

// giveBack returns everything that was taken.
func (r *rxRing) giveBack() {
	for r.taken != r.next {
		atomic.StoreUint32(&r.frame(r.taken).Status, unix.TP_STATUS_KERNEL)
		if r.taken++; r.taken == ringFrames {
			r.taken = 0
		}
	}
}

// lost returns how many packets the ring had no room for since the last call.
func (r *rxRing) lost() uint64 {
	r.stats = unix.TpacketStats{}
	size := uint32(unsafe.Sizeof(r.stats))
	syscall.RawSyscall6(syscall.SYS_GETSOCKOPT, uintptr(r.fd), unix.SOL_PACKET, unix.PACKET_STATISTICS,
		uintptr(unsafe.Pointer(&r.stats)), uintptr(unsafe.Pointer(&size)), 0)
	return uint64(r.stats.Drops)
}

func (r *rxRing) close() {
	unix.Munmap(r.mem)
	unix.Close(r.fd)
}
