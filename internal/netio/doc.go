// Package netio is the media threads' way to the kernel: UDP port pairs, packet
// batches, the one-millisecond cadence and the wake-ups between threads and
// goroutines. All unsafe code and all raw system calls of Trunkline are here.
//
// A media thread sees three small interfaces: Packets (datagrams in and out, in
// batches), Pacer (when to run) and Bell (tell the control plane that there is
// news). The implementations in this package are Linux only; internal/simnet
// has the same three in memory. Packets is batch-shaped so that faster tiers
// (AF_PACKET transmit, receive rings, kernel relay) fit behind it; Sockets is
// the tier that needs no privilege: one recvfrom and one sendto per datagram.
//
// The methods used per packet and per lap never block longer than said, never
// allocate, and report errors as Counters.
package netio
