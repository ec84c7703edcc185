package sockets

import (
	"strings"
	"testing"

	"trunkline/sip/internal/wire"
)

// cut feeds a stream in parts of the given sizes, the last of which repeats.
func cut(stream string, sizes ...int) (messages []string, pings int, fault *wire.Fault) {
	var f framer
	for i := 0; ; i++ {
		for {
			raw, fault := f.next()
			if fault != nil {
				return messages, f.pings, fault
			}
			if raw == nil {
				break
			}
			messages = append(messages, string(raw))
		}
		if stream == "" {
			return messages, f.pings, nil
		}
		size := max(1, sizes[min(i, len(sizes)-1)])
		n := copy(f.room(), stream[:min(size, len(stream))])
		f.took(n)
		stream = stream[n:]
	}
}

// TestFrames cuts a stream at every place, and into single bytes, and wants the
// same messages.
func TestFrames(t *testing.T) {
	stream := "\r\nA\r\nl: 3\r\n\r\nabcB\r\nContent-Length:\r\n 0\r\n\r\n\r\n\r\nC\r\nl: 1\r\n\r\n\r"
	want := "A\r\nl: 3\r\n\r\nabc|B\r\nContent-Length:\r\n 0\r\n\r\n|C\r\nl: 1\r\n\r\n\r"
	check := func(sizes ...int) {
		t.Helper()
		got, pings, fault := cut(stream, sizes...)
		if fault != nil || strings.Join(got, "|") != want || pings != 1 {
			t.Errorf("cut %d: %q, %d pings, %+v", sizes, got, pings, fault)
		}
	}
	for at := range len(stream) {
		check(at, len(stream))
	}
	check(1)
	large := "A\r\nl: 60000\r\n\r\n" + strings.Repeat("x", 60000)
	got, _, fault := cut(large+large+large, 1, 70000)
	if fault != nil || len(got) != 3 || got[2] != large {
		t.Errorf("large: %d messages, %+v", len(got), fault)
	}
}

// TestFrameFaults holds that a length is never believed before it is checked.
func TestFrameFaults(t *testing.T) {
	f := func(stream, want string) {
		t.Helper()
		_, _, fault := cut(stream, len(stream))
		if fault == nil || !strings.Contains(fault.Why, want) {
			t.Errorf("%.40q: %+v, want %q", stream, fault, want)
		}
	}
	f("A\r\nX: y\r\n\r\n", "no Content-Length")
	f("A\r\nl: 3\r\nContent-Length: 4\r\n\r\n", "two different")
	f("A\r\nl: -3\r\n\r\n", `"-3"`)
	f("A\r\nl: 4294967299\r\n\r\n", `"4294967299"`)
	f("A\r\nl: 2147483647\r\n\r\n", "more than")
	f(strings.Repeat("x", wire.MaxMessage+1), "no end of the headers")
}

// TestAnswersToPings holds that the answer to a ping of ours is no ping, so that
// two of us do not play ping-pong.
func TestAnswersToPings(t *testing.T) {
	var f framer
	for range 4 {
		f.expect()
		f.took(copy(f.room(), "\r\n"))
		if raw, fault := f.next(); raw != nil || fault != nil || f.pings != 0 || !f.expect() {
			t.Fatalf("%q, %+v, %d pings", raw, fault, f.pings)
		}
	}
}

// TestFramerKeepsLittle holds that an idle connection keeps no large buffer.
func TestFramerKeepsLittle(t *testing.T) {
	var f framer
	large := "A\r\nl: 60000\r\n\r\n" + strings.Repeat("x", 60000)
	for rest := large; rest != ""; {
		n := copy(f.room(), rest)
		f.took(n)
		rest = rest[n:]
		if raw, _ := f.next(); raw != nil && string(raw) != large {
			t.Fatal("another message")
		}
	}
	if room := f.room(); f.begun() || len(room) > 2*firstRoom {
		t.Errorf("%d bytes kept", len(room))
	}
}

// FuzzFrames holds that where a stream is cut makes no difference, and that what
// is taken from it is bounded.
func FuzzFrames(f *testing.F) {
	f.Add("\r\n\r\nA\r\nl: 3\r\n\r\nabc\r\n\r\nB\r\nl:0\r\n\r\n", 1)
	f.Add("A\r\nl: 3\r\nContent-Length: 4\r\n\r\n", 7)
	f.Add("A\r\nl:\r\n 3\r\nX: y\r\n  l: 5\r\n\r\nabc", 3)
	f.Add("A\r\nX: y\nl: 5\r\nl: 0\r\n\r\n", 2)
	f.Add("l: 3\r\nL : 00\r\n\r\nB\r\ncontent-length: 12 \r\n\r\n", 5)
	f.Fuzz(func(t *testing.T, stream string, size int) {
		size = min(max(size, 1), len(stream)+1)
		whole, pings, fault := cut(stream, len(stream)+1)
		parts, pings2, fault2 := cut(stream, size)
		if strings.Join(whole, "|") != strings.Join(parts, "|") || (fault == nil) != (fault2 == nil) || pings != pings2 {
			t.Errorf("%q, %d, %v in one; %q, %d, %v by %d", whole, pings, fault, parts, pings2, fault2, size)
		}
		for _, raw := range whole {
			_, headers, length := wire.SplitHead([]byte(raw))
			if body, fault := wire.ContentLength(headers); fault != nil || length+body != len(raw) {
				t.Errorf("%q is cut at %d, its head says %d, %+v", raw, len(raw), length+body, fault)
			}
			if len(raw) > wire.MaxMessage || !strings.Contains(raw, "\r\n\r\n") {
				t.Errorf("a message of %d bytes: %.100q", len(raw), raw)
			}
		}
	})
}

// TestFramerAllocations holds that a message is cut out without a copy.
func TestFramerAllocations(t *testing.T) {
	var f framer
	text := options(TCP, "1")
	allocs := testing.AllocsPerRun(100, func() {
		f.took(copy(f.room(), text))
		if raw, fault := f.next(); len(raw) != len(text) || fault != nil {
			t.Fatalf("%q, %+v", raw, fault)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations for a message", allocs)
	}
}
