package g722

import (
	"math/rand/v2"
	"testing"

	lib "github.com/gotranspile/g722"
)

// TestMatchesAnotherImplementation compares with a translation of the well-known
// C code, which is exact where nothing reaches full scale.
func TestMatchesAnotherImplementation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	f := func(rate int, flags lib.Flags) {
		t.Helper()
		ours, enc, dec := New(rate), lib.NewEncoder(lib.Rate64000, flags), lib.NewDecoder(lib.Rate64000, flags)
		pcm, got, want := make([]int16, 1000), make([]byte, 1000), make([]byte, 1000)
		gotPCM, wantPCM := make([]int16, 1000), make([]int16, 1000)
		for frame := range 200 {
			loudness, x := 1<<(frame%13), 0.0
			for i := range pcm { // noise that is now white, now mostly low
				x = x*float64(frame%10)/10 + r.NormFloat64()*float64(loudness)
				pcm[i] = int16(min(max(x, -15000), 15000))
			}
			n := ours.Encode(got, pcm)
			if m := enc.Encode(want, pcm); n != m || string(got[:n]) != string(want[:n]) {
				t.Fatalf("%d Hz, frame %d: encoding differs", rate, frame)
			}
			m := ours.Decode(gotPCM, got[:n])
			dec.Decode(wantPCM, got[:n])
			for i := range wantPCM[:m] {
				if gotPCM[i] != wantPCM[i] {
					t.Fatalf("%d Hz, frame %d, sample %d: decoded %d, want %d", rate, frame, i, gotPCM[i], wantPCM[i])
				}
			}
		}
	}
	f(16000, 0)
	f(8000, lib.FlagSampleRate8000)
}
