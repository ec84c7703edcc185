package media

import (
	"io"
	"runtime"
	"sync"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/feed"
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
	"trunkline/media/prompt"
)

// within starts a plane in this process: the same threads on the same rings as
// in a process of their own, over ordinary memory, and what records cannot hold
// goes beside them as it is.
func within(shards int, c clock.Source, n Network) (*plane, error) {
	ended := make(chan struct{})
	p := &plane{
		ended: ended,
		lend:  func(netio.Ports) {},
		load:  func(...*prompt.Clip) error { return nil },
		feed:  func(rate, ms int) (*feed.Feed, error) { return feed.New(rate, ms), nil },
		kill:  func() {}, // threads that hang cannot be ended but with their process
	}
	yard := shard.NewYard(shards)
	var made []*shard.Shard
	for i := range shards {
		packets, pacer, bell, err := n.Connect(c)
		if err != nil {
			p.dismantle()
			return nil, err
		}
		memory, bag := shm.Heap(shard.PaneLen), wire.NewBeside()
		made = append(made, shard.New(shard.World{
			Packets: packets, Pacer: pacer, Bell: bell, Memory: memory, Bag: bag, Yard: yard, Index: i,
		}))
		p.lanes = append(p.lanes, &lane{plane: p, index: i, bell: bell, door: shard.NewDoor(memory, pacer.Wake, bell, bag)})
		p.parts = append(p.parts, io.Closer(packets), pacer)
	}
	var threads sync.WaitGroup
	for _, sh := range made {
		threads.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			netio.Urgent()         // without the right to it sound has gaps on a busy machine, but flows
			sh.Run()
		})
	}
	p.pumps.Go(func() {
		threads.Wait()
		close(ended)
	})
	return p, nil
}
