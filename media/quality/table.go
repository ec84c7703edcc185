package quality

import (
	"time"

	"trunkline/codecs"
)

// scale is one of the three scales on which codecs have been rated.
type scale struct {
	perfect float64 // R with nothing taken away
	worst   float64 // what Ie,eff tends to as loss grows
	span    float64 // of this scale, in that of telephony
}

// The scales of G.107, G.107.1 and G.107.2. A score on one says how good a call
// is for its band; that a wider band is a pleasure in itself does not show.
var (
	narrow = scale{perfect: 93.2, worst: 95, span: 1}
	wide   = scale{perfect: 129, worst: 95, span: 1.29}
	full   = scale{perfect: 148, worst: 132, span: 1.48}
)

// grade is what is known of a codec.
type grade struct {
	id    codecs.ID
	scale scale
	ie    float64       // what it takes away when nothing is lost
	bpl   float64       // how well it stands independent losses; more is better
	ahead time.Duration // how far it looks ahead, or its concealment behind
}

// concealed is Bpl of G.711 with the concealment of its Appendix I, which our
// jitter buffer has; without any it would be 4.3.
const concealed = 25.1

// grades holds figures of G.113 (appendices I, IV and V), and where there are
// none those of the nearest relative, as said.
var grades = []grade{
	{codecs.PCMU, narrow, 0, concealed, 3750 * time.Microsecond},
	{codecs.PCMA, narrow, 0, concealed, 3750 * time.Microsecond},
	{codecs.L16, narrow, 0, concealed, 3750 * time.Microsecond},   // like G.711
	{codecs.L16Wide, wide, 0, concealed, 3750 * time.Microsecond}, // like G.711
	{codecs.G722, wide, 13, concealed, 5250 * time.Microsecond},   // 64 kbit/s; Bpl like G.711, by the same concealment
	{codecs.G729, narrow, 11, 19, 5 * time.Millisecond},           // annex A
	{codecs.AMR, narrow, 5, 10, 5 * time.Millisecond},             // 12.2 kbit/s, which is GSM-EFR
	{codecs.AMRWB, wide, 13, 10, 5900 * time.Microsecond},         // 12.65 kbit/s; Bpl like AMR
	{codecs.Opus, full, 10.2, 19, 6500 * time.Microsecond},        // Ie as rtpengine has it; Bpl like G.729, whose concealment is also its own
}

// gradeOf finds what is known of a codec; of one that is not in the table it
// says what holds of G.711.
func gradeOf(id codecs.ID) grade {
	for i := range grades {
		if grades[i].id == id {
			return grades[i]
		}
	}
	return grades[0]
}
