package line

import (
	"slices"
	"testing"
	"time"

	"trunkline/media/prompt"
)

// TestShares: of a sequence, how much of each clip was heard.
func TestShares(t *testing.T) {
	clips := func(ms ...int) (out []*prompt.Clip) {
		for _, n := range ms {
			out = append(out, prompt.Silence(time.Duration(n)*time.Millisecond))
		}
		return out
	}
	f := func(of []*prompt.Clip, from, heard int, want ...int) {
		t.Helper()
		got := []int{}
		for _, d := range shares(of, time.Duration(from)*time.Millisecond, time.Duration(heard)*time.Millisecond) {
			got = append(got, int(d.Milliseconds()))
		}
		if !slices.Equal(got, want) {
			t.Errorf("from %d, heard %d: got %v, want %v", from, heard, got, want)
		}
	}
	three := clips(100, 200, 300)
	f(three, 0, 0, 0, 0, 0)
	f(three, 0, 50, 50, 0, 0)
	f(three, 0, 150, 100, 50, 0)
	f(three, 0, 600, 100, 200, 300)
	f(three, 150, 450, 0, 150, 300)                 // to the end
	f(three, 150, 500, 50, 150, 300)                // and into the next round
	f(three, 150, 1200, 200, 400, 600)              // two rounds
	f(three, 750, 100, 0, 100, 0)                   // beyond the first round
	f(three, 0, 600_050, 100_050, 200_000, 300_000) // for long
	f(clips(0, 0), 100, 100, 0, 0)
	f(nil, 0, 100)
	f(clips(0, 20, 0), 10, 30, 0, 30, 0)
}
