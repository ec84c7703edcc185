//go:build !linux

package espeak

import "syscall"

// attributes has no way to tie a child's life to its parent's here; the
// request's time-out has to do.
func attributes() *syscall.SysProcAttr { return nil }
