// Package count keeps the numbers of signalling for whoever watches: messages,
// retransmissions, transactions, refusals, and per trunk its calls, how they ended
// and how long they took to ring and to be answered.
//
// It is passive: atomic additions from any goroutine, no clock, nothing that
// waits and nothing allocated once a label has been seen. Labels that come from
// outside are bounded; what is beyond them counts as "other". The names of metrics
// are here and nowhere else, and docs/metrics.md explains each.
//
// To wire it in: one Counters for an endpoint; Message where messages are traced;
// Trunk and Call where a dialog begins, rings, is answered and ends; Snapshot for
// the API.
package count

import (
	"sync/atomic"

	"trunkline/sip/trace/scan"
)

// Direction is which way something goes, seen from us.
type Direction uint8

// The directions.
const (
	In Direction = iota
	Out
	directions
)

// String returns the label.
func (d Direction) String() string { return [...]string{"in", "out"}[d] }

// Side is which part of a transaction we have.
type Side uint8

// The sides.
const (
	Server Side = iota
	Client
	sides
)

// String returns the label.
func (s Side) String() string { return [...]string{"server", "client"}[s] }

// methods are those with a count of their own; the first is all others.
var methods = [...]string{
	"other", "INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY",
	"MESSAGE", "SUBSCRIBE", "PUBLISH",
}

// method returns the index of a method.
func method(name []byte) int {
	for i, m := range methods {
		if i > 0 && string(name) == m {
			return i
		}
	}
	return 0
}

// classes are those of responses: 1xx to 6xx.
const classes = 6

// The most labels of a kind that come from outside.
const (
	maxTrunks = 1000
	maxRules  = 64
	maxCauses = 32
)

// counter only ever goes up.
type counter = atomic.Uint64

// Counters are all numbers of an endpoint. The zero value stands at zero.
type Counters struct {
	requests  [directions][len(methods)]counter
	responses [directions][len(methods)][classes]counter
	repeated  [directions][len(methods)]counter
	begun     [sides]counter
	ended     [sides]counter
	refused   table[counter]
	trunks    table[Trunk]
}

// Message counts a message as it is on the wire. What is no SIP is not counted.
func (c *Counters) Message(d Direction, m []byte) {
	name, status := scan.Start(m)
	switch {
	case status >= 100 && status <= 699:
		c.responses[d][method(scan.Method(m))][status/100-1].Add(1)
	case len(name) > 0:
		c.requests[d][method(name)].Add(1)
	}
}

// Repeated counts a message that is sent once more, or has come before.
func (c *Counters) Repeated(d Direction, m []byte) { c.repeated[d][method(scan.Method(m))].Add(1) }

// TransactionBegun counts a transaction.
func (c *Counters) TransactionBegun(s Side) { c.begun[s].Add(1) }

// TransactionEnded takes it from those there are.
func (c *Counters) TransactionEnded(s Side) { c.ended[s].Add(1) }

// Refused counts a message or call that a rule turned away.
func (c *Counters) Refused(rule string) { c.refused.get(rule, maxRules).Add(1) }

// Trunk returns the counters of a trunk.
func (c *Counters) Trunk(name string) *Trunk { return c.trunks.get(name, maxTrunks) }
