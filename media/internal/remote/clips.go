package remote

import (
	"errors"
	"runtime"
	"slices"
	"sync"
	"weak"

	"trunkline/codecs"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/wire"
	"trunkline/media/prompt"
)

// form is where one prompt.Form lies in an Arena, bytes.
type form struct {
	codec    codecs.ID
	rate     int
	at, size int // of the samples, or the payload
	ends     int // of the frames' ends; none when count is 0
	count    int
}

func (f *form) fields(x *wire.Coder) {
	wire.Byte(x, &f.codec)
	wire.Num(x, &f.rate)
	wire.Num(x, &f.at)
	wire.Num(x, &f.size)
	wire.Num(x, &f.ends)
	wire.Num(x, &f.count)
}

// align is what each part of a clip begins at a multiple of.
const align = 8

func aligned(n int) int { return (n + align - 1) &^ (align - 1) }

// Clips knows which clips lie in an Arena. It does not keep them alive: a clip
// that nobody in this process has any more is told of in Dead, and its memory
// is free when every media thread has said that it plays it no more. Any
// goroutine.
type Clips struct {
	arena   *Arena
	threads int

	loading sync.Mutex // held while a clip is copied, which may take long

	mu       sync.Mutex
	byClip   map[weak.Pointer[prompt.Clip]]*clip
	byNumber map[uint64]*clip
	dead     []uint64
	last     uint64
}

// clip is a clip's copy in the Arena.
type clip struct {
	number  uint64
	kept    int // forms the original had when it was copied
	block   *Block
	forms   []form
	waiting int // threads that have not said yet that they are done with it
}

// NewClips makes an empty Clips for so many threads.
func NewClips(a *Arena, threads int) *Clips {
	return &Clips{
		arena: a, threads: threads,
		byClip: map[weak.Pointer[prompt.Clip]]*clip{}, byNumber: map[uint64]*clip{},
	}
}

// Load copies those of clips that are not in the arena yet, or have got further
// forms since.
func (cs *Clips) Load(clips ...*prompt.Clip) error {
	for _, c := range clips {
		if c == nil {
			continue
		}
		if err := cs.load(c); err != nil {
			return err
		}
	}
	return nil
}

func (cs *Clips) load(c *prompt.Clip) error {
	cs.loading.Lock()
	defer cs.loading.Unlock()
	key, forms := weak.Make(c), slices.Collect(c.Forms())
	cs.mu.Lock()
	old := cs.byClip[key]
	cs.mu.Unlock()
	if old != nil && old.kept == len(forms) {
		return nil
	}
	copied, err := cs.copy(forms)
	if err != nil {
		return err
	}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.last++
	copied.number = cs.last
	cs.byClip[key], cs.byNumber[cs.last] = copied, copied
	if old != nil {
		cs.dead = append(cs.dead, old.number)
		return nil
	}
	runtime.AddCleanup(c, cs.died, key)
	return nil
}

// copy lays forms into a new block.
func (cs *Clips) copy(forms []prompt.Form) (*clip, error) {
	out := &clip{kept: len(forms), waiting: cs.threads}
	total := 0
	for _, f := range forms {
		at := form{codec: f.Codec, rate: f.Rate, at: total, size: 2*len(f.PCM) + len(f.Bytes), count: len(f.Ends)}
		at.ends = at.at + aligned(at.size)
		total = at.ends + aligned(4*at.count)
		out.forms = append(out.forms, at)
	}
	var err error
	if out.block, err = cs.arena.Take(total, 1); err != nil {
		return nil, err
	}
	for i, f := range forms {
		at := &out.forms[i]
		part, _ := out.block.Memory.Part(at.at, at.size)
		copy(part.Samples(), f.PCM)
		copy(part.Bytes(), f.Bytes)
		part, _ = out.block.Memory.Part(at.ends, 4*at.count)
		copy(part.Uint32s(), f.Ends)
		at.at += out.block.At
		at.ends += out.block.At
	}
	return out, nil
}

// died is called some time after a clip was collected.
func (cs *Clips) died(key weak.Pointer[prompt.Clip]) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if c := cs.byClip[key]; c != nil {
		delete(cs.byClip, key)
		cs.dead = append(cs.dead, c.number)
	}
}

// Dead returns the clips that every thread is to forget, once each.
func (cs *Clips) Dead() []uint64 {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	dead := cs.dead
	cs.dead = nil
	return dead
}

// Done says that one thread is done with a clip it was to forget.
func (cs *Clips) Done(number uint64) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	c := cs.byNumber[number]
	if c == nil {
		return
	}
	if c.waiting--; c.waiting == 0 {
		delete(cs.byNumber, number)
		c.block.Drop()
	}
}

// write writes where a clip lies that was loaded.
func (cs *Clips) write(x *wire.Coder, p *prompt.Clip) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	var c clip // nil: number 0, no forms
	if p != nil {
		known := cs.byClip[weak.Make(p)]
		if known == nil {
			x.Spoil()
			return
		}
		c = *known
	}
	wire.Num(x, &c.number)
	wire.List(x, &c.forms, func(x *wire.Coder, f *form) { f.fields(x) })
}

var errForms = errors.New("a clip does not lie in the shared memory")

// lay makes a Clip over what lies in m.
func lay(m shm.Memory, forms []form) (*prompt.Clip, error) {
	out := make([]prompt.Form, len(forms))
	for i, f := range forms {
		part, ok := m.Part(f.at, f.size)
		if !ok || f.at%align != 0 {
			return nil, errForms
		}
		out[i] = prompt.Form{Codec: f.codec, Rate: f.rate}
		if f.codec == codecs.None {
			out[i].PCM = part.Samples()
		} else {
			out[i].Bytes = part.Bytes()
		}
		if f.count > 0 {
			ends, ok := m.Part(f.ends, 4*f.count)
			if !ok || f.ends%align != 0 || f.count > m.Len()/4 {
				return nil, errForms
			}
			out[i].Ends = ends.Uint32s()
		}
	}
	return prompt.Over(out...)
}
