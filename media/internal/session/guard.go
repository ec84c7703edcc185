package session

import (
	"trunkline/media/msg"
	"trunkline/media/srtp"
)

// guard is SRTP, or its absence. Once keys were agreed on, nothing passes
// without them; keys that make no sense let nothing pass at all.
type guard struct {
	ctx    *srtp.Context
	broken bool
	before srtp.Counts // of contexts given up
}

// start takes the keys of a negotiation.
func (g *guard) start(k msg.Secure) {
	g.broken = false
	if k == (msg.Secure{}) {
		if g.ctx != nil {
			g.keep()
		}
		return
	}
	var err error
	if g.ctx != nil {
		err = g.ctx.Rekey(k.Ours, k.Theirs)
	} else {
		g.ctx, err = srtp.New(k.Ours, k.Theirs)
	}
	g.broken = err != nil
}

// keep remembers what was counted by a context that is not needed any more.
func (g *guard) keep() {
	c := g.ctx.Counts()
	for i, n := range c.Received {
		g.before.Received[i] += n
	}
	g.ctx = nil
}

// on reports whether packets are protected.
func (g *guard) on() bool { return g.ctx != nil || g.broken }

// open returns a packet as it was before it was protected; nil when it is not
// what it should be.
func (g *guard) open(pkt []byte) []byte {
	if !g.on() {
		return pkt
	}
	if g.broken {
		return nil
	}
	pkt, _ = g.ctx.UnprotectRTP(pkt)
	return pkt
}

// seal protects a packet that has room behind it; nil when it must not be sent.
func (g *guard) seal(pkt []byte) []byte {
	if !g.on() {
		return pkt
	}
	if g.broken {
		return nil
	}
	return g.ctx.ProtectRTP(pkt)
}

// refused returns how many packets were not what they should be.
func (g *guard) refused() (n uint64) {
	c := g.before
	if g.ctx != nil {
		now := g.ctx.Counts()
		for i := range now.Received {
			c.Received[i] += now.Received[i]
		}
	}
	for verdict, count := range c.Received {
		if srtp.Verdict(verdict) != srtp.Keep {
			n += count
		}
	}
	return n
}
