package lossy

import (
	"math/rand/v2"
	"time"
)

// Conditions are what a network does to datagrams, each way; the zero value
// does nothing.
type Conditions struct {
	Loss    float64       // chance of a datagram to get lost
	Double  float64       // chance to come twice
	Reorder float64       // chance to come without jitter, and so before others
	Delay   time.Duration // of all
	Jitter  time.Duration // at most so much more, evenly spread
}

// Counters say what became of datagrams.
type Counters struct {
	Sent, Lost, Doubled uint64
	Overtook            uint64 // came before one that was sent earlier
}

// way is one direction of a Line's pair of sockets. Its reader owns it.
type way struct {
	Conditions
	Counters
	rnd    *rand.Rand
	newest time.Time // the latest arrival so far
}

// newWay makes the way number n of a line.
func newWay(c Conditions, seed, n uint64) way {
	return way{Conditions: c, rnd: rand.New(rand.NewPCG(seed, n))}
}

// arrivals returns when the copies of a datagram that is sent now arrive: of
// none when it is lost. Each datagram takes as many random numbers as any other,
// so that the fate of the n-th does not depend on when it is sent.
func (w *way) arrivals(now time.Time) (at [2]time.Time, copies int) {
	lost, doubled, first := w.rnd.Float64() < w.Loss, w.rnd.Float64() < w.Double, w.rnd.Float64() < w.Reorder
	late := [2]float64{w.rnd.Float64(), w.rnd.Float64()}
	w.Sent++
	if lost {
		w.Lost++
		return at, 0
	}
	for copies = range 2 {
		at[copies] = now.Add(w.Delay)
		if !first {
			at[copies] = at[copies].Add(time.Duration(late[copies] * float64(w.Jitter)))
		}
	}
	if at[0].Before(w.newest) {
		w.Overtook++
	} else {
		w.newest = at[0]
	}
	if !doubled {
		return at, 1
	}
	w.Doubled++
	return at, 2
}
