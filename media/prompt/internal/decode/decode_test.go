package decode

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"trunkline/dsp"
)

var testLimits = Limits{Bytes: 1 << 20, Duration: 10 * time.Second}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(name string, b []byte) (Sound, error) {
	return Read(context.Background(), bytes.NewReader(b), name, testLimits)
}

// quality returns the level of a sine in pcm and how far all else is below it, dB.
func quality(pcm []int16, freq float64, rate int) (level, snr dsp.DB) {
	var s, c float64
	at := func(i int) (float64, float64) { return math.Sincos(2 * math.Pi * freq * float64(i) / float64(rate)) }
	for i, x := range pcm {
		sin, cos := at(i)
		s, c = s+float64(x)*sin, c+float64(x)*cos
	}
	n := float64(len(pcm))
	s, c = 2*s/n, 2*c/n
	noise := 1e-9
	for i, x := range pcm {
		sin, cos := at(i)
		d := float64(x) - s*sin - c*cos
		noise += d * d / n
	}
	power := (s*s + c*c) / 2
	return dsp.DB(10 * math.Log10(power/32768/32768)), dsp.DB(10 * math.Log10(power/noise))
}

// Every kind of file holds 0.4 s of 1 kHz at -10 dBov, as testdata/make.sh says.
func TestFilesOfEachKind(t *testing.T) {
	f := func(name string, rate int, snr dsp.DB) {
		t.Helper()
		s, err := read(name, fixture(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		if s.Rate != rate {
			t.Errorf("%s: comes out at %d Hz, want %d", name, s.Rate, rate)
		}
		d := time.Duration(len(s.PCM)) * time.Second / time.Duration(s.Rate)
		if off := d - 400*time.Millisecond; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("%s: lasts %v, want 400ms", name, d)
		}
		level, got := quality(s.PCM[s.Rate/10:s.Rate*3/10], 1000, s.Rate)
		if level < -10.5 || level > -9.8 || got < snr {
			t.Errorf("%s: 1 kHz at %.2f dBov with %.1f dB to the rest, want -10 and %.0f", name, level, got, snr)
		}
	}
	f("pcm8-8k.wav", 8000, 40)
	f("mulaw-8k.wav", 8000, 34)
	f("alaw-8k.wav", 8000, 34)
	f("pcm16-11k.wav", 8000, 60)
	f("pcm16-16k.wav", 16000, 60)
	f("float32-22k.wav", 16000, 60)
	f("pcm24-44k.wav", 16000, 60)
	f("pcm16-48k-stereo.wav", 16000, 60)
	f("pcm32-96k.wav", 16000, 60)
	f("raw.ulaw", 8000, 34)
	f("raw.alaw", 8000, 34)
	f("raw.sln", 8000, 60)
	f("raw.sln24", 16000, 60)
	f("lame-22k-64.mp3", 16000, 30)
	f("lame-44k-vbr-stereo.mp3", 16000, 30)
	f("lame-48k-crc-tags.mp3", 16000, 30)
	f("vorbis-8k.ogg", 8000, 20)
	f("vorbis-16k-stereo.ogg", 16000, 20)
	f("vorbis-44k-stereo.ogg", 16000, 20)
	f("vorbis-48k.ogg", 16000, 20)
	f("opus-48k.opus", 16000, 20)
	f("opus-44k-stereo.opus", 16000, 20)
	f("opus-8k-60ms.opus", 16000, 20)
}

// Streams that follow each other in one file are one sound.
func TestChainedStreams(t *testing.T) {
	s, err := read("x", fixture(t, "opus-chained.opus"))
	if err != nil || len(s.PCM) != 2*6400 {
		t.Errorf("%d samples, %v; want 12800", len(s.PCM), err)
	}
	two := bytes.Repeat(fixture(t, "vorbis-44k-stereo.ogg"), 2)
	if s, err = read("x", two); err != nil || len(s.PCM) != 2*6400 {
		t.Errorf("%d samples, %v; want 12800", len(s.PCM), err)
	}
	changed := append(fixture(t, "vorbis-44k-stereo.ogg"), fixture(t, "vorbis-48k.ogg")...)
	if _, err = read("x", changed); err == nil || !strings.Contains(err.Error(), "goes on with 1 channels at 48000 Hz") {
		t.Errorf("a change of rate: %v", err)
	}
}

// An encoder that has no room to tell leaves its delay in the file, and LAME
// makes the sound a little quieter. At 22.05 kHz frames differ in length, below
// 16 kHz MPEG 2.5 begins.
func TestMP3WithoutATag(t *testing.T) {
	f := func(name string, rate int) {
		t.Helper()
		s, err := read(name, fixture(t, name))
		if n := len(s.PCM) * 1000 / max(s.Rate, 1); err != nil || s.Rate != rate || n < 400 || n > 560 {
			t.Errorf("%s: %d ms at %d Hz, %v", name, n, s.Rate, err)
			return
		}
		level, snr := quality(s.PCM[s.Rate/5:s.Rate*2/5], 1000, s.Rate)
		if level < -10.6 || level > -9.8 || snr < 30 {
			t.Errorf("%s: 1 kHz at %.2f dBov with %.1f dB to the rest", name, level, snr)
		}
	}
	f("lame-11k-stereo.mp3", 8000)
	f("lame-12k.mp3", 8000)
	f("lame-16k-stereo.mp3", 16000)
	f("lame-22k.mp3", 16000)
	f("lame-24k.mp3", 16000)
	f("lame-44k-notag.mp3", 16000)
}

// What lies before, between and behind the frames is passed over, and so is
// what a file lacks that was cut out of a longer one.
func TestMP3AmongOtherThings(t *testing.T) {
	whole := fixture(t, "lame-48k-crc-tags.mp3")
	junk := bytes.Repeat([]byte("not a frame \xff\xfb\x90\x00"), 50)
	f := func(b []byte, least, most int) {
		t.Helper()
		s, err := read("x.mp3", b)
		if n := len(s.PCM) * 1000 / max(s.Rate, 1); err != nil || n < least || n > most {
			t.Errorf("%d ms, %v; want %d to %d", n, err, least, most)
		}
	}
	tag := append([]byte("ID3\x04\x00\x00\x00\x00\x03\x20"), junk[:400]...)
	f(append(tag, whole...), 399, 401)
	f(append(append(whole[:len(whole):len(whole)], "TAG"...), make([]byte, 125)...), 399, 401)
	f(append(append(tag, junk...), whole...), 399, 401)
	f(append(append(whole[:5000:5000], junk...), whole[5000:]...), 340, 401)
	f(whole[3000:], 150, 400)
	f(whole[:5000], 150, 400)
}

func TestRefusals(t *testing.T) {
	f := func(name string, b []byte, want string) {
		t.Helper()
		if s, err := read(name, b); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %d samples, %v; want %q", name, len(s.PCM), err, want)
		}
	}
	wav := fixture(t, "pcm16-16k.wav")
	with := func(at int, b ...byte) []byte {
		out := bytes.Clone(wav)
		copy(out[at:], b)
		return out
	}
	f("x.wav", nil, "empty")
	f("x.ulaw", nil, "empty")
	f("x.wav", []byte("hello, this is text"), "no WAV, Ogg or MP3")
	f("x", []byte{1}, "no WAV, Ogg or MP3")
	f("x.flac", fixture(t, "flac-16k.flac"), "FLAC is not supported")
	f("x.sln", fixture(t, "flac-16k.flac"), "FLAC is not supported")
	f("x.m4a", []byte("\x00\x00\x00\x20ftypM4A "), "MP4 is not supported")
	f("x.wav", wav[:11], "no WAV, Ogg or MP3")
	f("x.wav", wav[:30], "not a WAV file")
	f("x.wav", wav[:44], "holds no sound")
	f("x.wav", with(24, 0xa0, 0x0f, 0, 0), "4000 Hz: want 8000 to 192000")
	f("x.wav", with(24, 0x01, 0xee, 2, 0), "192001 Hz: want 8000 to 192000")
	f("x.wav", with(22, 9), "9 channels")
	f("x.wav", with(20, 2), "unsupported WAV format")
	f("x.sln", []byte{1}, "holds no sound")
	f("x.mp3", fixture(t, "lame-8k.mp3"), "MPEG 2.5")
	f("x.mp3", []byte("ID3\x04\x00\x00\x7f\x7f\x7f\x7f"), "ends within its tag")
	f("x.mp3", []byte("ID3\x04\x00\x00\x00\x00\x00\x00 and then nothing"), "no frame")
	f("x.ogg", []byte("OggS and then nothing"), "not an Ogg file")
	f("x.opus", fixture(t, "opus-48k.opus")[:28], "neither Opus nor Vorbis")
	f("x.opus", fixture(t, "opus-48k.opus")[:200], "holds no sound")
}

func TestLimits(t *testing.T) {
	f := func(name string, l Limits, want string) {
		t.Helper()
		_, err := Read(t.Context(), bytes.NewReader(fixture(t, name)), name, l)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for _, name := range []string{"pcm16-16k.wav", "raw.ulaw", "lame-16k-stereo.mp3", "vorbis-48k.ogg", "opus-48k.opus"} {
		f(name, Limits{Bytes: 1500, Duration: time.Hour}, "larger than 1500 bytes")
		f(name, Limits{Bytes: 1 << 20, Duration: 399 * time.Millisecond}, "longer than 399ms")
	}
}

func TestReadersErrorsAreTold(t *testing.T) {
	boom := errors.New("the disk is gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	for _, name := range []string{"pcm16-16k.wav", "raw.ulaw", "lame-16k-stereo.mp3", "vorbis-48k.ogg", "opus-48k.opus"} {
		b := fixture(t, name)
		r := func() *bytes.Reader { return bytes.NewReader(b[:1700]) }
		_, err := Read(ctx, io.MultiReader(r(), iotest.ErrReader(boom)), name, testLimits)
		if !errors.Is(err, boom) {
			t.Errorf("%s: %v, want the reader's error", name, err)
		}
		if s, err := Read(ctx, iotest.OneByteReader(bytes.NewReader(b)), name, testLimits); err != nil || len(s.PCM) == 0 {
			t.Errorf("%s byte by byte: %v", name, err)
		}
	}
	cancel(boom)
	if _, err := Read(ctx, bytes.NewReader(fixture(t, "raw.ulaw")), "x.ulaw", testLimits); !errors.Is(err, boom) {
		t.Errorf("a cancelled read: %v", err)
	}
}

func readerOf(b []byte) io.Reader { return bytes.NewReader(b) }
