package dsp

// How much a frame may be shortened or lengthened at once, in 1/1000 s: whole
// pitch periods of most voices.
const (
	stretchLeast = 5
	stretchMost  = 10
)

// Shorten takes one period out of pcm, 5–10 ms of a frame of at least 20 ms, in
// place, and returns how much is left. Its begin and end stay as they are, so
// that it fits its neighbours, and a voice keeps its pitch: used on one frame in
// three at most, nobody notices. A shorter frame is left alone.
func Shorten(pcm []int16, rate int) int {
	n := len(pcm)
	lag, ok := stretchLag(pcm, rate)
	if !ok {
		return n
	}
	left := n - lag
	for i := range left {
		w := float32(i+1) / float32(left+1)
		pcm[i] = rounded(float32(pcm[i]) + w*(float32(pcm[i+lag])-float32(pcm[i])))
	}
	return left
}

// Lengthen repeats one period of src, 5–10 ms, as Shorten takes one out, and
// returns how much it wrote to dst, which must have room for half as much again
// as src and may begin where src does.
func Lengthen(dst, src []int16, rate int) int {
	n := len(src)
	lag, ok := stretchLag(src, rate)
	if !ok {
		return copy(dst, src)
	}
	for i := n + lag - 1; i >= n; i-- {
		dst[i] = src[i-lag]
	}
	for i := n - 1; i >= lag; i-- {
		w := float32(i-lag+1) / float32(n-lag+1)
		dst[i] = rounded(float32(src[i]) + w*(float32(src[i-lag])-float32(src[i])))
	}
	copy(dst[:lag], src)
	return n + lag
}

// stretchLag returns the shift by which pcm is most like itself.
func stretchLag(pcm []int16, rate int) (lag int, ok bool) {
	least, most := rate*stretchLeast/1000, rate*stretchMost/1000
	if least < 1 || len(pcm) < 2*most {
		return 0, false
	}
	step := max(1, rate/8000)
	lag, best := least, float64(-1)
	for l := least; l <= most; l += step {
		if a := likeness(pcm[l:], pcm, step); a > best {
			best, lag = a, l
		}
	}
	return lag, true
}
