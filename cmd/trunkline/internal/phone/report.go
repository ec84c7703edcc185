package phone

import (
	"fmt"
	"strings"
	"time"

	"trunkline/media/msg"
	"trunkline/media/record"
	"trunkline/sip"
)

// Report says how a call went.
type Report struct {
	Peer       string // whom we called, or who called
	CallID     string // SIP Call-ID
	Answered   bool
	Setup      time.Duration // from the INVITE to the answer
	Duration   time.Duration // from the answer to the end
	Cause      sip.Cause
	Codec      string // what was sent with; "" when no sound flowed
	Stats      msg.Stats
	Keys       string // keys the other side pressed
	Recordings []record.Info
}

// verdict is nil when the call was answered and ended by a hang-up.
func (r Report) verdict() error {
	switch {
	case !r.Answered:
		return fmt.Errorf("%s: not answered: %w", r.Peer, r.Cause)
	case r.Cause.Code != sip.Normal:
		return fmt.Errorf("%s: ended badly: %w", r.Peer, r.Cause)
	}
	return nil
}

// Loss is the share of packets that never arrived, 0–1.
func (r Report) Loss() float64 {
	if sent := r.Stats.PacketsIn + r.Stats.Lost; sent > 0 {
		return float64(r.Stats.Lost) / float64(sent)
	}
	return 0
}

// String is the summary for people.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: ", r.Peer)
	who := "we"
	if r.Cause.Remote {
		who = "the other side"
	}
	if r.Answered {
		fmt.Fprintf(&b, "answered after %s, talked %s, %s hung up", seconds(r.Setup), seconds(r.Duration), who)
	} else {
		fmt.Fprintf(&b, "not answered, %s ended it", who)
	}
	if !r.Answered || r.Cause.Code != sip.Normal {
		b.WriteString(": " + r.Cause.Error())
	}
	b.WriteByte('\n')
	if r.Codec != "" {
		s := r.Stats
		fmt.Fprintf(&b, "  %s, packets sent %d, received %d, lost %d (%.1f %%), late %d, duplicate %d, jitter %.1f ms\n",
			r.Codec, s.PacketsOut, s.PacketsIn, s.Lost, 100*r.Loss(), s.Late, s.Duplicate,
			float64(s.Jitter)/float64(time.Millisecond))
	}
	if s := r.Stats; s.Foreign > 0 || s.Malformed > 0 {
		fmt.Fprintf(&b, "  refused packets: %d from strangers, %d malformed\n", s.Foreign, s.Malformed)
	}
	if r.Keys != "" {
		fmt.Fprintf(&b, "  keys pressed over there: %s\n", r.Keys)
	}
	for _, rec := range r.Recordings {
		fmt.Fprintf(&b, "  recorded %s, %s", rec.Path, seconds(rec.Duration()))
		if rec.Lost > 0 {
			fmt.Fprintf(&b, ", %d samples lost", rec.Lost)
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// seconds writes a duration as people read it on a phone bill, but finer.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
