// Package journal remembers on disk which dialogs are up, so that after a crash
// their far sides can be told that the calls are over.
//
// A Journal is one file of slots, one for each dialog that is up: an entry is
// written when the dialog is established and struck out when it ends, each by one
// small write and no more. Nothing is synced: what matters is that this process may
// die, not that the machine may. It owns the file; any goroutine may use it. It
// sends nothing: sip says BYE for what Open has found.
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
	"time"
)

// Entry is a dialog that was up, with what a BYE within it needs (RFC 3261 §12.2).
type Entry struct {
	CallID  string    `json:"call_id"`
	From    string    `json:"from"` // our header value, with tag
	To      string    `json:"to"`   // theirs
	Target  string    `json:"target"`
	Routes  []string  `json:"routes,omitempty"`
	CSeq    uint32    `json:"cseq"` // of our last request when it was written
	Network string    `json:"network"`
	Peer    string    `json:"peer"` // address and port
	Since   time.Time `json:"since"`
}

// Room of a slot, and how many there may be. A dialog with more headers than that
// is not remembered.
const (
	slotSize = 1024
	maxSlots = 1 << 17
)

// Slot is where an entry stands. The zero value is none.
type Slot uint32

// Journal is the file. A nil Journal remembers nothing.
type Journal struct {
	file *os.File

	mu   sync.Mutex
	free []Slot
	next Slot // the first that was never used
}

// Open opens the journal at path, makes it when it is not there, and returns what
// the process before this one has left. Those entries are struck out: whoever gets
// them sees to them.
func Open(path string) (*Journal, []Entry, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("open journal: %w", err)
	}
	left, err := read(f)
	if err == nil {
		err = f.Truncate(0)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("open journal %s: %w", path, err), f.Close())
	}
	return &Journal{file: f, next: 1}, left, nil
}

// read returns the entries of a file. What cannot be read is left out: it was being
// written when the process died, or is not ours.
func read(f *os.File) (left []Entry, err error) {
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
		if e, ok := decode(slot[:n]); ok {
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
func decode(slot []byte) (e Entry, ok bool) {
	text, _, whole := bytes.Cut(slot, []byte{'\n'})
	if !whole || len(text) == 0 || text[0] != '{' {
		return e, false
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return e, false
	}
	return e, e.CallID != "" && e.Target != "" && e.Peer != ""
}

// Add remembers a dialog. Without a slot it does not: it is too large, there are too
// many, or the disk is full; nothing else depends on it.
func (j *Journal) Add(e Entry) Slot {
	if j == nil {
		return 0
	}
	text, err := json.Marshal(e)
	if err != nil || len(text) >= slotSize {
		return 0
	}
	s, ok := j.take()
	if !ok {
		return 0
	}
	if _, err := j.file.WriteAt(append(text, '\n'), offset(s)); err != nil {
		j.put(s)
		return 0
	}
	return s
}

// Drop strikes a dialog out. Dropping none is harmless.
func (j *Journal) Drop(s Slot) {
	if j == nil || s == 0 {
		return
	}
	if _, err := j.file.WriteAt([]byte{0}, offset(s)); err != nil {
		return // better a slot that is lost than one that says two things
	}
	j.put(s)
}

func (j *Journal) take() (s Slot, ok bool) {
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

func (j *Journal) put(s Slot) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.free = append(j.free, s)
}

// offset is where a slot begins.
func offset(s Slot) int64 { return int64(s-1) * slotSize }

// Close closes the file. What is still in it stays for the next one.
func (j *Journal) Close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
