package sdp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func sameCrypto(a, b Crypto) bool {
	return a.Tag == b.Tag && a.Suite == b.Suite && bytes.Equal(a.Key, b.Key)
}

const (
	inline30 = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
	suite80  = "AES_CM_128_HMAC_SHA1_80"
)

func TestCrypto(t *testing.T) {
	f := func(line, want string) {
		t.Helper()
		c, err := parseCrypto(line)
		if want == "" && (err != nil || c.Tag != 1 || c.Suite != suite80 || len(c.Key) != 30 || c.Key[29] != 29) {
			t.Errorf("%q: got %+v, %v", line, c, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", line, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "AAEC") {
			t.Errorf("%q: the reason holds the key: %v", line, err)
		}
	}
	good := "1 " + suite80 + " " + inline30
	f(good, "")
	f("01 "+suite80+"   "+inline30, "")
	f(good+"|2^31", "")
	f(good+"|1048576", "")
	f(good+"|2^20|1:0", "")
	f(good+"|1:0", "")
	f(good+"==", "")
	f(good+" KDR=0 WSH=128 -FUTURE", "")
	f("", "want tag, suite and key")
	f(inline30, "want tag, suite and key")
	f("x "+suite80+" "+inline30, "tag is not a number")
	f("1000000000 "+suite80+" "+inline30, "tag is not a number")
	f("1 "+inline30+" "+inline30, "suite not spoken")
	f("1 NULL_HMAC_SHA1_80 "+inline30, "suite not spoken")
	f("1 "+suite80+" inlin", "no inline key")
	f("1 "+suite80+" inline:", "key and salt of 0 bytes")
	f("1 "+suite80+" "+inline30+"AAAA", "key and salt of 33 bytes")
	f("1 "+suite80+" inline:AAEC!"+inline30[12:], "not base64")
	f(good+"|2^49", "lifetime")
	f(good+"|0", "lifetime")
	f(good+"|", "lifetime")
	f(good+"|2^20|2^20", "lifetime")
	f(good+"|2^20|1:4", "an MKI")
	f(good+"|1:4", "an MKI")
	f(good+"|2^20|1:0|x", "more than a lifetime")
	f(good+";"+inline30, "several keys")
	f(good+" KDR=1", "session parameter")
	f(good+" UNENCRYPTED_SRTCP", "session parameter")
	f(good+" UNAUTHENTICATED_SRTP", "session parameter")
	f(good+" FEC_ORDER=FEC_SRTP", "session parameter")
	f(good+strings.Repeat(" WSH=64", 100), "longer than 512 bytes")
}

func TestChooseCrypto(t *testing.T) {
	m := Media{Crypto: []Crypto{{Tag: 4, Suite: suite80}, {Tag: 2, Suite: "AEAD_AES_128_GCM"}, {Tag: 3, Suite: suite80}}}
	f := func(want int, suites ...string) {
		t.Helper()
		if c, ok := m.ChooseCrypto(suites...); c.Tag != want || ok != (want != 0) {
			t.Errorf("%v: got %d, %v; want %d", suites, c.Tag, ok, want)
		}
	}
	f(4, "AEAD_AES_128_GCM", suite80) // their order, not ours
	f(2, "AEAD_AES_128_GCM")
	f(0, "AEAD_AES_256_GCM")
	f(0)
}

func TestSecretsAreNotPrinted(t *testing.T) {
	m := Media{Crypto: []Crypto{{Tag: 1, Suite: suite80, Key: Secret("0123456789abcdefghijklmnopqrst")}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c"} {
		for _, value := range []any{m, &m, m.Crypto, m.Crypto[0], m.Crypto[0].Key} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, "0123") || strings.Contains(text, "3031") || strings.Contains(text, "48 49") {
				t.Errorf("%s of %T shows the key: %s", verb, value, text)
			}
		}
	}
	text, err := json.Marshal(m)
	if err != nil || strings.Contains(string(text), "MDEy") || !strings.Contains(string(text), hidden) {
		t.Errorf("json shows the key: %s, %v", text, err)
	}
}

func TestSecure(t *testing.T) {
	f := func(proto string, want bool) {
		t.Helper()
		if got := (Media{Proto: proto}).Secure(); got != want {
			t.Errorf("%s: got %v", proto, got)
		}
	}
	f("RTP/SAVP", true)
	f("RTP/SAVPF", true)
	f("rtp/savp", true)
	f("RTP/AVP", false)
	f("RTP/AVPF", false)
	f("UDP/TLS/RTP/SAVPF", false)
	f("udptl", false)
}

func TestNamedFormats(t *testing.T) {
	s, err := Parse([]byte("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
		"m=audio 4000 RTP/AVP 0 13 97 101 102\r\na=rtpmap:97 cn/16000\r\n" +
		"a=rtpmap:101 Telephone-Event/8000\r\na=rtpmap:102 telephone-event/48000\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(got Format, ok bool, want uint8) {
		t.Helper()
		if got.PT != want || ok != (want != 0) {
			t.Errorf("got %+v, %v; want %d", got, ok, want)
		}
	}
	m := s.Media[0]
	events := func(clock int, want uint8) { t.Helper(); got, ok := m.Events(clock); f(got, ok, want) }
	noise := func(clock int, want uint8) { t.Helper(); got, ok := m.ComfortNoise(clock); f(got, ok, want) }
	events(8000, 101)
	events(48000, 102)
	events(16000, 0)
	noise(8000, 13)
	noise(16000, 97)
	noise(48000, 0)
}
