package refresh

import (
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/trunk"
)

// said reads headers as they stand in a message.
func said(t *testing.T, headers ...string) Said {
	t.Helper()
	return Read(message(t, headers...))
}

func message(t *testing.T, headers ...string) gosip.Message {
	t.Helper()
	text := "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n" +
		"Call-ID: 1\r\nCSeq: 1 INVITE\r\n" + strings.Join(append(headers, "Content-Length: 0"), "\r\n") + "\r\n\r\n"
	m, err := gosip.ParseMessage([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRead(t *testing.T) {
	f := func(want Said, headers ...string) {
		t.Helper()
		if got := said(t, headers...); got != want {
			t.Errorf("%q: %+v, want %+v", headers, got, want)
		}
	}
	f(Said{})
	f(Said{Interval: 90 * time.Second, Refresher: "uas", Knows: true}, "Session-Expires: 90;refresher=uas", "Supported: replaces, timer")
	f(Said{Interval: 90 * time.Second, Refresher: "uac"}, "x: 90 ; x=y; Refresher = UAC")
	f(Said{Interval: 1800 * time.Second, Least: 120 * time.Second, Knows: true, Insists: true}, "Session-Expires: 1800", "Min-SE: 120;x", "Require: Timer")
	f(Said{}, "Session-Expires: soon;refresher=them", "Min-SE: -5")
	f(Said{}, "Session-Expires: 99999999999999999999")
}

func policy(p string, expires, least time.Duration) Policy {
	return PolicyOf(&trunk.Trunk{Timer: trunk.Timer{Policy: p, Expires: trunk.Duration(expires), Min: trunk.Duration(least)}})
}

func TestOffer(t *testing.T) {
	f := func(p Policy, now Terms, opening bool, wantExpires, wantLeast string) {
		t.Helper()
		if expires, least := p.Offer(now, opening); expires != wantExpires || least != wantLeast {
			t.Errorf("%+v: %q, %q, want %q, %q", now, expires, least, wantExpires, wantLeast)
		}
	}
	ask, accept := policy("request", time.Hour, 0), policy("", 0, 0)
	f(ask, Terms{}, true, "3600", "90")
	f(ask, Terms{}, false, "", "") // none was agreed on
	f(ask, Terms{Least: 2 * time.Hour}, true, "7200", "7200")
	f(accept, Terms{}, true, "", "")
	f(accept, Terms{Least: 120 * time.Second}, true, "1800", "120") // a 422, though we asked for nothing
	f(accept, Terms{Interval: 90 * time.Second, Ours: true}, false, "90;refresher=uac", "90")
	f(accept, Terms{Interval: 90 * time.Second, Least: 100 * time.Second}, false, "100;refresher=uas", "100")
	f(policy("off", 0, 0), Terms{Interval: 90 * time.Second}, true, "", "")
}

func TestAccept(t *testing.T) {
	f := func(p Policy, s Said, now Terms, want string) {
		t.Helper()
		terms, expires, require := p.Accept(s, now)
		if expires != want || require != strings.HasSuffix(want, "uac") || (terms.Interval > 0) != (want != "") || terms.Ours != strings.HasSuffix(want, "uas") {
			t.Errorf("%+v: %q, require %v, %+v, want %q", s, expires, require, terms, want)
		}
	}
	const minute = time.Minute
	accept, ask := policy("accept", 0, 0), policy("request", 0, 0)
	f(accept, Said{Interval: 10 * minute, Knows: true}, Terms{}, "600;refresher=uac")
	f(accept, Said{Interval: 10 * minute, Knows: true, Refresher: "uas"}, Terms{}, "600;refresher=uas")
	f(accept, Said{Interval: 10 * minute, Refresher: "uac"}, Terms{}, "600;refresher=uas") // who does not know it cannot
	f(accept, Said{Interval: 60 * minute, Knows: true}, Terms{}, "1800;refresher=uac")     // less, if we want
	f(accept, Said{Interval: 60 * minute, Least: 50 * minute, Knows: true}, Terms{}, "3000;refresher=uac")
	f(accept, Said{Interval: 2 * minute, Least: 50 * minute, Knows: true}, Terms{}, "120;refresher=uac") // never more
	f(accept, Said{Interval: 1 * minute}, Terms{}, "")
	f(accept, Said{Knows: true}, Terms{}, "")
	f(accept, Said{Knows: true}, Terms{Interval: 2 * minute}, "120;refresher=uac") // roles are kept
	f(accept, Said{Knows: true, Interval: 2 * minute}, Terms{Interval: 2 * minute, Ours: true}, "120;refresher=uas")
	f(ask, Said{Knows: true}, Terms{}, "1800;refresher=uas")
	f(ask, Said{Least: 40 * minute}, Terms{}, "2400;refresher=uas")
	f(policy("off", 0, 0), Said{Interval: 10 * minute, Knows: true}, Terms{}, "")
}

func TestCheck(t *testing.T) {
	f := func(p Policy, s Said, want int) {
		t.Helper()
		got := 0
		if fault := p.Check(s); fault != nil {
			got = fault.Status
		}
		if got != want {
			t.Errorf("%+v: %d, want %d", s, got, want)
		}
	}
	p := policy("", 0, 2*time.Minute)
	f(p, Said{}, 0)
	f(p, Said{Interval: 2 * time.Minute, Knows: true}, 0)
	f(p, Said{Interval: time.Minute, Knows: true}, 422)
	f(p, Said{Interval: time.Minute}, 0)
	f(policy("off", 0, 0), Said{Interval: time.Minute, Knows: true}, 0)
	f(policy("off", 0, 0), Said{Insists: true, Knows: true}, 420)
	if PolicyOf(nil).Check(Said{Interval: time.Second, Knows: true}) == nil {
		t.Error("without a trunk anything goes")
	}
}

func TestTerms(t *testing.T) {
	p := policy("", 0, 0)
	if got := p.Learn(Said{Interval: 10 * time.Second, Refresher: "uas"}, Terms{Least: 1}); got != (Terms{Interval: 90 * time.Second, Least: 1}) {
		t.Errorf("learnt %+v", got)
	}
	if got := p.Learn(Said{}, Terms{Interval: time.Hour}); got != (Terms{}) {
		t.Errorf("learnt %+v of nothing", got)
	}
	long, short := Terms{Interval: time.Hour}, Terms{Interval: 90 * time.Second, Ours: true}
	if long.Wait() != time.Hour-32*time.Second || short.Wait() != 45*time.Second || short.Deadline() != 60*time.Second {
		t.Errorf("waits %s, %s, %s", long.Wait(), short.Wait(), short.Deadline())
	}
	terms, again := Terms{}, false
	for n := range 5 {
		if terms, again = terms.Longer(Said{Least: time.Duration(n+2) * time.Minute}); again != (n < 3) {
			t.Errorf("422 number %d: again %v", n+1, again)
		}
	}
	if _, again = (Terms{Least: time.Minute}).Longer(Said{Least: time.Minute}); again {
		t.Error("again although it had what it wanted")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("90;refresher=uac", "90")
	f.Add(";;=;refresher", "\t")
	f.Fuzz(func(t *testing.T, expires, least string) {
		req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", Host: "h"})
		req.AppendHeader(gosip.NewHeader("Session-Expires", expires))
		req.AppendHeader(gosip.NewHeader("Min-SE", least))
		s := Read(req)
		if s.Interval < 0 || s.Least < 0 || s.Refresher != "" && s.Refresher != "uac" && s.Refresher != "uas" {
			t.Errorf("read %+v", s)
		}
	})
}
