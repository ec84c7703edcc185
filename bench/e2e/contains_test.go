//go:build e2e

package e2e

import (
	"math/rand/v2"
	"testing"

	"trunkline/codecs"
	"trunkline/dsp"
)

// TestSentencesAreToldApart: the measure of these tests finds a sentence that
// came through a telephone line and the jitter buffer of a busy machine, and
// does not find another one, spoken by the same voice, in it.
func TestSentencesAreToldApart(t *testing.T) {
	t.Parallel()
	sentences := []string{balance, "Nobody is there. Nobody is there at all.", "I am sorry, all our agents are busy."}
	random := rand.New(rand.NewPCG(1, 2))
	said := make([][]int16, len(sentences))
	for i, text := range sentences {
		said[i] = spoken(t, "en", text)
	}
	for i, right := range said {
		line := busyLine(random, right)
		for j, other := range said {
			r := contains(line, other)
			t.Logf("%.0f %% of %q in %q", 100*r, sentences[j], sentences[i])
			switch {
			case i == j && r < enough:
				t.Errorf("%.0f %% of %q was found in itself, want %.0f %%", 100*r, sentences[i], 100*enough)
			case i != j && r > 0.3:
				t.Errorf("%.0f %% of %q was found in %q, want 30 %% at most", 100*r, sentences[j], sentences[i])
			}
		}
	}
}

// busyLine is what a jitter buffer makes of a sentence when packets come in
// bursts: in some frames of 20 ms a period more or less, in others nothing, in
// PCMU. Silence surrounds it.
func busyLine(random *rand.Rand, pcm []int16) []int16 {
	const frame = 160
	line := make([]int16, 3000, 2*len(pcm)+6000)
	room := make([]int16, 2*frame)
	for ; len(pcm) >= frame; pcm = pcm[frame:] {
		copy(room, pcm[:frame])
		n := frame
		switch random.IntN(20) {
		case 0:
			n = dsp.Shorten(room[:frame], 8000)
		case 1:
			n = dsp.Lengthen(room, pcm[:frame], 8000)
		case 2:
			if random.IntN(4) == 0 {
				clear(room[:frame])
			}
		}
		line = append(line, room[:n]...)
	}
	line = append(line, make([]int16, 3000)...)
	c, _ := codecs.ByID(codecs.PCMU)
	return line[:c.New(8000, codecs.Format{}).Decode(line, g711(codecs.PCMU, line))]
}
