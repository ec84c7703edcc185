// Package g729 is ITU-T G.729 (Annex A arithmetic, Annex B comfort noise
// understood): 8 kHz speech in 10 bytes per 10 ms. bcg729 does the arithmetic.
//
// bcg729 is under the GNU General Public License, so the coder is built only with
// the tag g729 (see docs/codecs.md); Length is always here. Coders serve one leg
// and are used through the table of package codecs.
package g729

const (
	frameBytes   = 10
	frameSamples = 80
	sidBytes     = 2 // a description of silence (Annex B), which can only come last
)

// Length returns how many samples a payload holds (RFC 3551 §4.5.6); 0 when it
// makes no sense.
func Length(payload []byte) int {
	frames := len(payload) / frameBytes
	switch len(payload) % frameBytes {
	case 0:
		return frames * frameSamples
	case sidBytes:
		return (frames + 1) * frameSamples
	}
	return 0
}
