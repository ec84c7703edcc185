package lossy

import (
	"bytes"
	"fmt"
	"math"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func bad() Conditions {
	return Conditions{Loss: 0.05, Double: 0.02, Reorder: 0.1, Delay: 20 * time.Millisecond, Jitter: 50 * time.Millisecond}
}

// A network does what it is told to, as often as it is told to.
func TestConditionsAreMet(t *testing.T) {
	const n = 100_000
	w, now := newWay(bad(), 1, 0), time.Now()
	var first, soonest, latest int
	for range n {
		now = now.Add(20 * time.Millisecond)
		at, copies := w.arrivals(now)
		for _, at := range at[:copies] {
			switch late := at.Sub(now) - w.Delay; {
			case late < 0 || late > w.Jitter:
				t.Fatalf("%v late, want 0 to %v", late, w.Jitter)
			case late == 0:
				first++
			case late < w.Jitter/2:
				soonest++
			default:
				latest++
			}
		}
	}
	f := func(what string, got, of int, want float64) {
		t.Helper()
		if share := float64(got) / float64(of); math.Abs(share-want) > 0.005 {
			t.Errorf("%s: %.4f, want %.3f", what, share, want)
		}
	}
	f("lost", int(w.Lost), n, 0.05)
	f("doubled", int(w.Doubled), n-int(w.Lost), 0.02)
	f("without jitter", first, first+soonest+latest, 0.1)
	f("in the later half of the jitter", latest, soonest+latest, 0.5)
	if w.Sent != n || w.Overtook < n/10 {
		t.Errorf("counted %+v", w.Counters)
	}
}

// The same seed makes the same network, whenever datagrams are sent.
func TestASeedIsANetwork(t *testing.T) {
	fates := func(seed, n uint64, step time.Duration) string {
		w, now, all := newWay(bad(), seed, n), time.Unix(0, 0), ""
		for range 1000 {
			now = now.Add(step)
			at, copies := w.arrivals(now)
			for _, at := range at[:copies] {
				all += at.Sub(now).String() + " "
			}
			all += ";"
		}
		return all
	}
	one := fates(1, 1, time.Millisecond)
	if one != fates(1, 1, 20*time.Millisecond) {
		t.Error("the network depends on when datagrams are sent")
	}
	if one == fates(2, 1, time.Millisecond) || one == fates(1, 2, time.Millisecond) {
		t.Error("another seed, or another way, is the same network")
	}
}

// peer is one of the two that a line lies between.
type peer struct {
	t    *testing.T
	conn *net.UDPConn
}

func newPeer(t *testing.T) peer {
	t.Helper()
	conn, err := listen(netip.MustParseAddr("127.0.0.1"), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return peer{t, conn}
}

func (p peer) addr() netip.AddrPort { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (p peer) send(to netip.AddrPort, text string) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort([]byte(text), to); err != nil {
		p.t.Fatal(err)
	}
}

// hears returns the next datagram and whence it came.
func (p peer) hears() (string, netip.AddrPort) {
	p.t.Helper()
	buf := make([]byte, 2048)
	n, from, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(buf[:n]), from
}

func invite(contact, sound netip.AddrPort) string {
	sdp := fmt.Sprintf("v=0\r\nc=IN IP4 %s\r\nm=audio %d RTP/AVP 0\r\n", sound.Addr(), sound.Port())
	return fmt.Sprintf("INVITE sip:x@y SIP/2.0\r\nContact: <sip:x@%s;ob>\r\nContent-Length: %d\r\n\r\n%s", contact, len(sdp), sdp)
}

// A whole call goes over the line, and only that.
func TestACallGoesOverTheLine(t *testing.T) {
	caller, callerSound, callee, calleeSound, stranger := newPeer(t), newPeer(t), newPeer(t), newPeer(t), newPeer(t)
	line, err := Open(callee.addr(), Conditions{Delay: time.Millisecond}, 1)
	if err != nil {
		t.Fatal(err)
	}
	caller.send(line.Addr(), invite(caller.addr(), callerSound.addr()))
	got, far := callee.hears()
	if want := invite(far, line.sound[server].addr()); got != want {
		t.Fatalf("the callee got %q, want %q", got, want)
	}
	stranger.send(line.Addr(), "junk")
	callee.send(far, invite(callee.addr(), calleeSound.addr()))
	got, from := caller.hears()
	if want := invite(line.Addr(), line.sound[phone].addr()); got != want || from != line.Addr() {
		t.Fatalf("from %v the caller got %q, want %q", from, got, want)
	}
	toCallee, toCaller := line.sound[phone].addr(), line.sound[server].addr()
	stranger.send(toCallee, "junk")
	stranger.send(toCaller, "junk")
	callerSound.send(toCallee, "hello")
	if got, from := calleeSound.hears(); got != "hello" || from != toCaller {
		t.Errorf("the callee heard %q from %v, want it from %v", got, from, toCaller)
	}
	calleeSound.send(toCaller, "hello yourself")
	if got, from := callerSound.hears(); got != "hello yourself" || from != toCallee {
		t.Errorf("the caller heard %q from %v, want it from %v", got, from, toCallee)
	}
	if a, b := line.Sound(); a != (Counters{Sent: 1}) || b != (Counters{Sent: 1}) {
		t.Errorf("counted %+v and %+v", a, b)
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
}

// What is lost is lost, and what is doubled comes twice.
func TestALineLosesAndDoubles(t *testing.T) {
	caller, callee := newPeer(t), newPeer(t)
	line, err := Open(callee.addr(), Conditions{Loss: 0.5, Double: 0.5}, 3)
	if err != nil {
		t.Fatal(err)
	}
	fate, want := newWay(Conditions{Loss: 0.5, Double: 0.5}, 3, phone), []string{}
	for i := range 100 {
		text := fmt.Sprint(i)
		_, copies := fate.arrivals(time.Now())
		for range copies {
			want = append(want, text)
		}
		caller.send(line.Addr(), text)
	}
	for i, want := range want {
		if got, _ := callee.hears(); got != want {
			t.Fatalf("datagram %d is %s, want %s", i, got, want)
		}
	}
	if err := line.Close(); err != nil {
		t.Error(err)
	}
}

func TestTranslate(t *testing.T) {
	contact, ours := netip.MustParseAddrPort("10.0.0.1:5060"), netip.MustParseAddrPort("10.0.0.1:4000")
	f := func(msg, want, sound string) {
		t.Helper()
		msg, want = strings.ReplaceAll(msg, "\n", "\r\n"), strings.ReplaceAll(want, "\n", "\r\n")
		got, at := translate([]byte(msg), contact, ours)
		if string(got) != want || at.IsValid() != (sound != "") || at.IsValid() && at.String() != sound {
			t.Errorf("%q became %q, sound at %v; want %q, %q", msg, got, at, want, sound)
		}
	}
	f("junk", "junk", "")
	f("BYE sip:a@b SIP/2.0\nTo: x\n\n", "BYE sip:a@b SIP/2.0\nTo: x\n\n", "")
	f("SIP/2.0 200 OK\nm: sip:1.2.3.4\nl: 0\n\n", "SIP/2.0 200 OK\nm: sip:10.0.0.1:5060\nl: 0\n\n", "")
	f("X\nContact: \"a\" <sip:a@1.2.3.4:7;ob>;q=1, *\n\n", "X\nContact: \"a\" <sip:a@10.0.0.1:5060;ob>;q=1, *\n\n", "")
	f("X\nContact: *\n\n", "X\nContact: *\n\n", "")
	f("X\n\nc=IN IP4 1.2.3.4\nm=audio 8 RTP/AVP 0\nm=video 8 RTP/AVP 9\n", "X\n\nc=IN IP4 10.0.0.1\nm=audio 4000 RTP/AVP 0\nm=video 8 RTP/AVP 9\n", "1.2.3.4:8")
	f("X\n\nm=audio 8 RTP/AVP 0\nc=IN IP4 1.2.3.4\n", "X\n\nm=audio 4000 RTP/AVP 0\nc=IN IP4 10.0.0.1\n", "1.2.3.4:8")
	f("X\n\nc=IN IP4 1.2.3.4\nm=audio 0 RTP/AVP 0\n", "X\n\nc=IN IP4 1.2.3.4\nm=audio 0 RTP/AVP 0\n", "") // refused
	f("X\n\nc=IN IP4 host\nm=audio 8 RTP/AVP 0\n", "X\n\nc=IN IP4 host\nm=audio 8 RTP/AVP 0\n", "")
}

// FuzzTranslate: what says where sound is to go says our address afterwards, and
// translating that once more changes nothing.
func FuzzTranslate(f *testing.F) {
	at := netip.MustParseAddrPort("127.0.0.1:5062")
	f.Add([]byte(invite(at, at)))
	f.Add([]byte("SIP/2.0 200 OK\r\nm: <sip:a@b>\r\nl: 3\r\n\r\nm=audio 1 \nc=IN IP4 ::1\n"))
	f.Fuzz(func(t *testing.T, msg []byte) {
		contact, ours := netip.MustParseAddrPort("10.0.0.1:5060"), netip.MustParseAddrPort("10.0.0.1:4000")
		once, sound := translate(msg, contact, ours)
		twice, again := translate(once, contact, ours)
		if !bytes.Equal(once, twice) {
			t.Errorf("%q became %q and then %q", msg, once, twice)
		}
		if sound.IsValid() && again != ours {
			t.Errorf("%q says %v, and then %v", msg, sound, again)
		}
	})
}
