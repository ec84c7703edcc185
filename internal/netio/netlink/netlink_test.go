package netlink

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"golang.org/x/sys/unix"
)

func dial(t testing.TB) *Conn {
	t.Helper()
	c, err := Dial(unix.NETLINK_ROUTE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// askLoopback asks for interface 1.
func askLoopback(c *Conn, want uint16) ([]byte, bool) {
	h := c.Begin(unix.RTM_GETLINK, unix.SizeofIfInfomsg)
	binary.NativeEndian.PutUint32(h[4:], 1)
	return c.Ask(want)
}

func TestAsk(t *testing.T) {
	c := dial(t)
	b, ok := askLoopback(c, unix.RTM_NEWLINK)
	if !ok {
		t.Fatal("no answer")
	}
	name := ""
	for kind, v := range Attrs(b[unix.SizeofIfInfomsg:]) {
		if kind == unix.IFLA_IFNAME {
			name = string(v)
		}
	}
	if name != "lo\x00" {
		t.Errorf("interface 1 is %q", name)
	}
	if _, ok := askLoopback(c, unix.RTM_NEWROUTE); ok {
		t.Error("an answer of another kind passed")
	}
	h := c.Begin(unix.RTM_GETROUTE, unix.SizeofRtMsg)
	h[0], h[1] = unix.AF_INET, 32
	c.Addr(unix.RTA_DST, netip.MustParseAddr("127.0.0.1"))
	c.Int(unix.RTA_OIF, 1<<30) // there is none
	if _, ok := c.Ask(unix.RTM_NEWROUTE); ok {
		t.Error("an error passed for a route")
	}
}

func TestDump(t *testing.T) {
	c := dial(t)
	n := 0
	c.Begin(unix.RTM_GETLINK, unix.SizeofIfInfomsg)
	if err := c.Dump(func(b []byte) { n++ }); err != nil || n == 0 {
		t.Errorf("%d interfaces, %v", n, err)
	}
	c.Begin(0xfff, unix.SizeofIfInfomsg)
	if err := c.Dump(func([]byte) {}); err == nil {
		t.Error("no error for a request that is none")
	}
}

func TestAskDoesNotAllocate(t *testing.T) {
	c := dial(t)
	if n := testing.AllocsPerRun(100, func() { askLoopback(c, unix.RTM_NEWLINK) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

// FuzzWalk: no length makes the walks leave their bytes, or not end.
func FuzzWalk(f *testing.F) {
	f.Add([]byte{20, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0})
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		whole, rest := 0, 0
		for m := range Messages(b) {
			whole += unix.NLMSG_HDRLEN + len(m.Body)
			for _, v := range Attrs(m.Body) {
				rest += len(v)
			}
		}
		if whole > len(b) || rest > whole {
			t.Fatalf("%d bytes of messages, %d of values in %d", whole, rest, len(b))
		}
	})
}
