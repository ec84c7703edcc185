package feed

// Pull fills dst with the next sound and returns how much of dst that is; the
// rest is silence. After it, Reached tells the marks. An empty dst moves
// nothing, but obeys a Clear: so it should be called while playback is paused,
// too. Media thread only.
func (f *Feed) Pull(dst []int16) int {
	f.obey()
	n := f.samples.PopAll(dst)
	f.at += uint64(n)
	f.mem.played.Add(uint64(n))
	if n == len(dst) {
		f.sounding = f.sounding || n > 0
		return n
	}
	clear(dst[n:])
	if f.mem.ended.Load() != 0 {
		return n
	}
	if f.mem.silence.Add(uint64(len(dst) - n)); f.sounding || n > 0 {
		f.sounding = false
		f.mem.underruns.Add(1)
	}
	return n
}

// obey drops what the writer has cleared. What the last Pull took beside a Clear
// was played; only the rest, if any, is dropped.
func (f *Feed) obey() {
	to := f.mem.cleared.Load()
	if to <= f.at {
		return
	}
	f.settle(false)
	f.discard(to - f.at)
	f.settle(true)
	f.sounding = false // silence was wished for
}

// discard throws n samples away, which are there.
func (f *Feed) discard(n uint64) {
	for n > 0 {
		k := uint64(f.samples.PopAll(f.scratch[:min(n, uint64(len(f.scratch)))]))
		if k == 0 {
			return // only when the writer's memory is not what it says
		}
		f.at, n = f.at+k, n-k
		f.mem.dropped.Add(k)
	}
}

// settle decides about the marks up to where we are, of which the last sound was
// dropped or not. A mark with no sound between it and a Clear before it was
// missed by nobody. There is always room for what was decided: MostMarks is
// counted from Mark to Reached.
func (f *Feed) settle(dropped bool) {
	for {
		if !f.holds {
			if f.held, f.holds = f.marks.Pop(); !f.holds {
				return
			}
		}
		if f.held.at > f.at {
			return
		}
		f.settled.Push(Mark{ID: f.held.id, Dropped: dropped && f.held.at > f.held.cleared})
		f.holds = false
	}
}

// Reached returns the next mark that was reached or dropped since it was last
// asked; false when there is none. Media thread only.
func (f *Feed) Reached() (Mark, bool) {
	f.settle(false)
	m, ok := f.settled.Pop()
	if ok {
		f.mem.marked.Add(1)
	}
	return m, ok
}

// Done reports whether the end was reached: nothing is left to pull, all marks
// were told. Media thread only.
func (f *Feed) Done() bool {
	if f.mem.gone.Load() != 0 {
		return f.settled.Len() == 0
	}
	ended := f.mem.ended.Load() != 0 // before looking: what was written before End is then there
	return ended && f.samples.Len() == 0 && f.mem.issued.Load() == f.mem.marked.Load()
}

// Leave says that nobody will pull any more: what is left is dropped, and
// writers are refused. Reached still tells the marks. Media thread only.
func (f *Feed) Leave() {
	f.mem.gone.Store(1)
	f.obey()
	f.settle(false)
	f.discard(uint64(f.samples.Len()))
	f.settle(true)
}

// Awaited reports whether a writer sleeps and can now go on, and forgets it: who
// asks must see to it that Wake is called. Media thread only.
func (f *Feed) Awaited() bool {
	want := f.mem.want.Load()
	if want == 0 || (int64(f.samples.Cap()-f.samples.Len()) < want && f.refusal() == nil) {
		return false
	}
	return f.mem.want.CompareAndSwap(want, 0)
}
