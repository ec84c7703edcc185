package record

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// medium is the part of *os.File that a recording needs, so that tests can break it.
type medium interface {
	io.WriterAt
	Truncate(size int64) error
	Sync() error
	Close() error

	// allocate makes sure that n bytes from off on can be written later. It does
	// not change what is on the file, nor its size. The error is
	// errors.ErrUnsupported where there is no way to promise that.
	allocate(off, n int64) error
}

// step is what is allocated at once, bytes: a quarter of a minute, or two minutes
// of Ogg/Opus.
const step = 512 << 10

// file is a file that grows, with part of the disk held in reserve ahead of it.
type file struct {
	medium   medium
	durable  bool  // ends on the medium
	promises bool  // the file system can allocate
	size     int64 // of what is on it
	room     int64 // up to where there is room for sure
}

// reserve makes sure of room for n bytes more. Its error leaves the room there was.
func (f *file) reserve(n int) error {
	need := f.size + int64(n)
	if !f.promises || need <= f.room {
		return nil
	}
	to := max(need, f.room+step)
	err := f.medium.allocate(f.room, to-f.room)
	if full(err) && need < to {
		to = need
		err = f.medium.allocate(f.room, to-f.room)
	}
	switch {
	case err == nil:
		f.room = to
	case full(err):
		return err
	default:
		f.promises = false // the write itself will tell
	}
	return nil
}

func full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// append writes b at the end, or nothing of it.
func (f *file) append(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if _, err := f.medium.WriteAt(b, f.size); err != nil {
		return errors.Join(err, f.medium.Truncate(f.size))
	}
	f.size += int64(len(b))
	return nil
}

// patch writes b over the beginning.
func (f *file) patch(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	_, err := f.medium.WriteAt(b, 0)
	return err
}

// close gives back the room that was not needed, and closes.
func (f *file) close() error {
	err := f.medium.Truncate(f.size)
	if f.durable {
		err = errors.Join(err, f.medium.Sync())
	}
	return errors.Join(err, f.medium.Close())
}

// osFile is a medium: a file of the system's.
type osFile struct{ *os.File }

// create makes the file at path, for its owner only, or empties the one there is.
func create(path string) (medium, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err // says "open", path and cause
	}
	return osFile{f}, nil
}
