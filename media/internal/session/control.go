package session

import (
	"net/netip"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/latch"
	"trunkline/media/msg"
	"trunkline/media/quality"
	"trunkline/media/rtcp"
)

// control is a leg's RTCP: what we report, what the far side does, and how the
// call sounds by both.
type control struct {
	exchange *rtcp.Exchange
	next     clock.Time     // when to ask whether a report is due
	to       netip.AddrPort // where ours goes
	heard    bool           // the far side's came, so we know where from
	in, out  uint64
	tokens   bucket
	stamp    uint32     // the timestamp when the last RTP packet was sent,
	at       clock.Time // when that was,
	told     books      // and what the exchange knows of
	score    quality.Summary
	scored   jitterBooks // what was scored already
}

// jitterBooks and books are sums at a moment.
type (
	jitterBooks struct{ packets, missed uint64 }
	books       struct{ packets, octets uint64 }
)

// start begins, or goes on after a negotiation.
func (c *control) start(now clock.Time, s *Session, begin bool) {
	p := &s.params
	c.to, c.heard = p.Control, false
	switch {
	case p.Mux:
		c.to = p.Remote
	case !c.to.IsValid() && p.Remote.IsValid() && p.Remote.Port() < 65535:
		c.to = netip.AddrPortFrom(p.Remote.Addr(), p.Remote.Port()+1)
	}
	if begin {
		c.exchange = rtcp.New(now, rtcp.Config{
			SSRC: s.header.SSRC, Name: rtcp.NewName(), Seed: s.seed, Clock: s.clock,
		})
		c.next = c.exchange.Next()
		return
	}
	c.exchange.SetClock(s.clock)
}

// tell lets the exchange know what was sent.
func (c *control) tell(st *msg.Stats) {
	c.exchange.Sent(c.at, c.stamp, uint32(st.PacketsOut-c.told.packets), uint32(st.BytesOut-c.told.octets))
	c.told = books{st.PacketsOut, st.BytesOut}
}

// ReceiveControl takes one packet off the RTCP port, or one that is RTCP off a
// shared port. pkt is not kept, but written to. Whatever it says, it changes no
// sound.
func (s *Session) ReceiveControl(now clock.Time, pkt []byte, from netip.AddrPort) {
	from = latch.Plain(from)
	c := &s.control
	switch {
	case s.closed:
		return
	case !s.started || from.Addr() != s.latch.Peer.Addr() && from != latch.Plain(s.params.Control):
		s.stats.Foreign++
		return
	case !c.tokens.take(now, perReport): // apart from sound's: a flood here is not to be heard
		s.stats.Capped++
		return
	}
	if s.guard.on() {
		if s.guard.broken {
			return
		}
		if pkt, _ = s.guard.ctx.UnprotectRTCP(pkt); pkt == nil {
			return
		}
	}
	if c.exchange.Receive(now, pkt) != rtcp.Keep {
		s.stats.Malformed++
		return
	}
	c.in++
	s.alive, s.lost = now, false
	if s.params.NAT && !c.heard && latch.Sendable(from) { // its own idea of the port may be wrong
		c.heard, c.to = true, from
	}
}

// converse reports what we heard when it is time to.
func (s *Session) converse(now clock.Time) {
	c := &s.control
	if now < c.next || !s.started || c.exchange == nil {
		return
	}
	due := c.exchange.Due(now)
	c.next = c.exchange.Next()
	if !due {
		return
	}
	s.judge()
	c.tell(&s.stats)
	if s.params.Direction == msg.Inactive && !s.first {
		return
	}
	s.sendControl(c.exchange.Report(now, s.packet[:0:maxSent], s.reception(), nil))
}

// farewell reports for the last time.
func (s *Session) farewell(now clock.Time) {
	if s.control.exchange == nil {
		return
	}
	s.judge()
	s.control.tell(&s.stats)
	if s.Scratch == nil {
		s.Use(new(Scratch))
	}
	s.sendControl(s.control.exchange.Bye(now, s.packet[:0:maxSent], s.reception(), ""))
}

// reception is what the jitter buffer has to report; nil before the first packet.
func (s *Session) reception() *rtcp.Reception {
	r, ok := s.jitter.Report()
	if !ok {
		return nil
	}
	s.received = rtcp.Reception{
		SSRC: r.SSRC, Fraction: r.FractionLost, Lost: r.CumulativeLost, Highest: r.HighestSeq, Jitter: r.Jitter,
	}
	return &s.received
}

// sendControl sends an RTCP packet that lies at the start of packet.
func (s *Session) sendControl(pkt []byte) {
	c := &s.control
	to := c.to
	if !c.heard && !s.params.Mux && s.latch.Peer != s.latch.Signalled && s.latch.Peer.Port() < 65535 {
		to = netip.AddrPortFrom(s.latch.Peer.Addr(), s.latch.Peer.Port()+1) // it was learned where the peer is
	}
	if s.params.Mux {
		to = s.latch.Peer
	}
	if !s.latch.Reaches() || !latch.Sendable(to) || len(pkt) == 0 || s.guard.broken {
		return
	}
	if s.guard.ctx != nil {
		pkt = s.guard.ctx.ProtectRTCP(s.packet[:len(pkt)])
	}
	c.out++
	if s.params.Mux {
		s.wire.Send(pkt, to)
	} else {
		s.wire.SendControl(pkt, to)
	}
}

// judge scores how the far side sounded since the last time, about every 5 s.
func (s *Session) judge() {
	if s.listener.codec == codecs.None {
		return
	}
	l := s.jitter.Losses()
	c := &s.control
	books := jitterBooks{l.Packets, l.Lost + l.Discarded}
	packets, missed := books.packets-c.scored.packets, books.missed-c.scored.missed
	if books.packets < c.scored.packets || books.missed < c.scored.missed { // another buffer
		packets, missed = books.packets, books.missed
	}
	c.scored = books
	if packets == 0 {
		return
	}
	c.score.Add(quality.Estimate(quality.Input{
		Codec: s.listener.codec, Loss: min(float64(missed)/float64(packets), 1), Burst: l.BurstRatio, Delay: s.delay(),
	}))
}

// delay is how long sound takes from the far side's mouth to here, as far as
// can be known.
func (s *Session) delay() time.Duration {
	_, held := s.jitter.Delay()
	return quality.Path{
		RoundTrip: s.control.exchange.Remote().RoundTrip, Buffer: held, Ptime: s.ptime, Codec: s.listener.codec,
	}.Delay()
}

// Stats returns the counters as they are now.
func (s *Session) Stats() msg.Stats {
	st, j := s.stats, s.jitter.Counters()
	st.Lost, st.Late, st.Duplicate, st.Jitter = st.Lost+j.Lost, st.Late+j.Late, st.Duplicate+j.Duplicate, j.Jitter
	st.Foreign += j.Stray
	st.Forged = s.guard.refused()
	c := &s.control
	st.ControlIn, st.ControlOut = c.in, c.out
	if c.exchange == nil {
		return st
	}
	score := c.score
	if mean, ok := score.Mean(); ok {
		st.MOS = float32(mean.MOSCQ)
	}
	r := c.exchange.Remote()
	st.RoundTrip, st.RemoteJitter = r.RoundTrip, c.exchange.RemoteJitter()
	if r.Reports > 0 || r.Judged {
		st.RemoteLost = uint64(max(r.Block.Lost, 0))
		st.RemoteMOS = float32(s.remoteScore(r).MOSCQ)
	}
	return st
}

// remoteScore rates how we sound over there: by the far side's own measure if
// it has one, else by the loss it reports.
func (s *Session) remoteScore(r *rtcp.Remote) quality.Score {
	if mos, ok := r.VoIP.MOS(); ok && r.Judged {
		return quality.Score{MOSCQ: mos}
	}
	sent := max(s.stats.PacketsOut, 1)
	return quality.Estimate(quality.Input{
		Codec: s.params.Send.Codec, Loss: min(float64(max(r.Block.Lost, 0))/float64(sent), 1), Burst: 1,
		Delay: quality.Path{RoundTrip: r.RoundTrip, Buffer: 2 * s.control.exchange.RemoteJitter(), Ptime: s.ptime, Codec: s.params.Send.Codec}.Delay(),
	})
}
