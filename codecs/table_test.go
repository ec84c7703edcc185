package codecs

import (
	"math"
	"testing"
)

// TestEveryCodec holds each row of the table to the same promises.
func TestEveryCodec(t *testing.T) {
	for _, c := range All() {
		t.Run(c.Name, func(t *testing.T) {
			checkLookups(t, c)
			checkRoundTrip(t, c)
			checkAllocations(t, c)
			checkEdges(t, c)
		})
	}
}

func checkLookups(t *testing.T, c Codec) {
	t.Helper()
	for how, find := range map[string]func() (Codec, bool){
		"id":           func() (Codec, bool) { return ByID(c.ID) },
		"name":         func() (Codec, bool) { return ByName(c.Name, c.ClockRate) },
		"any clock":    func() (Codec, bool) { return ByName(c.Name, 0) },
		"payload type": func() (Codec, bool) { return ByPayloadType(c.PayloadType) },
	} {
		if got, ok := find(); !ok || got.ID != c.ID {
			t.Errorf("by %s: got %v, %v; want %v", how, got.ID, ok, c.ID)
		}
	}
}

// A tone at −10 dBov must come back with a signal to noise ratio a telephone
// codec is expected to have (G.712: 33 dB between 0 and −30 dBm0).
func checkRoundTrip(t *testing.T, c Codec) {
	t.Helper()
	coder, n := c.New(c.Rates[0], Format{}), c.Rates[0]/50
	pcm, back := make([]int16, n*10), make([]int16, n*10)
	payload := make([]byte, n*10)
	for i := range pcm {
		pcm[i] = int16(10362 * math.Sin(2*math.Pi*440*float64(i)/float64(c.Rates[0])))
	}
	size := coder.Encode(payload, pcm)
	if got := c.Length(payload[:size]); got != len(pcm)*c.ClockRate/c.Rates[0] {
		t.Errorf("length of %d samples is %d timestamp units", len(pcm), got)
	}
	if got := coder.Decode(back, payload[:size]); got != len(pcm) {
		t.Fatalf("decoded %d samples, want %d", got, len(pcm))
	}
	var signal, noise float64
	for i := range pcm {
		d := float64(pcm[i]) - float64(back[i])
		signal += float64(pcm[i]) * float64(pcm[i])
		noise += d * d
	}
	if snr := 10 * math.Log10(signal/noise); snr < 33 {
		t.Errorf("signal to noise ratio %.1f dB, want at least 33", snr)
	}
}

func checkAllocations(t *testing.T, c Codec) {
	t.Helper()
	coder := c.New(c.Rates[0], Format{})
	pcm, payload := make([]int16, 160), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() { coder.Decode(pcm, payload[:coder.Encode(payload, pcm)]) }); n != 0 {
		t.Errorf("a frame allocates %v times, want 0", n)
	}
}

func checkEdges(t *testing.T, c Codec) {
	t.Helper()
	coder := c.New(c.Rates[0], Format{})
	if n := coder.Encode(nil, make([]int16, 160)); n != 0 {
		t.Errorf("encoded %d bytes into no room", n)
	}
	if n := coder.Decode(make([]int16, 3), make([]byte, 160)); n > 3 {
		t.Errorf("decoded %d samples into room for 3", n)
	}
	if n := coder.Decode(make([]int16, 3), nil); n != 0 {
		t.Errorf("decoded %d samples out of nothing", n)
	}
}

func TestLookups(t *testing.T) {
	f := func(name string, clock int, want ID) {
		t.Helper()
		if got, ok := ByName(name, clock); got.ID != want || ok != (want != None) {
			t.Errorf("ByName(%q, %d) = %v, %v; want %v", name, clock, got.ID, ok, want)
		}
	}
	f("pcmu", 8000, PCMU)
	f("PcMa", 8000, PCMA)
	f("PCMU", 16000, None)
	f("G729", 8000, None)
	f("", 0, None)
	if got := PCMA.String() + " " + None.String() + " " + ID(200).String(); got != "PCMA none none" {
		t.Errorf("names: got %q", got)
	}
}

func TestAllIsACopy(t *testing.T) {
	All()[0].Name = "spoiled"
	if got := All()[0].Name; got != "PCMU" {
		t.Errorf("the table can be changed from outside: %q", got)
	}
}

// FuzzEveryCodec: whatever the bytes, nothing panics and lengths stay in bounds.
func FuzzEveryCodec(f *testing.F) {
	f.Add([]byte{}, uint16(0))
	f.Add([]byte{0x00, 0x80, 0x55, 0xd5, 0xff, 0x7f}, uint16(3))
	f.Fuzz(func(t *testing.T, payload []byte, room uint16) {
		for _, c := range All() {
			coder, pcm := c.New(c.Rates[0], Format{}), make([]int16, room)
			n := coder.Decode(pcm, payload)
			if n < 0 || n > len(pcm) {
				t.Fatalf("%s decoded %d samples into room for %d", c.Name, n, len(pcm))
			}
			again := make([]byte, len(payload))
			if m := coder.Encode(again, pcm[:n]); m > len(again) {
				t.Fatalf("%s encoded %d bytes into room for %d", c.Name, m, len(again))
			}
		}
	})
}

func BenchmarkCodec(b *testing.B) {
	for _, c := range All() {
		coder, pcm, payload := c.New(c.Rates[0], Format{}), make([]int16, 160), make([]byte, 160)
		b.Run("encode/"+c.Name+"-20ms", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				coder.Encode(payload, pcm)
			}
		})
		b.Run("decode/"+c.Name+"-20ms", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				coder.Decode(pcm, payload)
			}
		})
	}
}
