package record

import "syscall"

// keepSize is FALLOC_FL_KEEP_SIZE of fallocate(2).
const keepSize = 1

func (f osFile) allocate(off, n int64) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	result := raw.Control(func(fd uintptr) {
		for {
			if err = syscall.Fallocate(int(fd), keepSize, off, n); err != syscall.EINTR {
				return
			}
		}
	})
	if result != nil {
		return result
	}
	return err
}
