package shard

// This file is the shard's front door: the only code of Shard that others call.
// What other goroutines and processes have is a Door.

import (
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/wire"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// World is what a shard is connected to.
type World struct {
	Packets netio.Packets
	Pacer   netio.Pacer
	Bell    netio.Bell
	Memory  shm.Memory   // PaneLen bytes, shared with the Door
	Bag     wire.Baggage // of the Door's
	Turn    Turn         // that the thread gives up when it has too much to do; nil: none
	Store   Store        // where Bag's clips are; nil when nobody must be told of them
	Yard    *Yard        // of all shards of this process; nil when there is but one
	Index   int          // in Yard
}

// Store keeps clips for as long as they are played. The shard's thread only.
type Store interface {
	// Forget says that a clip will not be played again.
	Forget(clip uint64)
	// Sweep calls gone for each forgotten clip that nobody plays any more.
	Sweep(gone func(clip uint64))
}

// New makes a shard; Run is to be called on its thread.
func New(w World) *Shard {
	if w.Yard == nil {
		w.Yard, w.Index = NewYard(1), 0
	}
	sh := &Shard{
		pane: newPane(w.Memory), packets: w.Packets, pacer: w.Pacer, bell: w.Bell, bag: w.Bag, store: w.Store,
		turn: w.Turn, yard: w.Yard, index: w.Index, gate: &w.Yard.gates[w.Index],
		sessions: map[msg.Session]*leg{}, rooms: map[msg.Room]*mix.Room{}, expected: map[msg.Session]*expectation{},
		now: w.Pacer.Now(),
	}
	sh.begun, sh.strain.since = sh.now, sh.now
	sh.outbox = newOutbox(sh.pane.events)
	sh.gate.wake = sh.wake
	sh.wheel.at = int64(sh.now) / slotLen
	return sh
}

// wake ends the thread's sleep, if it sleeps. Any thread.
func (sh *Shard) wake() {
	if sh.pane.asleep.Swap(0) != 0 {
		sh.pacer.Wake()
	}
}

// Run is the thread: it laps until Quit is obeyed, and returns when every
// session is closed and every event is in the ring. The caller locked the OS
// thread.
func (sh *Shard) Run() {
	sh.own.Take()
	for !sh.stopped() {
		sh.lap()
	}
}
