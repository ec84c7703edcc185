package prompt

import (
	"testing"
	"time"

	"trunkline/codecs"
)

// TestPreparer: what costs to encode is there after a while, and only that.
func TestPreparer(t *testing.T) {
	var p Preparer
	a, b, long := Tone(440, time.Second, -10), Tone(880, time.Second, -10), Silence(longestAhead+time.Second)
	for range 10 {
		p.Order(a, codecs.Opus)
		p.Order(b, codecs.Opus)
		p.Order(a, codecs.PCMU)
		p.Order(long, codecs.Opus)
		p.Order(nil, codecs.Opus)
		p.Order(b, codecs.None)
	}
	p.Wait()
	f := func(name string, c *Clip, id codecs.ID, want bool) {
		t.Helper()
		if got := c.Frames(id) != nil; got != want {
			t.Errorf("%s: frames of %v: %v, want %v", name, id, got, want)
		}
	}
	f("a", a, codecs.Opus, true)
	f("b", b, codecs.Opus, true)
	f("a", a, codecs.PCMU, false)
	f("long", long, codecs.Opus, false)
	before := a.Frames(codecs.Opus)
	p.Order(a, codecs.Opus)
	p.Wait()
	if a.Frames(codecs.Opus) != before {
		t.Error("frames that were there were made again")
	}
}

// TestPreparerIsBounded: too many orders are lost, and Close ends all but one.
func TestPreparerIsBounded(t *testing.T) {
	var p Preparer
	first := Silence(longestAhead)
	p.Order(first, codecs.Opus)
	clips := make([]*Clip, 3*mostOrders)
	for i := range clips {
		clips[i] = Tone(440, 20*time.Millisecond, -10)
		p.Order(clips[i], codecs.Opus)
	}
	p.mu.Lock()
	if n := len(p.orders); n > mostOrders {
		t.Errorf("%d orders wait, want at most %d", n, mostOrders)
	}
	p.mu.Unlock()
	p.Close()
	p.Order(clips[0], codecs.Opus)
	if n := len(p.orders); n > 0 {
		t.Errorf("%d orders after Close", n)
	}
	done := 0
	for _, c := range clips {
		if c.Frames(codecs.Opus) != nil {
			done++
		}
	}
	if done > mostOrders {
		t.Errorf("%d orders were filled, at most %d were taken", done, mostOrders)
	}
}

// TestSuits: who bears less than the frames need is not sent them.
func TestSuits(t *testing.T) {
	f := func(id codecs.ID, to codecs.Format, want bool) {
		t.Helper()
		if got := Suits(id, to); got != want {
			t.Errorf("%v %+v: %v", id, to, got)
		}
	}
	f(codecs.Opus, codecs.Format{}, true)
	f(codecs.Opus, codecs.Format{FEC: true, DTX: true, MaxRate: 8000}, true)
	f(codecs.Opus, codecs.Format{Bitrate: 64000}, true)
	f(codecs.Opus, codecs.Format{Bitrate: 12000}, false)
	f(codecs.Opus, codecs.Format{CBR: true}, false)
	f(codecs.PCMU, codecs.Format{}, true)
	f(codecs.AMR, codecs.Format{Aligned: true}, false)
	speech := prepared(t, Tone(440, 5*time.Second, -10)).Frames(codecs.Opus)
	if got := len(speech.payload) * 8 / 5; got > opusRate {
		t.Errorf("%d bit/s of Opus, want at most %d", got, opusRate)
	}
}
