package tap

// Write appends mono sound to an Inbound or Outbound tap. Media thread only.
func (t *Tap) Write(pcm []int16) {
	s := t.own()
	if s.ended.Load() != 0 {
		return
	}
	if n := s.ring.PushAll(pcm); n < len(pcm) {
		s.lost.Add(uint64(len(pcm) - n))
	}
}

// WritePair appends stereo sound to a Stereo tap; the shorter side is filled up
// with silence. Media thread only.
func (t *Tap) WritePair(left, right []int16) {
	s := t.own()
	if s.ended.Load() != 0 {
		return
	}
	n := max(len(left), len(right))
	// The ring holds whole pairs and both sides move in pairs, so none is torn.
	at, fit := s.ring.Claim(2 * n)
	at, fit = at/2, fit/2
	// A copy from here writes whole cache lines at once, and so waits for all of the
	// ring's together: it is in no cache when there are thousands.
	var near [160]uint32
	for i := 0; i < fit; {
		some := near[:min(fit-i, len(near))]
		interleave(some, left[min(i, len(left)):], right[min(i, len(right)):])
		k := copy(s.pairs[at:], some)
		copy(s.pairs, some[k:])
		i += len(some)
		at = (at + len(some)) % len(s.pairs)
	}
	s.ring.Publish(2 * fit)
	if fit < n {
		s.lost.Add(uint64(2 * (n - fit)))
	}
}

// interleave fills dst with pairs, silence where a side is too short. Left comes
// first in memory, as all machines that this is for are little-endian.
func interleave(dst []uint32, left, right []int16) {
	n := min(len(dst), len(left), len(right))
	both, l, r := dst[:n], left[:n], right[:n]
	for i := range both {
		both[i] = uint32(uint16(l[i])) | uint32(uint16(r[i]))<<16
	}
	for i := n; i < len(dst); i++ {
		dst[i] = 0
		if i < len(left) {
			dst[i] = uint32(uint16(left[i]))
		} else if i < len(right) {
			dst[i] = uint32(uint16(right[i])) << 16
		}
	}
}

// End says that nothing more will come; the reader gets what is in the ring and
// then io.EOF. Later writes are ignored. Media thread only.
func (t *Tap) End() { t.own().ended.Store(1) }

// Ended reports whether End was called. Any goroutine.
func (t *Tap) Ended() bool {
	s := t.sound.Load()
	return s != nil && s.ended.Load() != 0
}

// Awaited reports whether a reader sleeps and can now be served, and forgets
// it: who asks must see to it that Wake is called. Media thread only.
func (t *Tap) Awaited() bool {
	s := t.own()
	want := s.want.Load()
	if want == 0 || (uint64(s.ring.Len()) < want && s.ended.Load() == 0) {
		return false
	}
	return s.want.CompareAndSwap(want, 0)
}
