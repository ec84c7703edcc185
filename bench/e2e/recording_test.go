//go:build e2e

package e2e

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSealedOpusRecording: a call is recorded as encrypted Ogg/Opus, with a
// pause. What our program decrypts and opus-tools decode has both sides, silence
// for as long as the pause was, and the length that the record tells.
func TestSealedOpusRecording(t *testing.T) {
	dir := t.TempDir()
	secret := make([]byte, 32)
	rand.Read(secret) // never fails (crypto/rand)
	keyFile := filepath.Join(dir, "keys")
	write(t, keyFile, fmt.Appendf(nil, "2026-a %s\n", base64.StdEncoding.EncodeToString(secret)))
	s := serve(t, setup{
		bare: true, routes: "  - {to: record, flow: main}\n",
		record: fmt.Sprintf("{format: opus, key_file: %s}", keyFile),
		scripts: bundleOf(t, `local call = ...
call:answer()
call:record()
call:play{ tone = "1000", duration = "2s" }
call:record_pause()
call:play{ tone = "1700", duration = "2s" }
call:record_resume()
call:play{ tone = "1000", duration = "2s" }
`)})
	caller := s.dial("record", "--tone", "440@0s")
	ended(t, caller)
	hums(t, "the caller", caller.heard(), 1700, low)
	c := s.cdrs(1)[0]
	r := c.Recording
	if r == nil || r.Key != "2026-a" || r.Lost != 0 || !strings.HasSuffix(r.Path, ".opus.sealed") {
		t.Fatalf("recording %+v", r)
	}
	sealed, err := os.ReadFile(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("OggS")) {
		t.Error("the encrypted file has pages of Ogg that can be read")
	}
	run(t, binary.program, "recording", "verify", r.Path, "--key-file", keyFile)
	run(t, binary.program, "recording", "decrypt", r.Path, filepath.Join(dir, "call.opus"), "--key-file", keyFile)
	run(t, "opusdec", "--quiet", "--rate", "8000", filepath.Join(dir, "call.opus"), filepath.Join(dir, "call.wav"))
	for channel, hz := range []float64{low, high} {
		sound := heard(t, filepath.Join(dir, "call.wav"), channel)
		hums(t, fmt.Sprintf("recorded channel %d", channel), sound, hz, 1700)
		hums(t, fmt.Sprintf("recorded channel %d after the pause", channel), last(sound, 2), hz, 1700)
		between(t, "seconds of silence", quiet(sound[4000:len(sound)-4000]), 1.6, 2.4)
		between(t, "seconds in the record less those in the file", r.Seconds-float64(len(sound))/8000, -0.1, 0.1)
	}
	between(t, "seconds of pause in the record", r.Paused, 1.6, 2.4)
	between(t, "seconds in the record", r.Seconds, 5.5, 6.8)
}

func between(t *testing.T, what string, got, least, most float64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("%.2f %s, want %v to %v", got, what, least, most)
	}
}

// quiet reports the longest stretch of sound, in seconds, in which there is
// next to nothing.
func quiet(sound []int16) float64 {
	const frame = 160
	run, longest := 0, 0
	for ; len(sound) >= frame; sound = sound[frame:] {
		power := 0
		for _, v := range sound[:frame] {
			power += int(v) * int(v)
		}
		if run++; power > frame*30*30 {
			run = 0
		}
		longest = max(longest, run)
	}
	return float64(longest) * frame / 8000
}
