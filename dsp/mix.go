package dsp

// A room is mixed in two steps: every voice is added to one sum, and every
// member hears the sum less its own voice. The cost grows with the number of
// members, not with its square, and nothing is clipped on the way: 65536 voices
// fit into 32 bits.

// Accumulate adds pcm to sum, as far as the shorter reaches.
func Accumulate(sum []int32, pcm []int16) {
	sum = sum[:min(len(sum), len(pcm))]
	for i := range sum {
		sum[i] += int32(pcm[i])
	}
}

// Minus writes to dst what the member hears whose own voice is in sum: the sum
// without it. Without own, which may be shorter than dst or nil, it is the sum.
// What does not fit 16 bits is clipped.
func Minus(dst []int16, sum []int32, own []int16) {
	dst = dst[:min(len(dst), len(sum))]
	own = own[:min(len(own), len(dst))]
	for i, x := range own {
		dst[i] = saturate(sum[i] - int32(x))
	}
	for i := len(own); i < len(dst); i++ {
		dst[i] = saturate(sum[i])
	}
}

// MinusSoft is Minus for a room where several speak at once: what is louder than
// −2.5 dBov is bent rather than cut off, which sounds like loudness instead of a
// crackle. A single voice so loud is bent too.
func MinusSoft(dst []int16, sum []int32, own []int16) {
	dst = dst[:min(len(dst), len(sum))]
	own = own[:min(len(own), len(dst))]
	for i, x := range own {
		dst[i] = soften(sum[i] - int32(x))
	}
	for i := len(own); i < len(dst); i++ {
		dst[i] = soften(sum[i])
	}
}

func saturate(x int32) int16 {
	if y := int16(x); int32(y) == x {
		return y
	}
	return int16(x>>31) ^ 0x7fff
}

// knee is where soften begins to bend: above it, what is over e becomes
// room·e/(room+e), of which the slope is 1 at first and the limit is room.
const (
	knee = 24576
	room = 32767 - knee
)

func soften(x int32) int16 {
	switch {
	case x > knee:
		e := int64(x) - knee
		return int16(knee + e*room/(e+room))
	case x < -knee:
		e := -int64(x) - knee
		return int16(-knee - e*room/(e+room))
	}
	return int16(x)
}

// Voice is how loud one member of a room has been of late, and whether it is
// among those the room hears.
type Voice struct {
	Chosen bool
	energy float32 // mean square, smoothed
	left   uint16  // choices for which it keeps its place without another word
}

const (
	voiceAttack  = 0.5   // of a louder frame: two frames, and it is heard
	voiceRelease = 0.06  // of a quieter one: a third of a second at 20 ms
	voiceFloor   = 10000 // mean square of a voice worth hearing: −50 dBov
	voiceBonus   = 4     // whoever is heard is only replaced by one 6 dB louder
	voiceHold    = 25    // choices for which a voice keeps its place in a pause
	maxChosen    = 16    // by Choose
)

// Hear listens to a frame of the member, 10–60 ms.
func (v *Voice) Hear(pcm []int16) {
	e := float32(Energy(pcm)) / float32(max(len(pcm), 1))
	rate := float32(voiceRelease)
	if e > v.energy {
		rate = voiceAttack
	}
	if e >= voiceFloor {
		v.left = voiceHold
	}
	v.energy += rate * (e - v.energy)
}

// weight is what Choose compares.
func (v *Voice) weight() float32 {
	if v.Chosen {
		return v.energy * voiceBonus
	}
	return v.energy
}

// Choose marks the loudest k of voices as Chosen, 16 at most. It does so once
// per frame, and reluctantly: a voice that is heard keeps its place for half a
// second of silence, and loses it only to one that is clearly louder. Nobody is
// chosen for noise. Fade a voice over a frame when its mark changes (Ramp).
func Choose(voices []Voice, k int) {
	var top [maxChosen]int // indices, the loudest first
	n := 0
	k = min(k, maxChosen)
	for i := range voices {
		v := &voices[i]
		if v.left == 0 || !v.Chosen && v.energy < voiceFloor {
			continue
		}
		v.left--
		at := n
		for at > 0 && voices[top[at-1]].weight() < v.weight() {
			at--
		}
		if at >= k {
			continue
		}
		n = min(n+1, k)
		copy(top[at+1:n], top[at:n-1])
		top[at] = i
	}
	for i := range voices {
		voices[i].Chosen = false
	}
	for _, i := range top[:n] {
		voices[i].Chosen = true
	}
}
