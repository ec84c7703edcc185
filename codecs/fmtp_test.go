package codecs

import "testing"

func TestParseOpus(t *testing.T) {
	f := func(fmtp string, want Format) {
		t.Helper()
		if got := parseOpus(fmtp); got != want {
			t.Errorf("%q: got %+v, want %+v", fmtp, got, want)
		}
	}
	f("", Format{})
	f("maxplaybackrate=16000; sprop-maxcapturerate=16000; maxaveragebitrate=20000; stereo=1; useinbandfec=1; usedtx=0",
		Format{MaxRate: 16000, Bitrate: 20000, Stereo: true, FEC: true}) // RFC 7587 §7
	f("minptime=10;useinbandfec=1", Format{FEC: true}) // browsers
	f("UseInbandFEC=1;CBR=1 ;\tusedtx = 1", Format{FEC: true, CBR: true, DTX: true})
	f(`useinbandfec="1";;stereo`, Format{FEC: true})
	f("useinbandfec=1, usedtx=1", Format{FEC: true}) // no form of RFC 7587
	f("useinbandfec=0;usedtx=2;cbr=yes", Format{})
	f("sprop-stereo=1;sprop-maxcapturerate=8000", Format{}) // about what it sends
	f("maxaveragebitrate=5999;maxplaybackrate=7999", Format{})
	f("maxaveragebitrate=510001;maxplaybackrate=96000", Format{}) // no bound
	f("maxaveragebitrate=6000;maxplaybackrate=44100", Format{Bitrate: 6000, MaxRate: 44100})
	f("maxaveragebitrate=-1;maxplaybackrate=0x4000", Format{})
}

func TestDescribeOpus(t *testing.T) {
	f := func(format Format, want string) {
		t.Helper()
		if got := describeOpus(format); got != want {
			t.Errorf("%+v: got %q, want %q", format, got, want)
		}
		if got := parseOpus(want); got != format {
			t.Errorf("%q: got %+v, want %+v", want, got, format)
		}
	}
	f(Format{}, "")
	f(Format{FEC: true}, "useinbandfec=1")
	f(Format{Bitrate: 24000, MaxRate: 16000, FEC: true, DTX: true, CBR: true, Stereo: true},
		"maxplaybackrate=16000;maxaveragebitrate=24000;stereo=1;cbr=1;useinbandfec=1;usedtx=1")
}

func TestAMRFormat(t *testing.T) {
	f := func(fmtp string, want Format, said string) {
		t.Helper()
		got := parseAMR(fmtp)
		if got != want {
			t.Errorf("%q: got %+v, want %+v", fmtp, got, want)
		}
		if again := describeAMR(got); again != said {
			t.Errorf("%+v: said %q, want %q", got, again, said)
		}
	}
	f("", Format{}, "")
	f("octet-align=1", Format{Aligned: true}, "octet-align=1")
	f("mode-set=0,2,4,7; mode-change-period=2; octet-align=0", Format{Modes: 0x95}, "mode-set=0,2,4,7")
	f("octet-align=1;mode-set=0, 1 ,2;max-red=0", Format{Aligned: true, Modes: 7}, "octet-align=1;mode-set=0,1,2")
	f("mode-set=8,9,15,16,x,", Format{Modes: 0x100}, "mode-set=8")
	f("mode-set=1;mode-set=2", Format{Modes: 4}, "mode-set=2")
}

func TestG729Format(t *testing.T) {
	if got := parseG729("annexb=yes"); got != (Format{}) {
		t.Errorf("got %+v", got)
	}
	if got := describeG729(Format{DTX: true}); got != "annexb=no" {
		t.Errorf("got %q", got)
	}
}
