package mask

import (
	"bytes"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	f := func(o Options, message, want string) {
		t.Helper()
		m := []byte(message)
		Message(m, o)
		if string(m) != want {
			t.Errorf("got\n%q, want\n%q", m, want)
		}
	}
	none, keys, numbers := Options{}, Options{Keys: true}, Options{Numbers: true}

	// Digest.
	f(none, "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u\", realm=\"r\", nonce=\"abc\", uri=\"sip:a\", response=\"0123\", algorithm=MD5, cnonce=\"x\\\"y\", qop=auth, nc=00000001\r\nTo: x\r\n",
		"REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"u\", realm=\"r\", nonce=\"***\", uri=\"sip:a\", response=\"****\", algorithm=MD5, cnonce=\"****\", qop=auth, nc=00000001\r\nTo: x\r\n")
	f(none, "proxy-AUTHORIZATION : digest response = 01ab , x-new=secret,odd\r\n", "proxy-AUTHORIZATION : digest response = **** , x-new=******,***\r\n")
	f(none, "Authorization: Digest\r\n realm=\"r\",\r\n\tresponse=\"01\r\n 23\"\r\nA: b\r\n", "Authorization: Digest\r\n realm=\"r\",\r\n\tresponse=\"**\r\n***\"\r\nA: b\r\n")
	f(none, "Authorization: Digest response=\"open to the end\r\n", "Authorization: Digest response=\"***************\r\n")
	f(none, "Authorization: Digest realm=\"a\",\r response=\"01\"\rA: b", "Authorization: Digest realm=\"a\",\r response=\"**\"\rA: b")
	f(none, "Authorization: Basic dTpw\r\nAuthorization: Bearer a b\r\n", "Authorization: Basic*****\r\nAuthorization: Bearer****\r\n")
	f(none, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n", "WWW-Authenticate: Digest realm=\"r\", nonce=\"*\", stale=true\r\n")
	f(none, "Authentication-Info: nextnonce=\"n\", rspauth=\"r\", nc=1\r\n", "Authentication-Info: nextnonce=\"*\", rspauth=\"*\", nc=1\r\n")

	// Keys of SRTP.
	f(none, "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNf+/==|2^20|1:4 UNENCRYPTED_SRTCP\r\n", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:********|2^20|1:4 UNENCRYPTED_SRTCP\r\n")
	f(none, "a=crypto:1 F8 INLINE:ab;inline:cd\r\n", "a=crypto:1 F8 INLINE:**;inline:**\r\n")
	f(none, "a=crypto:1 NEW other:key\r\n", "a=crypto:1 NEW**********\r\n")
	f(none, "a=key-mgmt:mikey AQAFgM0X\r\nk=clear:pass\r\nk=prompt\r\na=ice-pwd:x\r\na=ice-ufrag:x\r\n", "a=key-mgmt:mikey*********\r\nk=clear:****\r\nk=prompt\r\na=ice-pwd:*\r\na=ice-ufrag:x\r\n")

	// Passwords in URIs.
	f(none, "INVITE sip:u:secret@h:5060 SIP/2.0\r\nContact: <sips:u:p@h>, <sip:h:5060>;q=\"a@b\"\r\n", "INVITE sip:u:******@h:5060 SIP/2.0\r\nContact: <sips:u:*@h>, <sip:h:5060>;q=\"a@b\"\r\n")

	// Keys in INFO.
	const relay = "INFO sip:a SIP/2.0\r\nCSeq: 2 INFO\r\n\r\n"
	f(keys, relay+"Signal= 5\r\nDuration=160\r\n", relay+"Signal=**\r\nDuration=160\r\n")
	f(keys, relay+"5", relay+"*")
	f(keys, "INVITE sip:a SIP/2.0\r\n\r\nSignal=5\r\n", "INVITE sip:a SIP/2.0\r\n\r\nSignal=5\r\n")
	f(none, relay+"Signal=5\r\n", relay+"Signal=5\r\n")

	// Numbers.
	f(numbers, "INVITE sip:+4930123456;x=1@h SIP/2.0\r\nFrom: \"030 123456\" <sip:200@h>;tag=1234567\r\n", "INVITE sip:+493012****;x=1@h SIP/2.0\r\nFrom: \"030 12****\" <sip:200@h>;tag=1234567\r\n")
	f(numbers, "To: tel:+49-30-1234-56;phone-context=+49\r\nP-Asserted-Identity: <tel:123456>, Bob <sip:98765@h>\r\n", "To: tel:+49-30-12**-**;phone-context=+49\r\nP-Asserted-Identity: <tel:12****>, Bob <sip:98765@h>\r\n")
	f(numbers, "Identity: ey.x.y;info=<h>\r\nCall-ID: 123456789\r\nAuthorization: Digest username=\"4930123456\"\r\n", "Identity:****************\r\nCall-ID: 123456789\r\nAuthorization: Digest username=\"493012****\"\r\n")
}

func TestMaskDoesNotAllocate(t *testing.T) {
	m := []byte("INFO sip:+4930123456:pw@h SIP/2.0\r\nAuthorization: Digest response=\"a\"\r\n\r\na=crypto:1 A inline:k\r\n")
	if n := testing.AllocsPerRun(100, func() { Message(m, Options{Keys: true, Numbers: true}) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func TestCalls(t *testing.T) {
	var c Calls
	f := func(want bool) {
		t.Helper()
		if got := c.Hidden([]byte("a")); got != want {
			t.Errorf("hidden %v, want %v", got, want)
		}
	}
	f(false)
	c.Show("a")
	f(false)
	c.Hide("a", "b")
	c.Hide("a")
	c.Show("a")
	f(true)
	c.Show("a", "b")
	f(false)
	if len(c.ids) != 0 {
		t.Errorf("%d calls are left, want none", len(c.ids))
	}
}

// FuzzMask holds that a mask only ever stars, does so once and for all, and that
// no planted secret survives whatever stands before and after it.
func FuzzMask(f *testing.F) {
	f.Add("INFO sip:+4930123456:p@h SIP/2.0\r\nFrom: \"030123456\" <tel:123456>\r\n", "\r\nSignal=5\r\n", true, true)
	f.Add("Authorization: Digest\r\n nonce=\"a\\\"b\r\n", "a=key-mgmt:mikey x\rk=clear:y\n", false, true)
	f.Fuzz(func(t *testing.T, before, after string, keys, numbers bool) {
		o := Options{Keys: keys, Numbers: numbers}
		const secret = "5ecReT0f0urs"
		planted := before + "\r\nAuthorization: Digest response=\"" + secret + "\"\r\na=crypto:1 A inline:" + secret + "\r\n" + after
		m := []byte(planted)
		Message(m, o)
		if len(m) != len(planted) {
			t.Fatalf("%d bytes became %d", len(planted), len(m))
		}
		for i := range m {
			if m[i] != planted[i] && (m[i] != star || planted[i] == '\r' || planted[i] == '\n') {
				t.Fatalf("byte %d became %q, was %q", i, m[i], planted[i])
			}
		}
		if strings.Count(string(m), secret) > strings.Count(before+after, secret) {
			t.Fatalf("the secret is still there: %q", m)
		}
		again := bytes.Clone(m)
		Message(again, Options{Keys: keys})
		if !bytes.Equal(again, m) {
			t.Fatalf("masked again, %q became %q", m, again)
		}
	})
}

func BenchmarkMask(b *testing.B) {
	m := []byte("INVITE sip:200@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\n" +
		"Max-Forwards: 70\r\nFrom: <sip:100@192.0.2.9>;tag=a\r\nTo: <sip:200@192.0.2.1>\r\n" +
		"Call-ID: 3848276298220188511@192.0.2.9\r\nCSeq: 1 INVITE\r\nContent-Length: 200\r\n\r\n" +
		strings.Repeat("a=rtpmap:8 PCMA/8000\r\n", 10))
	b.ReportAllocs()
	b.SetBytes(int64(len(m)))
	for b.Loop() {
		Message(m, Options{})
	}
}
