package tap

// Write appends mono sound to an Inbound tap. Media thread only.
func (t *Tap) Write(pcm []int16) {
	if t.ended.Load() {
		return
	}
	if n := t.ring.PushAll(pcm); n < len(pcm) {
		t.lost.Add(uint64(len(pcm) - n))
	}
}

// WritePair appends stereo sound to a Stereo tap; the shorter side is filled up
// with silence. Media thread only.
func (t *Tap) WritePair(left, right []int16) {
	if t.ended.Load() {
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
		if n := t.ring.PushAll(t.pairs[:k]); n < k {
			t.lost.Add(uint64(k - n))
		}
	}
}

// End says that nothing more will come; the reader gets what is in the ring and
// then io.EOF. Later writes are ignored. Media thread only.
func (t *Tap) End() { t.ended.Store(true) }

// Ended reports whether End was called. Any goroutine.
func (t *Tap) Ended() bool { return t.ended.Load() }

// Awaited reports whether a reader sleeps and can now be served, and forgets
// it: who asks must see to it that Wake is called. Media thread only.
func (t *Tap) Awaited() bool {
	want := t.want.Load()
	if want == 0 || (int64(t.ring.Len()) < want && !t.ended.Load()) {
		return false
	}
	return t.want.CompareAndSwap(want, 0)
}
