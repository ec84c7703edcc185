package mail

import "testing"

// TestBox: what is put in comes out in order; what finds no room is refused, and the
// overrun is told with what is there.
func TestBox(t *testing.T) {
	b := NewBox[int]()
	for n := range Size {
		if !b.Put(n) {
			t.Fatalf("no room for message %d", n)
		}
	}
	if b.Put(-1) {
		t.Error("room for one more than there is room for")
	}
	<-b.News()
	waiting, overrun := b.Take()
	if len(waiting) != Size || !overrun {
		t.Fatalf("%d messages, overrun: %v", len(waiting), overrun)
	}
	for n, m := range waiting {
		if m != n {
			t.Fatalf("message %d is %v", n, m)
		}
	}
	if waiting, _ = b.Take(); len(waiting) != 0 || !b.Put(0) {
		t.Error("a box that was emptied is not empty")
	}
	if left := b.Close(); len(left) != 1 || b.Put(1) {
		t.Errorf("a box that was closed: %v left, and it takes more", left)
	}
}

// TestQueueWaits: what is pushed far ahead of a reader comes in order once there is
// one. Of more than is kept, what was forced in is not lost.
func TestQueueWaits(t *testing.T) {
	q := NewQueue[int]()
	for n := range 2 * queueSize {
		if room := n < queueSize; q.Push(n) != room {
			t.Fatalf("push %d: room is not %v", n, room)
		}
	}
	if !q.Force(-1) {
		t.Error("nothing gave way to what was forced in")
	}
	var got []int
	for {
		if out, next := q.Next(); out != nil && len(q.ready) < cap(q.ready) {
			out <- next
			q.Sent()
		} else if len(q.Ready()) > 0 {
			got = append(got, <-q.Ready())
		} else {
			break
		}
	}
	if len(got) != queueSize {
		t.Fatalf("%d came, want %d", len(got), queueSize)
	}
	for n, x := range got {
		want := n
		switch {
		case n == queueSize-1:
			want = -1
		case n >= queueReady: // the oldest that waited gave way
			want++
		}
		if x != want {
			t.Fatalf("number %d is %d, want %d", n, x, want)
		}
	}
}
