package session

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// A pause that the far side fills with comfort noise (RFC 3389) sounds like that
// noise to whoever hears it, by whatever way, and what comes after is heard.
func TestComfortNoiseIsHeard(t *testing.T) {
	f := func(name string, change func(a, b *msg.Params), begin func(x *pair)) {
		t.Run(name, func(t *testing.T) {
			x := newPair(t, change)
			begin(x)
			x.run(time.Second)
			n, talk := len(x.b.sent), x.talk
			noise := every(400*time.Millisecond, func(now clock.Time) {
				x.a.s.Receive(now, x.a.packet(13, []byte{40}, 0), x.a.addr)
			})
			x.talk = func(now clock.Time) {
				noise(now)
				if now%clock.Time(frame20) == 0 {
					x.a.say.Timestamp += 160
				}
			}
			x.run(3 * time.Second)
			pcm := x.b.listen(n)
			if len(pcm) < rate*26/10 {
				t.Errorf("%d samples in 3 s", len(pcm))
			}
			if l := dsp.Level(pcm[len(pcm)/2:]); l < -46 || l > -34 {
				t.Errorf("noise of −40 dBov is heard at %.1f", l)
			}
			x.talk, x.a.say.Marker = talk, true
			n = len(x.b.sent)
			x.talk(x.now)
			x.a.say.Marker = false
			x.run(2 * time.Second)
			x.b.inStep()
			hears(t, x.b.listen(n+20), 440, 1000)
		})
	}
	f("passing by", nil, func(*pair) {})
	f("decoded", func(a, _ *msg.Params) { a.Decode = true }, func(*pair) {})
	f("in another codec", func(_, b *msg.Params) { b.Send = msg.Payload{Type: 8, Codec: codecs.PCMA} }, func(*pair) {})
	f("in a room", nil, func(x *pair) {
		r := mix.New(8000)
		x.a.s.Enter(0, r, msg.Member{})
		x.b.s.Enter(0, r, msg.Member{})
	})
}
