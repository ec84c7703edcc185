package wav

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

func TestWrittenFilesReadBack(t *testing.T) {
	f := func(format Format, pcm []int16) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "x.wav")
		if err := WriteFile(name, Sound{Format: format, PCM: pcm}); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v; sound is its owner's alone", info.Mode(), err)
		}
		if got.Format != format || !slices.Equal(got.PCM, pcm) {
			t.Errorf("wrote %+v %d values, read %+v %d values", format, len(pcm), got.Format, len(got.PCM))
		}
	}
	f(Format{8000, 1}, []int16{0, 1, -1, math.MaxInt16, math.MinInt16})
	f(Format{8000, 2}, []int16{1, -1, 2, -2})
	f(Format{44100, 2}, make([]int16, 100000)) // more than the writer collects
	f(Format{8000, 1}, nil)
}

func TestRepairMakesTheHeaderAgree(t *testing.T) {
	f := func(says int64, samples int, want []int16) {
		t.Helper()
		format := Format{16000, 2}
		b := AppendSamples(AppendHeader(nil, format, says), slices.Repeat([]int16{3}, samples))
		name := filepath.Join(t.TempDir(), "x.wav")
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := Repair(file); err != nil {
			t.Fatal(err)
		}
		fixed, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fixed, AppendSamples(AppendHeader(nil, format, int64(2*len(want))), slices.Repeat([]int16{3}, samples))) {
			t.Errorf("header says %d of %d samples: repaired to %q", says, samples, fixed[:HeaderLen])
		}
		if got, err := ReadFile(name); err != nil || !slices.Equal(got.PCM, want) {
			t.Errorf("header says %d: read %d values, %v; want %d", says, len(got.PCM), err, len(want))
		}
	}
	f(Unknown, 320, slices.Repeat([]int16{3}, 320)) // a stream
	f(0, 320, slices.Repeat([]int16{3}, 320))       // a process that died at once
	f(1<<30, 320, slices.Repeat([]int16{3}, 320))   // a file that was cut
	f(640, 320, slices.Repeat([]int16{3}, 320))     // right already
	f(Unknown, 321, slices.Repeat([]int16{3}, 320)) // half a pair at the end
	f(Unknown, 0, nil)
}

func TestRepairLeavesOthersAlone(t *testing.T) {
	f := func(in string, want error) {
		t.Helper()
		name := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(name, []byte(in), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		if err := Repair(file); !errors.Is(err, want) {
			t.Errorf("Repair(%.20q): %v, want %v", in, err, want)
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != in {
			t.Errorf("Repair(%.20q) left %.60q, %v", in, got, err)
		}
	}
	f("", ErrNotWAV)
	f("RIFF", ErrNotWAV)
	f("OggS"+strings.Repeat("x", 100), ErrNotWAV)
	f(file("fmt ", form(1, 1, 8000, 8), "data", "12345678"), ErrUnsupported)
	f(file("fmt ", form(7, 1, 8000, 8), "data", "12345678"), ErrUnsupported)
	f(file("LIST", "xxxx", "fmt ", form(1, 1, 8000, 16), "data", ""), ErrUnsupported)
	f(file("fmt ", form(1, 0, 8000, 16), "data", "12345678"), ErrUnsupported)
}

func TestHeaderIsWhatPlayersExpect(t *testing.T) {
	got := AppendHeader(nil, Format{8000, 2}, 640)
	want := "RIFF\xa4\x02\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1f\x00\x00\x00\x7d\x00\x00\x04\x00\x10\x00data\x80\x02\x00\x00"
	if string(got) != want || len(got) != HeaderLen {
		t.Fatalf("header\n%q, want\n%q", got, want)
	}
	// Longer than 32 bits can say: the largest there is, not a small wrong one.
	got = AppendHeader(nil, Format{8000, 1}, 5<<30)
	if size := binary.LittleEndian.Uint32(got[4:]); size != math.MaxUint32 {
		t.Fatalf("RIFF size %d for 5 GiB", size)
	}
}

// file builds a WAV file of chunks: name and body in turn.
func file(chunks ...string) string {
	body := "WAVE"
	for i := 0; i < len(chunks); i += 2 {
		size := binary.LittleEndian.AppendUint32(nil, uint32(len(chunks[i+1])))
		body += chunks[i] + string(size) + chunks[i+1]
		if len(chunks[i+1])%2 == 1 {
			body += "\x00"
		}
	}
	return "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
}

// form is a fmt chunk's body.
func form(tag, channels uint16, rate uint32, bits uint16) string {
	b := binary.LittleEndian.AppendUint16(nil, tag)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*uint32(channels)*uint32(bits/8))
	b = binary.LittleEndian.AppendUint16(b, channels*bits/8)
	return string(binary.LittleEndian.AppendUint16(b, bits))
}

func extensible(bits, tag uint16) string {
	b := []byte(form(tagExtensible, 1, 16000, bits) + "\x16\x00" + "\x10\x00" + "\x04\x00\x00\x00")
	b = binary.LittleEndian.AppendUint16(b, tag)
	return string(b) + "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
}

func TestReadKnowsTheUsualEncodings(t *testing.T) {
	f := func(name, in string, want ...int16) {
		t.Helper()
		got, err := Read(iotest.OneByteReader(strings.NewReader(in)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !slices.Equal(got.PCM, want) {
			t.Errorf("%s: read %v, want %v", name, got.PCM, want)
		}
	}
	f("16 bit", file("fmt ", form(1, 1, 8000, 16), "data", "\x01\x00\xff\xff"), 1, -1)
	f("8 bit", file("fmt ", form(1, 1, 8000, 8), "data", "\x80\x00\xff"), 0, -32768, 32512)
	f("24 bit", file("fmt ", form(1, 1, 8000, 24), "data", "\x99\x01\x00\x00\xff\xff"), 1, -1)
	f("32 bit", file("fmt ", form(1, 1, 8000, 32), "data", "\x00\x00\x02\x80"), -32766)
	f("float", file("fmt ", form(3, 1, 8000, 32), "data", "\x00\x00\x00\x3f"+"\x00\x00\x00\xc0"+"\x00\x00\xc0\x7f"), 16384, -32768, 0)
	f("mu-law", file("fmt ", form(7, 1, 8000, 8), "data", "\xff\x00\x80"), 0, -32124, 32124)
	f("A-law", file("fmt ", form(6, 1, 8000, 8), "data", "\xd5\xaa\x2a"), 8, 32256, -32256)
	f("extensible", file("fmt ", extensible(16, 1), "data", "\x05\x00"), 5)
	f("other chunks", file("LIST", "odd", "fmt ", form(1, 1, 8000, 16), "fact", "four", "data", "\x07\x00", "LIST", "x"), 7)
	f("empty", file("fmt ", form(1, 1, 8000, 16), "data", ""))
	f("half a sample", file("fmt ", form(1, 2, 8000, 16), "data", "\x01\x00\x02\x00\x03\x00"), 1, 2)

	whole := file("fmt ", form(1, 1, 8000, 16), "data", "\x01\x00\x02\x00")
	f("cut off by a crash", whole[:len(whole)-2], 1)
	piped := strings.Replace(whole, "data\x04\x00\x00\x00", "data\xff\xff\xff\xff", 1)
	f("written to a pipe", piped, 1, 2)
	f("written to a pipe, zero length", strings.Replace(whole, "data\x04", "data\x00", 1), 1, 2)
}

func TestMeasureCountsWithoutKeeping(t *testing.T) {
	f := func(in string, instants int64, want error) {
		t.Helper()
		_, n, err := Measure(strings.NewReader(in))
		if n != instants || !errors.Is(err, want) {
			t.Errorf("Measure(%.60q) = %d, %v; want %d, %v", in, n, err, instants, want)
		}
	}
	whole := file("fmt ", form(1, 2, 8000, 16), "data", "12345678")
	f(whole, 2, nil)
	f(whole+"LIST", 2, nil)
	f(whole[:len(whole)-1], 1, ErrCut)
	f(strings.Replace(whole, "data\x08\x00\x00\x00", "data\xff\xff\xff\xff", 1), 2, nil)
	f("OggS", 0, ErrNotWAV)
}

func TestReadRefusesClearly(t *testing.T) {
	f := func(in string, want error, says string) {
		t.Helper()
		_, err := Read(strings.NewReader(in))
		if !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
			t.Errorf("Read(%.40q): %v; want %v saying %q", in, err, want, says)
		}
	}
	pcm := form(1, 1, 8000, 16)
	f("", ErrNotWAV, "RIFF header")
	f("ID3\x03 this is an MP3 file", ErrNotWAV, "no RIFF/WAVE header")
	f("RIFF\x04\x00\x00\x00AVI LIST", ErrNotWAV, "no RIFF/WAVE header")
	f(file(), ErrNotWAV, "data chunk")
	f(file("fmt ", pcm), ErrNotWAV, "data chunk")
	f(file("data", "\x00\x00"), ErrNotWAV, "before fmt")
	f(file("fmt ", pcm)[:20], ErrNotWAV, "fmt chunk")
	f(file("fmt ", "short"), ErrNotWAV, "fmt chunk of 5 bytes")
	f(file("LIST", "long")[:18], ErrNotWAV, "data chunk")
	f(file("fmt ", form(0x55, 1, 8000, 16), "data", ""), ErrUnsupported, "0x0055")
	f(file("fmt ", form(1, 1, 8000, 12), "data", ""), ErrUnsupported, "12 bits")
	f(file("fmt ", form(1, 0, 8000, 16), "data", ""), ErrUnsupported, "0 channels")
	f(file("fmt ", form(1, 1, 0, 16), "data", ""), ErrUnsupported, "rate 0 Hz")
	f(file("fmt ", extensible(16, 0x55), "data", ""), ErrUnsupported, "0x0055")

	_, err := Read(iotest.ErrReader(fs.ErrPermission))
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrNotWAV) {
		t.Errorf("a reader's own error came out as %v", err)
	}
	if _, err := ReadFile("testdata/none.wav"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file came out as %v", err)
	}
	if err := WriteFile(filepath.Join(t.TempDir(), "x.wav"), Sound{Format: Format{8000, 0}}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("a file without channels: %v", err)
	}
}

func TestChannelsAndDuration(t *testing.T) {
	s := Sound{Format{8000, 2}, []int16{1, 3, 10, 30}}
	if got := s.Channel(1); !slices.Equal(got, []int16{3, 30}) {
		t.Errorf("right channel %v", got)
	}
	if got := s.Mono(); !slices.Equal(got, []int16{2, 20}) {
		t.Errorf("mono %v", got)
	}
	if got := s.Duration(); got != 250*time.Microsecond {
		t.Errorf("duration %v", got)
	}
	if got := (Sound{}).Duration(); got != 0 {
		t.Errorf("nothing plays for %v", got)
	}
}

func TestAFullDiskIsAnError(t *testing.T) {
	f := func(n int) {
		t.Helper()
		if err := WriteFile("/dev/full", Sound{Format{8000, 1}, make([]int16, n)}); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%d samples on a full disk: %v", n, err)
		}
	}
	f(0)
	f(100000)
}

// FuzzRead: any file is sound or an error; never a panic, never torn frames,
// never more samples than bytes.
func FuzzRead(f *testing.F) {
	f.Add([]byte(file("fmt ", form(1, 2, 8000, 16), "data", "\x01\x00\x02\x00")))
	f.Add([]byte(file("fmt ", form(7, 1, 8000, 8), "data", "\xff\x00")))
	f.Add([]byte(file("fmt ", extensible(24, 1), "data", "\x01\x02\x03")))
	f.Add([]byte(file("LIST", "x", "fmt ", form(3, 1, 48000, 32))))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		if s.check() != nil || len(s.PCM)%s.Channels != 0 || len(s.PCM) > len(b) {
			t.Fatalf("%d bytes gave %+v with %d values", len(b), s.Format, len(s.PCM))
		}
		s.Mono()
		s.Duration()
		if format, n, err := Measure(bytes.NewReader(b)); format != s.Format || n*int64(s.Channels) != int64(len(s.PCM)) ||
			err != nil && !errors.Is(err, ErrCut) {
			t.Fatalf("%d bytes measure as %+v, %d, %v; read as %+v with %d values", len(b), format, n, err, s.Format, len(s.PCM))
		}
	})
}
