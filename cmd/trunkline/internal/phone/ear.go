package phone

import (
	"context"
	"slices"
	"sync"

	"trunkline/dsp"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// What the ear takes for speech and for silence.
const (
	loud     dsp.DB = -45               // dBov; a spoken prompt is far above, line noise below
	pause           = prompt.Rate       // samples of silence that end a prompt: 1 s
	patience        = 10 * prompt.Rate  // samples of silence after which nothing more is expected
	helping         = prompt.Rate / 100 // samples judged at once: 10 ms
)

// ear tells when the other side has spoken and fallen silent again. It measures
// time in samples heard, so it needs no clock. Any goroutine may await it.
type ear struct {
	mu      sync.Mutex
	waiting []*listener
}

// listener is one who awaits silence.
type listener struct {
	heard bool // the other side has spoken since
	quiet int  // samples since it was last heard
	done  chan struct{}
}

// hear feeds what the tap holds to the ear until the tap ends.
func (e *ear) hear(t *tap.Tap) {
	pcm := make([]int16, helping)
	for {
		n, err := t.ReadAtLeast(context.Background(), pcm, len(pcm)) // ends with the tap
		if err != nil {
			return
		}
		e.listen(pcm[:n])
	}
}

// listen judges one helping of sound.
func (e *ear) listen(pcm []int16) {
	e.mu.Lock()
	defer e.mu.Unlock()
	level := dsp.Level(pcm)
	e.waiting = slices.DeleteFunc(e.waiting, func(l *listener) bool {
		if level > loud {
			l.heard, l.quiet = true, 0
			return false
		}
		l.quiet += len(pcm)
		over := l.heard && l.quiet >= pause || l.quiet >= patience
		if over {
			close(l.done)
		}
		return over
	})
}

// silence returns a channel that is closed when the other side has spoken and
// fallen silent, counted from now, or has said nothing for long.
func (e *ear) silence() <-chan struct{} {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := &listener{done: make(chan struct{})}
	e.waiting = append(e.waiting, l)
	return l.done
}
