package jitter

import "time"

// Fixed holds the delay at d, up to 400 ms, whatever the network does: for
// modems and fax, which suffer more from a change than from a loss. It is then
// nobody's Surplus or Deficit, and a Gap is played at its length. Where the delay
// is less than d, playing stops once, until it is not. After that it changes only
// so that no more is lost: when it is 100 ms more for long, packets are given up;
// when it is a packet less, time stands still once where one is missing, and d
// grows when the network has come to need more. With d zero the delay adapts again.
func (b *Buffer) Fixed(d time.Duration) {
	b.depth = b.units(min(max(d, 0), maxHeld))
	b.filling = b.filling || !b.anchor && b.Astray() < 0
}

// Astray returns how far the delay is, in timestamp units, from what Fixed wants:
// more than 0 when the far clock is fast, less when it is slow, 0 when the delay
// adapts.
func (b *Buffer) Astray() int32 {
	if b.depth == 0 || b.anchor || b.filling {
		return 0
	}
	return min(b.delays[0], b.delays[1]) - int32(b.depth)
}

// shallow reports whether a delay that is fixed is so much less than it should be,
// by dur at least, that packets will be late for no other reason.
func (b *Buffer) shallow(dur uint32) bool {
	if b.depth == 0 {
		return false
	}
	b.depth = max(b.depth, b.need())
	return -b.Astray() >= int32(dur)
}
