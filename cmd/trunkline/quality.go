package main

import (
	"context"
	"errors"
	"math"
	"time"

	"trunkline/call/event"
	"trunkline/codecs"
	"trunkline/sip/hep"
)

// heard is what has to be kept of a leg until its sound has been counted.
type heard struct {
	callID string  // SIP's
	clock  float64 // of its codec, Hz
}

// tellQuality reports to the collector how the sound of each leg has travelled, when
// the leg has ended. It ends with the bus.
func (s *seeing) tellQuality(events *event.Subscription) {
	legs := map[[2]string]heard{}
	for {
		e, err := events.Next(context.Background()) // ends with the bus
		var gap *event.Gap
		if errors.As(err, &gap) {
			clear(legs) // whose ends may be among what was missed
			continue
		}
		if err != nil {
			return
		}
		key := [2]string{e.Call, e.Leg}
		switch d := e.Data.(type) {
		case event.LegStarted:
			legs[key] = heard{callID: d.SIPCallID, clock: 8000}
		case event.LegAnswered:
			if c, ok := codecs.ByName(d.Codec, 0); ok {
				legs[key] = heard{callID: legs[key].callID, clock: float64(c.ClockRate)}
			}
		case event.LegEnded:
			if l := legs[key]; l.callID != "" && d.PacketsIn+d.PacketsOut > 0 {
				s.report(e.Time, l, d.Quality)
			}
			delete(legs, key)
		}
	}
}

// report sends what each side has received of the other. Homer shows it between the
// ends of the signalling: those of the sound stand in no event.
func (s *seeing) report(at time.Time, l heard, q event.Quality) {
	said := s.recorder.Messages(l.callID)
	if len(said) == 0 || !said[0].Local.IsValid() {
		return // nothing is kept: there are no ends to show it between
	}
	r := hep.Report{At: at, CallID: l.callID, Sent: true, Local: said[0].Local, Remote: said[0].Remote}
	r.Blocks = []hep.Block{{
		Fraction: fraction(q.Lost, q.PacketsIn), Lost: int32(min(q.Lost, math.MaxInt32)), Jitter: uint32(q.JitterMS / 1000 * l.clock),
	}}
	s.homer.Report(r)
	if q.RemoteLost > 0 || q.RemoteMOS > 0 {
		r.Sent = false
		r.Blocks = []hep.Block{{Fraction: fraction(q.RemoteLost, q.PacketsOut-min(q.RemoteLost, q.PacketsOut)), Lost: int32(min(q.RemoteLost, math.MaxInt32))}}
		s.homer.Report(r)
	}
}

// fraction is the share that was lost, in 1/256 as RTCP has it (RFC 3550 §6.4.1).
func fraction(lost, came uint64) uint8 {
	if lost == 0 {
		return 0
	}
	return uint8(min(255, lost*256/(lost+came)))
}
