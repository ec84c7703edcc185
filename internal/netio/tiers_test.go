package netio

import (
	"bytes"
	"errors"
	"net/netip"
	"slices"
	"syscall"
	"testing"

	"trunkline/internal/netio/frame"
	"trunkline/internal/netio/netfilter"
)

func TestParseTier(t *testing.T) {
	f := func(name string, want Tier) {
		t.Helper()
		got, err := ParseTier(name)
		if err != nil || got != want {
			t.Errorf("ParseTier(%q) = %v, %v; want %v", name, got, err, want)
		}
	}
	f("", T0)
	f("t0", T0)
	f("t1", T1)
	f("t2", T2)
	f("auto", Auto)
	for _, bad := range []string{"T0", "t3", "0", "t0 "} {
		if got, err := ParseTier(bad); err == nil {
			t.Errorf("ParseTier(%q) = %v, want an error", bad, got)
		}
	}
	if p, _, err := Open(Auto + 1); err == nil || p != nil {
		t.Errorf("opened a tier that is none: %v", p)
	}
}

func TestWarningSaysWhatIsBypassed(t *testing.T) {
	f := func(w Warning, want string) {
		t.Helper()
		if got := w.Error(); got != want || !errors.Is(&w, w.Cause) && w.Cause != nil {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
	f(Warning{Tier: T1, Rules: []string{"ip filter OUTPUT", "inet a b"}},
		"packet tier t1 bypasses packet filter rules: ip filter OUTPUT, inet a b")
	f(Warning{Tier: T2, Cause: netfilter.ErrUnknown},
		"packet tier t2 bypasses packet filter rules, and whether there are any cannot be known: packet filter rules cannot be read")
}

func TestAutoOpensTheHighest(t *testing.T) {
	p, got, err := Open(Auto)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if all := tiers(); got != all[len(all)-1] {
		t.Errorf("opened %v, want the last of %v", got, all)
	}
}

// onCable runs f with packets of each tier, and another machine.
func onCable(t *testing.T, f func(t *testing.T, p Packets, tier Tier, there *far)) {
	t.Helper()
	for _, tier := range tiers() {
		t.Run(tier.String(), func(t *testing.T) {
			if there := cable(t); there != nil {
				f(t, open(t, tier), tier, there)
			}
		})
	}
}

// warm sends between leg and ph until the tier no longer needs the socket: it
// learns the way while packets flow.
func warm(t *testing.T, p Packets, tier Tier, l Leg, ph *phone) {
	t.Helper()
	before := p.Counters().OutRaw
	for ok := true; ok; ok = tier != T0 && p.Counters().OutRaw == before {
		p.Send([]Datagram{{Leg: l, Peer: ph.addr, Data: []byte("warm")}})
		ph.hear()
	}
}

func TestSoundCrossesACable(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		f := func(bind, far string) {
			t.Helper()
			ph := there.phone(far)
			pair := pairOn(t, bind)
			l := add(t, p, pair)
			defer p.Remove(l)
			warm(t, p, tier, l, ph)
			for _, size := range []int{1, 2, 3, 12, 31, 32, 33, 171, 172, 1000, 1231, 1232, 1233, 1251, 1252, 1253, 1452, 1472} {
				sound := make([]byte, size)
				for i := range sound {
					sound[i] = byte(i*7 + size)
				}
				p.Send([]Datagram{{Leg: l, Peer: ph.addr, Data: sound}})
				got, from := ph.hear()
				if !bytes.Equal(got, sound) || from.Port() != pair.Addr().Port() {
					t.Fatalf("%s: %d bytes arrived as %d bytes from %v", bind, size, len(got), from)
				}
				ph.say(from, got)
				back := collect(p, 1)[0]
				if !bytes.Equal(back.Data, sound) || back.Peer != ph.addr || back.Leg != l || back.Kind != RTP {
					t.Fatalf("%s: %d bytes came back as %d bytes from %v for leg %d", bind, size, len(back.Data), back.Peer, back.Leg)
				}
			}
			c := p.Counters()
			if c.SendFailed+c.SendFull+c.Unreadable+c.RingBroken+c.RingLost != 0 {
				t.Errorf("%s: counted %+v", bind, c)
			}
		}
		f(near4, far4)
		f(near6, far6)
		f("0.0.0.0", far4)
		f("::", far6)
		f("::", far4)
	})
}

// TestLongPacketsTakeTheSocket: it alone knows of fragments and path MTUs.
func TestLongPacketsTakeTheSocket(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		ph, pair := there.phone(far4), pairOn(t, near4)
		l := add(t, p, pair)
		warm(t, p, tier, l, ph)
		before := p.Counters()
		p.Send([]Datagram{{Leg: l, Peer: ph.addr, Data: make([]byte, frame.Largest-28+1)}})
		p.Send([]Datagram{{Leg: l, Peer: ph.addr, Data: make([]byte, MaxDatagram)}})
		ph.hear()
		if b, _ := ph.hear(); len(b) != MaxDatagram {
			t.Errorf("heard %d bytes", len(b))
		}
		if c := p.Counters(); c.OutRaw != before.OutRaw || c.Out != before.Out+2 {
			t.Errorf("counted %+v after %+v", c, before)
		}
		ph.say(pair.Addr(), make([]byte, MaxDatagram)) // in two fragments
		if d := collect(p, 1)[0]; len(d.Data) != MaxDatagram {
			t.Errorf("received %d bytes", len(d.Data))
		}
		if in := p.Counters().InRing; in != before.InRing {
			t.Errorf("the ring took %d packets that are the socket's", in-before.InRing)
		}
	})
}

func TestKindsAndMuxedPairs(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		ph, pair := there.phone(far4), pairOn(t, near4)
		mux, err := BindMux(netip.MustParseAddr(near4), 33000)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { mux.Close() })
		two, one := add(t, p, pair), add(t, p, mux)
		f := func(l Leg, kind Kind, port uint16, back Kind) {
			t.Helper()
			for range 3 { // by socket, and if the tier can, without
				p.Send([]Datagram{{Leg: l, Kind: kind, Peer: ph.addr, Data: []byte("x")}})
				_, from := ph.hear()
				if from.Port() != port {
					t.Fatalf("kind %d of leg %d came from port %d, want %d", kind, l, from.Port(), port)
				}
				ph.say(from, []byte("y"))
				if d := collect(p, 1)[0]; d.Leg != l || d.Kind != back {
					t.Fatalf("the answer is for leg %d, kind %d", d.Leg, d.Kind)
				}
			}
		}
		warm(t, p, tier, two, ph)
		f(two, RTP, pair.Addr().Port(), RTP)
		f(two, RTCP, pair.Addr().Port()+1, RTCP)
		f(one, RTP, 33000, RTP)
		f(one, RTCP, 33000, RTP)
	})
}

func TestStrangersReachNoLeg(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		there.ip("addr add 10.77.0.9/24 dev near")
		ph, pair := there.phone(far4), pairOn(t, near4)
		l := add(t, p, pair)
		add(t, p, pairOn(t, "127.0.0.1")) // both ends of the ring's range
		at := pair.Addr()
		ph.say(netip.AddrPortFrom(netip.MustParseAddr("10.77.0.9"), at.Port()), []byte("other address"))
		ph.say(netip.AddrPortFrom(at.Addr(), at.Port()+2), []byte("other port"))
		ph.say(netip.AddrPortFrom(at.Addr(), 9), []byte("low port"))
		ph.say(at, []byte("ours"))
		if d := collect(p, 1)[0]; d.Leg != l || string(d.Data) != "ours" {
			t.Errorf("leg %d received %q", d.Leg, d.Data)
		}
		if n := p.Receive(make([]Datagram, 4)); n != 0 {
			t.Errorf("received %d more", n)
		}
	})
}

// await receives until something of who has come.
func await(p Packets, who netip.AddrPort) {
	for !slices.ContainsFunc(collect(p, 1), func(d Datagram) bool { return d.Peer == who }) {
	}
}

// TestNoICMPFromLegs: a leg whose socket drops everything still owns its port.
func TestNoICMPFromLegs(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, _ Tier, there *far) {
		there.sysctl("icmp_ratelimit", "0")
		pair := pairOn(t, near4)
		add(t, p, pair)
		f := func(to netip.AddrPort, want error) {
			t.Helper()
			ph := there.phone(far4)
			if err := syscall.Connect(ph.fd, sockaddrOf(to)); err != nil {
				t.Fatal(err)
			}
			marker := there.phone(far4)
			var heard error // what ICMP makes of it
			for range 3 {
				if _, err := syscall.Write(ph.fd, []byte("anybody?")); err != nil {
					heard = err
				}
			}
			// The answer to a fourth one, of another phone, is behind any ICMP.
			marker.say(pair.Addr(), []byte("marker"))
			await(p, marker.addr)
			if no, err := syscall.GetsockoptInt(ph.fd, syscall.SOL_SOCKET, syscall.SO_ERROR); err != nil || no != 0 {
				heard = syscall.Errno(no)
			}
			if heard != want {
				t.Errorf("sending to %v: heard %v, want %v", to, heard, want)
			}
		}
		f(pair.Addr(), nil)
		f(netip.AddrPortFrom(pair.Addr().Addr(), 9), syscall.ECONNREFUSED)
	})
}

func TestOwnAddressIsReachable(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, _ Tier, there *far) {
		f := func(addr string) {
			t.Helper()
			pa, pb := pairOn(t, addr), pairOn(t, addr)
			a, b := add(t, p, pa), add(t, p, pb)
			for range 100 {
				p.Send([]Datagram{{Leg: a, Peer: pb.Addr(), Data: []byte("self")}})
				if d := collect(p, 1)[0]; d.Leg != b || d.Peer != pa.Addr() {
					t.Fatalf("leg %d heard from %v", d.Leg, d.Peer)
				}
			}
		}
		f(near4)
		f(near6)
		f("127.0.0.1")
	})
}

// TestFramesOnLoopback: with these settings IPv4 takes frames from ourselves.
func TestFramesOnLoopback(t *testing.T) {
	onCable(t, func(t *testing.T, _ Packets, tier Tier, there *far) {
		there.sysctl("conf/lo/accept_local", "1")
		there.sysctl("conf/lo/route_localnet", "1")
		defer there.sysctl("conf/lo/accept_local", "0")
		defer there.sysctl("conf/lo/route_localnet", "0")
		p := open(t, tier)
		pa, pb := pairOn(t, "127.0.0.1"), pairOn(t, "127.0.0.1")
		a, b := add(t, p, pa), add(t, p, pb)
		for tier != T0 && p.Counters().OutRaw < 100 || p.Counters().Out < 100 {
			p.Send([]Datagram{{Leg: a, Peer: pb.Addr(), Data: []byte("round")}})
			if d := collect(p, 1)[0]; d.Leg != b || d.Peer != pa.Addr() {
				t.Fatalf("leg %d heard from %v", d.Leg, d.Peer)
			}
		}
		if f, ok := p.(*Frames); ok && len(f.ways.slots) == 0 {
			t.Error("no way was asked for")
		}
	})
}

// TestForbiddenPeers: nothing leaves, by whatever way.
func TestForbiddenPeers(t *testing.T) {
	onCable(t, func(t *testing.T, p Packets, tier Tier, there *far) {
		ph, l := there.phone(far4), add(t, p, pairOn(t, "0.0.0.0"))
		warm(t, p, tier, l, ph)
		for _, to := range []string{"10.77.0.2:0", "0.0.0.0:9", "255.255.255.255:9", "224.0.0.1:9", "10.77.0.255:9",
			"[ff02::1]:9", "[::ffff:224.0.0.1]:9", "[::ffff:255.255.255.255]:9", "[::]:9"} {
			for range 3 {
				before := p.Counters()
				p.Send([]Datagram{{Leg: l, Peer: netip.MustParseAddrPort(to), Data: []byte("x")}})
				if c := p.Counters(); c.SendFailed != before.SendFailed+1 || c.Out != before.Out {
					t.Errorf("to %s: counted %+v after %+v", to, c, before)
				}
			}
		}
	})
}

func TestLatchedLegHearsItsPeerAndMoves(t *testing.T) {
	everyTier(t, func(t *testing.T, p Packets) {
		pairs := [4]*Pair{}
		legs := [4]Leg{}
		for i := range pairs {
			pairs[i] = pairOn(t, "127.0.0.1")
			legs[i] = add(t, p, pairs[i])
		}
		us, peer, next, stranger := legs[0], 1, 2, 3
		say := func(who int, what string) {
			p.Send([]Datagram{{Leg: legs[who], Peer: pairs[0].Addr(), Data: []byte(what)}})
		}
		p.(Latcher).Latch(us, pairs[peer].Addr())
		say(stranger, "noise")
		say(peer, "sound")
		await(p, pairs[peer].Addr()) // hearing others is permitted
		p.Send([]Datagram{{Leg: us, Peer: pairs[peer].Addr(), Data: []byte("a")}})
		p.Send([]Datagram{{Leg: us, Peer: pairs[next].Addr(), Data: []byte("b")}})
		got := collect(p, 2)
		slices.SortFunc(got, func(x, y Datagram) int { return int(x.Leg) - int(y.Leg) })
		if got[0].Leg != legs[peer] || got[1].Leg != legs[next] {
			t.Fatalf("sent to legs %d and %d, want %d and %d", got[0].Leg, got[1].Leg, legs[peer], legs[next])
		}
		say(next, "moved") // sending elsewhere took the latch back
		if d := collect(p, 1)[0]; d.Peer != pairs[next].Addr() {
			t.Fatalf("heard %v after the move", d.Peer)
		}
		p.(Latcher).Latch(us, pairs[next].Addr())
		p.(Latcher).Latch(us, netip.AddrPort{})
		say(stranger, "anybody")
		if d := collect(p, 1)[0]; d.Peer != pairs[stranger].Addr() {
			t.Fatalf("heard %v once it was taken back", d.Peer)
		}
	})
}
