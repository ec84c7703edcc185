package shm

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Socket is one end of a unix SOCK_SEQPACKET connection: messages stay whole
// and in order, each with up to MaxFiles descriptors. Messages to a side that
// does not take them wait until the kernel's buffer is full.
type Socket int

// MaxFiles is how many descriptors fit into one message (SCM_MAX_FD is 253).
const MaxFiles = 16

// ErrFull says that the other side takes messages too slowly.
var ErrFull = errors.New("the socket is full")

// Pair makes two connected sockets.
func Pair() (a, b Socket, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, -1, fmt.Errorf("make socket pair: %w", err)
	}
	for _, fd := range fds {
		// Room for hundreds of messages; with less, senders are told sooner to wait.
		if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, bufferLen) != nil {
			unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, bufferLen)
		}
	}
	return Socket(fds[0]), Socket(fds[1]), nil
}

const bufferLen = 4 << 20

// Send sends one message with copies of files. It never waits.
func (s Socket) Send(msg []byte, files ...int) error {
	var rights []byte
	if len(files) > 0 {
		rights = unix.UnixRights(files...)
	}
	err := unix.Sendmsg(int(s), msg, rights, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.ETOOMANYREFS) {
		return ErrFull
	}
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// TryReceive is Receive that does not wait: unix.EAGAIN says that nothing is there.
func (s Socket) TryReceive(msg []byte) (n int, files []int, err error) {
	return s.receive(msg, unix.MSG_DONTWAIT)
}

// Receive waits for a message and reads it into msg. What descriptors came with
// it are the caller's to close. n is 0 when the other side has gone.
func (s Socket) Receive(msg []byte) (n int, files []int, err error) { return s.receive(msg, 0) }

func (s Socket) receive(msg []byte, flags int) (n int, files []int, err error) {
	oob := make([]byte, unix.CmsgSpace(4*MaxFiles))
	n, oobn, got, _, err := unix.Recvmsg(int(s), msg, oob, flags|unix.MSG_CMSG_CLOEXEC)
	for errors.Is(err, unix.EINTR) {
		n, oobn, got, _, err = unix.Recvmsg(int(s), msg, oob, flags|unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("receive: %w", err)
	}
	cmsgs, err := unix.ParseSocketControlMessage(oob[:oobn])
	if err != nil {
		return 0, nil, fmt.Errorf("receive: %w", err)
	}
	for _, c := range cmsgs {
		if fds, err := unix.ParseUnixRights(&c); err == nil {
			files = append(files, fds...)
		}
	}
	if got&(unix.MSG_CTRUNC|unix.MSG_TRUNC) != 0 {
		CloseAll(files)
		return 0, nil, errors.New("receive: a message is too long")
	}
	return n, files, nil
}

// Hangup ends both directions; whoever waits in Receive on either side returns.
func (s Socket) Hangup() { unix.Shutdown(int(s), unix.SHUT_RDWR) }

// SetTimeout lets Receive give up after d.
func (s Socket) SetTimeout(d time.Duration) {
	tv := unix.NsecToTimeval(int64(d))
	unix.SetsockoptTimeval(int(s), unix.SOL_SOCKET, unix.SO_RCVTIMEO, &tv)
}

// OfOurUser reports whether the process on the other side runs as the same user
// as we, or as root.
func (s Socket) OfOurUser() bool {
	c, err := unix.GetsockoptUcred(int(s), unix.SOL_SOCKET, unix.SO_PEERCRED)
	return err == nil && (c.Uid == 0 || int(c.Uid) == os.Geteuid())
}

// Close gives the descriptor back.
func (s Socket) Close() error { return syscall.Close(int(s)) }

// CloseAll closes descriptors that nobody wants.
func CloseAll(fds []int) {
	for _, fd := range fds {
		syscall.Close(fd)
	}
}

// Listen makes a listening socket at path, for our user alone. What was there
// before is replaced. Accept on it does not wait.
func Listen(path string) (Socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("listen on %s: %w", path, err)
	}
	unix.Fchmod(fd, 0o600) // before bind: the file is born with it
	os.Remove(path)        // nothing there is as good
	if err = unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err == nil {
		if err = os.Chmod(path, 0o600); err == nil {
			err = unix.Listen(fd, 4)
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("listen on %s: %w", path, err)
	}
	return Socket(fd), nil
}

// Accept takes one connection from a listening socket; false when none waits.
func (s Socket) Accept() (Socket, bool) {
	fd, _, err := unix.Accept4(int(s), unix.SOCK_CLOEXEC)
	return Socket(fd), err == nil
}

// Dial connects to path.
func Dial(path string) (Socket, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("dial %s: %w", path, err)
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("dial %s: %w", path, err)
	}
	return Socket(fd), nil
}

// Readable waits until one of sockets has something to read or was hung up, at
// most for d, and returns which: -1 for none. Negative sockets are nobody.
func Readable(d time.Duration, sockets ...Socket) int {
	polls := make([]unix.PollFd, len(sockets))
	for i, s := range sockets {
		polls[i] = unix.PollFd{Fd: int32(s), Events: unix.POLLIN}
	}
	if n, err := unix.Poll(polls, int(d/time.Millisecond)); err != nil || n == 0 {
		return -1
	}
	for i, p := range polls {
		if p.Revents != 0 {
			return i
		}
	}
	return -1
}
