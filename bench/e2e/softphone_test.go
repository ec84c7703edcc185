//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/media/prompt"
)

// TestBaresipTalks: baresip, encrypting and in a codec of its own, talks through
// the server to a phone of ours that does neither.
func TestBaresipTalks(t *testing.T) {
	f := func(codec, module string, rate int) {
		t.Run(module, func(t *testing.T) {
			s := serve(t, setup{bare: true, routes: through, caller: ", srtp: required, " + everyCodec})
			dir := t.TempDir()
			line := filepath.Join(dir, "line.wav")
			run(t, "sox", "-n", "-r", fmt.Sprint(rate), "-b", "16", line, "synth", "30", "sine", "440", "gain", "-10")
			agent := s.answer("--tone", "1000@0s", "--hangup", "4s")
			softphone{microphone: line, codec: codec, module: module, rate: rate, encryption: "srtp-mand"}.start(t, dir,
				"/dial sip:through@"+s.sip+";transport=udp")
			ended(t, agent)
			hums(t, "our phone", agent.heard(), low, high)
			c := s.cdrs(1)[0]
			if c.Cause.By != "callee" || c.Cause.Code != "normal" || len(c.Legs) != 2 || !strings.EqualFold(c.Legs[0].Codec, module) {
				t.Errorf("ended with %+v, legs %+v", c.Cause, c.Legs)
			}
			s.await("baresip has written what it heard", func() bool {
				dumps, _ := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
				if len(dumps) != 1 {
					return false
				}
				info, err := os.Stat(dumps[0])
				return err == nil && info.Size() > int64(5*rate)
			})
			dumps, _ := filepath.Glob(filepath.Join(dir, "dump-*-dec.wav"))
			clip, err := prompt.ReadFile(t.Context(), dumps[0], prompt.DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			hums(t, "baresip", clip.PCM(), high, low)
		})
	}
	f("opus/48000/2", "opus", 48000)
	f("G722/16000/1", "g722", 16000)
}
