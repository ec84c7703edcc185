package line

import (
	"math"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/media/msg"
	"trunkline/sip"
	"trunkline/store"
)

// Fitting is c, but only an answered line ends as normal: one that was not is
// cancelled, or rejected when it is we who were called.
func (l *Line) Fitting(c event.Cause) event.Cause {
	if c.Code != string(sip.Normal) || l.Up() || l.Awaiting {
		return c
	}
	code := sip.Cancelled
	if l.Direction == event.Inbound {
		code = sip.Rejected
	}
	s := sip.New(code, c.Text)
	c.Code, c.Q850 = string(s.Code), s.Q850
	return c
}

// Hangup ends the line for cause c, whatever state it is in, and tells the far side
// told. Of several causes the first counts.
func (l *Line) Hangup(c event.Cause, told sip.Cause) {
	if fit := l.Fitting(c); fit.Code != c.Code {
		c, told = fit, fault.Signal(fit)
	}
	if !l.Leaving() {
		l.wanted = c
	}
	if l.Dialog != nil && !l.Silent {
		l.Dialog.Hangup(told)
	}
	l.Session.Close()
}

// End takes note that the dialog has ended; by says who the far side is.
func (l *Line) End(c sip.Cause, by string) {
	l.Silent = true
	l.Ended = time.Now()
	l.Cause = l.wanted
	l.Retry = !l.Leaving() && c.Retry()
	if c.Remote || !l.Leaving() {
		if !c.Remote {
			by = event.BySystem
		}
		l.Cause = fault.Of(c, by)
	}
	l.Session.Close()
}

// Close takes note that the media session is gone.
func (l *Line) Close(s msg.Stats) { l.stats, l.Closed = s, true }

// GiveUp is for a line that did not tell of its end in time.
func (l *Line) GiveUp() {
	if !l.Silent {
		l.Ended, l.Cause = time.Now(), l.wanted
	}
	l.Silent, l.Closed = true, true
}

// Bury ends a line that no call wants.
func (l *Line) Bury(c event.Cause) {
	l.Dialog.Hangup(fault.Signal(c))
	l.Discard()
}

// Shadow is what a call keeps of a line that another has got, for its record.
func (l *Line) Shadow(c event.Cause) *Line {
	return &Line{
		ID: l.ID, Direction: l.Direction, Trunk: l.Trunk, Address: l.Address, Dialog: l.Dialog, Params: l.Params, Tape: l.Tape,
		Started: l.Started, Answered: l.Answered, Ended: time.Now(), Cause: c, wanted: c, Silent: true, Closed: true,
	}
}

// Record is what the CDR says of the line.
func (l *Line) Record() store.LegRecord {
	r := store.LegRecord{
		ID: l.ID, Trunk: l.Trunk.Data.Name, Direction: l.Direction, Address: l.Address, Codec: l.Codec(),
		StartedAt: l.Started, EndedAt: l.Ended, Cause: store.Cause(l.Cause), Quality: store.Quality(l.Quality()),
		Recording: l.Tape.Result,
	}
	if at := l.Answered; l.Up() {
		r.AnsweredAt = &at
	}
	if l.Dialog != nil {
		r.SIPCallID = l.Dialog.CallID()
	}
	return r
}

// Quality says how the line's sound travelled.
func (l *Line) Quality() event.Quality {
	s := &l.stats
	return event.Quality{
		PacketsIn: s.PacketsIn, PacketsOut: s.PacketsOut, Relayed: s.Relayed, Lost: s.Lost, Late: s.Late,
		Refused: s.Foreign + s.Malformed + s.Forged + s.Capped, JitterMS: milliseconds(s.Jitter), MOS: hundredths(s.MOS),
		RoundTripMS: milliseconds(s.RoundTrip), RemoteLost: s.RemoteLost, RemoteMOS: hundredths(s.RemoteMOS),
	}
}

func hundredths(x float32) float64 { return math.Round(float64(x)*100) / 100 }

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
