// Package shm is what two processes share: memory, and sockets that carry
// descriptors. It is part of netio, where all unsafe code lives.
//
// Memory looks the same whether another process has it too or not, so that what
// is built on it (rings, taps) works within one process as between two. Whoever
// reads it must allow for the other side having written nonsense: indices from
// shared memory are checked before use, and a view never reaches beyond its
// Memory. Nothing here waits, but what says so.
package shm

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Memory is a stretch of memory, zeroed when new. The zero Memory is empty.
// Views of it (Word, Bytes, Samples) are valid for as long as somebody holds a
// Memory of the same mapping.
type Memory struct {
	bytes []byte
	held  *mapping // nil for the heap's
}

// mapping is unmapped when the last Memory of it is collected, so that no view
// can outlive it by mistake.
type mapping struct{ _ int }

const wordLen = 8

// Heap makes Memory that no other process can have.
func Heap(size int) Memory {
	words := make([]uint64, (size+wordLen-1)/wordLen)
	if len(words) == 0 {
		return Memory{}
	}
	return Memory{bytes: unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*wordLen)[:size:size]}
}

// Create makes Memory that others can Map by its descriptor. Pages cost nothing
// until they are written. The size can never change again, so that nobody who
// maps it can be made to fault.
func Create(name string, size int) (fd int, m Memory, err error) {
	fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return -1, Memory{}, fmt.Errorf("create shared memory: %w", err)
	}
	if err = unix.Ftruncate(fd, int64(size)); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, sizeSeals|unix.F_SEAL_SEAL)
	}
	if err == nil {
		m, err = Map(fd)
	}
	if err != nil {
		unix.Close(fd)
		return -1, Memory{}, fmt.Errorf("create shared memory: %w", err)
	}
	return fd, m, nil
}

const sizeSeals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW

// Map makes the memory of a descriptor ours too. The descriptor may be closed
// afterwards. Memory whose size could still change is refused.
func Map(fd int) (Memory, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Memory{}, fmt.Errorf("map shared memory: %w", err)
	}
	if seals, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err != nil || seals&sizeSeals != sizeSeals {
		return Memory{}, fmt.Errorf("map shared memory: its size is not sealed")
	}
	b, err := unix.Mmap(fd, 0, int(st.Size), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return Memory{}, fmt.Errorf("map shared memory: %w", err)
	}
	held := new(mapping)
	runtime.AddCleanup(held, func(b []byte) { unix.Munmap(b) }, b)
	return Memory{bytes: b, held: held}, nil
}

// Len returns the size in bytes.
func (m Memory) Len() int { return len(m.bytes) }

// Part returns n bytes from offset at; false when there are not so many.
func (m Memory) Part(at, n int) (Memory, bool) {
	if at < 0 || n < 0 || at > len(m.bytes) || n > len(m.bytes)-at {
		return Memory{}, false
	}
	return Memory{bytes: m.bytes[at : at+n : at+n], held: m.held}, true
}

// Word returns the i-th 64-bit word. The Memory must begin on a word.
func (m Memory) Word(i int) *atomic.Uint64 {
	return (*atomic.Uint64)(unsafe.Pointer(&m.bytes[i*wordLen : i*wordLen+wordLen][0]))
}

// Bytes returns all of it as bytes.
func (m Memory) Bytes() []byte { return m.bytes }

// Samples returns all of it as samples; an odd last byte is left out.
func (m Memory) Samples() []int16 {
	if len(m.bytes) < 2 {
		return nil
	}
	return unsafe.Slice((*int16)(unsafe.Pointer(&m.bytes[0])), len(m.bytes)/2)
}

// Uint32s returns all of it as 32-bit numbers; odd last bytes are left out.
func (m Memory) Uint32s() []uint32 {
	if len(m.bytes) < 4 {
		return nil
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(&m.bytes[0])), len(m.bytes)/4)
}

// At returns the beginning of m as a T, which has no pointers in it; nil when m
// is too small or does not begin on a word.
func At[T any](m Memory) *T {
	list := As[T](m)
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// As returns m as a list of T, which has no pointers in it; empty when m is too
// small for one or does not begin on a word.
func As[T any](m Memory) []T {
	var t T
	if n := len(m.bytes) / int(unsafe.Sizeof(t)); n > 0 && uintptr(unsafe.Pointer(&m.bytes[0]))%wordLen == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&m.bytes[0])), n)
	}
	return nil
}

// Size returns how many bytes n of T take.
func Size[T any](n int) int {
	var t T
	return n * int(unsafe.Sizeof(t))
}

// Discard gives whole pages back to the system; they read as zero from then on.
// Only for Memory that was created or mapped.
func (m Memory) Discard() {
	if m.held != nil && len(m.bytes) > 0 {
		unix.Madvise(m.bytes, unix.MADV_REMOVE) // a hint: if it fails they stay used
	}
}
