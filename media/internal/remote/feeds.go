package remote

import (
	"runtime"
	"sync"
	"weak"

	"trunkline/internal/netio/shm"
	"trunkline/internal/ring"
	"trunkline/media/feed"
	"trunkline/media/internal/wire"
)

// Feeds makes feeds that lie in an Arena, and knows where. Any goroutine.
type Feeds struct {
	arena *Arena

	mu    sync.Mutex
	known map[weak.Pointer[feed.Feed]]*fed
}

// fed is where a feed lies.
type fed struct {
	rate, samples int
	block         *Block
}

// NewFeeds makes an empty Feeds.
func NewFeeds(a *Arena) *Feeds {
	return &Feeds{arena: a, known: map[weak.Pointer[feed.Feed]]*fed{}}
}

// the parts of a feed's memory, each beginning on a word.
func (d *fed) lens() (small, marks, sound int) {
	return aligned(shm.Size[feed.Memory](1)), shm.Size[feed.Entry](ring.Room(feed.MostMarks)), 2 * d.samples
}

// New makes a feed at rate Hz that holds ms milliseconds. Its memory is free
// when the writer has forgotten it and no thread plays it.
func (fs *Feeds) New(rate, ms int) (*feed.Feed, error) {
	d := &fed{rate: rate, samples: ring.Room(max(ms, 40) * rate / 1000)}
	small, marks, sound := d.lens()
	var err error
	if d.block, err = fs.arena.Take(small+marks+sound, 1); err != nil {
		return nil, err
	}
	f := over(d, d.block.Memory)
	key := weak.Make(f)
	fs.mu.Lock()
	fs.known[key] = d
	fs.mu.Unlock()
	runtime.AddCleanup(f, fs.forget, key)
	return f, nil
}

// forget is called some time after a feed was collected.
func (fs *Feeds) forget(key weak.Pointer[feed.Feed]) {
	fs.mu.Lock()
	d := fs.known[key]
	delete(fs.known, key)
	fs.mu.Unlock()
	d.block.Drop()
}

// find returns where f lies; nil when it was made elsewhere.
func (fs *Feeds) find(f *feed.Feed) *fed {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	return fs.known[weak.Make(f)]
}

// over lays a feed over m; nil when that is not where it lies.
func over(d *fed, m shm.Memory) *feed.Feed {
	small, marks, sound := d.lens()
	a, ok := m.Part(0, small)
	b, ok2 := m.Part(small, marks)
	c, ok3 := m.Part(small+marks, sound)
	mem := shm.At[feed.Memory](a)
	if !ok || !ok2 || !ok3 || mem == nil {
		return nil
	}
	return feed.Over(mem, d.rate, c.Samples(), shm.As[feed.Entry](b))
}

// Feed writes where a feed lies, and holds it until LetGo.
func (s *Sender) Feed(x *wire.Coder, f *wire.Feed) {
	d := s.feeds.find(f.Feed)
	if d == nil {
		x.Spoil()
		return
	}
	d.block.Hold()
	s.fed[f.Feed] = d.block
	at := d.block.At
	wire.Num(x, &d.rate)
	wire.Num(x, &d.samples)
	wire.Num(x, &at)
}

// longestFeed is more samples than any feed needs: a minute at 48 kHz.
const longestFeed = 1 << 22

// Feed makes the player's side of a feed.
func (t *Taker) Feed(x *wire.Coder, f *wire.Feed) {
	var d fed
	var at int
	wire.Num(x, &d.rate)
	wire.Num(x, &d.samples)
	if wire.Num(x, &at); !x.Good() {
		return
	}
	if d.samples < 1 || d.samples > longestFeed || d.samples&(d.samples-1) != 0 || at%align != 0 {
		x.Spoil()
		return
	}
	small, marks, sound := d.lens()
	m, ok := t.memory.Part(at, small+marks+sound)
	if ok {
		f.Feed, f.Held = over(&d, m), m
	}
	if f.Feed == nil {
		x.Spoil()
	}
}
