package phone

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"trunkline/sip"
)

// journal writes what happens, line by line. Any goroutine may write.
type journal struct {
	mu    sync.Mutex
	out   io.Writer
	quiet bool // notes are left out
	start time.Time
}

func newJournal(out io.Writer, quiet bool) *journal {
	return &journal{out: out, quiet: quiet, start: time.Now()}
}

// print writes text as it is.
func (j *journal) print(text string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	fmt.Fprintln(j.out, text)
}

// note writes something that happened beside the signalling.
func (j *journal) note(text string) {
	if !j.quiet {
		j.print(fmt.Sprintf("%s      %s", j.offset(), text))
	}
}

// message writes one rung of the ladder: what went which way.
func (j *journal) message(e sip.TraceEvent) {
	arrow := "◀──"
	if e.Sent {
		arrow = "──▶"
	}
	j.print(fmt.Sprintf("%s  %s %s  %s %s", j.offset(), arrow, rung(e.Message), e.Transport, e.Remote.String()))
}

// offset is the time since the phone was picked up.
func (j *journal) offset() string { return fmt.Sprintf("%8.3f", time.Since(j.start).Seconds()) }

// rung sums a SIP message up: "INVITE sip:a@b +SDP", "200 OK (INVITE) +SDP".
func rung(message []byte) string {
	head, body, _ := bytes.Cut(message, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	text := strings.TrimSuffix(lines[0], " SIP/2.0")
	if status, found := strings.CutPrefix(lines[0], "SIP/2.0 "); found {
		text = status + method(lines)
	}
	if len(body) > 0 && bytes.HasPrefix(body, []byte("v=0")) {
		text += " +SDP"
	}
	return strings.ToValidUTF8(text, "?")
}

// method is what a response answers: " (INVITE)".
func method(lines []string) string {
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(strings.TrimSpace(name), "CSeq") {
			if fields := strings.Fields(value); len(fields) == 2 {
				return " (" + fields[1] + ")"
			}
		}
	}
	return ""
}
