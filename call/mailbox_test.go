package call

import (
	"log/slog"
	"testing"
)

// numbered is a message that can be told from others.
type numbered struct{ n int }

func (numbered) apply(*Call) {}

// TestMailbox: what is put in comes out in order; what finds no room is refused,
// and the overrun is told with what is there.
func TestMailbox(t *testing.T) {
	b := newMailbox()
	for n := range mailboxSize {
		if !b.put(numbered{n}) {
			t.Fatalf("no room for message %d", n)
		}
	}
	if b.put(numbered{-1}) {
		t.Error("room for one more than there is room for")
	}
	<-b.news
	waiting, overrun := b.take()
	if len(waiting) != mailboxSize || !overrun {
		t.Fatalf("%d messages, overrun: %v", len(waiting), overrun)
	}
	for n, m := range waiting {
		if m != (numbered{n}) {
			t.Fatalf("message %d is %v", n, m)
		}
	}
	if waiting, _ = b.take(); len(waiting) != 0 || !b.put(numbered{0}) {
		t.Error("a mailbox that was emptied is not empty")
	}
}

// TestInputsWait: what is pressed far ahead of a flow that does not listen comes
// in order once it does. Of more than is kept, the end of a playback is not lost.
func TestInputsWait(t *testing.T) {
	c := &Call{log: slog.New(slog.DiscardHandler), mail: newMailbox(), inputs: make(chan Input, inputsReady)}
	for n := range 2 * inputsSize {
		c.feed(Input{Kind: KeyPressed, Digit: byte(n)})
	}
	c.feed(Input{Kind: PlaybackEnded, Outcome: "finished"})
	var got []Input
	for {
		if out, next := c.offer(); out != nil && len(c.inputs) < cap(c.inputs) {
			out <- next
			c.ahead = c.ahead[1:]
		} else if len(c.inputs) > 0 {
			got = append(got, <-c.inputs)
		} else {
			break
		}
	}
	if len(got) != inputsSize {
		t.Fatalf("%d inputs, want %d", len(got), inputsSize)
	}
	for n, in := range got {
		want := Input{Kind: KeyPressed, Digit: byte(n)}
		switch {
		case n == inputsSize-1:
			want = Input{Kind: PlaybackEnded, Outcome: "finished"}
		case n >= inputsReady: // the oldest that waited gave way
			want.Digit++
		}
		if in != want {
			t.Fatalf("input %d is %+v, want %+v", n, in, want)
		}
	}
}
