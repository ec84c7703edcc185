package worker

import (
	"strings"
	"sync"
)

// tail keeps the end of what a child wrote to standard error.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

const tailSize = 1024

// Write never fails: a child must not stall because nobody reads its log.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, p...)
	if n := len(t.buf) - tailSize; n > 0 {
		t.buf = append(t.buf[:0], t.buf[n:]...)
	}
	return len(p), nil
}

// String returns the last lines as one line, "" when there was nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(string(t.buf)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
