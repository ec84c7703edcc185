package load

import (
	"net/netip"
	"strings"
	"testing"

	"trunkline/codecs"
)

func TestDescribedStreamsAreUnderstood(t *testing.T) {
	for _, c := range codecs.All() {
		for _, events := range []uint8{0, 101} {
			want := Stream{To: netip.MustParseAddrPort("127.0.0.1:10002"), Type: c.PayloadType, Codec: c.ID, Events: events}
			if got, err := understand(describe(want)); err != nil || got != want {
				t.Errorf("%s: %+v is understood as %+v, %v", c.Name, want, got, err)
			}
		}
	}
}

func TestUnderstand(t *testing.T) {
	f := func(sdp string, want Stream, fails string) {
		t.Helper()
		got, err := understand(strings.ReplaceAll(sdp, "|", "\r\n"))
		if fails != "" && (err == nil || !strings.Contains(err.Error(), fails)) {
			t.Errorf("%q: %v, want an error with %q", sdp, err, fails)
		}
		if fails == "" && (err != nil || got != want) {
			t.Errorf("%q is %+v, %v; want %+v", sdp, got, err, want)
		}
	}
	to := netip.MustParseAddrPort("127.0.0.1:4000")
	f("c=IN IP4 127.0.0.1|m=audio 4000 RTP/AVP 8 0|", Stream{To: to, Type: 8, Codec: codecs.PCMA}, "")
	f("c=IN IP4 127.0.0.1|m=audio 4000 RTP/AVP 111 0|a=rtpmap:111 XYZ/8000|", Stream{To: to, Type: 0, Codec: codecs.PCMU}, "")
	f("c=IN IP4 127.0.0.1|m=audio 4000 RTP/AVP 100 0 102|a=rtpmap:100 Telephone-Event/48000|a=rtpmap:102 telephone-event/8000|",
		Stream{To: to, Type: 0, Codec: codecs.PCMU, Events: 100}, "")
	f("m=audio 4000 RTP/AVP 0|", Stream{}, "read SDP")
	f("c=IN IP4 127.0.0.1|m=audio|", Stream{}, "read SDP")
	f("c=IN IP4 127.0.0.1|m=audio 4000 RTP/AVP 300|", Stream{}, "out of range")
	f("c=IN IP4 127.0.0.1|m=audio 4000 RTP/AVP 120|", Stream{}, "no codec")
	f("", Stream{}, "read SDP")
}

func FuzzUnderstand(f *testing.F) {
	f.Add(describe(Stream{To: netip.MustParseAddrPort("127.0.0.1:4"), Type: 0, Codec: codecs.PCMU, Events: 101}))
	f.Add("c=IN IP4 ::1\nm=audio 1 x 0\n")
	f.Fuzz(func(t *testing.T, sdp string) {
		s, err := understand(sdp)
		if err == nil && (!s.To.IsValid() || s.Codec == codecs.None || s.Type > 127) {
			t.Fatalf("%q is understood as %+v", sdp, s)
		}
	})
}
