package trace

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"trunkline/sip/trace/scan"
)

// WriteLadder draws the messages as a ladder: us between the peer that spoke
// first and all others, time in seconds since the first message, a rung for each
// message with its method or status, what SDP it carries below, and
// repeated messages dashed.
func WriteLadder(w io.Writer, msgs []Message) error {
	l := newLadder(msgs)
	b := bufio.NewWriter(w)
	if len(msgs) > 0 {
		fmt.Fprintf(b, "%s\n", msgs[0].At.UTC().Format("2006-01-02T15:04:05.000Z"))
		_, _ = b.WriteString(l.names() + l.blank())
	}
	for _, m := range msgs {
		_, _ = b.WriteString(l.rung(m)) // Flush tells
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write ladder: %w", err)
	}
	return nil
}

// The measures of a ladder, in cells of the screen.
const (
	gutter  = 10 // the time
	spacing = 38 // between two lines, at least
)

// ladder knows where its lines stand: peers and, second from the left, us.
type ladder struct {
	begin   Message
	us      string
	peers   []netip.AddrPort
	spacing int
}

func newLadder(msgs []Message) *ladder {
	l := &ladder{us: "us", spacing: spacing}
	var locals []netip.AddrPort
	for i, m := range msgs {
		if i == 0 {
			l.begin = m
		}
		if !slices.Contains(l.peers, m.Remote) {
			l.peers = append(l.peers, m.Remote)
			l.spacing = max(l.spacing, len(shown(m.Remote))+2)
		}
		if !slices.Contains(locals, m.Local) {
			locals = append(locals, m.Local)
		}
	}
	if len(locals) == 1 {
		l.us = "us " + shown(locals[0])
		l.spacing = max(l.spacing, len(l.us)+2)
	}
	return l
}

// at returns where line i stands.
func (l *ladder) at(i int) int { return gutter + l.spacing/2 + i*l.spacing }

// line returns which line a peer is.
func (l *ladder) line(peer netip.AddrPort) int {
	if i := slices.Index(l.peers, peer); i > 0 {
		return i + 1
	}
	return 0
}

// row returns a row with nothing but the lines.
func (l *ladder) row() row {
	r := newRow(l.at(len(l.peers)) + l.spacing/2)
	for i := range len(l.peers) + 1 {
		r[l.at(i)] = "│"
	}
	return r
}

func (l *ladder) blank() string { return l.row().String() }

// names returns the head of the ladder.
func (l *ladder) names() string {
	r := newRow(len(l.row()))
	put := func(i int, name string) { r.centre(l.at(i)-l.spacing/2, l.at(i)+l.spacing/2, name) }
	put(1, l.us)
	for _, p := range l.peers {
		put(l.line(p), shown(p))
	}
	return r.String()
}

// rung draws one message.
func (l *ladder) rung(m Message) string {
	var b strings.Builder
	if m.Missing > 0 {
		r := l.row()
		r.put(gutter, len(r), "… "+notKept(m.Missing))
		b.WriteString(r.String())
	}
	from, to := l.at(l.line(m.Remote)), l.at(1)
	if m.Sent {
		from, to = to, from
	}
	left, right := min(from, to), max(from, to)

	r := l.row()
	r.put(0, gutter, fmt.Sprintf("%9.3f", m.At.Sub(l.begin.At).Seconds()))
	shaft := "─"
	if m.Repeated {
		shaft = "╌"
	}
	for i := left + 1; i < right; i++ {
		r[i] = shaft
	}
	if from < to {
		r[right-1] = "▶"
	} else {
		r[left+1] = "◀"
	}
	r.centre(left+3, right-2, " "+title(m)+" ")
	b.WriteString(r.String())
	if m.Repeated {
		return b.String()
	}
	for _, text := range sounds(m.Text) {
		r = l.row()
		r.centre(left+1, right, text)
		b.WriteString(r.String())
	}
	return b.String()
}

// title names a message: "INVITE", "200 OK (INVITE)".
func title(m Message) string {
	raw := []byte(m.Text)
	line, _ := scan.Line(raw)
	text := string(scan.Method(raw))
	if status, ok := strings.CutPrefix(string(line), "SIP/2.0 "); ok {
		text = status + " (" + text + ")"
	}
	if text == "" {
		text = "?"
	}
	if m.Repeated {
		text += " again"
	}
	return text
}
