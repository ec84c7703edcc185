//go:build e2e

package e2e

import "testing"

// TestConference: of three phones with a tone each, each hears the other two
// and not itself; when one leaves, the others go on.
func TestConference(t *testing.T) {
	s := serve(t, setup{
		bare: true, caller: ", " + everyCodec, routes: "  - {to: meet, flow: main}\n",
		scripts: bundleOf(t, "local call = ...\ncall:answer()\ncall:conference{ room = \"tea\" }\n"),
	})
	members := []*phone{
		s.dial("meet", "--codecs", "PCMU", "--tone", "440@0s"),
		s.dial("meet", "--codecs", "opus", "--tone", "1000@0s"),
		s.dial("meet", "--codecs", "G722", "--tone", "1700@0s"),
	}
	s.hearMore(2.5, members...)
	members[2].hangup()
	ended(t, members[2])
	s.hearMore(2.5, members[:2]...)
	members[0].hangup()
	members[1].hangup()
	ended(t, members[:2]...)
	tones := []float64{440, 1000, 1700}
	for i, p := range members {
		sound := p.heard()
		for j, hz := range tones {
			switch got := share(sound, hz); {
			case i == j && got > 0:
				t.Errorf("the member with %v Hz heard itself for %.1f s", hz, got)
			case i != j && got < 1:
				t.Errorf("the member with %v Hz heard %v Hz for %.1f s, want 1 s", tones[i], hz, got)
			}
		}
	}
	hums(t, "the first, once the third had left,", last(members[0].heard(), 2), 1000)
	hums(t, "the second, once the third had left,", last(members[1].heard(), 2), 440)
	for _, c := range s.cdrs(3) {
		if c.Cause.By != "caller" || c.Cause.Code != "normal" {
			t.Errorf("ended with %+v, want the caller's hang-up", c.Cause)
		}
	}
}

// share reports the longest stretch of sound, in seconds, in which hz is there
// beside other things: a tenth of the power and more.
func share(sound []int16, hz float64) float64 { return stretch(sound, hz, 0.1) }

// last are the last seconds of sound.
func last(sound []int16, seconds int) []int16 { return sound[max(0, len(sound)-8000*seconds):] }
