package media

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// TestPromptsAreEncodedOnce: what is played to a leg whose codec costs to encode
// is ready for the next one, and heard in both forms; in this process and in
// another.
func TestPromptsAreEncodedOnce(t *testing.T) {
	f := func(name string, e *Engine) {
		t.Helper()
		clip := prompt.Tone(440, 1500*time.Millisecond, -10)
		opus := func(p *msg.Params) {
			p.Send = msg.Payload{Type: 107, Codec: codecs.Opus}
			p.Accept = []msg.Payload{p.Send}
		}
		// plays has a session with itself hear the clip, and says whether it is ready then.
		plays := func(how msg.Playback, change func(*msg.Params)) bool {
			s, at, heard := call(t, e, Session{})
			p := pcmu(at)
			change(&p)
			s.Start(p)
			how.Ref, how.Loop = 1, -1
			s.PlayAs(how, clip)
			for dsp.Goertzel(listen(t, s, tap.Inbound, 200*time.Millisecond), 440, 8000) < -14 { // until it is heard
			}
			e.preparer.Wait()
			s.Close()
			heard.until(msg.Closed)
			return clip.Frames(codecs.Opus) != nil
		}
		if plays(msg.Playback{}, func(*msg.Params) {}) {
			t.Errorf("%s: encoded for a leg that needs it not", name)
		}
		if plays(msg.Playback{Gain: 1}, opus) {
			t.Errorf("%s: encoded although it is never sent as it is", name)
		}
		if plays(msg.Playback{}, func(p *msg.Params) { opus(p); p.Ptime = 40 * time.Millisecond }) {
			t.Errorf("%s: encoded in frames of a length that nobody sends", name)
		}
		if !plays(msg.Playback{}, opus) {
			t.Errorf("%s: not encoded for a leg that needs it", name)
		}
		plays(msg.Playback{}, opus)
	}
	f("within", engine(t, Config{Shards: 1}))
	f("process", launch(t, Config{Shards: 1}, inTest("")))
}
