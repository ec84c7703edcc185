package netio

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of the packet path go through RawSyscall6: they never block, so the
// Go scheduler need not hear of them, which saves a fifth of their cost. The
// two calls that wait (read of a timerfd or eventfd) go through Syscall, so
// that a garbage collection does not wait for them.

// epollEvent is struct epoll_event; on amd64 the kernel packs it.
type epollEvent = syscall.EpollEvent

// sockaddr has room for struct sockaddr_in6, the longest we use.
type sockaddr struct {
	raw [28]byte
	len uint32
}

// recvfrom reads one datagram, or returns the error number negated. A result
// above len(b) means that the datagram was longer than b (MSG_TRUNC).
func recvfrom(fd int32, b []byte, from *sockaddr) int {
	from.len = uint32(len(from.raw))
	n, _, e := syscall.RawSyscall6(syscall.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		syscall.MSG_DONTWAIT|syscall.MSG_TRUNC, uintptr(unsafe.Pointer(&from.raw)), uintptr(unsafe.Pointer(&from.len)))
	if e != 0 {
		return -int(e)
	}
	return int(n)
}

// send sends one datagram, which must not be empty, to whom the socket is connected.
func send(fd int32, b []byte) syscall.Errno {
	_, _, e := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return e
}

// connect fixes a datagram socket's peer; an address of family AF_UNSPEC frees it.
func connect(fd int32, to *sockaddr) syscall.Errno {
	_, _, e := syscall.RawSyscall(syscall.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(&to.raw)), uintptr(to.len))
	return e
}

// sendto sends one datagram, which must not be empty, and returns what the kernel says.
func sendto(fd int32, b []byte, to *sockaddr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(syscall.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, uintptr(unsafe.Pointer(&to.raw)), uintptr(to.len))
	return e
}

// mmsghdr is struct mmsghdr.
type mmsghdr struct {
	unix.Msghdr
	len uint32
	_   [4]byte
}

// sendmmsg sends messages in order and returns how many were taken; when it is
// not even the first, it says why.
func sendmmsg(fd int, m []mmsghdr) (int, syscall.Errno) {
	n, _, e := syscall.RawSyscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&m[0])), uintptr(len(m)),
		syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	if e != 0 {
		return 0, e
	}
	return int(n), 0
}

// epollReady returns how many of ev it filled with sockets that are ready now.
func epollReady(ep int, ev []epollEvent) int {
	n, _, e := syscall.RawSyscall6(syscall.SYS_EPOLL_PWAIT, uintptr(ep), uintptr(unsafe.Pointer(&ev[0])), uintptr(len(ev)), 0, 0, 0)
	if e != 0 {
		return 0
	}
	return int(n)
}

// readCount waits on a blocking eventfd or timerfd. An interrupted wait is a
// wait that ended early, which callers allow for.
func readCount(fd int, count *uint64) {
	syscall.Syscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(count)), 8)
	runtime.KeepAlive(count)
}

// readCountKeeping is readCount without telling the Go scheduler.
func readCountKeeping(fd int, count *uint64) {
	syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(count)), 8)
}

// addCount adds one to an eventfd. It cannot block: the counter overflows only
// after 2^64-2 unread writes.
func addCount(fd int, one *uint64) {
	syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(one)), 8)
	runtime.KeepAlive(one)
}
