package prompt

import "trunkline/dsp"

// Blocks of blockTime samples that are quieter than floor, or further than
// margin below the rest, are pauses (the margin is that of ITU-T P.56 §8).
const (
	block  = Rate / 50
	floor  = dsp.DB(-60)
	margin = dsp.DB(16)
)

// Level returns the level of what can be heard in the Clip, pauses left out.
func (c *Clip) Level() dsp.DB {
	all := activeLevel(c.PCM(), floor)
	return activeLevel(c.PCM(), max(floor, all-margin))
}

// activeLevel returns the mean level of the blocks above a threshold.
func activeLevel(pcm []int16, above dsp.DB) dsp.DB {
	var active []int16
	for len(pcm) > 0 {
		n := min(block, len(pcm))
		if dsp.Level(pcm[:n]) > above {
			active = append(active, pcm[:n]...)
		}
		pcm = pcm[n:]
	}
	return dsp.Level(active)
}

// What Normalise does at most.
const (
	headroom = dsp.DB(-1) // where the loudest sample may get to
	mostGain = dsp.DB(20) // more would only lift noise
)

// Normalise returns the Clip at the given level, as Level measures it; the Clip
// itself when it has that already, or nothing can be heard in it. The loudest
// samples set a bound: nothing is clipped or compressed.
func (c *Clip) Normalise(to dsp.DB) *Clip {
	at := c.Level()
	if at <= floor {
		return c
	}
	peak := max(dsp.Peak(c.PCM()), dsp.Peak(c.PCMAt(WideRate)))
	gain := min(to-at, mostGain, headroom-peak)
	if gain > -0.1 && gain < 0.1 {
		return c
	}
	pcm, wide := append([]int16(nil), c.pcm...), append([]int16(nil), c.wide...)
	dsp.Amplify(pcm, gain)
	dsp.Amplify(wide, gain)
	return own(pcm, wide)
}
