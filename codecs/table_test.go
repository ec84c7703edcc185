package codecs

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// floors are the least quality, in dB, that a codec keeps at every rate and
// packet time. Codecs that keep the shape of the wave have a ratio to show; those
// that model a voice (Opus at these rates, G.729, AMR) have only some of it.
var floors = map[ID]struct{ tone, speech, overload float64 }{
	PCMU:    {36, 34, 34},
	PCMA:    {36, 34, 34},
	G722:    {40, 18, 22},
	Opus:    {22, 9, 9},
	L16:     {45, 45, 45},
	L16Wide: {45, 45, 45},
	G729:    {20, 4, 5},
	AMR:     {23, 4, 5},
	AMRWB:   {24, 9, 4},
}

// TestEveryCodec holds each row of the table to the same promises.
func TestEveryCodec(t *testing.T) {
	for _, c := range All() {
		t.Run(fmt.Sprint(c.Name, c.ClockRate), func(t *testing.T) {
			checkLookups(t, c)
			checkFormats(t, c)
			for _, rate := range c.Rates {
				checkRoundTrip(t, c, rate)
				checkSilence(t, c, rate)
				checkIndependence(t, c, rate)
				checkAllocations(t, c, rate)
				checkEdges(t, c, rate)
				checkRelease(t, c, rate)
			}
		})
	}
}

// packetTimes are those of 10 to 60 ms that c can send.
func packetTimes(c Codec) (fit []time.Duration) {
	for ms := 10; ms <= 60; ms += 10 {
		if ptime := time.Duration(ms) * time.Millisecond; c.Carries(ptime) {
			fit = append(fit, ptime)
		}
	}
	return fit
}

func checkLookups(t *testing.T, c Codec) {
	t.Helper()
	if got, ok := ByID(c.ID); !ok || got.ID != c.ID {
		t.Errorf("by id: got %v, %v", got.ID, ok)
	}
	if got, ok := ByName(c.Name, c.ClockRate); !ok || got.ID != c.ID {
		t.Errorf("by name: got %v, %v", got.ID, ok)
	}
	if got, ok := ByName(c.Name, 0); !ok || got.Name != c.Name {
		t.Errorf("by name at any clock: got %v, %v", got.ID, ok)
	}
	if got, ok := ByPayloadType(c.PayloadType); ok != c.Static() || ok && got.ID != c.ID {
		t.Errorf("by payload type: got %v, %v", got.ID, ok)
	}
	for _, other := range All() {
		if other.ID != c.ID && other.PayloadType == c.PayloadType || c.PayloadType == 101 || c.PayloadType == 13 {
			t.Errorf("payload type %d is taken", c.PayloadType)
		}
	}
}

// What a codec describes, it understands; what it does not, it leaves out.
func checkFormats(t *testing.T, c Codec) {
	t.Helper()
	if (c.Parse == nil) != (c.Describe == nil) {
		t.Fatal("Parse and Describe come together")
	}
	if c.Parse == nil {
		return
	}
	for _, fmtp := range []string{"", ";", "=", "a", ";=;;x=y;cbr", "maxaveragebitrate=99999999999999999999;mode-set=99,-1,x"} {
		if f := c.Parse(fmtp); f != c.Parse("") {
			t.Errorf("%q: got %+v", fmtp, f)
		}
	}
	for _, f := range []Format{{}, {FEC: true, DTX: true, CBR: true, Stereo: true}, {Bitrate: 20000, MaxRate: 16000}, {Aligned: true}, {Modes: 0x95}} {
		said := c.Describe(f)
		if again := c.Describe(c.Parse(said)); again != said {
			t.Errorf("%+v: said %q, understood as %q", f, said, again)
		}
	}
}

// carry takes sound through a coder, in packets of ptime, and checks each.
func carry(t *testing.T, c Codec, rate int, ptime time.Duration, pcm []int16) []int16 {
	t.Helper()
	coder, n := c.New(rate, Format{}), rate*int(ptime.Milliseconds())/1000
	payload, back := make([]byte, 2000), make([]int16, 0, len(pcm)+n)
	for packet := range slices.Chunk(pcm[:len(pcm)/n*n], n) {
		before := slices.Clone(packet)
		size := coder.Encode(payload, packet)
		if !slices.Equal(packet, before) {
			t.Fatalf("%d Hz, %v: encoding changed the sound", rate, ptime)
		}
		if got, want := c.Length(payload[:size]), n*c.ClockRate/rate; got != want {
			t.Fatalf("%d Hz, %v: a payload of %d bytes is %d timestamp units, want %d", rate, ptime, size, got, want)
		}
		back = back[:len(back)+n]
		if got := coder.Decode(back[len(back)-n:], payload[:size]); got != n {
			t.Fatalf("%d Hz, %v: decoded %d samples, want %d", rate, ptime, got, n)
		}
	}
	return back
}

func checkRoundTrip(t *testing.T, c Codec, rate int) {
	t.Helper()
	f := func(what string, floor float64, pcm []int16) {
		t.Helper()
		for _, ptime := range packetTimes(c) {
			if q := quality(pcm, carry(t, c, rate, ptime, pcm), rate); !(q >= floor) {
				t.Errorf("%s at %d Hz, %v: %.1f dB, want at least %.1f", what, rate, ptime, q, floor)
			}
		}
	}
	f("tone", floors[c.ID].tone, tone(rate, 440, 1))
	f("speech", floors[c.ID].speech, speech(rate, 2))
	f("overload", floors[c.ID].overload, overload(rate, 1))
}

// Silence stays silence: no more than the smallest steps of G.711.
func checkSilence(t *testing.T, c Codec, rate int) {
	t.Helper()
	for i, x := range carry(t, c, rate, 20*time.Millisecond, make([]int16, rate)) {
		if x < -8 || x > 8 {
			t.Fatalf("%d Hz: sample %d of silence is %d", rate, i, x)
		}
	}
}

// Neither direction of a coder, nor another coder, changes what it encodes.
func checkIndependence(t *testing.T, c Codec, rate int) {
	t.Helper()
	alone, busy, n := c.New(rate, Format{}), c.New(rate, Format{}), rate/50
	want, got, trash := make([]byte, 2000), make([]byte, 2000), make([]int16, n)
	for packet := range slices.Chunk(speech(rate, 0.4), n) {
		size := alone.Encode(want, packet)
		if m := busy.Encode(got, packet); string(got[:m]) != string(want[:size]) {
			t.Fatalf("%d Hz: decoding changed what is encoded", rate)
		}
		busy.Decode(trash, got[:size])
		busy.Conceal(trash, nil)
	}
}

func checkAllocations(t *testing.T, c Codec, rate int) {
	t.Helper()
	coder, pcm := c.New(rate, Format{FEC: true}), speech(rate, 0.02)
	payload, room := make([]byte, 2000), make([]int16, rate/50)
	size := coder.Encode(payload, pcm)
	next, nonsense, cut := slices.Clone(payload[:size]), []byte{3, 0xff, 0xff}, payload[:size/2]
	for what, do := range map[string]func(){
		"encoding":              func() { coder.Encode(payload, pcm) },
		"encoding nothing":      func() { coder.Encode(payload, nil) },
		"encoding without room": func() { coder.Encode(payload[:1], pcm) },
		"decoding":              func() { coder.Decode(room, next) },
		"decoding nonsense":     func() { coder.Decode(room, nonsense); coder.Decode(room, cut) },
		"decoding without room": func() { coder.Decode(room[:1], next) },
		"concealing":            func() { coder.Conceal(room, nil) },
		"concealing by FEC":     func() { coder.Conceal(room, next) },
		"concealing nonsense":   func() { coder.Conceal(room, nonsense) },
		"measuring":             func() { c.Length(next); c.Length(nonsense) },
	} {
		if n := testing.AllocsPerRun(50, do); n != 0 {
			t.Errorf("%d Hz: %s allocates %v times, want 0", rate, what, n)
		}
	}
}

func checkEdges(t *testing.T, c Codec, rate int) {
	t.Helper()
	for _, other := range []int{-8000, 0, 1, 11025, 44100, 96000} {
		if c.New(other, Format{}) != nil {
			t.Errorf("there is a coder at %d Hz", other)
		}
	}
	coder, pcm := c.New(rate, Format{}), speech(rate, 0.02)
	f := func(what string, got, most int) {
		t.Helper()
		if got < 0 || got > most {
			t.Errorf("%d Hz: %s: got %d, want at most %d", rate, what, got, most)
		}
	}
	payload := make([]byte, 2000)
	size := coder.Encode(payload, pcm)
	f("encoded into no room", coder.Encode(nil, pcm), 0)
	f("encoded from nothing", coder.Encode(payload[size:], nil), 0)
	f("decoded into no room", coder.Decode(nil, payload[:size]), 0)
	f("decoded from nothing", coder.Decode(make([]int16, 3), nil), 0)
	f("concealed nothing", coder.Conceal(nil, payload[:size]), 0)
	f("length of nothing", c.Length(nil), 0)

	// Room ends where the slice does, not where its memory does.
	for room := range 40 {
		small := slices.Repeat([]byte{0xa5}, 2000)
		f("encoded into little room", coder.Encode(small[:room], pcm), room)
		if slices.ContainsFunc(small[room:], func(b byte) bool { return b != 0xa5 }) {
			t.Errorf("%d Hz: encoded beyond %d bytes of room", rate, room)
		}
		few := slices.Repeat([]int16{0x5a5a}, 6000)
		f("decoded into little room", coder.Decode(few[:room], payload[:size]), room)
		f("concealed into little room", coder.Conceal(few[:room], payload[:size]), room)
		if slices.ContainsFunc(few[room:], func(x int16) bool { return x != 0x5a5a }) {
			t.Errorf("%d Hz: decoded beyond %d samples of room", rate, room)
		}
	}
}

// Whatever holds memory of its own is silent without it, however often released.
func checkRelease(t *testing.T, c Codec, rate int) {
	t.Helper()
	coder, pcm := c.New(rate, Format{}), speech(rate, 0.02)
	payload := make([]byte, 2000)
	payload = payload[:coder.Encode(payload, pcm)]
	Release(coder)
	Release(coder)
	if _, foreign := coder.(interface{ Release() }); foreign {
		if got := coder.Encode(payload, pcm) + coder.Decode(pcm, payload) + coder.Conceal(pcm, nil); got != 0 {
			t.Errorf("%d Hz: works after its memory was given back", rate)
		}
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
	f("g722", 8000, G722)
	f("G722", 16000, None) // what it sounds like, not what its timestamps count
	f("L16", 8000, L16)
	f("l16", 16000, L16Wide)
	f("L16", 44100, None)
	f("L16", 0, L16)
	f("G723", 8000, None)
	f("", 0, None)
	if got := PCMA.String() + " " + None.String() + " " + ID(200).String(); got != "PCMA none none" {
		t.Errorf("names: got %q", got)
	}
	if _, ok := ByPayloadType(10); ok {
		t.Error("payload type 10 is L16 at 44.1 kHz, which is not spoken here")
	}
}

func TestAllIsACopy(t *testing.T) {
	All()[0].Name = "spoiled"
	if got := All()[0].Name; got != "PCMU" {
		t.Errorf("the table can be changed from outside: %q", got)
	}
}

func TestRateFor(t *testing.T) {
	f := func(id ID, rate, want int) {
		t.Helper()
		c, _ := ByID(id)
		if got := c.RateFor(rate); got != want {
			t.Errorf("%v for %d Hz: got %d, want %d", id, rate, got, want)
		}
	}
	f(PCMU, 8000, 8000)
	f(PCMU, 48000, 8000)
	f(G722, 8000, 8000)
	f(G722, 48000, 16000)
	f(L16Wide, 8000, 16000)
}

// Layout and modes of an offer hold for the answer; all else is our own wish.
func TestReply(t *testing.T) {
	c := Codec{Wish: Format{FEC: true}}
	if got, want := c.Reply(Format{Aligned: true, Modes: 7, DTX: true}), (Format{FEC: true, Aligned: true, Modes: 7}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// What a trunk offers when nobody chose does not change with what is built in.
func TestDefault(t *testing.T) {
	if got := Default(); !slices.Equal(got, []ID{PCMU, PCMA}) {
		t.Errorf("got %v", got)
	}
}
