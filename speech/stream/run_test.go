package stream

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zaf/g711"
)

// media is a bot's message with sound of a dialect at a rate, made without the codec
// under test.
func media(dialect string, rate int, pcm []int16) Message {
	var b []byte
	for _, x := range pcm {
		b = append(b, byte(x), byte(uint16(x)>>8))
	}
	switch {
	case dialect == "twilio" && rate == 8000:
		b = g711.EncodeUlaw(b)
		fallthrough
	case dialect == "twilio":
		return Message{Text: true, Data: []byte(`{"event":"media","media":{"payload":"` + base64.StdEncoding.EncodeToString(b) + `"}}`)}
	case dialect == "audiosocket":
		kind := map[int]byte{8000: 0x10, 16000: 0x12, 24000: 0x13, 48000: 0x16}[rate]
		return Message{Data: append([]byte{kind, byte(len(b) >> 8), byte(len(b))}, b...)}
	}
	return Message{Data: b}
}

// sound is what a bot has heard, on one track or channel.
func sound(t *testing.T, dialect string, rate int, all []heardMessage, track, channels int) (pcm []int16) {
	t.Helper()
	for _, m := range all {
		b := m.Data
		switch {
		case dialect == "twilio":
			if m.name() != "media" || m.in("media", "track") != [...]string{"inbound", "outbound"}[track] {
				continue
			}
			var err error
			if b, err = base64.StdEncoding.DecodeString(m.in("media", "payload").(string)); err != nil {
				t.Fatal(err)
			}
			if rate == 8000 {
				b = g711.DecodeUlaw(b)
			}
		case m.Text:
			continue
		case dialect == "audiosocket":
			if b[0] < 0x10 || b[0] > 0x18 {
				continue
			}
			b = b[3:]
		}
		for i := 0; i+2*channels <= len(b); i += 2 * channels {
			pcm = append(pcm, int16(binary.LittleEndian.Uint16(b[i+2*track*min(channels-1, 1):])))
		}
	}
	return pcm
}

// TestBothWays: the bot hears what the caller says, the caller what the bot says.
func TestBothWays(t *testing.T) {
	f := func(dialect string, rate int, tracks Tracks) {
		t.Run(fmt.Sprintf("%s %d %v", dialect, rate, tracks), func(t *testing.T) {
			url := ""
			if dialect == "audiosocket" {
				url = "tcp://bot.test:9092"
			}
			inBubble(t, Config{URL: url, Dialect: dialect, Rate: rate, TwoWay: true, Tracks: tracks}, func(r *rig) {
				b := r.bot()
				said := tone(botTone, 2*time.Second, rate)
				for n := 7; len(said) > 0; n = n*5%997 + 1 { // in pieces of any length
					n = min(n, len(said))
					b.said <- media(dialect, rate, said[:n])
					said = said[n:]
				}
				pass(3 * time.Second)
				heard := r.listen()
				parts := sounding(heard)
				if len(parts) != 1 || parts[0][1]-parts[0][0] < 15900 || parts[0][1]-parts[0][0] > 16060 {
					t.Fatalf("the caller heard sound at %v, want 16000 samples in one piece", parts)
				}
				isTone(t, "the caller", heard[parts[0][0]+200:parts[0][1]-200], botTone, 8000)

				channels := 1
				if tracks == Both && dialect != "twilio" {
					channels = 2
				}
				got := sound(t, dialect, rate, b.messages(t), 0, channels)
				if n := len(got); n < rate*29/10 || n > rate*3 {
					t.Errorf("the bot heard %d samples in 3 s of %d Hz", n, rate)
				}
				first := callerTone
				isTone(t, "the bot", got[rate/10:], first, rate)
				if tracks == Both {
					isTone(t, "the bot, on the other track", sound(t, dialect, rate, b.messages(t), 1, channels)[rate/10:], otherTone, rate)
				}
				r.s.Stop("")
				r.ended(ByFlow, nil)
				c := r.result
				if c.FromBot.Dropped != 0 || c.ToBot.Dropped > 20*time.Millisecond || c.Heard < 1980*time.Millisecond || c.Heard > 2010*time.Millisecond || c.Bad+c.Unknown > 0 {
					t.Errorf("counted %+v", c)
				}
			})
		})
	}
	f("twilio", 8000, Inbound)
	f("twilio", 16000, Inbound)
	f("twilio", 8000, Both)
	f("audio_fork", 8000, Inbound)
	f("audio_fork", 16000, Both)
	f("audio_stream", 16000, Inbound)
	f("jambonz", 24000, Inbound)
	f("jambonz", 48000, Both)
	f("audiosocket", 8000, Inbound)
	f("audiosocket", 16000, Inbound)
}

// TestOrder: the first messages come before any sound, numbers have no gap, and
// times are those of the sound.
func TestOrder(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		pass(time.Second)
		r.s.Digit('5')
		pass(time.Second)
		b := r.bot()
		r.s.Stop("enough")
		r.ended(ByFlow, nil)
		all := b.messages(t)
		if all[0].name() != "connected" || all[1].name() != "start" || all[len(all)-1].name() != "stop" || b.goodbye != "flow" {
			t.Fatalf("begins with %s, %s, ends with %s, goodbye %q", all[0].name(), all[1].name(), all[len(all)-1].name(), b.goodbye)
		}
		chunk := 0
		for i, m := range all[1:] {
			if m.of["sequenceNumber"] != strconv.Itoa(i+1) || m.of["streamSid"] != r.s.cfg.StreamID {
				t.Fatalf("message %d: %s", i, m.Data)
			}
			if m.name() == "media" {
				if m.in("media", "chunk") != strconv.Itoa(chunk+1) || m.in("media", "timestamp") != strconv.Itoa(20*chunk) {
					t.Fatalf("sound %d: %s", chunk, m.Data)
				}
				chunk++
			}
		}
		if digits := b.only(t, "dtmf"); len(digits) != 1 || digits[0].in("dtmf", "digit") != "5" || r.result.Digits != 1 {
			t.Errorf("keys: %v", digits)
		}
		if r.result.Text != "enough" || r.result.Connects != 1 || chunk < 98 {
			t.Errorf("%d frames, result %+v", chunk, r.result)
		}
	})
}

// TestMarks: each comes back, in order, when what was said before it has been heard.
func TestMarks(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		b.say(`{"event":"mark","mark":{"name":"at once"}}`)
		b.said <- media("twilio", 8000, tone(botTone, time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"one"}}`)
		b.said <- media("twilio", 8000, tone(botTone, 500*time.Millisecond, 8000))
		b.say(`{"event":"mark","mark":{"name":"two"}}`)
		b.say(`{"event":"mark","mark":{"name":"three"}}`)
		pass(3 * time.Second)
		marks(r, b, "at once 0s", "one 1s", "two 1.5s", "three 1.5s")
		r.s.Stop("")
		r.ended(ByFlow, nil)
		if r.result.Marks != 4 || r.result.Cleared != 0 {
			t.Errorf("counted %+v", r.result)
		}
	})
}

// marks checks which marks came back when: in the frame before it, or 40 ms after.
func marks(r *rig, b *bot, want ...string) {
	r.Helper()
	var got []string
	for i, m := range b.only(r.T, "mark") {
		name := m.in("mark", "name").(string)
		got = append(got, name+" "+m.at.String())
		if i >= len(want) {
			continue
		}
		wanted, at, _ := strings.Cut(want[i], " ")
		if j := strings.LastIndex(want[i], " "); j > 0 {
			wanted, at = want[i][:j], want[i][j+1:]
		}
		if d, err := time.ParseDuration(at); err != nil || name != wanted || m.at < d-20*time.Millisecond || m.at > d+40*time.Millisecond {
			r.Errorf("mark %d: %s at %v, want %s", i, name, m.at, want[i])
		}
	}
	if len(got) != len(want) {
		r.Errorf("marks %v, want %v", got, want)
	}
}

// TestClear: what is queued is dropped, in the mouth too, its marks come back at
// once, and what is said afterwards is heard.
func TestClear(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, 400*time.Millisecond, 8000))
		b.say(`{"event":"mark","mark":{"name":"heard"}}`)
		b.said <- media("twilio", 8000, tone(botTone, 5*time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"not heard"}}`)
		pass(time.Second)
		b.say(`{"event":"clear"}`)
		b.say(`{"event":"clear"}`)
		pass(time.Second)
		b.said <- media("twilio", 8000, tone(botTone, 300*time.Millisecond, 8000))
		b.say(`{"event":"mark","mark":{"name":"again"}}`)
		pass(time.Second)
		marks(r, b, "heard 400ms", "not heard 1s", "again 2.3s")
		parts := sounding(r.listen())
		if len(parts) != 2 || parts[0][1] > 8000+320 || parts[1][1]-parts[1][0] < 2380 {
			t.Errorf("heard sound at %v, want a second, silence, and 300 ms", parts)
		}
		r.s.Stop("")
		r.ended(ByFlow, nil)
		if r.result.Marks != 3 || r.result.Cleared != 1 {
			t.Errorf("counted %+v", r.result)
		}
	})
}

// TestJambonzCommands: playAudio replaces or queues, and says when it is done.
func TestJambonzCommands(t *testing.T) {
	play := func(id string, d time.Duration, rate int, queue bool) string {
		b := appendPCM(nil, tone(botTone, d, rate), nil)
		return fmt.Sprintf(`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":%d,"audioContent":%q,"id":%q,"queuePlay":%v}}`,
			rate, base64.StdEncoding.EncodeToString(b), id, queue)
	}
	inBubble(t, Config{Dialect: "jambonz", TwoWay: true}, func(r *rig) {
		b := r.bot()
		b.say(play("a", time.Second, 16000, false))
		b.say(play("b", time.Second, 16000, true))
		pass(1200 * time.Millisecond)
		b.say(play("c", 500*time.Millisecond, 8000, false))
		b.say(`{"type":"mark","data":{"name":"m"}}`)
		pass(time.Second)
		b.say(play("d", 5*time.Second, 8000, false))
		b.say(`{"type":"mark","data":{"name":"forgotten"}}`)
		b.say(`{"type":"clearMarks"}`)
		b.say(`{"type":"mark","data":{"name":"killed"}}`)
		pass(time.Second)
		b.say(`{"type":"killAudio"}`)
		pass(time.Second)
		var got []string
		for _, m := range b.messages(t) {
			switch m.name() {
			case "playDone":
				got = append(got, fmt.Sprintf("done %s %.1f", m.in("data", "id"), m.at.Seconds()))
			case "mark":
				got = append(got, fmt.Sprintf("%s %s %.1f", m.in("data", "event"), m.in("data", "name"), m.at.Seconds()))
			}
		}
		want := []string{"done a 1.0", "done b 1.2", "done c 1.7", "playout m 1.7", "cleared killed 3.2"}
		if !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		b.say(`{"type":"disconnect","data":{"reason":"done"}}`)
		r.ended(ByBot, nil)
		if r.result.Text != "done" || r.result.Bad+r.result.Unknown > 0 {
			t.Errorf("result %+v", r.result)
		}
	})
}

// TestPress: keys for the caller are passed on, and only those.
func TestPress(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		b.say(`{"event":"dtmf","dtmf":{"digits":"12#"}}`)
		b.say(`{"event":"dtmf","dtmf":{"digit":"D"}}`)
		b.say(`{"event":"dtmf","dtmf":{"digits":"1x"}}`)
		b.say(`{"event":"dtmf","dtmf":{}}`)
		r.s.Digit('x') // no key
		pass(time.Second)
		if !slices.Equal(r.pressed, []string{"12#", "D"}) {
			t.Errorf("pressed %q", r.pressed)
		}
		b.say(`{"event":"end","end":{"reason":"bye"}}`)
		r.ended(ByBot, nil)
		if r.result.Presses != 4 || r.result.Bad != 2 || r.result.Digits != 0 || r.result.Text != "bye" {
			t.Errorf("result %+v", r.result)
		}
	})
}

// TestPause: the bot gets silence at the usual pace, and no keys.
func TestPause(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		pass(time.Second)
		r.s.Pause()
		synctest.Wait()
		r.s.Digit('4')
		pass(time.Second)
		r.s.Resume()
		r.s.Digit('5')
		pass(time.Second)
		b := r.bot()
		got := sound(t, "twilio", 8000, b.messages(t), 0, 1)
		if parts := sounding(got); len(got) < 23000 || len(parts) != 2 || parts[1][0]-parts[0][1] < 7600 {
			t.Errorf("sound at %v of %d", parts, len(got))
		}
		if d := b.only(t, "dtmf"); len(d) != 1 || d[0].in("dtmf", "digit") != "5" {
			t.Errorf("keys %v", d)
		}
	})
}

// TestOneWay: what the bot says is not played, and its author is told.
func TestOneWay(t *testing.T) {
	inBubble(t, Config{Tracks: Outbound}, func(r *rig) {
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"m"}}`)
		b.say(`{"event":"clear"}`)
		pass(time.Second)
		if parts := sounding(r.listen()); len(parts) > 0 || len(r.warnings) != 2 {
			t.Errorf("heard sound at %v, warned %q", parts, r.warnings)
		}
		if m := b.only(t, "start"); fmt.Sprint(m[0].in("start", "tracks")) != "[outbound]" {
			t.Errorf("start %s", m[0].Data)
		}
		if m := b.only(t, "media"); m[0].in("media", "track") != "outbound" {
			t.Errorf("media %s", m[0].Data)
		}
	})
}

// TestMouthGone: a mouth that nobody plays any more takes nothing; marks come back,
// and the bot still hears.
func TestMouthGone(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, 3*time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"m"}}`)
		pass(time.Second)
		r.mu.Lock()
		r.feed.Leave()
		r.mu.Unlock()
		pass(time.Second)
		b.said <- media("twilio", 8000, tone(botTone, 3*time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"n"}}`)
		pass(time.Second)
		if m := b.only(t, "mark"); len(m) != 2 {
			t.Errorf("marks %v", m)
		}
		if c := r.s.Counts(); c.FromBot.Dropped < 4500*time.Millisecond || c.ToBot.Sound < 2900*time.Millisecond {
			t.Errorf("counted %+v", c)
		}
	})
}

// TestHold: while the call plays nothing the bot's sound waits, and nothing is lost.
func TestHold(t *testing.T) {
	inBubble(t, Config{TwoWay: true}, func(r *rig) {
		r.mu.Lock()
		r.hold = true
		r.mu.Unlock()
		b := r.bot()
		b.said <- media("twilio", 8000, tone(botTone, time.Second, 8000))
		b.say(`{"event":"mark","mark":{"name":"m"}}`)
		pass(10 * time.Second)
		if m := b.only(t, "mark"); len(m) > 0 {
			t.Errorf("marks %v", m)
		}
		r.mu.Lock()
		r.hold = false
		r.mu.Unlock()
		pass(2 * time.Second)
		marks(r, b, "m 11s")
		if parts := sounding(r.listen()); len(parts) != 1 || parts[0][1]-parts[0][0] < 7950 {
			t.Errorf("heard sound at %v", parts)
		}
	})
}
