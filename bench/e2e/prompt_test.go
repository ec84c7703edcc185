//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// TestForeignSoundFiles: a flow plays an MP3 and an Ogg Vorbis file as music
// players have them, 44.1 kHz and stereo; callers with G.711 and with Opus hear
// both in their pitch.
func TestForeignSoundFiles(t *testing.T) {
	scripts := bundleOf(t, `local call = ...
call:answer()
call:play "low.mp3"
call:play "high.ogg"
`)
	run(t, "sox", "-n", "-r", "44100", "-b", "16", "-c", "2", filepath.Join(scripts, "low.wav"), "synth", "2.5", "sine", "440", "gain", "-10")
	run(t, "sox", "-n", "-r", "44100", "-b", "16", "-c", "2", filepath.Join(scripts, "high.wav"), "synth", "2.5", "sine", "1000", "gain", "-10")
	run(t, "lame", "--quiet", filepath.Join(scripts, "low.wav"), filepath.Join(scripts, "prompts", "low.mp3"))
	run(t, "oggenc", "-Q", "-o", filepath.Join(scripts, "prompts", "high.ogg"), filepath.Join(scripts, "high.wav"))
	s := serve(t, setup{bare: true, scripts: scripts, caller: ", " + everyCodec, routes: "  - {to: play, flow: main}\n"})
	callers := map[string]*phone{}
	for _, codec := range []string{"PCMU", "opus"} {
		callers[codec] = s.dial("play", "--codecs", codec, "--tone", "2000@0s")
	}
	for codec, p := range callers {
		ended(t, p)
		hums(t, "the caller with "+codec, p.heard(), low, 2000)
		hums(t, "the caller with "+codec, p.heard(), high, 2000)
	}
	for _, c := range s.cdrs(2) {
		if c.Cause.By != "flow" || c.Cause.Code != "normal" {
			t.Errorf("ended with %+v, want the flow's end", c.Cause)
		}
	}
}

// run runs a program to its end.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}
