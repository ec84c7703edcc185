//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"sync/atomic"
	"testing"
)

// addresses counts the ports handed out, so that none is handed out twice.
var addresses atomic.Int32

// address is a loopback address whose port is free for UDP and TCP alike. It
// lies below the ephemeral ports, which any program may be given meanwhile, and
// below those that servers (see ports) and phones (from 16384 on) take for sound.
func address(t *testing.T) string {
	t.Helper()
	for range 1000 {
		addr := fmt.Sprintf("127.0.0.1:%d", 7000+addresses.Add(1)%2900)
		l, err := net.Listen("tcp", addr)
		if err != nil {
			continue
		}
		u, err := net.ListenPacket("udp", addr)
		l.Close()
		if err == nil {
			u.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// servers counts the servers of a run, so that each gets RTP ports of its own.
var servers atomic.Int32

// ports is a range of RTP ports below the ephemeral ones.
func ports() string {
	first := 10000 + 200*(servers.Add(1)%100)
	return fmt.Sprintf("%d-%d", first, first+199)
}
