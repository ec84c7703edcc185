package refer

import (
	"fmt"
	"strconv"
	"strings"
)

// Telling is the subscription that a REFER of the far side makes (RFC 3515 §2.4): what
// it is to be told waits here until the NOTIFY before was answered.
type Telling struct {
	event string
	deaf  bool  // nobody wants to hear, or listens any more
	last  bool  // the final status is told, or waits
	queue []int // statuses
	busy  bool  // a NOTIFY is under way
}

// NewTelling returns the subscription of the nth REFER in a dialog, which has this
// CSeq; sub is its Refer-Sub header. silent: there is none (RFC 4488).
func NewTelling(nth int, seq uint32, sub string) (t *Telling, silent bool) {
	t = &Telling{event: "refer", deaf: strings.EqualFold(sub, "false")}
	if nth > 1 { // §2.4.6
		t.event = fmt.Sprintf("refer;id=%d", seq)
	}
	return t, t.deaf
}

// Add has a status told; a final one is the last.
func (t *Telling) Add(status int) {
	if t.last {
		return
	}
	t.last = status >= 200
	if !t.deaf {
		t.queue = append(t.queue, status)
	}
}

// Next returns the Event, the Subscription-State and the status of the NOTIFY to be
// sent now; false: none is.
func (t *Telling) Next() (event, state string, status int, ok bool) {
	if t.busy || len(t.queue) == 0 {
		return "", "", 0, false
	}
	status = t.queue[0]
	t.queue, t.busy = t.queue[1:], true
	state = "active;expires=180"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	return t.event, state, status, true
}

// Heard takes in the answer to a NOTIFY; 0: none came.
func (t *Telling) Heard(status int) {
	t.busy = false
	if status == 0 || status == 481 || status == 489 {
		t.queue, t.deaf = nil, true
	}
}

// Busy reports whether something is still to be told.
func (t *Telling) Busy() bool { return t.busy || len(t.queue) > 0 }

// Over reports whether all has been told.
func (t *Telling) Over() bool { return t.last && !t.Busy() }

// Asking is a REFER of ours: the far side tells how it goes.
type Asking struct {
	Seq  uint32 // of the REFER
	said bool   // the final status
}

// Open reports whether it is not known yet how it ended.
func (a *Asking) Open() bool { return a != nil && !a.said }

// Say takes in a status, and reports whether it is news: after the final one, none is.
func (a *Asking) Say(status int) bool {
	if !a.Open() {
		return false
	}
	a.said = status >= 200
	return true
}

// Notice is what a NOTIFY says.
type Notice struct {
	Refer      bool   // the event is refer
	ID         string // of the REFER; "": the only one there is
	Terminated bool   // it is the last
	Status     int    // 0: it has none
}

// ReadNotice reads a NOTIFY: the values of Event and Subscription-State, and its body.
func ReadNotice(event, state string, body []byte) (n Notice) {
	name, params, _ := strings.Cut(event, ";")
	n.Refer = strings.EqualFold(strings.TrimSpace(name), "refer")
	for p := range strings.SplitSeq(params, ";") {
		if key, value, _ := strings.Cut(p, "="); strings.EqualFold(strings.TrimSpace(key), "id") {
			n.ID = strings.TrimSpace(value)
		}
	}
	n.Terminated = strings.HasPrefix(strings.ToLower(strings.TrimSpace(state)), "terminated")
	status, ok := ReadFragment(body)
	if ok {
		n.Status = status
	}
	if n.Terminated && n.Status < 200 {
		n.Status = 487 // over, and nothing said
	}
	return n
}

// Of reports whether the notice is of this REFER.
func (n Notice) Of(a *Asking) bool {
	return a != nil && (n.ID == "" || n.ID == strconv.FormatUint(uint64(a.Seq), 10))
}
