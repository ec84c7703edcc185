package doctor

import (
	"net/netip"
	"time"

	"trunkline/media/msg"
	"trunkline/sip"
	"trunkline/sip/sdp"
	"trunkline/sip/trunk"
)

// facts are what was seen of the call.
type facts struct {
	trunk trunk.Trunk
	asked *Config

	offer, answer sdp.Session
	unusable      error // why the answer's sound cannot be used
	early         bool  // sound was agreed on before the call was answered
	answered      bool
	ringAfter     time.Duration
	upAfter       time.Duration
	cause         sip.Cause
	ours          bool // we ended it
	hold, resume  *change
	changing      *change
	stats         msg.Stats
	loud          time.Duration

	remote     netip.AddrPort // who answered
	final      *message       // the response that ended the INVITE
	rung       []int          // provisional statuses, in order, without 100
	reliable   bool           // a provisional response wanted a PRACK
	challenged bool
}

// change is what came of a re-INVITE.
type change struct {
	over   bool
	answer sdp.Session
	err    error
}

// read notes what only the wire tells.
func (f *facts) read(all []message) {
	invited := false
	for i := range all {
		m := &all[i]
		if m.method != "INVITE" || m.sent != (m.status == 0) {
			continue
		}
		switch {
		case m.status == 0:
			invited = true
		case !invited || f.final != nil || m.status == 100:
		case m.status < 200:
			f.rung = append(f.rung, m.status)
			f.reliable = f.reliable || m.lists("require", "100rel")
		case m.status == 401 || m.status == 407:
			f.challenged, f.remote = true, m.remote
		default:
			f.final, f.remote = m, m.remote
		}
	}
}
