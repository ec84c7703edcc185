package stream

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/internal/fetch"
)

// TestSlowBot: it loses the oldest sound, which is counted; the rest keeps its time.
func TestSlowBot(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		pass(time.Second)
		thaw := b.freeze()
		pass(4 * time.Second)
		r.s.Digit('7')
		thaw()
		pass(time.Second)
		all := b.messages(t)
		jumps, last := 0, -20
		for _, m := range all {
			if m.name() != "media" {
				continue
			}
			at, _ := strconv.Atoi(m.in("media", "timestamp").(string))
			if at != last+20 {
				jumps++
				if at < last+2800 || at > last+3100 {
					t.Errorf("time goes from %d to %d, want 3 s on", last, at)
				}
			}
			last = at
		}
		if jumps != 1 || len(b.only(t, "dtmf")) != 1 {
			t.Errorf("%d jumps, keys %v", jumps, b.only(t, "dtmf"))
		}
		if c := r.s.Counts(); c.ToBot.Dropped < 2900*time.Millisecond || c.ToBot.Dropped > 3*time.Second {
			t.Errorf("counted %+v", c.ToBot)
		}
	})
}

// TestStuckBot: one that takes nothing is given up, and nobody waits for it.
func TestStuckBot(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		r.bot().freeze()
		began := time.Now()
		r.ended(Lost, ErrLost)
		if d := time.Since(began); d > 12*time.Second {
			t.Errorf("given up after %v", d)
		}
	})
	inBubble(t, Config{TwoWay: true}, func(r *rig) { // the flow need not wait so long
		r.bot().freeze()
		pass(time.Second)
		began := time.Now()
		r.s.Stop("")
		r.ended(ByFlow, nil)
		if d := time.Since(began); d > time.Second {
			t.Errorf("left after %v", d)
		}
	})
	inBubble(t, Config{TwoWay: true}, func(r *rig) { // no pong
		r.bot().mute.Store(true)
		r.ended(Lost, ErrLost)
		if !strings.Contains(r.err.Error(), "pong") {
			t.Error(r.err)
		}
	})
}

// TestFlood: what exceeds the queue is dropped, messages are read no faster than is
// good for us, and a clear still ends it all.
func TestFlood(t *testing.T) {
	inBubble(t, Config{TwoWay: true, Queue: 10 * time.Second}, func(r *rig) {
		b := r.bot()
		for range 30 {
			b.said <- media("twilio", 8000, tone(botTone, time.Second, 8000))
		}
		pass(time.Second)
		c := r.s.Counts()
		if c.Longest > 10*time.Second || c.FromBot.Dropped < 19*time.Second || c.FromBot.Sound != 30*time.Second {
			t.Errorf("counted %+v", c)
		}
		if len(r.warnings) != 1 {
			t.Errorf("warned %q", r.warnings)
		}
		b.say(`{"event":"clear"}`)
		pass(time.Second)
		if parts := sounding(r.listen()); len(parts) != 1 || parts[0][1] > 8640 {
			t.Errorf("heard sound at %v after a clear", parts)
		}
	})
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		for range 50000 {
			b.say(`{"event":"clear"}`)
		}
		pass(2 * time.Second)
		if n := r.s.Counts().FromBot.Messages; n < 5000 || n > 7100 {
			t.Errorf("%d messages read in 2 s", n)
		}
	})
	inBubble(t, Config{TwoWay: true}, func(r *rig) { // of marks
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, 10*time.Second, 8000))
		for range 2 * mostMarks {
			b.say(`{"event":"mark","mark":{"name":"m"}}`)
		}
		pass(time.Second)
		b.say(`{"event":"clear"}`)
		pass(time.Second)
		if n := len(b.only(t, "mark")); n != mostMarks || len(r.warnings) != 1 {
			t.Errorf("%d marks, warned %q", n, r.warnings)
		}
	})
}

// TestMistakes: a bot's mistakes are counted and answered, and end nothing.
func TestMistakes(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		for _, text := range []string{
			``, `{`, `[]`, `"x"`, `{"event":5}`, `{"event":"media"}`, `{"event":"media","media":{"payload":"%%%"}}`,
			`{"event":"media","media":"x"}`, `{"event":"mark"}`, `{"event":"mark","mark":{"name":"` + strings.Repeat("x", 2000) + `"}}`,
		} {
			b.say(text)
		}
		b.say(`{"event":"hello"}`)
		b.say(`{}`)
		b.said <- Message{Data: []byte{1, 2, 3}}
		b.said <- media("twilio", 8000, tone(botTone, 100*time.Millisecond, 8000))
		b.say(`{"event":"mark","mark":{"name":"still here"}}`)
		pass(time.Second)
		marks(r, b, "still here 100ms")
		if c := r.s.Counts(); c.Bad != 10 || c.Unknown != 3 {
			t.Errorf("counted %+v", c)
		}
		if n := len(b.only(t, "error")); n != mostWarnings || len(r.warnings) != mostWarnings {
			t.Errorf("told %d times, warned %d times", n, len(r.warnings))
		}
	})
}

// TestEnds: each end has its reason.
func TestEnds(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		r.hangup()
		r.ended(ByCaller, nil)
		if all := b.messages(t); all[len(all)-1].name() != "stop" || b.goodbye != "caller" {
			t.Errorf("last message %s, goodbye %q", all[len(all)-1].Data, b.goodbye)
		}
	})
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		r.cancel(errors.New("over"))
		r.ended(Cancelled, nil)
		if r.result.Text != "over" {
			t.Errorf("text %q", r.result.Text)
		}
		if _, err := r.s.Run(t.Context(), r.tap, r.feed, Hooks{}); err == nil {
			t.Error("ran twice")
		}
	})
	inBubble(t, Config{TwoWay: true, Retry: Retry{Tries: 5}}, func(r *rig) { // no retry after this
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, 5*time.Second, 8000))
		pass(time.Second)
		b.failed <- errLeft
		r.ended(ByBot, nil)
		if c := r.result; c.Connects != 1 || c.Heard > 1100*time.Millisecond || c.FromBot.Dropped < 3800*time.Millisecond {
			t.Errorf("result %+v", c)
		}
	})
	inBubble(t, Config{TwoWay: true, PlayOut: true}, func(r *rig) {
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, 2*time.Second, 8000))
		pass(time.Second)
		b.failed <- errLeft
		r.ended(ByBot, nil)
		if c := r.result; c.Heard != 2*time.Second || c.FromBot.Dropped != 0 {
			t.Errorf("result %+v", c)
		}
	})
}

// TestRetry: losses are made good while there are tries, each begins anew.
func TestRetry(t *testing.T) {
	down := errors.New("connection refused")
	inBubble(t, Config{TwoWay: true, Retry: Retry{Tries: 2}}, func(r *rig) {
		first := r.bot()
		first.said <- media("twilio", 8000, tone(botTone, 2500*time.Millisecond, 8000))
		first.say(`{"event":"mark","mark":{"name":"of the first"}}`)
		pass(time.Second)
		first.failed <- errors.New("reset")
		pass(2 * time.Second)
		second := r.bot()
		if second == first {
			t.Fatal("not connected again")
		}
		if all := second.messages(t); all[0].name() != "connected" || all[1].of["sequenceNumber"] != "1" || all[1].of["streamSid"] != r.s.cfg.StreamID {
			t.Errorf("begins with %s %s", all[0].Data, all[1].Data)
		}
		if parts := sounding(r.listen()); len(parts) != 1 || parts[0][1]-parts[0][0] < 19900 {
			t.Errorf("what was said before the loss was heard at %v", parts)
		}
		if m := second.only(t, "mark"); len(m) != 1 {
			t.Errorf("marks %v", m)
		}
		pass(lasting) // this one counts the tries anew
		second.failed <- errors.New("reset")
		pass(2 * time.Second)
		third := r.bot()
		third.failed <- errors.New("reset")
		pass(4 * time.Second)
		r.bot().failed <- errors.New("reset at last")
		r.ended(Lost, ErrLost)
		if r.result.Connects != 4 || r.result.Text != "reset at last" {
			t.Errorf("result %+v", r.result)
		}
	})
	inBubbleWith(t, Config{TwoWay: true, Retry: Retry{Tries: 2}}, func(r *rig) { r.dials = []error{down, down} }, func(r *rig) {
		pass(5 * time.Second)
		r.s.Stop("")
		r.ended(ByFlow, nil)
		if r.result.Connects != 1 || len(r.warnings) != 1 {
			t.Errorf("result %+v, warned %q", r.result, r.warnings)
		}
	})
	f := func(tries, want int, err error) {
		inBubbleWith(t, Config{TwoWay: true, Retry: Retry{Tries: tries}}, func(r *rig) {
			r.dials = slices.Repeat([]error{err}, 9)
		}, func(r *rig) {
			r.ended(Refused, ErrRefused)
			if len(r.bots) != want || !errors.Is(r.err, err) {
				t.Errorf("%d attempts, want %d; %v", len(r.bots), want, r.err)
			}
		})
	}
	f(0, 1, down)
	f(3, 4, down)
	f(3, 4, handshake(503))
	f(3, 4, handshake(429))
	f(3, 1, handshake(403))
	f(3, 1, fetch.ErrForbidden)
}
