package jitter

import "time"

// gmin is how many packets in a row must be good to end a burst (RFC 3611 §4.7.2).
const gmin = 16

// pattern sorts what is missing into bursts and single losses, packet by packet
// in order of sequence. A burst begins and ends with a missing packet, and
// between two of its missing ones fewer than gmin are good; a missing packet
// alone is part of a gap, which is all that is no burst.
type pattern struct {
	packets, lost, discarded uint64
	runs                     uint64 // of missing packets
	bursts                   uint64
	burstPackets, burstLost  uint64
	good                     uint64 // in a row, up to now
	span, inSpan             uint64 // of the burst in the making: packets, and missing ones
}

func (p *pattern) received() {
	p.packets++
	if p.good++; p.good == gmin {
		p.end()
	}
}

func (p *pattern) discard() {
	p.discarded++
	p.miss(1)
}

func (p *pattern) lose(n uint64) {
	p.lost += n
	p.miss(n)
}

// miss counts n packets in a row of which nothing is to be heard.
func (p *pattern) miss(n uint64) {
	if p.good > 0 || p.packets == 0 {
		p.runs++
	}
	if p.span > 0 {
		p.span += p.good
	}
	p.packets += n
	p.span += n
	p.inSpan += n
	p.good = 0
}

// end closes a burst, if it was one.
func (p *pattern) end() {
	if p.inSpan > 1 {
		p.bursts++
		p.burstPackets += p.span
		p.burstLost += p.inSpan
	}
	p.span, p.inSpan = 0, 0
}

// Losses says how packets went missing, over all streams heard: what RFC 3611
// §4.7.1–2 wants in a VoIP metrics block and ITU-T G.107 for its burst ratio.
// Packets still on their way into order are not in it.
type Losses struct {
	Packets   uint64 // that there should have been
	Lost      uint64 // that never came
	Discarded uint64 // that came too late, or were thrown away to catch up

	// In 1/256 of packets, as they stand in the block.
	LossRate, DiscardRate    uint8
	BurstDensity, GapDensity uint8

	// Mean lengths. Without any burst, GapLength is the whole.
	BurstLength, GapLength time.Duration

	// BurstRatio is the mean length of a run of missing packets, relative to what
	// it would be if each went missing by chance: 1 or more (G.107 §7.5.1, BurstR).
	BurstRatio float64
}

// sum closes the books as if the stream had ended. each is the length of a packet.
func (p pattern) sum(each time.Duration) Losses {
	p.end()
	missing := p.lost + p.discarded
	gaps := p.bursts + 1
	gapPackets, gapLost := p.packets-p.burstPackets, missing-p.burstLost
	return Losses{
		Packets: p.packets, Lost: p.lost, Discarded: p.discarded,
		LossRate: share(p.lost, p.packets), DiscardRate: share(p.discarded, p.packets),
		BurstDensity: share(p.burstLost, p.burstPackets), GapDensity: share(gapLost, gapPackets),
		BurstLength: mean(p.burstPackets, p.bursts, each), GapLength: mean(gapPackets, gaps, each),
		BurstRatio: p.ratio(missing),
	}
}

func (p *pattern) ratio(missing uint64) float64 {
	if p.runs == 0 || missing >= p.packets {
		return 1
	}
	run := float64(missing) / float64(p.runs)
	return max(1, run*(1-float64(missing)/float64(p.packets)))
}

// share returns part/whole in 1/256, at most 255.
func share(part, whole uint64) uint8 { return uint8(min(part*256/max(whole, 1), 255)) }

func mean(packets, parts uint64, each time.Duration) time.Duration {
	return time.Duration(float64(packets) / float64(max(parts, 1)) * float64(each))
}
