package load

import (
	"math"
	"net/netip"
	"strings"
	"testing"

	"trunkline/codecs"
)

func TestEndpointsCallOneAnother(t *testing.T) {
	there := netip.MustParseAddrPort("127.0.0.1:10008")
	callers := make(chan string, 1)
	uas, err := Listen("127.0.0.1:0", func(from string, offer Stream) Stream {
		callers <- from
		return Stream{To: there, Type: offer.Type, Codec: offer.Codec, Events: offer.Events}
	})
	if err != nil {
		t.Fatal(err)
	}
	uac, err := Listen("127.0.0.1:0", nil)
	if err != nil {
		t.Fatal(err)
	}
	call, err := uac.Place(t.Context(), uas.self, "alice", "b2b", netip.MustParseAddrPort("127.0.0.1:10002"))
	if err != nil {
		t.Fatal(err)
	}
	caller := <-callers
	if want := (Stream{To: there, Type: 0, Codec: codecs.PCMU, Events: 101}); call.Stream != want || caller != "alice" || call.Took <= 0 {
		t.Errorf("%s was answered with %+v after %v", caller, call.Stream, call.Took)
	}
	if err := call.End(t.Context()); err != nil || uas.Ended() != 1 {
		t.Errorf("ending the call: %v; %d calls ended", err, uas.Ended())
	}
	if _, err := uas.Place(t.Context(), uac.self, "bob", "nobody", there); err == nil || !strings.Contains(err.Error(), "488") {
		t.Errorf("who takes no calls answers with %v", err)
	}
	if err := uac.Close(); err != nil {
		t.Error(err)
	}
	if err := uas.Close(); err != nil {
		t.Error(err)
	}
}

func TestShareOfATone(t *testing.T) {
	f := func(low, high, of, want float64) {
		t.Helper()
		pcm := make([]int16, 8000)
		for i := range pcm {
			pcm[i] = int16(low*math.Sin(2*math.Pi*440*float64(i)/8000) + high*math.Sin(2*math.Pi*1200*float64(i)/8000))
		}
		if got := share(pcm, of, 8000); math.Abs(got-want) > 0.01 {
			t.Errorf("%v of 440 Hz and %v of 1200 Hz: the share of %v Hz is %.3f, want %.3f", low, high, of, got, want)
		}
	}
	f(8000, 0, 440, 1)
	f(8000, 0, 1200, 0)
	f(8000, 8000, 440, 0.5)
	f(0, 0, 440, 0)
}

func TestTalkersHearTonesAndKeys(t *testing.T) {
	a, err := NewTalker("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewTalker("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	a.Talk(Stream{To: b.Addr(), Type: 0, Codec: codecs.PCMU, Events: 101}, 440, "4#")
	b.Talk(Stream{To: a.Addr(), Type: 0, Codec: codecs.PCMU, Events: 101}, 1200, "")
	for b.Keys() != "4#" || a.Share(1200) < 0.9 { // ends with the patience of go test
		select {
		case <-a.news:
		case <-b.news:
		}
	}
	for _, x := range []*Talker{a, b} {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
}
