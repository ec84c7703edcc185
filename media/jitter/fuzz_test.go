package jitter

import (
	"encoding/binary"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/media/rtp"
)

// FuzzBuffer holds the Buffer against the obvious slow account of it: a map of
// what is stored. Each packet is played at most once, in order within its
// stream, with its own bytes; and every packet taken in is played, shed, late,
// or still here.
func FuzzBuffer(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 255, 0, 1, 255, 255, 2, 5, 255})
	f.Add([]byte{0, 1, 1, 200, 1, 200, 255, 3, 9, 3, 9, 255, 255, 4, 0, 255})
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := model{t: t, b: New(8000)}
		for len(ops) >= 2 {
			m.step(ops[0], ops[1])
			ops = ops[2:]
		}
	})
}

type model struct {
	t      *testing.T
	b      *Buffer
	now    clock.Time
	h      rtp.Header
	serial uint32            // of the next packet; its payload
	order  map[uint32]uint32 // taken in and not yet played: serial → extended sequence number
	played bool
	last   uint32
}

func (m *model) step(op, arg byte) {
	m.now = m.now.Add(time.Duration(arg%8) * 5 * time.Millisecond)
	switch op % 8 {
	case 0, 1: // as it should be
		m.h.Sequence++
		m.h.Timestamp += 160
		m.push(160)
	case 2: // some way off
		was := m.h
		m.h.Sequence += uint16(int16(int8(arg)))
		m.h.Timestamp += uint32(int32(int8(arg))) * 160
		m.push(uint32(arg) + 1)
		m.h = was
	case 3: // a jump
		m.h.Sequence += uint16(arg) << 7
	case 4:
		m.h.Timestamp += uint32(arg) << 20
	case 5:
		m.h.SSRC = uint32(arg % 3)
	case 6:
		m.h.Sequence++
		m.b.Note(m.now, m.h)
	case 7:
		m.pop(uint32(arg) + 1)
	}
	m.check()
}

func (m *model) push(dur uint32) {
	if m.order == nil {
		m.order = map[uint32]uint32{}
	}
	payload := binary.BigEndian.AppendUint32(nil, m.serial)
	if m.b.Push(m.now, m.h, payload, dur) == Stored {
		top := m.b.in.highest
		m.order[m.serial] = top + uint32(int32(int16(m.h.Sequence-uint16(top))))
	}
	m.serial++
}

func (m *model) pop(want uint32) {
	f := m.b.Pop(m.now, want)
	switch f.Kind {
	case Packet:
		n := binary.BigEndian.Uint32(f.Payload)
		seq, ok := m.order[n]
		if !ok {
			m.t.Fatalf("packet %d was never taken in, or is played twice", n)
		}
		delete(m.order, n)
		if m.played && seq <= m.last {
			m.t.Fatalf("sequence number %d played after %d", seq, m.last)
		}
		m.played, m.last = true, seq
	case Gap, Lost:
		if f.Samples == 0 || f.Samples > want {
			m.t.Fatalf("a hole of %d samples where %d were wanted", f.Samples, want)
		}
	case Nothing:
	}
}

func (m *model) check() {
	if m.b.fresh {
		m.played = false // another stream
	}
	var stored int
	var held uint32
	if m.b.store == nil {
		return
	}
	used := uint64(0)
	for i := range m.b.store.slots {
		if s := &m.b.store.slots[i]; s.full {
			if used&(1<<s.cell) != 0 || m.b.store.free&(1<<s.cell) != 0 {
				m.t.Fatalf("cell %d has two owners, or none", s.cell)
			}
			used |= 1 << s.cell
			stored++
			held += s.dur
			if d := int16(s.seq - m.b.head); d < 0 || d >= slots {
				m.t.Fatalf("stored packet %d is out of reach of head %d", s.seq, m.b.head)
			}
		}
	}
	if stored != m.b.stored || held != m.b.held {
		m.t.Fatalf("books say %d packets, %d held; slots %d, %d", m.b.stored, m.b.held, stored, held)
	}
	if held > 3200+256 {
		m.t.Fatalf("%d samples held", held)
	}
}
