package session

import (
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// keysIn returns the keys that can be heard in pcm.
func keysIn(pcm []int16, rate int) (keys string) {
	d := dsp.MakeKeyDetector(rate)
	for e, rest := d.Feed(pcm); e.Change != dsp.KeyNone; e, rest = d.Feed(rest) {
		if e.Change == dsp.KeyDown {
			keys += string(e.Key)
		}
	}
	return keys
}

// dialler is a phone's keypad beside somebody's voice.
type dialler struct {
	*phone
	pad   dsp.Keypad
	voice []int16
	at    int
}

func (d *dialler) speak(now clock.Time) {
	n := int(d.ptime * time.Duration(d.rate) / time.Second)
	pcm, payload := make([]int16, n), make([]byte, 4000)
	if k := d.pad.Fill(pcm); k < n {
		for i := range pcm[k:] {
			pcm[k+i] = d.voice[d.at%len(d.voice)]
			d.at++
		}
	}
	payload = payload[:d.coder.Encode(payload, pcm)]
	d.s.Receive(now, d.packet(d.codec.PayloadType, payload, uint32(int(d.ptime)*d.codec.ClockRate/int(time.Second))), d.addr)
}

// murmur is a voice-like sound that is no key: a buzz under a slow envelope.
func murmur(rate int) []int16 {
	pcm := make([]int16, rate)
	for k, f := range []float64{130, 260, 390, 520} {
		dsp.NewTone(f, -20-3*dsp.DB(k), rate).Mix(pcm)
	}
	return pcm
}

const fifty = "0123456789*#ABCD0123456789*#ABCD0123456789*#ABCD42"

// Keys in the sound are reported, once each, and not passed on as sound to a peer
// that gets keys another way.
func TestKeysInTheSound(t *testing.T) {
	f := func(id codecs.ID, ptime time.Duration, peer msg.KeyStyle) {
		t.Helper()
		a, b := newPhone(t, farA, id, ptime, 440), newPhone(t, farB, codecs.PCMU, frame20, 440)
		d := &dialler{phone: a, pad: dsp.MakeKeypad(dsp.KeySound{}, a.rate), voice: murmur(a.rate)}
		pa, pb := a.params(), b.params()
		pa.Keys, pb.Keys = msg.KeyTones, peer
		a.s.Start(0, pa)
		b.s.Start(0, pb)
		a.s.Join(0, b.s)
		talk, now := every(ptime, d.speak), clock.Time(0)
		run(&now, time.Second, talk, a.s, b.s)
		d.pad.Dial(fifty)
		run(&now, 12*time.Second, talk, a.s, b.s)
		if got := a.digits(); got != fifty && a.s.Stats().Relayed == 0 { // tones that pass by reach whom they are for
			t.Errorf("%v %v, keys by %d: heard %q; %+v", id, ptime, peer, got, a.s.Stats())
		}
		passed := keysIn(b.heard, b.rate)
		if peer == msg.KeyTones && passed != fifty || peer != msg.KeyTones && passed != "" {
			t.Errorf("%v %v, keys by %d: over there one hears %q", id, ptime, peer, passed)
		}
	}
	for _, ptime := range []time.Duration{10, 20, 30, 60} {
		f(codecs.PCMU, ptime*time.Millisecond, msg.KeyEvents)
		f(codecs.PCMU, ptime*time.Millisecond, msg.KeyTones)
	}
	f(codecs.G722, frame20, msg.KeySignal)
	f(codecs.L16Wide, frame20, msg.KeyEvents)
	f(codecs.Opus, frame20, msg.KeyEvents)
}

// A far side that sends its keys both ways, as events and in the sound, presses each
// once, also where tones are looked for.
func TestKeysBothWays(t *testing.T) {
	p := newPhone(t, farA, codecs.PCMU, frame20, 440)
	d := &dialler{phone: p, pad: dsp.MakeKeypad(dsp.KeySound{}, p.rate), voice: murmur(p.rate)}
	m := p.params()
	m.Keys = msg.KeyTones
	p.s.Start(0, m)
	now, pressed := clock.Time(0), byte(0)
	n := 0
	talk := every(frame20, func(now clock.Time) {
		if n++; n <= 5 && pressed != 0 {
			ts := p.say.Timestamp
			p.say.Timestamp -= uint32(160 * (n - 1))
			p.key(now, pressed, n)
			p.say.Timestamp = ts
		}
		d.speak(now)
	})
	run(&now, time.Second, talk, p.s)
	for _, key := range []byte("1599") {
		d.pad.Dial(string(key))
		pressed, n = key, 0
		run(&now, 300*time.Millisecond, talk, p.s)
	}
	if got := p.digits(); got != "1599" {
		t.Errorf("pressed 1599, reported %q", got)
	}
}

// Digits sent as tones can be heard as such, whatever the codec.
func TestDigitsSentAsTones(t *testing.T) {
	f := func(id codecs.ID, ptime time.Duration) {
		t.Helper()
		p := newPhone(t, farA, id, ptime, 440)
		m := p.params()
		m.Keys = msg.KeyTones
		p.s.Start(0, m)
		p.s.SendDigits(1, fifty)
		now := clock.Time(0)
		run(&now, 12*time.Second, nil, p.s)
		if got := keysIn(p.heard, p.rate); got != fifty {
			t.Errorf("%v %v: heard %q", id, ptime, got)
		}
	}
	for _, c := range codecs.All() {
		if c.ID != codecs.G729 && c.ID != codecs.AMR && c.ID != codecs.AMRWB { // vocoders carry no tones
			f(c.ID, frame20)
		}
	}
	f(codecs.PCMU, 10*time.Millisecond)
	f(codecs.PCMU, 30*time.Millisecond)
	f(codecs.PCMU, 60*time.Millisecond)
}

// None of fifty keys can be heard in a recording that masks them, and the voice
// around them is whole.
func TestMaskedKeysAreNotRecorded(t *testing.T) {
	f := func(id codecs.ID, ptime time.Duration, on dsp.KeySound) {
		t.Helper()
		a, b := newPhone(t, farA, id, ptime, 440), newPhone(t, farB, codecs.PCMU, frame20, 440)
		d := &dialler{phone: a, pad: dsp.MakeKeypad(on, a.rate), voice: murmur(a.rate)}
		a.s.Start(0, a.params())
		b.s.Start(0, b.params())
		a.s.Join(0, b.s)
		in, out := tap.New(tap.Inbound, 8000, 60000), tap.New(tap.Outbound, 8000, 60000)
		a.s.Tap(in)
		b.s.Tap(out)
		a.s.MaskKeys(true)
		b.s.MaskKeys(true)
		talk, now := every(ptime, d.speak), clock.Time(0)
		run(&now, time.Second, talk, a.s, b.s)
		for rnd, i := rand.New(rand.NewPCG(1, 2)), 0; i < len(fifty); i++ {
			d.pad.Dial(fifty[i : i+1])
			run(&now, 400*time.Millisecond+time.Duration(rnd.IntN(100))*time.Millisecond, talk, a.s, b.s)
		}
		a.s.Close(now)
		b.s.Close(now)
		for name, x := range map[string]*tap.Tap{"what is heard": in, "what is said": out} {
			pcm := drain(t, x)
			if got := keysIn(pcm, 8000); got != "" {
				t.Errorf("%v %v: in %s one hears %q", id, ptime, name, got)
			}
			whole, level := 0, dsp.Level(murmur(8000))
			for i := 0; i+160 <= len(pcm); i += 160 {
				if l := dsp.Level(pcm[i : i+160]); l > level-3 && l < level+3 {
					whole++
				}
			}
			if seconds := float64(whole) / 50; seconds < 12 {
				t.Errorf("%v %v: only %.1f s of the voice are in %s", id, ptime, seconds, name)
			}
		}
		if got := keysIn(b.heard, b.rate); len(got) != len(fifty) {
			t.Errorf("%v %v: the peer hears %q", id, ptime, got)
		}
	}
	f(codecs.PCMU, frame20, dsp.KeySound{})
	f(codecs.PCMU, 10*time.Millisecond, dsp.KeySound{})
	f(codecs.PCMU, 60*time.Millisecond, dsp.KeySound{})
	f(codecs.L16Wide, frame20, dsp.KeySound{})
	f(codecs.PCMU, frame20, dsp.KeySound{On: 50 * time.Millisecond, Low: -25, High: -25})
}

// A far side that wants to hear itself does: once, after its delay, and no longer
// than it wants.
func TestEcho(t *testing.T) {
	f := func(id codecs.ID) {
		t.Helper()
		p, other := newPhone(t, farA, id, frame20, 440), newPhone(t, farB, id, frame20, 1000)
		p.s.Start(0, p.params())
		other.s.Start(0, other.params())
		talk := every(frame20, func(now clock.Time) { p.speak(now); other.speak(now) })
		now := clock.Time(0)
		p.s.Echo(now, true)
		p.s.Echo(now, true)
		run(&now, 300*time.Millisecond, talk, p.s, other.s)
		p.heard = nil
		run(&now, time.Second, talk, p.s, other.s)
		clean(t, p.heard, p.rate, 440, -12, fidelity(id))
		p.s.Join(now, other.s)
		run(&now, 300*time.Millisecond, talk, p.s, other.s)
		p.heard = nil
		run(&now, time.Second, talk, p.s, other.s)
		clean(t, p.heard, p.rate, 1000, -12, fidelity(id))
		p.s.Echo(now, true)
		p.s.Echo(now, false)
		run(&now, 300*time.Millisecond, talk, p.s, other.s)
		p.heard = nil
		run(&now, time.Second, talk, p.s, other.s)
		if l := dsp.Level(p.heard); l > -60 {
			t.Errorf("%v: afterwards %.1f dBov are heard", id, l)
		}
		p.sequences()
	}
	f(codecs.PCMU)
	f(codecs.G722)
	f(codecs.Opus)
}
