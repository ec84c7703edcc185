//go:build e2e

package e2e

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trunkline/dsp"
	"trunkline/media/wav"
)

// TestPlayHow: a flow plays a sequence from a place in it, quieter and faded, and
// then something for ever; twice over Opus, the second time encoded ahead, and
// once over G.722. Each caller hears just that, at its level, and the record has
// both sides; the flow is told how much of what was heard. When the caller hangs
// up amid it, the call is over and nothing is left.
func TestPlayHow(t *testing.T) {
	scripts := bundleOf(t, `local call = ...
call:answer()
call:record()
local r = call:play{ { "low.wav", "high.wav" }, from = "1s", gain = -12, fade_in = "100ms", fade_out = "300ms" }
local heard = {}
for _, p in ipairs(r.prompts) do table.insert(heard, p.heard_ms .. " ms of " .. p.file) end
call:log("heard " .. table.concat(heard, " and "))
call:play{ "high.wav", loop = true }
`)
	sine := func(name, length, hz string) {
		run(t, "sox", "-n", "-r", "16000", "-b", "16", filepath.Join(scripts, "prompts", name), "synth", length, "sine", hz, "gain", "-10")
	}
	sine("low.wav", "2.5", "440")
	sine("high.wav", "2", "1000")
	s := serve(t, setup{
		bare: true, scripts: scripts, caller: ", " + everyCodec, routes: "  - {to: play, flow: main}\n",
	})
	codecs := []string{"opus", "opus", "G722"}
	for _, codec := range codecs {
		p := s.dial("play", "--codecs", codec, "--tone", "2000@0s")
		s.hearMore(7, p)
		p.hangup()
		ended(t, p)
		who := "the caller with " + codec
		sound := p.heard()
		between(t, "s of the first prompt for "+who, tone(sound, 440), 1.2, 1.55)
		hums(t, who, sound, 1000, 2000)
		first := slices.IndexFunc(frames(sound), func(f []int16) bool { return level(f, 1000) > 0.7 })
		if first < 0 {
			continue // hums has complained
		}
		at := first * 400
		quietly, loudly := rms(within(sound, at+2000, at+10000)), rms(last(sound, 1))
		between(t, "dB between what was turned down and what was not for "+who, 20*math.Log10(loudly/quietly), 10.5, 13.5)
	}
	if n := strings.Count(s.log.String(), "heard 1500 ms of low.wav and 2000 ms of high.wav"); n != len(codecs) {
		t.Errorf("%d flows of %d were told how much was heard", n, len(codecs))
	}
	dropped := 0
	for _, e := range s.told() {
		if strings.Contains(e, "prompt.ended") && strings.Contains(e, "dropped") {
			dropped++
		}
	}
	if dropped != len(codecs) {
		t.Errorf("%d prompts were told to be dropped, want %d: %q", dropped, len(codecs), s.told())
	}
	for _, c := range s.cdrs(len(codecs)) {
		if c.Cause.By != "caller" || c.Cause.Code != "normal" {
			t.Errorf("ended with %+v, want the caller's hang-up", c.Cause)
		}
		if c.Recording == nil {
			t.Fatal("not recorded")
		}
		hums(t, "the record of the caller", side(t, c.Recording.Path, 0), 2000, 440, 1000)
		hums(t, "the record of what was played", side(t, c.Recording.Path, 1), 1000, 2000)
	}
}

// side is one channel of a record at 8 kHz, whatever rate the leg had.
func side(t *testing.T, path string, channel int) []int16 {
	t.Helper()
	s, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := dsp.Resample(s.Channel(channel), s.Rate, 8000)
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// frames are pieces of 50 ms.
func frames(sound []int16) [][]int16 { return slices.Collect(slices.Chunk(sound, 400)) }

func rms(sound []int16) float64 {
	power := 0.0
	for _, v := range sound {
		power += float64(v) * float64(v)
	}
	return math.Sqrt(power / float64(max(len(sound), 1)))
}
