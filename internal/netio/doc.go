// Package netio is the media threads' way to the kernel: UDP port pairs, packet
// batches, the one-millisecond cadence and the wake-ups between threads and
// goroutines. All unsafe code and all raw system calls of Trunkline are here.
//
// A media thread sees three small interfaces: Packets (datagrams in and out, in
// batches), Pacer (when to run) and Bell (tell the control plane that there is
// news). The implementations in this package are Linux only; internal/simnet
// has the same three in memory.
//
// Legs own ports by ordinary sockets; Packets moves the datagrams in one of
// three tiers that Open chooses: Sockets (one recvfrom and one sendto each),
// Frames (out: batches of Ethernet frames) and Rings (in: a ring shared with the
// kernel, too). docs/tiers.md says what each costs, needs and gives up.
//
// The methods used per packet and per lap never block longer than said, never
// allocate, and report errors as Counters.
package netio
