package shard

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/netio"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

// While a session moves to and fro, what it says and what it hears stay one sine each.
func TestAMoveIsNotHeard(t *testing.T) {
	w := newTwins(t)
	w.open(1)
	w.start(1)
	w.post(&Play{Session: 1, Playback: msg.Playback{Ref: 7, Loop: -1}, Clips: clips(prompt.Tone(400, time.Second, -10))})
	tp := tap.New(tap.Inbound, 8000, 5000)
	w.tap(1, tp)
	w.run(100 * time.Millisecond)
	here, there := w.rig, w.two
	c, _ := codecs.ByID(codecs.PCMU)
	coder, tone := c.New(8000, codecs.Format{}), dsp.NewTone(440, -10, 8000)
	buf, pkt, pcm := make([]byte, netio.MaxDatagram), make([]byte, rtp.HeaderSize+160), make([]int16, 160)
	var said []int16
	for i := range uint16(150) { // 20 ms each; moved every fifth
		if i%5 == 0 {
			w.move(1, here, there)
			here, there = there, here
		}
		n := rtp.Put(pkt, rtp.Header{Sequence: i, Timestamp: 160 * uint32(i), SSRC: 5})
		tone.Fill(pcm)
		coder.Encode(pkt[n:], pcm)
		w.phone.Send(netip.MustParseAddrPort("10.0.0.1:4002"), pkt)
		w.run(20 * time.Millisecond)
		for k, _, ok := w.phone.Receive(buf); ok; k, _, ok = w.phone.Receive(buf) {
			_, payload, _ := rtp.Parse(buf[:k])
			part := make([]int16, 160)
			coder.Decode(part, payload)
			said = append(said, part...)
		}
	}
	heard := make([]int16, 100_000)
	n, err := tp.Read(t.Context(), heard)
	if err != nil || n < 150*160-400 || len(said) < 150*160-400 {
		t.Fatalf("%d samples heard, %d said: %v", n, len(said), err)
	}
	smooth(t, "said", said[800:], 400)
	smooth(t, "heard", heard[2400:n], 440)
}

// smooth checks that pcm is a sine at −10 dBov all along, without a step in it.
func smooth(t *testing.T, what string, pcm []int16, freq float64) {
	t.Helper()
	peak := 32768 * math.Sqrt2 * math.Pow(10, -10.0/20)
	most := 1.12 * peak * 2 * math.Sin(math.Pi*freq/8000)
	for i := 1; i < len(pcm); i++ {
		if d := math.Abs(float64(pcm[i]) - float64(pcm[i-1])); d > most {
			t.Fatalf("%s: %d ms in of %d a step by %.0f, want at most %.0f", what, i/8, len(pcm)/8, d, most)
		}
	}
	for i := 0; i+160 <= len(pcm); i += 80 {
		if l := dsp.Goertzel(pcm[i:i+160], freq, 8000); l < -11.5 {
			t.Fatalf("%s: %d ms in the tone is at %.1f dBov", what, i/8, l)
		}
	}
}
