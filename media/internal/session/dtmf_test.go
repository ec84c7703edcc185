package session

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
)

// hear plays a little language of event packets to a session and returns the
// keys it reports. A word is one packet:
//
//	5@1600+160   key 5 that began at timestamp 1600 has lasted 160 so far
//	M5@…         with the marker;  5@…+800E  with the end bit
//	~            one packet was lost
//	.            nothing was sent
func hearKeys(t *testing.T, packets string) string {
	t.Helper()
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	f.say.Timestamp = 0
	for i, word := range strings.Fields(packets) {
		switch word {
		case "~":
			f.say.Sequence++
			continue
		case ".":
			continue
		}
		var key string
		var ts, dur uint32
		body, end := strings.CutSuffix(word, "E")
		body, marker := strings.CutPrefix(body, "M")
		if _, err := fmt.Sscanf(strings.NewReplacer("@", " ", "+", " ").Replace(body), "%s %d %d", &key, &ts, &dur); err != nil {
			t.Fatalf("%q: %v", word, err)
		}
		code, _ := rtp.EventCode(key[0])
		payload := make([]byte, rtp.EventSize)
		rtp.PutEvent(payload, rtp.Event{Code: code, End: end, Volume: 10, Duration: uint16(dur)})
		f.say.Timestamp, f.say.Marker = ts, marker
		f.s.Receive(clock.Time(i)*clock.Time(frame20), f.packet(101, payload, 0), f.addr)
	}
	if st := f.s.Stats(); st.Malformed+st.Foreign != 0 {
		t.Errorf("%s: %+v", packets, st)
	}
	return f.digits()
}

func TestKeysAreReportedOnce(t *testing.T) {
	f := func(name, packets, want string) {
		t.Helper()
		if got := hearKeys(t, packets); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	f("as it should be", "M5@1600+160 5@1600+320 5@1600+480 5@1600+800E 5@1600+800E 5@1600+800E", "5")
	f("one packet", "5@1600+160", "5")
	f("no marker", "5@1600+160 5@1600+320 5@1600+800E 5@1600+800E", "5")
	f("no end", "M5@1600+160 5@1600+320 5@1600+480", "5")
	f("only ends", "5@1600+800E 5@1600+800E 5@1600+800E", "5")
	f("first lost", "~ 5@1600+320 5@1600+480 5@1600+800E", "5")
	f("all but the last lost", "~ ~ ~ ~ 5@1600+800E", "5")
	f("ends lost, next key", "M5@1600+160 5@1600+320 ~ ~ ~ M6@3200+160 6@3200+800E", "56")
	f("same key twice", "M5@1600+160 5@1600+800E 5@1600+800E M5@3200+160 5@3200+800E", "55")
	f("same key twice, no marker, no end", "5@1600+160 5@1600+800 5@3200+160 5@3200+800", "55")
	f("same key twice, ends lost, no marker", "5@1600+160 5@1600+320 ~ ~ ~ ~ 5@3200+320", "55")
	f("marker on every packet", "M5@1600+160 M5@1600+320 M5@1600+800E M5@1600+800E", "5")
	f("an end after the next key began", "M5@1600+160 M6@3200+160 5@1600+800E 6@3200+800E", "56")
	f("the same from two keys ago", "M5@1600+160 M6@3200+160 M7@4800+160 5@1600+800E", "567")
	f("the timestamp wraps", "M5@4294966400+160 5@4294966400+800E M6@100+160 6@100+800E", "56")
	f("same key over the wrap", "M5@4294966400+160 5@4294966400+800E M5@704+160 5@704+800E", "55")
	f("a capture replayed at once", "M5@1600+160 5@1600+800E 5@1600+800E M5@1600+160 5@1600+800E", "5")
	f("a capture replayed after a pause", "M5@1600+160 5@1600+800E . . . . . . . . . . . . . . . . M5@1600+160 5@1600+800E", "55")
	f("an end after a pause", "M5@1600+160 5@1600+800E . . . . . . . . . . . . . . . . 5@1600+800E", "5")
	f("timestamp 0", "M5@0+160 5@0+800E M5@1600+160", "55")
	f("held for 10 s", "M5@1600+160 5@1600+65535 5@67135+160 5@67135+14465E", "5")
	f("held for 1.4 s at 48 kHz", "M5@1600+64800 5@1600+65535 5@67135+225 5@67135+1185E", "5")
	f("the last of a segment lost", "M5@1600+63840 5@1600+64800 ~ 5@67135+225 5@67135+1185E", "5")
	f("the last two of a segment lost", "M5@1600+63840 ~ ~ 5@67135+225 5@67135+1185E", "5")
	f("a segment that is not filled up", "M5@1600+64320 5@1600+65280 5@67135+705 5@67135+1665E", "5")
	f("timestamp moves with each packet", "M5@1600+160 5@1760+320 5@1920+480 5@2080+640E", "5")
	f("two keys under one timestamp", "M5@1600+160 6@1600+160", "56")
	f("all keys", "0@1600+9 1@3200+9 2@4800+9 3@6400+9 4@8000+9 5@9600+9 6@11200+9 7@12800+9 8@14400+9 9@16000+9"+
		" *@17600+9 #@19200+9 A@20800+9 B@22400+9 C@24000+9 D@25600+9", "0123456789*#ABCD")
}

func TestEventsThatAreNoKeys(t *testing.T) {
	f := newFar(t, farA)
	p := f.params(codecs.PCMU, frame20)
	f.s.Start(0, p)
	f.s.Receive(0, f.packet(101, []byte{16, 10, 0, 160}, 0), f.addr) // hook flash
	f.s.Receive(0, f.packet(101, []byte{5, 10, 0}, 0), f.addr)       // cut short
	p.AcceptEvents = 0
	f.s.Start(0, p)
	f.s.Receive(0, f.packet(101, []byte{5, 10, 0, 160}, 0), f.addr) // never agreed
	p.AcceptEvents, p.Direction = 101, msg.SendOnly
	f.s.Start(0, p)
	f.s.Receive(0, f.packet(101, []byte{5, 10, 0, 160}, 0), f.addr) // we hold them
	if d := f.digits(); d != "" {
		t.Errorf("got %q", d)
	}
	if st := f.s.Stats(); st.Malformed != 1 || st.PacketsIn != 3 {
		t.Errorf("stats %+v", st)
	}
}

// What we send is what RFC 4733 asks for.
func TestDigitsSent(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, frame20))
	now := clock.Time(0)
	run(&now, 100*time.Millisecond, nil, f.s)
	f.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{ramp(16000, 0)})
	f.s.SendDigits(2, "1#")
	f.s.SendDigits(3, "d")
	before := len(f.sent)
	run(&now, 3*time.Second, nil, f.s)

	var want []string
	ts := f.sent[before].h.Timestamp
	for _, code := range []int{1, 11, 15} {
		for dur := 160; dur <= 800; dur += 160 {
			want = append(want, fmt.Sprintf("%d +%d end=%v marker=%v", code, dur, dur == 800, dur == 160))
		}
		want = append(want, fmt.Sprintf("%d +800 end=true marker=false", code), fmt.Sprintf("%d +800 end=true marker=false", code))
	}
	var got []string
	stamps := map[uint32]bool{}
	for _, p := range f.sent[before:] {
		if p.h.Type == 101 {
			e, _ := rtp.ParseEvent(p.payload)
			got = append(got, fmt.Sprintf("%d +%d end=%v marker=%v", e.Code, e.Duration, e.End, p.h.Marker))
			stamps[p.h.Timestamp-ts] = true
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, at := range []uint32{0, 1600, 3200} { // a key every 200 ms
		if !stamps[at] || len(stamps) != 3 {
			t.Errorf("keys began at %v", stamps)
		}
	}
	// Sound after a key has the timestamp as if nothing had been left out.
	for i := before; i < len(f.sent); i++ {
		if p := f.sent[i]; p.h.Type == 0 && p.h.Timestamp != ts+uint32(i-before)*160 {
			t.Fatalf("packet %d: timestamp %d samples after the start, want %d", i, p.h.Timestamp-ts, (i-before)*160)
		}
		if f.sent[i].h.Sequence != f.sent[before].h.Sequence+uint16(i-before) {
			t.Fatal("sequence numbers break")
		}
	}
	sent := f.only(msg.DigitsSent)
	if len(sent) != 2 || sent[0].Ref != 2 || sent[1].Ref != 3 {
		t.Errorf("reported %+v", sent)
	}
	// The prompt waited for the keys and lost nothing.
	playDone(t, f, msg.Event{Ref: 1, Heard: 2 * time.Second, Total: 2 * time.Second})
}

// Keys last as long as they do by the clock they were agreed to have.
func TestDigitsByAnotherClock(t *testing.T) {
	for hz, want := range map[int]uint16{0: 4800, 8000: 800} {
		p := newPhone(t, farA, codecs.Opus, frame20, 440)
		m := p.params()
		m.EventClock = hz
		p.s.Start(0, m)
		p.s.SendDigits(1, "5")
		longest := uint16(0)
		now := clock.Time(0)
		run(&now, time.Second, nil, p.s)
		for _, s := range p.sent {
			if e, ok := rtp.ParseEvent(s.payload); ok && s.h.Type == m.SendEvents {
				longest = max(longest, e.Duration)
			}
		}
		if longest != want {
			t.Errorf("a key of 100 ms lasts %d at a clock of %d, want %d", longest, hz, want)
		}
	}
}

// Through a line that loses every third packet and doubles some, all that is
// dialled arrives once.
func TestDialledIsHeard(t *testing.T) {
	f := func(digits, want string, loss float64, ptime time.Duration) {
		t.Helper()
		a, b := newFar(t, farA), newFar(t, farB)
		a.s.Start(0, a.params(codecs.PCMU, ptime))
		b.s.Start(0, b.params(codecs.PCMU, ptime))
		now := clock.Time(0)
		a.s.SendDigits(1, digits)
		rnd, n := rand.New(rand.NewPCG(4, 4)), 0
		run(&now, time.Duration(len(digits)+2)*600*time.Millisecond, func(now clock.Time) {
			for ; n < len(a.sent); n++ {
				p := a.sent[n]
				b.say = p.h
				pkt := b.packet(p.h.Type, p.payload, 0)
				for range 1 + rnd.IntN(2) {
					if rnd.Float64() >= loss {
						b.s.Receive(now, pkt, b.addr)
					}
				}
			}
		}, a.s, b.s)
		if got := b.digits(); got != want {
			t.Errorf("dialled %q, heard %q, want %q", digits, got, want)
		}
		if sent := a.only(msg.DigitsSent); len(sent) != 1 {
			t.Errorf("reported %+v", sent)
		}
	}
	f("0123456789*#ABCD", "0123456789*#ABCD", 0, frame20)
	f("11223344551111", "11223344551111", 0.3, frame20)
	f("abcd", "ABCD", 0, frame20)
	f("1 (2)-3", "123", 0, frame20)
	f("1w2W3", "123", 0, frame20)
	f("", "", 0, frame20)
	f("xyz", "", 0, frame20)
	f("1234", "1234", 0, 10*time.Millisecond)
	f("1234", "1234", 0, 60*time.Millisecond)
	f("1234", "1234", 0, 30*time.Millisecond)
}

// A far side without telephone-events gets tones.
func TestDigitsAsTones(t *testing.T) {
	f := newFar(t, farA)
	p := f.params(codecs.PCMU, 30*time.Millisecond)
	p.SendEvents = 0
	f.s.Start(0, p)
	now := clock.Time(0)
	f.s.SendDigits(1, "15")
	run(&now, time.Second, nil, f.s)
	pcm := f.listen(0)
	f.continuous()
	tone := func(at int, freqs ...float64) {
		t.Helper()
		for _, freq := range freqs {
			if l := dsp.Goertzel(pcm[at:at+rate/10], freq, rate); l < -15 || l > -11 {
				t.Errorf("%v Hz at %.1f dBov, want -13", freq, l)
			}
		}
	}
	tone(0, 697, 1209)
	tone(240*7, 770, 1336) // 100 ms of key and 100 ms of rest are 7 frames of 30 ms
	if l := dsp.Level(pcm[rate/10 : 240*7]); l > -70 {
		t.Errorf("between the keys: %.1f dBov", l)
	}
	if len(f.only(msg.DigitsSent)) != 1 {
		t.Error("not reported")
	}
}

// Being put on hold while a key is down must not leave it down for ever.
func TestHoldEndsAKey(t *testing.T) {
	f := newFar(t, farA)
	p := f.params(codecs.PCMU, frame20)
	f.s.Start(0, p)
	now := clock.Time(0)
	f.s.SendDigits(1, "12")
	run(&now, 50*time.Millisecond, nil, f.s)
	p.Direction = msg.RecvOnly
	f.s.Start(now, p)
	run(&now, time.Second, nil, f.s)
	p.Direction, p.SendEvents = msg.SendRecv, 102
	f.s.Start(now, p)
	run(&now, time.Second, nil, f.s)
	var keys []byte
	for _, s := range f.sent {
		if e, _ := rtp.ParseEvent(s.payload); s.h.Type > 100 && s.h.Marker {
			keys = append(keys, byte('0'+e.Code))
		}
	}
	if string(keys) != "12" || len(f.only(msg.DigitsSent)) != 1 {
		t.Errorf("keys %q, events %+v", keys, f.events)
	}
}
