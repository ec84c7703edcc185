package stream

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestTranscripts plays what happens in a call to every dialect and compares what
// is sent, message by message, with a transcript in the shapes that are documented
// for it: names and values exactly, in any order. A line is a message: JSON, or
// bytes in hexadecimal.
func TestTranscripts(t *testing.T) {
	story := []happening{
		started{},
		sounded{track: Inbound, pcm: []int16{0, 1000, -1000, 32124}},
		sounded{track: Inbound, pcm: []int16{0, 0, 0, 0}, at: 160},
		pressed{'1'},
		reached{mark: mark{name: "m1"}},
		reached{mark: mark{name: "m2"}, dropped: true},
		reached{mark: mark{name: "p1", play: true}},
		refused{"media: no payload"},
		stopped{ByCaller},
	}
	f := func(file string, c Config, story []happening) {
		t.Run(file, func(t *testing.T) {
			d, err := dialectOf(c.Dialect)
			if err != nil {
				t.Fatal(err)
			}
			c.StreamID = "MZ0001"
			c.Call = Call{ID: "c0ffee00-0000-4000-8000-000000000001", Account: "AC1", From: "+15550100", To: "+15550101", Direction: "inbound"}
			c.Parameters = map[string]string{"k": "v"}
			c.fill(d)
			codec, want := d.make(&c), lines(t, file)
			for _, e := range story {
				for _, m := range codec.encode(e) {
					if len(want) == 0 {
						t.Fatalf("%T: one message too many: %s", e, m.Data)
					}
					same(t, m, want[0])
					want = want[1:]
				}
			}
			if len(want) > 0 {
				t.Errorf("not sent: %q", want)
			}
		})
	}
	f("twilio.txt", Config{Dialect: "twilio", TwoWay: true}, story)
	f("twilio16.txt", Config{Dialect: "twilio", Rate: 16000, TwoWay: true}, story[:2])
	f("twilio_both.txt", Config{Dialect: "twilio", Tracks: Both}, []happening{
		started{}, sounded{track: Inbound, pcm: make([]int16, 2)}, sounded{track: Outbound, pcm: make([]int16, 2)},
		sounded{track: Inbound, pcm: make([]int16, 2), at: 160},
	})
	f("audio_fork.txt", Config{Dialect: "audio_fork"}, story)
	f("audio_stream.txt", Config{Dialect: "audio_stream", TwoWay: true, Rate: 16000}, story)
	f("jambonz.txt", Config{Dialect: "jambonz", Tracks: Both, TwoWay: true}, append([]happening{
		started{}, sounded{track: Both, pcm: []int16{1, 2}, other: []int16{-1, 258}},
	}, story[3:]...))
	f("audiosocket.txt", Config{Dialect: "audiosocket", TwoWay: true, Rate: 16000}, story)
}

func lines(t *testing.T, file string) (all []string) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if text := s.Text(); text != "" && !strings.HasPrefix(text, "#") {
			all = append(all, text)
		}
	}
	return all
}

func same(t *testing.T, m Message, want string) {
	t.Helper()
	if !m.Text {
		if got := hex.EncodeToString(m.Data); got != strings.ReplaceAll(want, " ", "") {
			t.Errorf("sent %s\nwant %s", got, want)
		}
		return
	}
	var a, b any
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatalf("%v: %s", err, want)
	}
	if err := json.Unmarshal(m.Data, &a); err != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("sent %s\nwant %s", m.Data, want)
	}
}

// TestDecode: what bots send, and what is wrong with it.
func TestDecode(t *testing.T) {
	f := func(dialect string, m Message, want string) {
		t.Helper()
		d, _ := dialectOf(dialect)
		c := Config{Dialect: dialect, TwoWay: true}
		c.fill(d)
		commands, err := d.make(&c).decode(m)
		got := fmt.Sprintf("%T%+v", commands, commands)
		got = strings.TrimPrefix(got, "[]stream.command")
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s %q: %s, want %s", dialect, m.Data, got, want)
		}
	}
	js := func(text string) Message { return Message{Text: true, Data: []byte(text)} }
	raw := func(b ...byte) Message { return Message{Data: b} }

	f("twilio", js(`{"event":"media","streamSid":"other","media":{"payload":"/38A"}}`), "[{pcm:[0 0 -32124] rate:8000}]")
	f("twilio", js(`{"event":"media","media":{"payload":""}}`), "media: no payload")
	f("twilio", js(`{"event":"media","media":{"payload":"//8"}}`), "message: illegal base64")
	f("twilio", js(`{"event":"mark","mark":{"name":"x"}}`), "[{name:x play:false}]")
	f("twilio", js(`{"event":"clear","streamSid":"MZ1"}`), "[{}]")
	f("twilio", js(`{"event":"stop"}`), `[{what:event "stop"}]`)
	f("twilio", js(`{"event":"end"}`), "[{text:}]")
	f("twilio", raw(1, 2), "[{what:binary message}]")
	f("twilio", js(`{"event":"media"`), "message: unexpected end of JSON")
	f("twilio", js(strings.Repeat("[", 20000)), "message: ")

	f("audio_fork", raw(1, 0, 2, 0, 3), "[{pcm:[1 2] rate:8000}]")
	f("audio_fork", raw(), "[]")
	f("jambonz", js(`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":16000,"audioContent":"AQACAA==","id":"p"}}`),
		"[{} {pcm:[1 2] rate:16000} {name:p play:true}]")
	f("audio_fork", js(`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":"8000","audioContent":"AQACAA==","queuePlay":true}}`),
		"[{pcm:[1 2] rate:8000}]")
	f("jambonz", js(`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":44100,"audioContent":"AQACAA=="}}`),
		"playAudio: sampleRate 44100: there are [8000 16000 24000 48000]")
	f("jambonz", js(`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":1.5,"audioContent":"AQACAA=="}}`),
		`playAudio: sampleRate "1.5" is no number`)
	f("jambonz", js(`{"type":"playAudio","data":{"audioContentType":"mp3","audioContent":"AQACAA=="}}`), `playAudio: sound as "mp3"`)
	f("jambonz", js(`{"type":"playAudio"}`), "playAudio: no sound")
	f("jambonz", js(`{"type":"playAudio","data":{"audioContentType":"wav","audioContent":"AQACAA=="}}`), "playAudio: wav: no RIFF header")
	f("audio_stream", js(`{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":16000,"audioData":"AQACAA=="}}`),
		"[{pcm:[1 2] rate:16000}]")
	f("jambonz", js(`{"type":"mark","data":{"name":"x"}}`), "[{name:x play:false}]")
	f("jambonz", js(`{"type":"mark"}`), "mark: name of 0 bytes")
	f("jambonz", js(`{"type":"transcription","data":{}}`), "[]")
	f("jambonz", js(`{"type":"transfer"}`), `[{what:type "transfer"}]`)

	f("audiosocket", raw(0x10, 0, 4, 1, 0, 2, 0), "[{pcm:[1 2] rate:8000}]")
	f("audiosocket", raw(0x16, 0, 2, 1, 0), "[{pcm:[1] rate:48000}]")
	f("audiosocket", raw(0x15, 0, 2, 1, 0), "sound: sampleRate 44100")
	f("audiosocket", raw(0x10, 0, 0), "sound: none")
	f("audiosocket", raw(0x10, 0, 5, 1), "frame of 4 bytes: its length is wrong")
	f("audiosocket", raw(0x00, 0, 0), "[{text:hangup}]")
	f("audiosocket", raw(0xff, 0, 1, 4), "[{text:error 04}]")
	f("audiosocket", raw(0x03, 0, 1, '5'), "[{digits:5}]")
	f("audiosocket", raw(0x42, 0, 0), "[{what:frame of kind 0x42}]")
	f("audiosocket", raw(0x01, 0, 1, 1), "[]")
}

// TestTornSample: half a sample waits for the other half.
func TestTornSample(t *testing.T) {
	c := Config{Dialect: "audio_fork", Rate: 8000}
	codec := newFork(&c)
	var got []int16
	for _, b := range [][]byte{{1}, {0, 2, 0, 3}, {}, {0}, {4, 0, 5}} {
		commands, err := codec.decode(Message{Data: b})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range commands {
			got = append(got, s.(say).pcm...)
		}
	}
	if want := []int16{1, 2, 3, 4}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func wave(format, channels, rate, bits int, data []byte) []byte {
	le := func(n, size int) string {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(n >> (8 * i))
		}
		return string(b)
	}
	fmtChunk := le(format, 2) + le(channels, 2) + le(rate, 4) + le(rate*channels*bits/8, 4) + le(channels*bits/8, 2) + le(bits, 2)
	body := "WAVE" + "LIST" + le(3, 4) + "abc\x00" + "fmt " + le(len(fmtChunk), 4) + fmtChunk + "data" + le(len(data), 4) + string(data)
	return []byte("RIFF" + le(len(body), 4) + body)
}

func TestWAV(t *testing.T) {
	f := func(b []byte, want string) {
		t.Helper()
		w, err := readWAV(b)
		got := fmt.Sprint(w)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", b, got, want)
		}
	}
	good := wave(1, 1, 16000, 16, []byte{1, 0, 2, 0})
	f(good, "{[1 2] 16000}")
	f(good[:len(good)-2], "{[1] 16000}")
	f(append(good[:12:12], good[48:]...), "wav: sound before its format")
	f(good[:50], "wav: no sound")
	f(good[:40], "wav: format is cut off")
	f(good[:20], "wav: no sound")
	f(wave(1, 2, 16000, 16, nil), "wav: format 1, 2 channels, 16 bits: only PCM of one channel, 16 bits")
	f(wave(7, 1, 8000, 8, nil), "wav: format 7, 1 channels, 8 bits: only PCM of one channel, 16 bits")
}

// FuzzDecode: no dialect falls over whatever comes, and makes no more sound of it
// than it is long.
func FuzzDecode(f *testing.F) {
	for i := range dialects {
		for _, seed := range []string{
			`{"event":"media","media":{"payload":"/38A"}}`, `{"event":"mark","mark":{"name":"x"}}`, `{"event":"dtmf","dtmf":{"digit":"1"}}`,
			`{"type":"playAudio","data":{"audioContentType":"raw","sampleRate":16000,"audioContent":"AQACAA==","id":"p"}}`,
			`{"type":"playAudio","data":{"audioContentType":"wav","audioContent":"UklGRgAAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAABAA=="}}`,
			`{"type":"streamAudio","data":{"audioDataType":"raw","sampleRate":16000,"audioData":"AQACAA=="}}`,
			`{"type":"clearMarks"}`, "\x10\x00\x02\x01\x00", "\x03\x00\x01\x35", "\x00\x00\x00", "\xff\x00\x01\x01",
		} {
			f.Add(uint8(i), seed[0] == '{', []byte(seed), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, text bool, one, two []byte) {
		d := dialects[int(which)%len(dialects)]
		c := Config{Dialect: d.name, TwoWay: true}
		c.fill(d)
		codec, samples := d.make(&c), 0
		for _, b := range [][]byte{one, two} {
			commands, err := codec.decode(Message{Text: text, Data: b})
			if err != nil && err.Error() == "" {
				t.Error("an error without words")
			}
			for _, c := range commands {
				if s, ok := c.(say); ok {
					samples += len(s.pcm)
					if len(s.pcm) == 0 || checkRate("", s.rate) != nil {
						t.Errorf("%d samples at %d Hz", len(s.pcm), s.rate)
					}
				}
			}
		}
		if samples > len(one)+len(two) {
			t.Errorf("%d samples of %d bytes", samples, len(one)+len(two))
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	pcm := tone(botTone, frameTime, 8000)
	for _, d := range dialects {
		b.Run(d.name, func(b *testing.B) {
			c := Config{Dialect: d.name}
			c.fill(d)
			codec := d.make(&c)
			b.ReportAllocs()
			for b.Loop() {
				codec.encode(sounded{pcm: pcm})
			}
		})
	}
}

func BenchmarkDecodeTwilio(b *testing.B) {
	c := Config{Dialect: "twilio", Rate: 8000}
	codec, m := newTwilio(&c), media("twilio", 8000, tone(botTone, frameTime, 8000))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.decode(m); err != nil {
			b.Fatal(err)
		}
	}
}
