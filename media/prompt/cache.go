package prompt

import (
	"cmp"
	"container/list"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"weak"

	"trunkline/dsp"
)

// Config is what a Cache may use. Zero values stand for the defaults given.
type Config struct {
	Limits Limits // of each file
	Bytes  int    // kept for later in all, 256 MiB
	Reads  int    // files read at the same time, 2: calls that last need the processor more
	Level  dsp.DB // that all clips are brought to; 0 leaves them as they are
}

// Cache holds the files of one directory as Clips. Each is read once, however
// many calls want it at the same time, and again when it has changed (its size
// or time of modification). The least recently used make room for others; a
// Clip that plays on after that is found again while it does.
//
// Nothing outside of the directory is opened, whatever names and symbolic links
// say, and nothing that is not a regular file. A Cache may be used by any
// goroutine of the control plane and has none of its own.
type Cache struct {
	files   fs.FS
	root    *os.Root // of files; nil when they are somebody else's
	config  Config
	reading chan struct{} // a token for each read under way

	mu    sync.Mutex // guards what follows
	known map[string]*cached
	order list.List // of the *cached with a clip, latest used first
}

// cached is what is known of a file. Of clip, alive, err and flight one says
// how things are; alive may have died.
type cached struct {
	stamp   stamp
	clip    *Clip
	element *list.Element // in order, with clip
	alive   weak.Pointer[Clip]
	err     error // why there is no clip
	flight  *flight
}

// stamp tells one version of a file from others.
type stamp struct{ size, modified int64 }

// flight is a read under way.
type flight struct {
	done      chan struct{} // closed when the others are set
	clip      *Clip
	err       error
	abandoned bool // by the call that read: another must begin anew
}

// Usage is what a Cache holds.
type Usage struct {
	Clips, Bytes int
}

// OpenCache makes a Cache of the directory dir. Close it.
func OpenCache(dir string, c Config) (*Cache, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	cache := NewCache(root.FS(), c)
	cache.root = root
	return cache, nil
}

// NewCache makes a Cache of files, which must not lead outside.
func NewCache(files fs.FS, c Config) *Cache {
	c.Bytes, c.Reads = cmp.Or(c.Bytes, 256<<20), cmp.Or(c.Reads, 2)
	return &Cache{files: files, config: c, reading: make(chan struct{}, c.Reads), known: map[string]*cached{}}
}

// Close closes the directory. Clips play on.
func (c *Cache) Close() error {
	if c.root == nil {
		return nil
	}
	return c.root.Close()
}

// Usage returns what is kept for later. Clips in use beyond that belong to those
// who use them.
func (c *Cache) Usage() Usage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return Usage{Clips: c.order.Len(), Bytes: c.bytes()}
}

// Get returns the Clip of a file, with slashes in its name, reading it if it
// must, until ctx ends. What is wrong with a file is remembered until the file
// changes.
func (c *Cache) Get(ctx context.Context, name string) (*Clip, error) {
	for {
		info, err := fs.Stat(c.files, name)
		if err != nil {
			return nil, err
		}
		now, err := stampOf(name, info)
		if err != nil {
			return nil, err
		}
		f, mine := c.join(name, now)
		if mine {
			c.read(ctx, name, now, f)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if !f.abandoned || ctx.Err() != nil {
			return f.clip, f.err
		}
	}
}

func stampOf(name string, info fs.FileInfo) (stamp, error) {
	if !info.Mode().IsRegular() {
		return stamp{}, fmt.Errorf("read %s: it is no regular file", name)
	}
	return stamp{info.Size(), info.ModTime().UnixNano()}, nil
}

// join returns the flight that brings a version of a file, which may have come
// down already. When it is new, it is for the caller to fly.
func (c *Cache) join(name string, now stamp) (f *flight, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.known[name]
	switch {
	case known == nil || known.stamp != now:
	case known.flight != nil:
		return known.flight, false
	case known.err != nil:
		return landed(nil, known.err), false
	default:
		if clip := cmp.Or(known.clip, known.alive.Value()); clip != nil {
			c.keep(known, clip)
			return landed(clip, nil), false
		}
	}
	c.forget(known)
	f = &flight{done: make(chan struct{}), abandoned: true, err: errors.New("read " + name + ": given up")}
	c.known[name] = &cached{stamp: now, flight: f}
	return f, true
}

// landed is a flight that is over.
func landed(clip *Clip, err error) *flight {
	f := &flight{done: make(chan struct{}), clip: clip, err: err}
	close(f.done)
	return f
}

// read reads a file for all who wait for the flight f.
func (c *Cache) read(ctx context.Context, name string, now stamp, f *flight) {
	defer close(f.done)
	var same bool // the file is still the one that was asked for
	defer func() { c.land(name, f, same) }()
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		f.err = context.Cause(ctx)
		return
	}
	f.clip, same, f.err = c.load(ctx, name, now)
	f.abandoned = f.err != nil && ctx.Err() != nil
}

// load reads a file and reports whether it is of the version now.
func (c *Cache) load(ctx context.Context, name string, now stamp) (clip *Clip, same bool, err error) {
	file, err := c.files.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return nil, false, err
	} else if _, err = stampOf(name, info); err != nil {
		return nil, false, err
	}
	clip, err = Read(ctx, file, name, c.config.Limits)
	if err == nil && c.config.Level != 0 {
		clip = clip.Normalise(c.config.Level)
	}
	if broken := (*fs.PathError)(nil); errors.As(err, &broken) {
		return nil, false, err // the disk's fault, not the file's
	}
	info, statErr := file.Stat() // again: it may have changed while it was read
	if statErr == nil {
		after, _ := stampOf(name, info)
		same = after == now
	}
	return clip, same, err
}

// land notes how a flight ended.
func (c *Cache) land(name string, f *flight, same bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.known[name]
	if known == nil || known.flight != f {
		return // the file has changed since
	}
	known.flight = nil
	if f.abandoned || !same {
		delete(c.known, name)
		return
	}
	if known.err = f.err; f.clip != nil {
		c.keep(known, f.clip)
	}
	c.sweep()
}

// keep holds a clip as the latest used, and lets go of others. The caller holds
// mu, as for all that follows.
func (c *Cache) keep(known *cached, clip *Clip) {
	if known.clip != nil {
		c.order.MoveToFront(known.element)
		return
	}
	known.clip, known.alive, known.element = clip, weak.Make(clip), c.order.PushFront(known)
	for n := c.bytes(); n > c.config.Bytes; {
		oldest := c.order.Back().Value.(*cached)
		n -= oldest.clip.Bytes()
		c.forget(oldest)
	}
}

// bytes adds up what is kept. Clips may have grown by frames since they came.
func (c *Cache) bytes() (n int) {
	for e := c.order.Front(); e != nil; e = e.Next() {
		n += e.Value.(*cached).clip.Bytes()
	}
	return n
}

// forget lets go of a clip.
func (c *Cache) forget(known *cached) {
	if known != nil && known.clip != nil {
		c.order.Remove(known.element)
		known.clip, known.element = nil, nil
	}
}

// sweep drops what is known of files whose clips nobody uses any more.
func (c *Cache) sweep() {
	for name, k := range c.known {
		if k.clip == nil && k.err == nil && k.flight == nil && k.alive.Value() == nil {
			delete(c.known, name)
		}
	}
}
