package sdp

import (
	"bytes"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pion "github.com/pion/sdp/v3"
)

// update rewrites the .want files: go test ./sip/sdp -update.
var update = flag.Bool("update", false, "rewrite golden files")

// describe writes a session the way a telephony person would tell it.
func describe(s Session) string {
	var b strings.Builder
	fmt.Fprintf(&b, "origin %s %d/%d %s\n", s.Origin.User, s.Origin.ID, s.Origin.Version, s.Origin.Host)
	for _, m := range s.Media {
		fmt.Fprintf(&b, "%s %s %s:%d %s ptime=%d maxptime=%d", m.Kind, m.Proto, m.Addr, m.Port, m.Direction, m.Ptime, m.Maxptime)
		if m.Rtcp.Port() != 0 {
			fmt.Fprintf(&b, " rtcp=%s", m.Rtcp)
		}
		if m.RtcpMux {
			b.WriteString(" rtcp-mux")
		}
		if m.Held() {
			b.WriteString(" held")
		}
		if m.RtcpXR != (XR{}) {
			fmt.Fprintf(&b, " rtcp-xr=%+v", m.RtcpXR)
		}
		fmt.Fprintf(&b, " formats=%q\n", m.FormatList)
		for _, c := range m.Crypto {
			fmt.Fprintf(&b, "  crypto %d %s %x\n", c.Tag, c.Suite, []byte(c.Key))
		}
		for _, why := range m.CryptoSkipped {
			fmt.Fprintf(&b, "  skipped %s\n", why)
		}
		for _, f := range m.Formats {
			fmt.Fprintf(&b, "  %d %s/%d/%d %q\n", f.PT, f.Name, f.Clock, f.Channels, f.Fmtp)
		}
	}
	return b.String()
}

// TestParseFiles reads each testdata/*.sdp and compares with the .want beside it.
func TestParseFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/*.sdp")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if s, err := Parse(text); err != nil {
			got = "error: " + err.Error() + "\n"
		} else {
			got = describe(s)
		}
		want := strings.TrimSuffix(file, ".sdp") + ".want"
		if *update {
			if err := os.WriteFile(want, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		golden, err := os.ReadFile(want)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(golden) {
			t.Errorf("%s:\n got %s\nwant %s", file, got, golden)
		}
	}
}

func TestParseLimits(t *testing.T) {
	head := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	f := func(body, want string) {
		t.Helper()
		_, err := Parse([]byte(head + body))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%.40q: got %v, want %q", body, err, want)
		}
	}
	line := "m=audio 4000 RTP/AVP 0\r\n"
	f(strings.Repeat(line, 16), "")
	f(strings.Repeat(line, 17), "more than 16 media lines")
	f("m=audio 4000 RTP/AVP"+strings.Repeat(" 0", 64)+"\r\n", "")
	f("m=audio 4000 RTP/AVP"+strings.Repeat(" 0", 65)+"\r\n", "line 6: 65 formats: more than 64")
	f(line+strings.Repeat("a=x\r\n", 500), "")
	f(line+strings.Repeat("a=x\r\n", 501), "line 507: more than 500 attributes")
	f(line+"a="+strings.Repeat("x", 64<<10)+"\r\n", "bytes: more than 65536")
	f(line+"a=fmtp:0 a\x00b\r\n", "control byte 0x00")
	f(line+"a=fmtp:0 a\rb\r\n", "control byte 0x0d")
	f("m=audio 4000000 RTP/AVP 0\r\n", `line 6: port "4000000": not a port`)
	f("m=audio -1 RTP/AVP 0\r\n", `port "-1": not a port`)
}

func TestMarshalRoundTrip(t *testing.T) {
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	in := Session{
		Origin: Origin{User: "trunkline", ID: 7, Version: 8, Host: "192.0.2.1"},
		Media: []Media{
			{
				Kind: Audio, Port: 4000, Proto: "RTP/AVP", Addr: a, Ptime: 20, Maxptime: 60, Direction: SendOnly,
				Formats: []Format{
					{PT: 8, Name: "PCMA", Clock: 8000, Channels: 1},
					{PT: 101, Name: "telephone-event", Clock: 8000, Channels: 1, Fmtp: "0-16"},
					{PT: 111, Name: "opus", Clock: 48000, Channels: 2, Fmtp: "useinbandfec=1"},
				},
				Rtcp: netip.AddrPortFrom(b, 4001), RtcpMux: true, RtcpXR: XR{VoIP: true, RoundTrip: true},
				Crypto: []Crypto{
					{Tag: 1, Suite: "AES_CM_128_HMAC_SHA1_80", Key: bytes.Repeat([]byte{1}, 30)},
					{Tag: 2, Suite: "AEAD_AES_256_GCM", Key: bytes.Repeat([]byte{2}, 44)},
				},
			},
			{Kind: Image, Proto: "udptl", Addr: b, FormatList: []string{"t38"}},
		},
	}
	text, err := in.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	out, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	in.Media[0].FormatList = []string{"8", "101", "111"}
	if got, want := describe(out), describe(in); got != want {
		t.Errorf("got %s\nwant %s\ntext %s", got, want, text)
	}
}

func TestMarshalRefuses(t *testing.T) {
	good := func() Session {
		return Session{
			Origin: Origin{Host: "192.0.2.1"},
			Media: []Media{{
				Kind: Audio, Port: 4000, Proto: "RTP/AVP", Addr: netip.MustParseAddr("192.0.2.1"),
				Formats: []Format{{PT: 0, Name: "PCMU", Clock: 8000}},
			}},
		}
	}
	f := func(spoil func(*Session), want string) {
		t.Helper()
		s := good()
		spoil(&s)
		_, err := s.Marshal()
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(func(*Session) {}, "")
	f(func(s *Session) { s.Name = "a\r\nm=audio" }, "control character")
	f(func(s *Session) { s.Origin.User = "a b" }, "control character in a word")
	f(func(s *Session) { s.Origin.Host = "" }, "origin without host")
	f(func(s *Session) { s.Media[0].Formats[0].Fmtp = "x\ny" }, "control character")
	f(func(s *Session) { s.Media[0].Formats[0].Name = "x\r\ny" }, "control character")
	crypto := func(tag int, suite string, length int) func(*Session) {
		return func(s *Session) { s.Media[0].Crypto = []Crypto{{tag, suite, make(Secret, length)}} }
	}
	f(crypto(1, "AEAD_AES_128_GCM", 28), "")
	f(crypto(0, "AEAD_AES_128_GCM", 28), "crypto tag 0")
	f(crypto(1, "NULL_HMAC_SHA1_80", 30), "no such suite")
	f(crypto(1, "AEAD_AES_128_GCM", 30), "30 bytes: AEAD_AES_128_GCM takes 28")
	f(func(s *Session) { s.Media[0].Formats = nil }, "no kind, protocol or formats")
}

func TestDirection(t *testing.T) {
	f := func(in, want Direction) {
		t.Helper()
		if got := in.Reverse(); got != want {
			t.Errorf("%v: got %v, want %v", in, got, want)
		}
	}
	f(SendRecv, SendRecv)
	f(SendOnly, RecvOnly)
	f(RecvOnly, SendOnly)
	f(Inactive, Inactive)
}

// FuzzParse holds: never a panic, limits respected, and what was read can be
// written and read again with the same meaning.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.sdp")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if len(s.Media) > maxMedia {
			t.Fatalf("%d media lines", len(s.Media))
		}
		var other pion.SessionDescription
		if other.Unmarshal(text) == nil && len(other.MediaDescriptions) != len(s.Media) {
			t.Fatalf("pion sees %d media lines, we %d", len(other.MediaDescriptions), len(s.Media))
		}
		for i := range s.Media {
			if !s.Media[i].Addr.IsValid() {
				s.Media[i].Port = 0 // a name in c= is not written back
			}
		}
		again, err := s.Marshal()
		if err != nil {
			return // odd words that came through the reader are not written
		}
		s2, err := Parse(again)
		if err != nil {
			t.Fatalf("cannot read what was written: %v\n%q", err, again)
		}
		if len(s2.Media) != len(s.Media) {
			t.Fatalf("%d media lines became %d", len(s.Media), len(s2.Media))
		}
		for i, m := range s.Media {
			if len(m.Crypto)+len(m.CryptoSkipped) > maxCrypto || m.Port != 0 && !slices.EqualFunc(m.Crypto, s2.Media[i].Crypto, sameCrypto) {
				t.Fatalf("media %d: crypto %d lines became %d", i, len(m.Crypto), len(s2.Media[i].Crypto))
			}
			if len(m.Formats) > maxFormats || len(m.Formats) != len(s2.Media[i].Formats) || m.Port != s2.Media[i].Port {
				t.Fatalf("media %d: %+v became %+v", i, m, s2.Media[i])
			}
		}
	})
}
