package feed

import (
	"slices"
	"testing"
)

// model is a feed as a list of what is under way: samples, and marks between
// them.
type model struct {
	queue   []item
	settled []Mark
	ended   bool
	marks   int // under way
	samples int
}

type item struct {
	mark    bool
	v       int16
	id      uint64
	cleared bool // is to be dropped at the next pull
	hollow  bool // of a mark: no sound lies between it and a Clear before it
}

func (m *model) write(pcm []int16, room int) int {
	if m.ended {
		return 0
	}
	n := min(len(pcm), room-m.samples)
	for _, v := range pcm[:n] {
		m.queue = append(m.queue, item{v: v})
	}
	m.samples += n
	return n
}

func (m *model) mark(id uint64) bool {
	if m.ended || m.marks == MostMarks {
		return false
	}
	m.marks++
	hollow := !slices.ContainsFunc(m.queue, func(it item) bool { return !it.mark && !it.cleared })
	m.queue = append(m.queue, item{mark: true, id: id, hollow: hollow})
	return true
}

// clear notes what the next pull is to drop.
func (m *model) clear() {
	for i := range m.queue {
		m.queue[i].cleared = true
	}
}

// obey drops what was cleared. A mark is dropped with a sample dropped before
// it, unless that was gone when the mark was made.
func (m *model) obey() {
	dropping := false
	for len(m.queue) > 0 && m.queue[0].cleared {
		it := m.queue[0]
		m.queue = m.queue[1:]
		if it.mark {
			m.settled = append(m.settled, Mark{it.id, dropping && !it.hollow})
		} else {
			dropping = true
			m.samples--
		}
	}
	m.reach()
}

func (m *model) reach() {
	for len(m.queue) > 0 && m.queue[0].mark {
		m.settled = append(m.settled, Mark{ID: m.queue[0].id})
		m.queue = m.queue[1:]
	}
}

func (m *model) pull(n int) (pcm []int16) {
	for m.reach(); len(pcm) < n && len(m.queue) > 0; m.reach() {
		pcm = append(pcm, m.queue[0].v)
		m.queue = m.queue[1:]
		m.samples--
	}
	return pcm
}

// FuzzFeed plays one program on a feed and on the model.
func FuzzFeed(f *testing.F) {
	f.Add([]byte{0x20, 0x40, 0x85, 0x61, 0xa0, 0x91, 0xc0})
	f.Add([]byte{0x3f, 0x41, 0x3f, 0x60, 0x42, 0x3f, 0x9f, 0xa0, 0xa0, 0x9f, 0x9f, 0x60, 0x81, 0xe0, 0x9f})
	f.Fuzz(func(t *testing.T, program []byte) {
		f, m, next := New(8000, 40), model{}, 0
		for _, op := range program {
			n := int(op&31) * 9
			switch op >> 5 {
			case 0, 1:
				pcm := ramp(next, n)
				next += n
				if got, want := f.Write(pcm), m.write(pcm, 512); got != want {
					t.Fatalf("Write(%d) = %d, want %d", n, got, want)
				}
			case 2:
				next++
				if got, want := f.Mark(uint64(next)), m.mark(uint64(next)); got != want {
					t.Fatalf("Mark = %v, want %v", got, want)
				}
			case 3:
				f.Clear()
				m.clear()
			case 4:
				dst := make([]int16, n)
				got := dst[:f.Pull(dst)]
				m.obey()
				if want := m.pull(n); !slices.Equal(got, want) {
					t.Fatalf("Pull(%d) = %v, want %v", n, got, want)
				}
			case 5:
				f.Pull(nil)
				m.obey()
				m.pull(0)
			case 6:
				f.End()
				m.ended = true
			case 7:
				told := marks(f)
				if m.reach(); !slices.Equal(told, m.settled) {
					t.Fatalf("marks %v, want %v", told, m.settled)
				}
				m.marks -= len(told)
				m.settled = nil
			}
			if f.Buffered() != m.samples {
				t.Fatalf("%d samples are there, want %d", f.Buffered(), m.samples)
			}
			if want := m.ended && m.marks == 0 && m.samples == 0; f.Done() != want {
				t.Fatalf("Done = %v, want %v", f.Done(), want)
			}
		}
	})
}
