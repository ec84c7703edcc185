package g722

// band is one sub-band's adaptive quantiser and predictor (G.722 §3.3 to §3.6).
// Names in brackets are those of the Recommendation's §6.2.
type band struct {
	scale int32 // logarithm of the quantiser's step (NB)
	step  int32 // the step itself (DET)

	guess  int32 // what the predictor expects next (S)
	zeroes int32 // the part of it that the zeroes contribute (SZ)

	diffs   [6]int32 // the last quantised differences (D1 to D6), doubled
	weights [6]int32 // and what each is worth (B1 to B6)

	recent  [2]int32 // the last two reconstructed values (R1, R2), doubled
	poles   [2]int32 // and what each is worth (A1, A2)
	partial [2]int32 // the same values without what the poles contributed (P1, P2)
}

// encodeLow returns the six bits for the next value of the lower sub-band.
func (b *band) encodeLow(x int32) int32 {
	diff := limit16(x - b.guess)
	size := diff ^ diff>>15 // magnitude, negative ones one less
	// The decision levels rise, so the interval is found by halving: from is the
	// last level known to be reached.
	from, above, step := 0, int64(size+1)<<12, int64(b.step)
	for half := 16; half > 0; half >>= 1 {
		if levels[(from+half)&31]*step < above {
			from += half
		}
	}
	code := int32(61 - from)
	if diff < 0 {
		code = negative[from]
	}
	b.adaptLow(code)
	return code
}

// decodeLow returns the value that six bits stand for.
func (b *band) decodeLow(code byte) int32 {
	x := limit15(b.guess + b.step*fine[code]>>15)
	b.adaptLow(int32(code))
	return x
}

// adaptLow learns from the upper four of the six bits: the others may have been
// taken for data on the way (G.722 §1.3), and both sides must learn the same.
func (b *band) adaptLow(code int32) {
	c := code >> 2
	diff := b.step * coarse[c] >> 15
	b.scale = min(max(b.scale*127>>7+lowScale[c], 0), 18432)
	b.step = lowSteps[b.scale>>6]
	b.predict(diff)
}

// silentHigh is the code for next to nothing in the higher sub-band.
const silentHigh = 3

// encodeHigh returns the two bits for the next value of the higher sub-band.
func (b *band) encodeHigh(x int32) int32 {
	diff := limit16(x - b.guess)
	size := diff ^ diff>>15
	code := int32(3)
	if diff < 0 {
		code = 1
	}
	if size >= b.step*564>>12 {
		code--
	}
	b.adaptHigh(code, b.step*high[code]>>15)
	return code
}

// decodeHigh returns the value that two bits stand for.
func (b *band) decodeHigh(code byte) int32 {
	diff := b.step * high[code&3] >> 15
	x := limit15(b.guess + diff)
	b.adaptHigh(int32(code&3), diff)
	return x
}

func (b *band) adaptHigh(code, diff int32) {
	b.scale = min(max(b.scale*127>>7+highScale[code], 0), 22528)
	b.step = highSteps[b.scale>>6]
	b.predict(diff)
}

// predict adapts the predictor to the newest quantised difference and makes the
// next guess (G.722 §3.6; blocks RECONS to PREDIC).
func (b *band) predict(diff int32) {
	value := limit16(b.guess + diff)
	part := limit16(b.zeroes + diff)
	b.adaptPoles(part)
	b.recent[1], b.recent[0] = b.recent[0], limit16(2*value)
	b.partial[1], b.partial[0] = b.partial[0], part

	poles := limit16(b.poles[0]*b.recent[0]>>15 + b.poles[1]*b.recent[1]>>15)
	b.zeroes = b.adaptZeroes(diff)
	b.guess = limit16(poles + b.zeroes)
}

// adaptPoles moves the poles a little towards what the newest partial value says
// (blocks UPPOL2 and UPPOL1, which keep the filter stable).
func (b *band) adaptPoles(part int32) {
	pull, nudge := limit16(4*b.poles[0]), int32(-192)
	if same(part, b.partial[0]) {
		pull, nudge = min(-pull, 1<<15-1), 192
	}
	second := pull>>7 - 128
	if same(part, b.partial[1]) {
		second += 256
	}
	b.poles[1] = min(max(second+b.poles[1]*32512>>15, -12288), 12288)
	most := 15360 - b.poles[1]
	b.poles[0] = min(max(nudge+b.poles[0]*32640>>15, -most), most)
}

// adaptZeroes moves each zero towards the newest difference, lets the
// differences age by one and returns what they foretell (blocks UPZERO, DELAYA
// and FILTEZ in one pass).
func (b *band) adaptZeroes(diff int32) (sum int32) {
	nudge := int32(128)
	if diff == 0 {
		nudge = 0
	}
	newer := limit16(2 * diff)
	for i := range b.diffs {
		old := b.diffs[i]
		sign := (diff ^ old) >> 31 // all ones when they differ
		weight := b.weights[i]*32640>>15 + (nudge ^ sign - sign)
		b.weights[i], b.diffs[i] = weight, newer
		sum += weight * newer >> 15
		newer = old
	}
	return limit16(sum)
}

// same reports whether two values have the same sign; zero counts as positive.
func same(a, b int32) bool { return a^b >= 0 }
