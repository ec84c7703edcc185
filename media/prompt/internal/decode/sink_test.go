package decode

import (
	"slices"
	"testing"
	"time"

	"trunkline/dsp"
)

// newSink returns a sink for a second of sound.
func newSink(t *testing.T) *sink { return &sink{ctx: t.Context(), longest: time.Second} }

// At whatever rate and in however many channels a second comes, it is a second
// of the same sound.
func TestEveryRate(t *testing.T) {
	f := func(rate, channels, want int) {
		t.Helper()
		mono := make([]int16, rate)
		dsp.NewTone(440, -10, rate).Fill(mono)
		pcm := make([]int16, 0, rate*channels)
		for _, v := range mono {
			for range channels {
				pcm = append(pcm, v)
			}
		}
		to := newSink(t)
		if err := to.open(rate, channels); err != nil {
			t.Error(err)
			return
		}
		for piece := range slices.Chunk(pcm, 5000*channels) {
			if err := to.write(piece); err != nil {
				t.Error(err)
			}
		}
		s, err := to.finish()
		if err != nil || s.Rate != want || len(s.PCM) < want-1 || len(s.PCM) > want+1 {
			t.Errorf("%d Hz: %d samples at %d Hz, %v", rate, len(s.PCM), s.Rate, err)
			return
		}
		if level, snr := quality(s.PCM[want/4:want*3/4], 440, want); level < -10.1 || level > -9.9 || snr < 60 {
			t.Errorf("%d Hz: 440 Hz at %.2f dBov with %.1f dB to the rest", rate, level, snr)
		}
	}
	for _, rate := range []int{8000, 11025, 12000} {
		f(rate, 1, 8000)
	}
	for i, rate := range []int{16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000, 176400, 192000} {
		f(rate, i%3+1, 16000)
	}
	for _, rate := range []int{0, -1, 7999, 192001} {
		if newSink(t).open(rate, 1) == nil {
			t.Errorf("%d Hz was taken", rate)
		}
	}
	for _, channels := range []int{0, -1, 9} {
		if newSink(t).open(8000, channels) == nil {
			t.Errorf("%d channels were taken", channels)
		}
	}
}

func TestChannelsBecomeTheirMean(t *testing.T) {
	f := func(channels int, pcm, want []int16) {
		t.Helper()
		to := newSink(t)
		if err := to.open(8000, channels); err != nil {
			t.Fatal(err)
		}
		if err := to.write(pcm); err != nil || !slices.Equal(to.pcm, want) {
			t.Errorf("%v in %d channels: %v, %v; want %v", pcm, channels, to.pcm, err, want)
		}
	}
	f(1, []int16{1, 2, 3}, []int16{1, 2, 3})
	f(2, []int16{100, 0, -32768, -32768, 32767, 32767}, []int16{50, -32768, 32767})
	f(3, []int16{10, 20, 60, 1}, []int16{30}) // not a whole instant at the end
}

// A timeline plays from its first position to its last.
func TestTimeline(t *testing.T) {
	type page struct {
		samples int
		granule int64
		last    bool
	}
	f := func(skip int64, from, to int, pages ...page) {
		t.Helper()
		out := newSink(t)
		if err := out.open(16000, 1); err != nil {
			t.Fatal(err)
		}
		line, n := timeline{per: 3, channels: 1, skip: skip}, 0
		for _, p := range pages {
			for range p.samples {
				line.pending = append(line.pending, int16(n))
				n++
			}
			if err := line.page(p.granule, p.last, out); err != nil {
				t.Error(err)
			}
		}
		var want []int16
		for i := from; i < to; i++ {
			want = append(want, int16(i))
		}
		if !slices.Equal(out.pcm, want) {
			t.Errorf("%d samples, want those from %d to %d", len(out.pcm), from, to)
		}
	}
	f(0, 0, 30, page{10, 30, false}, page{20, 90, true})
	f(4, 4, 30, page{10, 30, false}, page{20, 90, true})
	f(14, 14, 30, page{10, 30, false}, page{20, 90, true})
	f(0, 0, 25, page{10, 30, false}, page{20, 75, true})                     // cut at the end
	f(3, 3, 7, page{10, 21, true})                                           // the only page, too
	f(0, 6, 30, page{10, 12, false}, page{20, 72, true})                     // cut at the beginning
	f(2, 2, 25, page{10, 3030, false}, page{20, 3075, true})                 // cut out of a longer one
	f(0, 0, 20, page{10, 30, false}, page{10, -1, false}, page{20, 0, true}) // ends before its last page
	f(0, 0, 40, page{10, 30, false}, page{10, -1, false}, page{20, 1 << 62, true})
	f(50, 0, 0, page{10, 30, false}, page{20, 90, true})
}
