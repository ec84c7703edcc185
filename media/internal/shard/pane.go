package shard

import (
	"sync/atomic"

	"trunkline/internal/netio/shm"
	"trunkline/internal/ring"
)

// pane is what the control plane and a shard both see: a ring each way, and a
// note that the thread sleeps. Each side lays its own pane over the memory.
type pane struct {
	memory   shm.Memory // held: everything below points into it
	commands *ring.Records
	events   *ring.Records
	asleep   *atomic.Uint64 // 1: the thread sleeps, or is about to, until it is woken
	alone    *atomic.Uint64 // 1: there is no control plane for the moment
}

// The layout of a pane's memory: words on cache lines of their own, then the rings.
const (
	wordCommandsHead = 0
	wordCommandsTail = 8
	wordEventsHead   = 16
	wordEventsTail   = 24
	wordAsleep       = 32
	wordAlone        = 40
	paneHead         = 48 * 8 // bytes

	commandBytes = 1 << 20
	eventBytes   = 1 << 20
)

// PaneLen is how many bytes of zeroed memory a Door and its Shard share.
const PaneLen = paneHead + commandBytes + eventBytes

// newPane lays a pane over m, which has PaneLen bytes.
func newPane(m shm.Memory) pane {
	b := m.Bytes()
	return pane{
		memory:   m,
		commands: ring.NewRecords(m.Word(wordCommandsHead), m.Word(wordCommandsTail), b[paneHead:paneHead+commandBytes]),
		events:   ring.NewRecords(m.Word(wordEventsHead), m.Word(wordEventsTail), b[paneHead+commandBytes:PaneLen]),
		asleep:   m.Word(wordAsleep),
		alone:    m.Word(wordAlone),
	}
}
