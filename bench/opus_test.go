package main

import (
	"testing"

	"trunkline/codecs"
	"trunkline/dsp"
)

// What libopus is measured on is what the generator sends.
func TestOpusAloneIsFedWhatIsSent(t *testing.T) {
	c, _ := codecs.ByID(codecs.Opus)
	payloads := spoken(c.PayloadType)
	if len(payloads) != 50 {
		t.Fatalf("%d payloads, want 50", len(payloads))
	}
	for i, p := range payloads {
		if got := c.Length(p); got != 960 {
			t.Errorf("payload %d holds %d samples, want 960", i, got)
		}
	}
	far, err := newFarSides(2, 16000)
	if err != nil {
		t.Fatal(err)
	}
	far.speak(0)
	for i, pcm := range far.speak(1) {
		crackle, noise := dsp.Peak(pcm[:80]), dsp.Peak(pcm[80:])
		if len(pcm) != 320 || crackle < -6 || noise > -30 || noise == dsp.Floor {
			t.Errorf("call %d: %d samples, %.0f dBov and then %.0f", i, len(pcm), crackle, noise)
		}
	}
}
