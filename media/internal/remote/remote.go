// Package remote connects a control plane to media threads in another process.
//
// The media process (Serve) makes everything the two share: memory for the
// rings, eventfds, and a socket per thread through which descriptors come. It
// gives it to whoever connects and says Hello: to the process that started it,
// over an inherited socket, and after that one's death to its successor, over a
// listening socket that only our own user may use. One control plane at a time;
// one of another build is refused, since the two would not agree on what the
// memory means, and the media process then ends.
//
// What lies in the shared memory is checked by whoever reads it: rings (package
// ring), records (wire), clips and taps (here).
package remote

import (
	"debug/elf"
	"errors"
	"fmt"
	"hash/fnv"
	"syscall"
	"time"

	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
)

// Settings are what a media process works by. They come with the first Hello
// and stay.
type Settings struct {
	Shards int           // media threads
	Orphan time.Duration // how long sound goes on without a control plane
	Path   string        // where the next control plane finds us; "" means nowhere
	Memory int64         // bytes of heap before the collector runs after all; 0 means a default
	Normal bool          // be scheduled like any other process
	Tier   netio.Tier    // of packet I/O
}

func (s *Settings) fields(x *wire.Coder) {
	wire.Num(x, &s.Shards)
	wire.Num(x, &s.Orphan)
	x.Text(&s.Path)
	wire.Num(x, &s.Memory)
	x.Bool(&s.Normal)
	wire.Byte(x, &s.Tier)
}

// hello is what a control plane says first.
type hello struct {
	build    string
	settings Settings // of the first one
}

func (h *hello) fields(x *wire.Coder) {
	x.Text(&h.build)
	h.settings.fields(x)
}

// verdict says whether a control plane may have the threads.
type verdict uint8

const (
	granted verdict = iota + 1
	taken           // another control plane has them
	foreign         // it is of another build; the media process ends
	unable          // the threads could not be started
)

// welcome is the answer. When granted, the shared memory comes with it, and a
// message with a thread's descriptors for each thread follows.
type welcome struct {
	verdict verdict
	why     string // unable
	build   string
	status  Status
}

func (w *welcome) fields(x *wire.Coder) {
	wire.Byte(x, &w.verdict)
	x.Text(&w.why)
	x.Text(&w.build)
	w.status.fields(x)
}

// Status says where and how media threads run.
type Status struct {
	PID       int
	Shards    int           // how many threads
	Scheduled string        // "real-time", "nice" or "normal"; "" in the control plane's process
	Locked    bool          // the process's memory is
	Tier      string        // of packet I/O; "" on a simulated network
	Age       time.Duration // when it was connected to
	RSS       int64         // bytes of memory, shared ones included, when asked
}

func (s *Status) fields(x *wire.Coder) {
	wire.Num(x, &s.PID)
	wire.Num(x, &s.Shards)
	x.Text(&s.Scheduled)
	x.Bool(&s.Locked)
	x.Text(&s.Tier)
	wire.Num(x, &s.Age)
}

// The refusals of Attach.
var (
	ErrTaken   = errors.New("another control plane has the media process")
	ErrForeign = errors.New("the media process is of another build; it is ending its calls")
)

var errGone = errors.New("the other side hung up")

// longestMessage is more than any message of the handshake needs.
const longestMessage = 16 << 10

// send sends one message of the handshake.
func send(s shm.Socket, fields func(*wire.Coder), files ...int) error {
	x := wire.Writer(nil, nil)
	fields(&x)
	err := s.Send(x.Written(), files...)
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) {
		return errGone
	}
	return err
}

// receive waits for one; the descriptors that come with it are the caller's.
func receive(s shm.Socket, fields func(*wire.Coder)) (files []int, err error) {
	buf := make([]byte, longestMessage)
	n, files, err := s.Receive(buf)
	if errors.Is(err, syscall.ECONNRESET) {
		return nil, errGone
	}
	if err != nil {
		return nil, err
	}
	x := wire.Reader(buf[:n], nil)
	if fields(&x); !x.OK() {
		shm.CloseAll(files)
		if n == 0 {
			return nil, errGone
		}
		return nil, errors.New("the other side talks nonsense")
	}
	return files, nil
}

// The layout of the memory of a media process: a page of words, then the panes.
const (
	wordLastSession = 0 // the name that was given out last
	memoryHead      = 4096
)

func memoryLen(shards int) int { return memoryHead + shards*shard.PaneLen }

// pane returns the memory of thread i.
func pane(m shm.Memory, i int) (shm.Memory, error) {
	p, ok := m.Part(memoryHead+i*shard.PaneLen, shard.PaneLen)
	if !ok {
		return shm.Memory{}, fmt.Errorf("the shared memory has no thread %d", i)
	}
	return p, nil
}

// Build names the build of this program: two processes of the same build agree
// on every layout.
func Build() (string, error) {
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return "", fmt.Errorf("name this build: %w", err)
	}
	defer f.Close()
	section := f.Section(".note.go.buildid")
	if section == nil {
		return "", errors.New("name this build: the program has no build id")
	}
	note, err := section.Data()
	if err != nil {
		return "", fmt.Errorf("name this build: %w", err)
	}
	h := fnv.New128a()
	h.Write(note)
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}
