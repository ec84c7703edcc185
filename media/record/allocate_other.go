//go:build !linux

package record

import "errors"

func (osFile) allocate(int64, int64) error { return errors.ErrUnsupported }
