package shard

import (
	"math/bits"
	"time"

	"trunkline/internal/netio"
	"trunkline/media/internal/wire"
)

// Counters is what a shard counted since it began.
type Counters struct {
	netio.Counters
	RTCP       uint64 // RTCP packets taken off their sockets
	Commands   uint64
	Torn       uint64 // commands that could not be read
	Refused    uint64 // sessions that could not be taken in
	Broken     uint64 // sessions ended because their code panicked
	Moved      uint64 // sessions that left for another shard
	EventsLost uint64 // dropped because the control plane was far behind
	Laps       uint64 // with something to do
	LateLaps   uint64 // begun 5 ms or more after the one before
	LongestLap time.Duration
	Sessions   uint64        // there now
	GaveWay    uint64        // how often a thread had far too much to do and let others go first
	GivingWay  uint64        // threads that do, now
	Busy       time.Duration // spent in laps, not waiting for them
	Lateness   Lateness      // of the laps
}

// fields walks the fields of c.
func (c *Counters) fields(x *wire.Coder) {
	for _, n := range c.sums() {
		wire.Num(x, n)
	}
	wire.Num(x, &c.LongestLap)
	wire.Num(x, &c.Busy)
	for i := range c.Lateness.laps {
		wire.Num(x, &c.Lateness.laps[i])
	}
	wire.Num(x, &c.Lateness.max)
}

// sums are the fields that add up over shards.
func (c *Counters) sums() [24]*uint64 {
	return [...]*uint64{
		&c.In, &c.Out, &c.Truncated, &c.Unreadable, &c.Again, &c.SendFull, &c.SendFailed,
		&c.OutRaw, &c.InRing, &c.RingLost, &c.RingStray, &c.RingBroken,
		&c.RTCP, &c.Commands, &c.Torn, &c.Refused, &c.Broken, &c.Moved, &c.EventsLost, &c.Laps, &c.LateLaps, &c.Sessions,
		&c.GaveWay, &c.GivingWay,
	}
}

// Add adds what another shard counted.
func (c *Counters) Add(o Counters) {
	theirs := o.sums()
	for i, n := range c.sums() {
		*n += *theirs[i]
	}
	c.LongestLap = max(c.LongestLap, o.LongestLap)
	c.Busy += o.Busy
	c.Lateness.merge(&o.Lateness)
}

// Lateness is a distribution of how late laps began, with eight steps to each
// doubling: quantiles are exact within 9 %.
type Lateness struct {
	laps [lateSteps]uint64
	max  time.Duration
}

const (
	lateUnit  = time.Microsecond // anything shorter is none
	perDouble = 8
	lateSteps = 21 * perDouble // reaches to two seconds
)

// add counts one lap.
func (l *Lateness) add(late time.Duration) {
	l.max = max(l.max, late)
	l.laps[step(late)]++
}

// step returns where a lateness is counted: 8 steps from each power of two of
// microseconds to the next.
func step(late time.Duration) int {
	us := uint64(max(late, 0) / lateUnit)
	if us < perDouble {
		return int(us)
	}
	e := bits.Len64(us) - 4 // us>>e is 8 to 15
	return min((e+1)*perDouble+int(us>>e)-perDouble, lateSteps-1)
}

// upTo returns the longest lateness that step i counts.
func upTo(i int) time.Duration {
	if i < perDouble {
		return time.Duration(i+1) * lateUnit
	}
	e := i/perDouble - 1
	return time.Duration((uint64(i%perDouble)+perDouble+1)<<e) * lateUnit
}

func (l *Lateness) merge(o *Lateness) {
	for i, n := range o.laps {
		l.laps[i] += n
	}
	l.max = max(l.max, o.max)
}

// Since returns what was counted after before, an earlier reading of the same
// laps. Its worst is exact within 9 %, too.
func (l Lateness) Since(before Lateness) Lateness {
	was := l.max
	l.max = 0
	for i := range l.laps {
		l.laps[i] -= min(before.laps[i], l.laps[i])
		if l.laps[i] > 0 {
			l.max = min(upTo(i), was)
		}
	}
	return l
}

// Max returns the worst.
func (l *Lateness) Max() time.Duration { return l.max }

// Quantile returns what part q (0 to 1) of all laps were no later than; 0 when
// there were none.
func (l *Lateness) Quantile(q float64) time.Duration {
	total := uint64(0)
	for _, n := range l.laps {
		total += n
	}
	sum, want := uint64(0), uint64(q*float64(total))
	for i, n := range l.laps {
		if sum += n; n > 0 && sum >= want {
			return min(upTo(i), l.max)
		}
	}
	return 0
}

// beat knows when laps should begin: once per millisecond, in step with the
// earliest that did.
type beat struct{ next int64 }

// late returns how late a lap that begins at now is, and expects the next one a
// millisecond on.
func (b *beat) late(now int64) time.Duration {
	if b.next == 0 || now < b.next {
		b.next = now
	}
	late := now - b.next
	b.next += (late/slotLen + 1) * slotLen
	return time.Duration(late)
}

// rest says that no lap is expected for now.
func (b *beat) rest() { b.next = 0 }
