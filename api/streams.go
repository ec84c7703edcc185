package api

import (
	"context"
	"sync/atomic"
)

// maxStreams bounds the clients that follow events at the same time.
const maxStreams = 256

// streams counts the streams that are open, and ends them.
type streams struct {
	ctx   context.Context // ends when the streams shall
	close context.CancelFunc
	open  atomic.Int64
}

func newStreams() *streams {
	s := &streams{}
	s.ctx, s.close = context.WithCancel(context.Background())
	return s
}

// enter counts one more stream in, until leave is called; ok is false when there
// are enough.
func (s *streams) enter() (leave func(), ok bool) {
	if s.open.Add(1) > maxStreams {
		s.open.Add(-1)
		return nil, false
	}
	return func() { s.open.Add(-1) }, true
}

func (s *streams) count() int { return int(s.open.Load()) }
