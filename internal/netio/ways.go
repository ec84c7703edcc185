package netio

import "trunkline/internal/netio/nexthop"

// ways is what a media thread knows of the ways to its peers: the answers of a
// nexthop.Finder, kept where each packet can reach them.
type ways struct {
	finder *nexthop.Finder
	index  map[nexthop.Query]int // into slots
	slots  []way                 // never moves, so that paths may point at its elements
}

// way is an answer, or the wait for one: no frames, until it is known.
type way struct {
	hop     nexthop.Hop
	known   bool   // the answer came
	version uint32 // changes whenever hop does
}

func (w *ways) start() error {
	f, err := nexthop.Start()
	if err != nil {
		return err
	}
	w.finder = f
	w.index = make(map[nexthop.Query]int, nexthop.Capacity)
	w.slots = make([]way, 0, nexthop.Capacity)
	return nil
}

// find returns the place where the answer to q is, or will be. When there have
// been more questions than anybody's peers it begins anew; nil means that it
// could not.
func (w *ways) find(q nexthop.Query) *way {
	if i, ok := w.index[q]; ok {
		return &w.slots[i]
	}
	if len(w.slots) == cap(w.slots) && !w.forget() || !w.finder.Ask(q) {
		return nil
	}
	i := len(w.slots)
	w.slots = w.slots[:i+1]
	w.index[q] = i
	s := &w.slots[i]
	s.hop, s.known = nexthop.Hop{Query: q}, false
	s.version++
	return s
}

// forget empties the table. Paths that point into it see another version.
func (w *ways) forget() bool {
	if !w.finder.Forget() {
		return false
	}
	clear(w.index)
	for i := range w.slots {
		w.slots[i].hop = nexthop.Hop{}
		w.slots[i].version++
	}
	w.slots = w.slots[:0]
	return true
}

// hear takes in what the finder has told.
func (w *ways) hear() {
	for {
		h, ok := w.finder.Next()
		if !ok {
			return
		}
		if i, ok := w.index[h.Query]; ok {
			s := &w.slots[i]
			s.hop, s.known = h, true
			s.version++
		}
	}
}
