package measure

import (
	"encoding/json"
	"fmt"
	"time"

	"trunkline/bench/report"
	"trunkline/bench/signal"
	"trunkline/bench/signal/talk"
)

// talking is how many calls with sound stand while too many others come.
const talking = 20

// overload sees what becomes of calls when twice as many come as there can be at
// most, and how soon after that none is refused.
func (b Bench) overload(e exchange, most float64) error {
	return b.with(e, func(p *running) error {
		length := 15 * time.Second
		if b.Quick {
			length = 5 * time.Second
		}
		s, heard, err := p.crowded(signal.Load{Rate: 2 * most, Warm: 2 * time.Second, For: length})
		if err != nil {
			return err
		}
		over := time.Now()
		r := b.Report
		r.Ratio(fmt.Sprintf("done when %.0f calls/s come", 2*most), s.rate(), "calls/s", "the most", most, report.OverloadDone, s.note())
		r.Figure("503 to the others, p99", s.No99, "ms", report.OverloadNo, fmt.Sprintf("%d, %d without Retry-After", s.Refused, s.Rude))
		r.Figure(fmt.Sprintf("packets %d calls lose meanwhile", talking), float64(heard.Lost), "packets", report.OverloadLost,
			fmt.Sprintf("%d came", heard.Came))
		return p.recovers(over, 0.8*most)
	})
}

// crowded makes calls while a few others talk.
func (r *running) crowded(l signal.Load) (s spell, heard talk.Tally, err error) {
	others, err := r.b.Start(false, r.b.Self, "talk", "-calls", fmt.Sprint(talking), "-for", (l.Warm + l.For + still).String())
	if err != nil {
		return s, heard, err
	}
	defer others.End()
	if _, err := others.Until("up"); err != nil {
		return s, heard, err
	}
	if s, err = r.ring(l); err != nil {
		return s, heard, err
	}
	text, err := others.Until("end")
	if err == nil {
		err = json.Unmarshal([]byte(text), &heard)
	}
	if err == nil && heard.Quiet > 0 {
		err = fmt.Errorf("the sound of %d streams has broken off", heard.Quiet)
	}
	return s, heard, err
}

// still is how long calls talk beyond the time in which others come.
const still = 2 * time.Second

// enough is how long it may take at most until nobody is refused any more.
const enough = 30 * time.Second

// recovers finds out when after the end of too much nobody is refused any more.
func (r *running) recovers(over time.Time, rate float64) error {
	for {
		warm, count := r.b.spells()
		s, err := r.ring(signal.Load{Rate: rate, Warm: warm, For: count})
		if err != nil {
			return err
		}
		took := time.Since(over).Seconds()
		if s.Refused+s.Failed == 0 || took > enough.Seconds() {
			r.b.Report.Figure(fmt.Sprintf("until %.0f calls/s are all taken again", rate), took, "s", report.OverloadOver, s.note())
			return nil
		}
	}
}
