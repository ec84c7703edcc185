package record

import (
	"os"
	"path/filepath"
	"testing"

	"trunkline/media/tap"
	"trunkline/media/wav"
)

// alone makes a recorder that no worker has.
func alone(t testing.TB, o Options, tp *tap.Tap, s *scratch) *Recorder {
	t.Helper()
	d := NewDesk(Config{Workers: 1})
	d.Close()
	r := &Recorder{
		made: make(chan struct{}), done: make(chan struct{}), info: Info{Channels: tp.Mode().Channels(), Rate: tp.Rate()},
		in: intake{tap: tp, poll: d.poll},
	}
	var err error
	if r.out, err = d.output(o, wav.Format{Rate: tp.Rate(), Channels: tp.Mode().Channels()}); err != nil {
		t.Fatal(err)
	}
	if !r.begin(s) {
		t.Fatal(r.err)
	}
	return r
}

// BenchmarkRound is what recording costs on the control plane for each half
// second of a stereo call: drain the tap, make bytes, write them. Divide by 25
// for the cost of a frame of 20 ms.
func BenchmarkRound(b *testing.B) {
	for _, o := range forms(b, b.TempDir()) {
		b.Run(o.Ext()[1:], func(b *testing.B) {
			tp := tap.New(tap.Stereo, 8000, 1000)
			var s scratch
			r := alone(b, o, tp, &s)
			left, right := tone(300, 8000, 0, 4000), tone(700, 8000, 0, 4000)
			round := func() {
				tp.WritePair(left, right)
				if r.round(&s) {
					b.Fatal(r.err)
				}
				if r.out.file.size > 64<<20 {
					r.out.file.size /= 1 << 20 // the benchmark's disk is not endless
				}
			}
			round() // grows what is kept
			b.ReportAllocs()
			for b.Loop() {
				round()
			}
			b.StopTimer()
			if err := r.out.close(&s); err != nil {
				b.Fatal(err)
			}
			if err := os.Remove(filepath.Join(o.Path)); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// TestARoundDoesNotAllocate: a thousand recordings leave the collector alone.
func TestARoundDoesNotAllocate(t *testing.T) {
	for _, o := range forms(t, t.TempDir()) {
		tp := tap.New(tap.Stereo, 8000, 1000)
		var s scratch
		r := alone(t, o, tp, &s)
		pcm := tone(300, 8000, 0, 4000)
		n := testing.AllocsPerRun(20, func() {
			tp.WritePair(pcm, pcm)
			if r.round(&s) {
				t.Fatal(r.err)
			}
		})
		if err := r.out.close(&s); err != nil {
			t.Fatal(err)
		}
		if n != 0 {
			t.Errorf("%s: half a second costs %v allocations, want 0", o.Ext(), n)
		}
	}
}
