//go:build e2e

package dtmf

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/dsp"
)

// heardSound is a sound and what is asked of it.
type heardSound struct {
	pcm      []int16
	dialTone bool
}

// spandsp is the program made of spandsp/rx.c.
type spandsp struct{ program string }

func buildSpandsp(t *testing.T) spandsp {
	t.Helper()
	s := spandsp{filepath.Join(t.TempDir(), "rx")}
	if out, err := exec.Command("gcc", "-O2", "-Wall", "-o", s.program, "spandsp/rx.c", "-lspandsp", "-lm").CombinedOutput(); err != nil {
		t.Fatalf("build spandsp/rx.c: %v\n%s", err, out)
	}
	return s
}

// hear returns what spandsp hears in each of sounds.
func (s spandsp) hear(t *testing.T, sounds []heardSound) []string {
	t.Helper()
	cmd := exec.Command(s.program)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(in)
	for _, s := range sounds {
		filter := uint32(0)
		if s.dialTone {
			filter = 1
		}
		_ = binary.Write(w, binary.NativeEndian, []uint32{filter, uint32(len(s.pcm))}) // an error shows in what comes back
		_ = binary.Write(w, binary.NativeEndian, s.pcm)
	}
	if err := w.Flush(); err != nil {
		t.Fatalf("write to spandsp: %v", err)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("run spandsp: %v", err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != len(sounds) {
		t.Fatalf("spandsp answered %d sounds of %d", len(lines), len(sounds))
	}
	return lines
}

// ours returns what our detector hears in each of sounds.
func ours(sounds []heardSound) (keys []string) {
	for _, s := range sounds {
		d := dsp.MakeKeyDetector(rate)
		var heard strings.Builder
		for rest := s.pcm; len(rest) > 0; {
			frame := rest[:min(160, len(rest))]
			rest = rest[len(frame):]
			for e, left := d.Feed(frame); e.Change != dsp.KeyNone; e, left = d.Feed(left) {
				if e.Change == dsp.KeyDown {
					heard.WriteByte(e.Key)
				}
			}
		}
		keys = append(keys, heard.String())
	}
	return keys
}
