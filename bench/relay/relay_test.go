package relay

import (
	"net"
	"testing"
)

func TestSinksAreShared(t *testing.T) {
	for _, legs := range []int{1, 2, 3, 4, 7, 2000} {
		count := map[int]int{}
		for leg := range legs {
			count[SinkOf(leg, legs)]++
		}
		for sink, n := range count {
			if sink < 0 || sink >= SinkCount || n > legs/SinkCount+1 {
				t.Errorf("of %d legs sink %d has %d", legs, sink, n)
			}
		}
	}
}

func TestGoroutineRelayRewrites(t *testing.T) {
	in, errIn := listen("127.0.0.1", 0)
	out, errOut := listen("127.0.0.1", 0)
	far, errFar := listen("127.0.0.1", 0)
	if errIn != nil || errOut != nil || errFar != nil {
		t.Fatal(errIn, errOut, errFar)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pass(in, out, far.LocalAddr().(*net.UDPAddr).AddrPort())
	}()
	packet := []byte{0x80, 0, 0, 1, 0, 0, 0, 160, 9, 9, 9, 9, 42}
	if _, err := far.WriteToUDPAddrPort(packet[:5], in.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil { // too short: nobody's
		t.Fatal(err)
	}
	if _, err := far.WriteToUDPAddrPort(packet, in.LocalAddr().(*net.UDPAddr).AddrPort()); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, _, err := far.ReadFromUDPAddrPort(buf)
	if want := "\x80\x00\x00\x08\x00\x00\x06\xe0\x11\x22\x33\x44\x2a"; err != nil || string(buf[:n]) != want {
		t.Errorf("passed on as %x, %v; want %x", buf[:n], err, want)
	}
	for _, c := range []*net.UDPConn{in, out, far} {
		c.Close()
	}
	<-done
}
