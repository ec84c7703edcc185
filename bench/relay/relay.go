// Package relay is the relay that most Go programs are: a goroutine for every
// socket, on package net. It does to packets what c/epoll.c does, and it is there
// to be compared with; nothing in the product uses it.
//
// It also knows where the generator's sockets are, as c/common.h has them.
package relay

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"

	"trunkline/internal/netio"
)

// The sinks of the generator: ports at every second number from FirstSink on.
const (
	FirstSink = 10000
	SinkCount = 4
)

// SinkOf returns the sink that belongs to one of so many legs.
func SinkOf(leg, legs int) int { return leg / ((legs + SinkCount - 1) / SinkCount) }

// Serve relays between pairs of so many legs on an address until input ends, and
// sends to the generator's sinks at another: LEGS ADDRESS REMOTE.
func Serve(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("relay: want LEGS ADDRESS REMOTE")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	netio.MoreFiles(200_000)
	remote, err := netip.ParseAddr(args[2])
	if err != nil {
		return err
	}
	legs := make([]*net.UDPConn, n)
	for i := range legs {
		if legs[i], err = listen(args[1], 20000+2*i); err != nil {
			return err
		}
		control, err := listen(args[1], 20001+2*i)
		if err != nil {
			return err
		}
		go pass(control, nil, netip.AddrPort{})
	}
	out := bufio.NewWriter(os.Stdout)
	for i, in := range legs {
		go pass(in, legs[i^1], netip.AddrPortFrom(remote, uint16(FirstSink+2*SinkOf(i^1, n))))
		fmt.Fprintf(out, "leg %s %d %d 0\n", args[1], 20000+2*i, SinkOf(i, n))
	}
	fmt.Fprintln(out, "ready")
	if err := out.Flush(); err != nil {
		return err
	}
	os.Stdin.Read(make([]byte, 1)) // until the other side closes it
	return nil
}

func listen(addr string, port int) (*net.UDPConn, error) {
	return net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(addr), Port: port})
}

// pass passes on what comes in, for ever; to nobody when out is nil.
func pass(in, out *net.UDPConn, to netip.AddrPort) {
	packet := make([]byte, 1500)
	for {
		n, _, err := in.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		if out == nil || n < 12 {
			continue
		}
		binary.BigEndian.PutUint16(packet[2:], binary.BigEndian.Uint16(packet[2:])+7)
		binary.BigEndian.PutUint32(packet[4:], binary.BigEndian.Uint32(packet[4:])+1600)
		binary.BigEndian.PutUint32(packet[8:], 0x11223344)
		out.WriteToUDPAddrPort(packet[:n], to) // what the kernel does not take is lost
	}
}
