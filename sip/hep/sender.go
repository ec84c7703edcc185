package hep

import (
	"context"
	"net"
	"time"

	"trunkline/sip/trace/mask"
)

// sender is the goroutine of a Client and owns its socket.
type sender struct {
	*Client
	conn  net.Conn  // nil: there is none
	since time.Time // when there was a new one
	pause time.Duration
}

// run sends what is queued until ctx ends.
func (s *sender) run(ctx context.Context) {
	for {
		select {
		case it := <-s.queue:
			if !s.connect(ctx) {
				s.failed.Add(1) // the end came first
				continue
			}
			s.send(it, time.Now().Add(writeTimeout))
		case <-ctx.Done():
			s.finish()
			return
		}
	}
}

// connect sees that there is a socket, however long it takes; false means that
// ctx has ended.
func (s *sender) connect(ctx context.Context) bool {
	for s.conn == nil {
		if s.pause > 0 && !wait(ctx, s.pause) {
			return false
		}
		conn, err := s.cfg.Dial(ctx, s.cfg.Network, s.cfg.Address)
		if err != nil {
			s.lost(err)
			continue
		}
		s.conn, s.since = conn, time.Now()
	}
	return true
}

// lost notes that the collector cannot be reached, in the log once.
func (s *sender) lost(err error) {
	if s.pause == 0 {
		s.cfg.Log.Warn("hep collector lost", "address", s.cfg.Address, "error", err)
	}
	s.pause = min(max(2*s.pause, firstPause), longestPause)
}

// send writes one packet. After an error the stream may be broken anywhere, and
// the name may mean another address by now: the socket is given up.
func (s *sender) send(it *item, deadline time.Time) {
	if it.text > 0 {
		mask.Message(it.packet[it.text:], mask.Options{Keys: it.keys, Numbers: s.cfg.Numbers})
	}
	err := s.conn.SetWriteDeadline(deadline)
	if err == nil {
		_, err = s.conn.Write(it.packet)
	}
	s.give(it)
	if err != nil {
		s.failed.Add(1)
		_ = s.conn.Close() // it has failed already
		s.conn = nil
		s.lost(err)
		return
	}
	s.sent.Add(1)
	// One packet that went well means little: UDP tells with the next one that
	// nobody has taken it.
	if s.pause > 0 && time.Since(s.since) > longestPause {
		s.pause = 0
		s.cfg.Log.Info("hep collector reached", "address", s.cfg.Address)
	}
}

// finish sends what still waits over a socket that is there.
func (s *sender) finish() {
	deadline := time.Now().Add(writeTimeout)
	for s.conn != nil && len(s.queue) > 0 {
		s.send(<-s.queue, deadline)
	}
	if s.conn != nil {
		_ = s.conn.Close() // all that could be sent has been
	}
	s.conn = nil
}

// wait lets time pass; false means that ctx has ended first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
