// Package netlink speaks the kernel's configuration protocol (netlink(7)): one
// request at a time, and its answer. It knows messages and attributes, and
// nothing of what they mean; nexthop and netfilter do.
//
// A Conn belongs to one goroutine, which waits for the kernel, so it is never a
// media thread's. Asking allocates nothing.
package netlink

import (
	"encoding/binary"
	"fmt"
	"iter"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Conn is a conversation with one part of the kernel.
type Conn struct {
	fd  int
	seq uint32
	out []byte
	in  []byte
}

// Dial opens a conversation in the network namespace of the calling thread;
// protocol is NETLINK_ROUTE or the like.
func Dial(protocol int) (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	// The kernel answers before the request returns; should it not, do not wait for ever.
	unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 1})
	return &Conn{fd: fd, out: make([]byte, 0, 256), in: make([]byte, 1<<15)}, nil
}

// Close ends the conversation.
func (c *Conn) Close() error { return unix.Close(c.fd) }

// Begin starts a request whose fixed part has n bytes, which it returns.
func (c *Conn) Begin(kind uint16, n int) []byte {
	c.seq++
	c.out = c.out[:unix.NLMSG_HDRLEN+n]
	clear(c.out)
	binary.NativeEndian.PutUint16(c.out[4:], kind)
	binary.NativeEndian.PutUint16(c.out[6:], unix.NLM_F_REQUEST)
	binary.NativeEndian.PutUint32(c.out[8:], c.seq)
	return c.out[unix.NLMSG_HDRLEN:]
}

// Addr appends an attribute that is an IP address.
func (c *Conn) Addr(kind uint16, a netip.Addr) {
	long := a.As16()
	b := long[:]
	if a.Is4() {
		b = long[12:]
	}
	c.head(kind, len(b))
	c.out = append(c.out, b...)
}

// Int appends an attribute that is a number.
func (c *Conn) Int(kind uint16, v uint32) {
	c.head(kind, 4)
	c.out = binary.NativeEndian.AppendUint32(c.out, v)
}

func (c *Conn) head(kind uint16, n int) {
	c.out = binary.NativeEndian.AppendUint16(c.out, uint16(unix.SizeofRtAttr+n))
	c.out = binary.NativeEndian.AppendUint16(c.out, kind)
}

// Ask sends the request and returns the answer's body if the answer is of kind.
// It is valid until the next one.
func (c *Conn) Ask(kind uint16) ([]byte, bool) {
	binary.NativeEndian.PutUint32(c.out, uint32(len(c.out)))
	if _, err := unix.Write(c.fd, c.out); err != nil {
		return nil, false
	}
	for range 4 { // late answers to earlier requests may come first
		n, err := unix.Read(c.fd, c.in)
		if err != nil {
			return nil, false
		}
		for m := range Messages(c.in[:n]) {
			if m.seq == c.seq {
				return m.Body, m.Kind == kind
			}
		}
	}
	return nil, false
}

// Dump sends the request for all there is of something and hands the bodies of
// the answers to take.
func (c *Conn) Dump(take func(body []byte)) error {
	binary.NativeEndian.PutUint16(c.out[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(c.out, uint32(len(c.out)))
	if _, err := unix.Write(c.fd, c.out); err != nil {
		return fmt.Errorf("ask netlink: %w", err)
	}
	for {
		n, err := unix.Read(c.fd, c.in)
		if err != nil {
			return fmt.Errorf("read netlink: %w", err)
		}
		for m := range Messages(c.in[:n]) {
			switch {
			case m.seq != c.seq:
			case m.Kind == unix.NLMSG_DONE:
				return nil
			case m.Kind == unix.NLMSG_ERROR:
				return fmt.Errorf("read netlink: %w", unix.Errno(-int32(Int(m.Body))))
			default:
				take(m.Body)
			}
		}
	}
}

// Message is one netlink message.
type Message struct {
	Kind uint16
	seq  uint32
	Body []byte
}

// Messages walks what one read brought; it ends where lengths make no sense.
func Messages(b []byte) iter.Seq[Message] {
	return func(yield func(Message) bool) {
		for len(b) >= unix.NLMSG_HDRLEN {
			n := int(binary.NativeEndian.Uint32(b))
			if n < unix.NLMSG_HDRLEN || n > len(b) {
				return
			}
			m := Message{binary.NativeEndian.Uint16(b[4:]), binary.NativeEndian.Uint32(b[8:]), b[unix.NLMSG_HDRLEN:n]}
			if !yield(m) {
				return
			}
			b = b[min(len(b), (n+3)&^3):]
		}
	}
}

// Attrs walks attributes; it ends where lengths make no sense.
func Attrs(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= unix.SizeofRtAttr {
			n := int(binary.NativeEndian.Uint16(b))
			if n < unix.SizeofRtAttr || n > len(b) {
				return
			}
			if !yield(binary.NativeEndian.Uint16(b[2:])&0x3fff, b[unix.SizeofRtAttr:n]) { // two bits are flags
				return
			}
			b = b[min(len(b), (n+3)&^3):]
		}
	}
}

// Int reads a number in the host's byte order; 0 when there is none.
func Int(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.NativeEndian.Uint32(v)
}
