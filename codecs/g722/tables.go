package g722

// The tables of the Recommendation, read-only. Scale factors are laid out for
// every logarithm there can be, filled before anything runs.
var (
	// levels are the decision levels of the lower quantiser (table 14, Q6); the
	// first is reached by everything, the last two by nothing.
	levels = [32]int64{
		0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650,
		714, 786, 858, 940, 1023, 1121, 1219, 1339, 1458, 1612, 1765, 1980, 2195, 2557, 2919,
		1 << 22, 1 << 22,
	}

	// negative are the codes for negative values by decision level reached
	// (table 17, ILN). Those for positive ones count down from 61 (ILP).
	negative = [30]int32{
		63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19,
		18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
	}

	// fine is what six bits stand for, in steps of 2⁻¹⁵ (QM6).
	fine = [64]int32{
		-136, -136, -136, -136, -24808, -21904, -19008, -16704,
		-14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
		-7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576,
		-3168, -2776, -2400, -2032, -1688, -1360, -1040, -728,
		24808, 21904, 19008, 16704, 14984, 13512, 12280, 11192,
		10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
		4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032,
		1688, 1360, 1040, 728, 432, 136, -432, -136,
	}

	// coarse is what their upper four stand for (QM4), high what the two bits of
	// the higher sub-band do (QM2).
	coarse = [16]int32{
		0, -20456, -12896, -8968, -6288, -4240, -2584, -1200,
		20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
	}
	high = [4]int32{-7408, -1616, 7408, 1616}

	// lowScale and highScale are by how much a code moves the logarithm of the
	// step (WL by way of RL42, WH by way of RH2).
	lowScale = [16]int32{
		-60, 3042, 1198, 538, 334, 172, 58, -30,
		3042, 1198, 538, 334, 172, 58, -30, -60,
	}
	highScale = [4]int32{798, -214, 798, -214}

	lowSteps  = steps(18432, 8)
	highSteps = steps(22528, 10)
)

// steps lays out the quantiser's step for each logarithm up to most, in 64ths
// (blocks SCALEL and SCALEH): the mantissa from a table, the exponent by a shift.
func steps(most, shift int) []int32 {
	mantissa := [32]int32{
		2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383,
		2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834,
		2896, 2960, 3025, 3091, 3158, 3228, 3298, 3371,
		3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
	}
	t := make([]int32, most>>6+1)
	for i := range t {
		m, e := mantissa[i&31], shift-i>>5
		if e < 0 {
			t[i] = m << -e << 2
		} else {
			t[i] = m >> e << 2
		}
	}
	return t
}
