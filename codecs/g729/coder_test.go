//go:build cgo && g729

package g729

import "testing"

// Comfort noise may come alone or behind speech; it is 10 ms of sound.
func TestComfortNoise(t *testing.T) {
	c, pcm, payload := New(), make([]int16, 240), make([]byte, 30)
	for i := range pcm {
		pcm[i] = int16(i % 80 * 100)
	}
	c.Encode(payload, pcm)
	f := func(payload []byte, want int) {
		t.Helper()
		if got := c.Decode(pcm, payload); got != want {
			t.Errorf("%x: decoded %d samples, want %d", payload, got, want)
		}
	}
	f(payload[:20], 160)
	f(append(payload[:10:10], 0x12, 0x34), 160)
	f([]byte{0x12, 0x34}, 80)
	f([]byte{0x12}, 0)
	if got := c.Conceal(pcm, nil); got != 240 {
		t.Errorf("concealed %d samples of noise", got)
	}
}
