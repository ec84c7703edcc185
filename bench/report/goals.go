package report

import (
	"fmt"
	"math"
	"strings"
)

// Goal is a bound that a figure or a ratio is to keep. None is no goal.
type Goal int

// The goals, in the order of the table at a report's end.
const (
	None Goal = iota
	RelayT0
	RelayT1
	RelayT2
	RelayT2Void
	PlayT0
	PlayT1
	MixRecord
	LatePeak
	LateRatio
	Allocations
	Memory
	Flat
	CallsRelayT0
	CallsRelayT2
	CallsPlay
	CallsRecord
	CallsPCMA
	Opus
	ServedRelayT0
	ServedRelayT2
	ServedPlay
	SignalRate
	SignalDelay
	SignalFlat
	SignalMemory
	OverloadDone
	OverloadNo
	OverloadLost
	OverloadOver
	FlowTime
	FlowMemory
	goalCount
)

// bound is what a goal demands.
type bound struct {
	what  string
	value float64
	least bool // the figure must be at least value, not at most
}

var bounds = map[Goal]bound{
	RelayT0:       {what: "relay T0, by a packet of the C relay", value: 0.85},
	RelayT1:       {what: "relay T1, by a packet of the C relay", value: 0.65},
	RelayT2:       {what: "relay T2, by a packet of the C relay", value: 0.55},
	RelayT2Void:   {what: "relay T2, device that drops, by the same", value: 0.25},
	PlayT0:        {what: "playback T0, by the same", value: 0.60},
	PlayT1:        {what: "playback T1, by the same", value: 0.25},
	MixRecord:     {what: "mix of two, both recorded, T0, by the same", value: 0.85},
	LatePeak:      {what: "lateness p99.9 while the heap churns, us", value: 500},
	LateRatio:     {what: "the same by a C thread's", value: 3},
	Allocations:   {what: "allocations per packet", value: 0.01},
	Memory:        {what: "memory per relayed call in all, KiB", value: 64},
	Flat:          {what: "dearest call from 100 to 2000, by the first", value: 1.15},
	CallsRelayT0:  {what: "relayed calls, T0", value: 1200, least: true},
	CallsRelayT2:  {what: "relayed calls, T2", value: 2000, least: true},
	CallsPlay:     {what: "calls that are played to", value: 2000, least: true},
	CallsRecord:   {what: "calls played to and recorded", value: 1000, least: true},
	CallsPCMA:     {what: "calls PCMU to PCMA", value: 900, least: true},
	Opus:          {what: "a call PCMU to Opus, by libopus and a PCMA call", value: 1.10},
	ServedRelayT0: {what: "relayed calls of the whole product, T0", value: 1200, least: true},
	ServedRelayT2: {what: "relayed calls of the whole product, T2", value: 2000, least: true},
	ServedPlay:    {what: "calls the whole product plays to", value: 2000, least: true},
	SignalRate:    {what: "calls per second through the B2BUA", value: 600, least: true},
	SignalDelay:   {what: "INVITE to 200 at 80 % of that, p99, ms", value: 100},
	SignalFlat:    {what: "dearest call beside 10 to 5000, by the first", value: 1.15},
	SignalMemory:  {what: "memory after calls have expired, by that before", value: 1.10},
	OverloadDone:  {what: "calls per second when twice as many come, by most", value: 0.80, least: true},
	OverloadNo:    {what: "503 to those there is no room for, p99, ms", value: 100},
	OverloadLost:  {what: "packets that calls meanwhile lose", value: 0},
	OverloadOver:  {what: "until none is refused any more, s", value: 30},
	FlowTime:      {what: "waiting flows, by an idle process, % of a core", value: 0.5},
	FlowMemory:    {what: "memory of a waiting flow, KiB", value: 64},
}

// The verdicts on a goal. Extrapolated says that the generator had no time left
// for as much as the goal demands, while by processor time the goal would be met.
const (
	met          = "met"
	missed       = "missed"
	extrapolated = "only by extrapolation"
	unmeasured   = "not measured"
)

// meets reports whether x keeps the bound; what is no number does not.
func (b bound) meets(x float64) bool {
	return x == x && (b.least && x >= b.value || !b.least && x <= b.value)
}

// words says what the goal is.
func (g Goal) words() string {
	if g == None {
		return ""
	}
	sign := "<="
	if bounds[g].least {
		sign = ">="
	}
	return fmt.Sprintf("%s %v", sign, bounds[g].value)
}

// judge says whether x meets the goal. Where that is the generator's limit, full is
// what it would be without; else NaN.
func (g Goal) judge(x, full float64) string {
	switch b := bounds[g]; {
	case g == None:
		return ""
	case b.meets(x):
		return met
	case b.meets(full):
		return extrapolated
	default:
		return missed
	}
}

// worse reports whether x is further from the goal than y.
func (g Goal) worse(x, y float64) bool {
	if bounds[g].least {
		x, y = y, x
	}
	return x > y || math.IsNaN(x)
}

// goals is the table at the end: each goal with the worst of what was measured.
func (r *Report) goals() string {
	worst := map[Goal]Row{}
	for _, c := range r.Chapters {
		for _, x := range c.Rows {
			if y, ok := worst[x.goal]; !ok || x.goal.worse(x.judged(), y.judged()) {
				worst[x.goal] = x
			}
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, "\n  %-48s %9s %9s\n", "Goals", "goal", "measured")
	for g := None + 1; g < goalCount; g++ {
		value, verdict := "", unmeasured
		if x, ok := worst[g]; ok {
			value, verdict = number(x.judged()), x.Met
		}
		fmt.Fprintf(&s, "  %-48s %9s %9s %s\n", bounds[g].what, g.words(), value, verdict)
	}
	return s.String()
}
