package caller

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what an Event is about.
type Kind uint8

// The kinds of Event.
const (
	Plays      Kind = iota // a prompt begins: Text is what is said, or the file
	Stops                  // a prompt ends before its end
	Says                   // the caller begins to speak
	Presses                // the caller presses a key
	Stays                  // the caller stays silent, on purpose
	Understood             // words that the recogniser gave to the flow
	Node                   // a node of a menu is reached: Text is the node
	Missed                 // nothing was understood, or nothing said
	Unheard                // the caller has spoken while nobody listened
	Does                   // something else that the flow does
	Fails                  // the flow makes a mistake
	Ends                   // the call is over
	Aside                  // something about the script, which neither of them knows
)

// Event is something that happened in a call.
type Event struct {
	At    time.Duration // since the call began
	Kind  Kind
	Text  string
	Menu  string  // of Node
	By    string  // of Node: speech, key, rule, flow
	Score float64 // of Node and Understood
}

// String tells it in a line, without the time.
func (e Event) String() string {
	switch e.Kind {
	case Plays:
		return "flow    says: " + e.Text
	case Stops:
		return "flow    " + e.Text
	case Says:
		return "caller  says: " + e.Text
	case Presses:
		return "caller  presses " + e.Text
	case Stays:
		return "caller  " + e.Text
	case Understood:
		return "flow    hears: " + e.Text
	case Node:
		return fmt.Sprintf("flow    is at node %s (by %s)", e.Text, e.By)
	case Missed, Does:
		return "flow    " + e.Text
	case Fails:
		return "flow    MAKES A MISTAKE: " + e.Text
	case Unheard:
		return "flow    does not listen"
	case Aside:
		return "test    " + e.Text
	case Ends:
		return "call    ends: " + e.Text
	}
	return e.Text
}

// Prompt is something that was played.
type Prompt struct {
	Text     string
	File     string
	Language string
	Began    time.Duration // since the call began
	Heard    time.Duration
	Total    time.Duration
	Outcome  string // finished, stopped, replaced, dropped; "" while it plays
}

// Dialogue tells who did what when, a line each.
func (c *Caller) Dialogue() string {
	var b strings.Builder
	for _, e := range c.Events() {
		fmt.Fprintf(&b, "%7.1f s  %s\n", e.At.Seconds(), strings.ReplaceAll(e.String(), "\n", "\n                   "))
	}
	return b.String()
}
