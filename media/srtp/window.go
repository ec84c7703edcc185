package srtp

// windowSize is how far behind the newest packet one may come, in packets: more
// than any jitter buffer would wait for, and what RFC 3711 §3.3.2 asks at least.
const windowSize = 64

// window remembers which of the last packets were seen, by index. An RTP index
// is the roll-over counter and the sequence number (RFC 3711 §3.3.1).
type window struct {
	begun   bool
	highest uint64
	seen    uint64 // bit n: highest−n
}

// estimate returns the index that a sequence number most likely means: the one
// next to the highest (RFC 3711 appendix A).
func (w *window) estimate(sequence uint16) uint64 {
	index := int64(w.highest) + int64(int16(sequence-uint16(w.highest)))
	if index < 0 { // from before the first; the signature will tell
		return uint64(sequence)
	}
	return uint64(index)
}

// fresh reports whether an index was not seen and is not too old to tell.
func (w *window) fresh(index uint64) bool {
	if !w.begun || index > w.highest {
		return true
	}
	behind := w.highest - index
	return behind < windowSize && w.seen>>behind&1 == 0
}

// mark remembers an index that is fresh.
func (w *window) mark(index uint64) {
	switch {
	case !w.begun:
		*w = window{begun: true, highest: index, seen: 1}
	case index > w.highest:
		w.seen = w.seen<<(index-w.highest) | 1
		w.highest = index
	default:
		w.seen |= 1 << (w.highest - index)
	}
}

// next gives a packet that we send its index, once; false when it cannot have
// one: it was used, or the packet is from before our first.
func (w *window) next(sequence uint16) (uint64, bool) {
	index := uint64(sequence)
	if w.begun {
		index = w.estimate(sequence)
		behind := int16(sequence-uint16(w.highest)) <= 0
		if behind && index > w.highest || index>>48 != 0 || !w.fresh(index) {
			return 0, false
		}
	}
	w.mark(index)
	return index, true
}
