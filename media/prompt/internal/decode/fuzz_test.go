package decode

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"trunkline/media/ogg"
)

// fuzzLimits keep a hostile file from taking long, not from trying.
var fuzzLimits = Limits{Bytes: 1 << 20, Duration: 20 * time.Second}

// FuzzRead reads whatever comes, under any name.
func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("testdata/*-*.*")
	if err != nil || len(names) < 20 {
		f.Fatal(names, err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, b[:min(len(b), 4<<10)])
	}
	f.Fuzz(func(t *testing.T, name string, b []byte) { check(t, name, b) })
}

// check reads b and wants sound within the limits or an error.
func check(t *testing.T, name string, b []byte) {
	t.Helper()
	s, err := Read(t.Context(), readerOf(b), name, fuzzLimits)
	switch most := int(fuzzLimits.Duration.Seconds()+0.1) * s.Rate; {
	case err != nil && (s.Rate != 0 || s.PCM != nil):
		t.Errorf("an error and %d samples", len(s.PCM))
	case err == nil && (s.Rate != narrowRate && s.Rate != wideRate || len(s.PCM) == 0 || len(s.PCM) > most+s.Rate/10):
		t.Errorf("%d samples at %d Hz", len(s.PCM), s.Rate)
	}
}

// FuzzOgg reads packets of any content on pages that are in order: checksums
// would keep a fuzzer from getting at what is in them. Each packet stands behind
// its length, two bytes.
func FuzzOgg(f *testing.F) {
	for _, name := range []string{"vorbis-8k.ogg", "vorbis-16k-stereo.ogg", "opus-48k.opus", "opus-8k-60ms.opus"} {
		f.Add(packetsOf(f, name))
	}
	f.Fuzz(func(t *testing.T, b []byte) { check(t, "x", paged(b)) })
}

// packetsOf returns what FuzzOgg takes, of a file.
func packetsOf(tb testing.TB, name string) (out []byte) {
	tb.Helper()
	pages := ogg.NewReader(readerOf(fixture(tb, name)))
	var rest []byte
	for {
		p, err := pages.Next()
		if err != nil {
			return out
		}
		for _, n := range p.Lacing {
			rest, p.Body = append(rest, p.Body[:n]...), p.Body[n:]
			if n < 255 {
				out = append(append(out, byte(len(rest)>>8), byte(len(rest))), rest...)
				rest = rest[:0]
			}
		}
	}
}

// paged puts each packet on pages of its own.
func paged(b []byte) (file []byte) {
	var sequence uint32
	for len(b) >= 2 {
		n := min(int(b[0])<<8|int(b[1]), len(b)-2)
		packet := b[2 : 2+n]
		b = b[2+n:]
		flags := byte(0)
		for more := true; more; sequence++ {
			p := ogg.Page{Flags: flags, Serial: 1, Sequence: sequence, Granule: int64(sequence) * 960}
			if sequence == 0 {
				p.Flags |= ogg.First
			}
			if len(b) < 2 {
				p.Flags |= ogg.Last
			}
			k := min(len(packet), 254*255)
			p.Body, packet = packet[:k], packet[k:]
			for ; k >= 255; k -= 255 {
				p.Lacing = append(p.Lacing, 255)
			}
			if more = len(packet) > 0; !more {
				p.Lacing = append(p.Lacing, byte(k))
			}
			file = p.Append(file)
			flags = ogg.Continued
		}
	}
	return file
}

// The pages that FuzzOgg makes are those of a file that plays.
func TestPaged(t *testing.T) {
	for _, name := range []string{"vorbis-16k-stereo.ogg", "opus-48k.opus"} {
		s, err := read("x", paged(packetsOf(t, name)))
		if n := len(s.PCM); err != nil || n < 6400-1000 || n > 6400+1000 {
			t.Errorf("%s: %d samples, %v", name, n, err)
		}
	}
}

// Headers that once cost gigabytes, or time without end.
func TestHostileVorbisHeaders(t *testing.T) {
	f := func(name string, change func(setup []byte)) {
		t.Helper()
		packets := packetsOf(t, "vorbis-8k.ogg")
		third := packets
		for range 2 {
			third = third[2+int(third[0])<<8+int(third[1]):]
		}
		change(third[2+7:])
		cheap(t, name, paged(packets))
	}
	f("a codebook of nothing", func(b []byte) { b[4], b[5] = 0, 0 })
	f("a codebook of no entries", func(b []byte) { b[6], b[7], b[8] = 0, 0, 0 })
	f("a codebook of 16 million entries", func(b []byte) { b[6], b[7], b[8] = 255, 255, 255 })
	f("a codebook of 65535 dimensions", func(b []byte) { b[4], b[5] = 255, 255 })
	f("all ones", func(b []byte) {
		for i := range b {
			b[i] = 255
		}
	})
	f("all zeros", func(b []byte) { clear(b) })
}

// Claims cost nothing.
func TestClaimsAreNotBelieved(t *testing.T) {
	f := func(name string, at int, change ...byte) {
		t.Helper()
		b := fixture(t, name)
		copy(b[at:], change)
		cheap(t, name, b[:min(len(b), 3000)])
	}
	f("pcm16-16k.wav", 16, 255, 255, 255, 127)                          // fmt
	f("pcm16-16k.wav", 12, 'j', 'u', 'n', 'k', 255, 255, 255, 255)      // another chunk
	f("lame-16k-stereo.mp3", 0, 'I', 'D', '3', 4, 0, 0, 127, 127, 127)  // a tag
	f("vorbis-8k.ogg", 26, 255)                                         // lacing values
	f("opus-48k.opus", 28, 'O', 'p', 'u', 's', 'H', 'e', 'a', 'd', 255) // no version we know
}

// cheap wants an error that came at little cost.
func cheap(t *testing.T, name string, b []byte) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	s, err := read("x", b)
	runtime.ReadMemStats(&after)
	if cost := after.TotalAlloc - before.TotalAlloc; err == nil || cost > 8<<20 {
		t.Errorf("%s: %d samples, %v, for %d bytes of memory", name, len(s.PCM), err, cost)
	}
}
