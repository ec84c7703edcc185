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
	at := func(pcm []int16, i int) int16 {
		if i < len(pcm) {
			return pcm[i]
		}
		return 0
	}
	total := max(len(left), len(right))
	for i := 0; i < total; {
		k := 0
		for ; k < len(t.pairs) && i < total; k, i = k+2, i+1 {
			t.pairs[k], t.pairs[k+1] = at(left, i), at(right, i)
		}
		// The ring's capacity is a whole number of pairs, and both sides move in
		// pairs, so a short push cannot tear one.
		if n := s.ring.PushAll(t.pairs[:k]); n < k {
			s.lost.Add(uint64(k - n))
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
