//go:build !cgo

package record

import (
	"errors"

	"trunkline/media/wav"
)

// newOpus refuses: libopus is C.
func newOpus(wav.Format, int) (container, error) {
	return nil, errors.New("make Ogg/Opus file: this program was built without libopus")
}
