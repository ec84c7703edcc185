package dial

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"trunkline/dsp"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// wire is a sender and what it has sent.
type wire struct {
	Sender
	told  []msg.Ref // whose digits were sent
	sent  string    // each frame: a key's packet, or '.' for sound, '_' for a frame that is free
	pcm   []int16
	last  int16
	stamp uint32
}

func newWire(l Line) *wire {
	w := new(wire)
	w.Sender = Make(func(e msg.Event) {
		if e.Kind == msg.DigitsSent {
			w.told = append(w.told, e.Ref)
		}
	})
	w.SetLine(l)
	return w
}

// frame sends one frame, on which 1000 is heard when no digit is sent.
func (w *wire) frame() {
	said := make([]int16, int(w.line.Ptime*time.Duration(w.line.Rate)/time.Second))
	for i := range said {
		said[i] = 1000
	}
	part, e := w.Next(said, w.last, w.stamp)
	switch part {
	case None:
		w.sent += "_"
	case Sound:
		w.sent += "."
	case Event:
		key, _ := e.Digit()
		word := fmt.Sprintf("%c+%d", key, e.Duration)
		if e.First {
			word = "M" + word
		}
		if e.End {
			word += "E"
		}
		w.sent += fmt.Sprintf(" %s@%d ", word, e.Stamp)
	}
	w.pcm = append(w.pcm, said...)
	w.last = said[len(said)-1]
	w.stamp += uint32(w.line.Ptime * time.Duration(w.line.Clock) / time.Second)
}

func (w *wire) frames(n int) {
	for range n {
		w.frame()
	}
}

func events(ptime int) Line {
	return Line{Rate: 8000, Clock: 8000, Ptime: time.Duration(ptime) * time.Millisecond, Events: true}
}

// What goes out is what RFC 4733 asks for: one timestamp per key, a duration
// that grows, the end three times, and silence until the next key.
func TestKeysAsEvents(t *testing.T) {
	f := func(l Line, digits string, frames int, want string) {
		t.Helper()
		w := newWire(l)
		w.Send(1, digits)
		w.frames(frames)
		if got := strings.Join(strings.Fields(w.sent), " "); got != want {
			t.Errorf("%q in frames of %v:\ngot  %s\nwant %s", digits, l.Ptime, got, want)
		}
	}
	f(events(20), "", 2, "__")
	f(events(20), "xyz", 2, "__")
	f(events(20), "5", 11, "M5+160@0 5+320@0 5+480@0 5+640@0 5+800E@0 5+800E@0 5+800E@0 ..._")
	f(events(60), "1#", 9, "M1+480@0 1+960E@0 1+960E@0 1+960E@0 M#+480@1920 #+960E@1920 #+960E@1920 #+960E@1920 _")
	f(events(50), "d(w)", 15, "MD+400@0 D+800E@0 D+800E@0 D+800E@0 .........._")
	wide := events(50)
	wide.Clock = 48000
	f(wide, "9", 2, "M9+2400@0 9+4800E@0")
}

func TestPauses(t *testing.T) {
	f := func(digits string, frames int) {
		t.Helper()
		w := newWire(events(20))
		w.Send(1, digits)
		w.frames(frames + 1)
		if want := strings.Repeat(".", frames) + "_"; w.sent != want {
			t.Errorf("%q: got %s, want %s", digits, w.sent, want)
		}
	}
	f("w", 25)
	f("W", 50)
	f("wWw", 100)
}

// Digits as tones are heard as such, and the sound they break into fades.
func TestKeysAsTones(t *testing.T) {
	f := func(rate, ptime int) {
		t.Helper()
		l := Line{Rate: rate, Clock: rate, Ptime: time.Duration(ptime) * time.Millisecond}
		w := newWire(l)
		w.last = 8000 // of what was sent before
		const all = "0123456789*#ABCD"
		w.Send(1, strings.ToLower(all))
		w.Send(2, "w7")
		for n := 0; w.Busy(); n++ {
			if w.frame(); n > 1000 {
				t.Fatalf("%d Hz, %d ms: there is no end", rate, ptime)
			}
		}
		keys, d := "", dsp.MakeKeyDetector(rate)
		for e, rest := d.Feed(w.pcm); e.Change != dsp.KeyNone; e, rest = d.Feed(rest) {
			if e.Change == dsp.KeyDown {
				keys += string(e.Key)
			}
		}
		if keys != all+"7" || strings.Trim(w.sent, ".") != "" {
			t.Errorf("%d Hz, %d ms: heard %q", rate, ptime, keys)
		}
		if got := dsp.Goertzel(w.pcm[rate/50:rate/12], 1336, rate); got < -13.5 || got > -12.5 {
			t.Errorf("%d Hz, %d ms: a tone of the first key is at %.1f dBov, want -13", rate, ptime, got)
		}
		if w.pcm[0] < 7500 {
			t.Errorf("%d Hz, %d ms: after 8000 there is %d", rate, ptime, w.pcm[0])
		}
	}
	for _, ptime := range []int{10, 20, 30, 60} {
		f(8000, ptime)
		f(48000, ptime)
	}
}

// A key that ends amid a frame ends as softly as any other.
func TestAKeyEndsSoftly(t *testing.T) {
	w := newWire(Line{Rate: 8000, Clock: 8000, Ptime: 30 * time.Millisecond})
	w.Send(1, "1")
	w.frames(4)
	key, after := w.pcm[:800], w.pcm[800:]
	if end := dsp.Level(key[797:]); end > -35 || dsp.Level(after) != dsp.Floor {
		t.Errorf("its last samples are %v, then there is sound of %.1f dBov", key[797:], dsp.Level(after))
	}
	if l := dsp.Level(key[700:780]); l < -12 || l > -8 {
		t.Errorf("just before, it is at %.1f dBov", l)
	}
}

// A key that can go on no more ends, and the next one goes another way.
func TestALineThatChanges(t *testing.T) {
	f := func(what string, before, after Line, want string) {
		t.Helper()
		w := newWire(before)
		w.Send(1, "12")
		w.frames(2)
		w.SetLine(after)
		w.frames(8)
		if got := strings.Join(strings.Fields(w.sent), " "); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
		}
	}
	tones := Line{Rate: 8000, Clock: 8000, Ptime: 20 * time.Millisecond}
	wished, wide := events(20), tones
	wished.Tones, wide.Rate = true, 16000
	f("no more events", events(20), tones, "M1+160@0 1+320@0 ........")
	f("tones are liked better", events(20), wished, "M1+160@0 1+320@0 1+480@0 1+640@0 1+800E@0 1+800E@0 1+800E@0 ...")
	f("events at last", tones, events(20), "..........")
	f("another rate", tones, wide, "..........")
}

// A key that is interrupted was heard by then.
func TestInterrupt(t *testing.T) {
	w := newWire(events(20))
	w.Send(1, "12")
	w.frames(2)
	w.Interrupt()
	w.Interrupt()
	w.frames(6)
	const want = "M1+160@0 1+320@0 ..... M2+160@1120"
	if got := strings.Join(strings.Fields(w.sent), " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWishesAreAnsweredInTurn(t *testing.T) {
	w := newWire(events(20))
	w.Send(7, "1")
	w.Send(8, "?")
	w.Send(9, "2")
	w.frames(9)
	if len(w.told) != 0 {
		t.Errorf("told %v before the end", w.told)
	}
	w.frames(20)
	if got := fmt.Sprint(w.told); got != "[7 8 9]" || w.Busy() {
		t.Errorf("told %v, busy %v", got, w.Busy())
	}
}

func TestTooManyWishesAreAnswered(t *testing.T) {
	w := newWire(events(20))
	for ref := range 100 {
		w.Send(msg.Ref(ref+1), "1")
	}
	if len(w.told) != 100-Most || w.told[0] != Most+1 {
		t.Errorf("%d wishes answered at once, the first %v; want %d", len(w.told), w.told[0], 100-Most)
	}
}

func TestFramesDoNotAllocate(t *testing.T) {
	for _, l := range []Line{events(20), {Rate: 8000, Clock: 8000, Ptime: 20 * time.Millisecond}} {
		d, said := Make(func(msg.Event) {}), make([]int16, 160)
		d.SetLine(l)
		payload := make([]byte, rtp.EventSize)
		if n := testing.AllocsPerRun(500, func() {
			if !d.Busy() {
				d.Send(1, "15dw")
			}
			_, e := d.Next(said, 0, 0)
			rtp.PutEvent(payload, e.Event)
		}); n != 0 {
			t.Errorf("events %v: a frame allocates %v times, want 0", l.Events, n)
		}
	}
}

// FuzzSender: whatever is dialled on whatever line, it comes to an end, and
// every wish is answered once.
func FuzzSender(f *testing.F) {
	f.Add("12w#", uint8(20), uint8(3))
	f.Add("abcdW??*", uint8(60), uint8(0))
	f.Fuzz(func(t *testing.T, digits string, ptime, change uint8) {
		if len(digits) > 64 {
			return
		}
		l := events(10 + int(ptime%51))
		w := newWire(l)
		for i := range 3 {
			w.Send(msg.Ref(i+1), digits)
		}
		for n := 0; w.Busy(); n++ {
			if n%7 == int(change%7) {
				l.Events, l.Tones, l.Rate = change&8 > 0, change&16 > 0, 8000<<(n%2)
				w.SetLine(l)
			}
			if change == 255 && n%16 == 0 {
				w.Interrupt()
			}
			if w.frame(); n > 3*64*101+3 {
				t.Fatal("there is no end")
			}
		}
		if got := fmt.Sprint(w.told); got != "[1 2 3]" {
			t.Errorf("answered %s", got)
		}
	})
}
