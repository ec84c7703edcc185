package signal

import (
	"bytes"
	"net"
	"net/netip"
	"sync"
)

// Callee answers every call at once: 180, 200, and 200 to whatever comes later. It
// keeps nothing of a call, so it cannot be what a run runs into. It owns a socket
// and the goroutine that reads it.
type Callee struct {
	conn *net.UDPConn
	work sync.WaitGroup
}

// Answer begins to take calls at addr.
func Answer(addr netip.AddrPort) (*Callee, error) {
	conn, err := listen(addr)
	if err != nil {
		return nil, err
	}
	c := &Callee{conn: conn}
	c.work.Go(c.read)
	return c, nil
}

// Close ends it.
func (c *Callee) Close() error {
	err := c.conn.Close()
	c.work.Wait()
	return err
}

func (c *Callee) read() {
	buf := make([]byte, 65536)
	self := c.conn.LocalAddr().String()
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m := buf[:n]
		method, _, _ := bytes.Cut(m, []byte(" "))
		switch string(method) {
		case "INVITE":
			c.conn.WriteToUDPAddrPort(answerTo(m, "180 Ringing", self, ""), from)
			c.conn.WriteToUDPAddrPort(answerTo(m, "200 OK", self, sdp), from) // lost: the INVITE comes again
		case "ACK", "SIP/2.0":
		default:
			c.conn.WriteToUDPAddrPort(answerTo(m, "200 OK", "", ""), from)
		}
	}
}

// listen opens a socket that holds what comes while its reader is busy.
func listen(addr netip.AddrPort) (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(addr))
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(8 << 20) // less is granted: what is lost is sent again
	return conn, nil
}
