// Package journal remembers on disk what is under way, so that after a crash the
// next process can put an end to it: dialogs whose far sides must be told, calls that
// must leave a record.
//
// A Journal is one file of slots, one for each thing under way: an entry is written
// when it begins and struck out when it ends, each by one small write and no more.
// Nothing is synced: what matters is that this process may die, not that the machine
// may. It owns the file; any goroutine may use it. What an entry means is its
// owner's affair.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Room of a slot, and how many there may be. What needs more is not remembered.
const (
	slotSize = 1024
	maxSlots = 1 << 17
)

// Slot is where an entry stands. The zero value is none.
type Slot uint32

// Journal is the file, with entries of type E, which are written as JSON. A nil
// Journal remembers nothing.
type Journal[E any] struct {
	file *os.File

	mu   sync.Mutex
	free []Slot
	next Slot // the first that was never used
}

// Open opens the journal at path, makes it when it is not there, and returns what
// the process before this one has left. Those entries are struck out: whoever gets
// them sees to them.
func Open[E any](path string) (*Journal[E], []E, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	left, err := read[E](f)
	if err == nil {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), f.Close())
	}
	return &Journal[E]{file: f, next: 1}, left, nil
}

// read returns the entries of a file. What cannot be read is left out: it was being
// written when the process died, or is not ours.
func read[E any](f *os.File) (left []E, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	slot := make([]byte, slotSize)
	for at := int64(0); at < min(info.Size(), maxSlots*slotSize); at += slotSize {
		n, err := f.ReadAt(slot, at)
		if n == 0 {
			return left, ignoreEOF(err)
		}
		if e, ok := decode[E](slot[:n]); ok {
			left = append(left, e)
		}
	}
	return left, nil
}

func ignoreEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// decode reads a slot.
func decode[E any](slot []byte) (e E, ok bool) {
	text, _, whole := bytes.Cut(slot, []byte{'\n'})
	if !whole || len(text) == 0 || text[0] != '{' {
		return e, false
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, false
	}
	return e, true
}

// Add remembers something. Without a slot it does not: it is too large, there are too
// many, or the disk is full; nothing else depends on it.
func (j *Journal[E]) Add(e E) Slot {
	if j == nil {
		return 0
	}
	s, ok := j.take()
	if !ok {
		return 0
	}
	if !j.Put(s, e) {
		j.put(s)
		return 0
	}
	return s
}

// Put writes an entry anew. It reports whether that is remembered; else what was
// there is.
func (j *Journal[E]) Put(s Slot, e E) bool {
	if j == nil || s == 0 {
		return false
	}
	text, err := json.Marshal(e)
	if err != nil || len(text) >= slotSize {
		return false
	}
	_, err = j.file.WriteAt(append(text, '\n'), offset(s))
	return err == nil
}

// Drop strikes something out. Dropping none is harmless.
func (j *Journal[E]) Drop(s Slot) {
	if j == nil || s == 0 {
		return
	}
	if _, err := j.file.WriteAt([]byte{0}, offset(s)); err != nil {
		return // better a slot that is lost than one that says two things
	}
	j.put(s)
}

func (j *Journal[E]) take() (s Slot, ok bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if n := len(j.free); n > 0 {
		s, j.free = j.free[n-1], j.free[:n-1]
		return s, true
	}
	if j.next > maxSlots {
		return 0, false
	}
	j.next++
	return j.next - 1, true
}

func (j *Journal[E]) put(s Slot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.free = append(j.free, s)
}

// offset is where a slot begins.
func offset(s Slot) int64 { return int64(s-1) * slotSize }

// Close closes the file. What is still in it stays for the next one.
func (j *Journal[E]) Close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
