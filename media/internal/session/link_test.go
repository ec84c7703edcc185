package session

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/rtcp"
)

// link is the network from one session to another: its Wire. What it does to
// packets is what netem does.
type link struct {
	now    *clock.Time
	from   netip.AddrPort
	to     *Session
	rnd    *rand.Rand
	delay  time.Duration
	jitter time.Duration
	loss   float64
	double float64
	jump   float64 // chance to overtake
	spoil  float64 // chance that junk goes along

	way              []parcel
	packets, reports int
	control          [][]byte
}

type parcel struct {
	at      clock.Time
	pkt     []byte
	control bool
}

func (l *link) Send(pkt []byte, _ netip.AddrPort) {
	l.packets++
	if rtcp.Is(pkt) {
		l.packets--
		l.reports++
		l.control = append(l.control, bytes.Clone(pkt))
	}
	l.post(pkt, false)
}

func (l *link) SendControl(pkt []byte, _ netip.AddrPort) {
	l.reports++
	l.control = append(l.control, bytes.Clone(pkt))
	l.post(pkt, true)
}

func (l *link) post(pkt []byte, control bool) {
	if l.rnd.Float64() < l.loss {
		return
	}
	for range 1 + int(l.rnd.Float64()+l.double) {
		at := l.now.Add(l.delay)
		if l.rnd.Float64() >= l.jump {
			at = at.Add(time.Duration(l.rnd.Int64N(int64(l.jitter) + 1)))
		}
		l.way = append(l.way, parcel{at, bytes.Clone(pkt), control})
	}
	if l.rnd.Float64() < l.spoil {
		l.way = append(l.way, parcel{l.now.Add(l.delay), l.junk(pkt), l.rnd.IntN(2) == 0})
	}
}

// junk is what somebody might send who wants to disturb: nothing, noise, or a
// packet that looks real but for a few bytes.
func (l *link) junk(pkt []byte) []byte {
	b := make([]byte, l.rnd.IntN(200))
	for i := range b {
		b[i] = byte(l.rnd.Uint32())
	}
	switch l.rnd.IntN(3) {
	case 0: // another source
		b = bytes.Clone(pkt)
		b[8]++
		for i := 12; i < len(b); i++ {
			b[i] = byte(l.rnd.Uint32())
		}
	case 1: // RTCP: sender reports, goodbyes and worse
		if len(b) > 8 {
			b[0], b[1], b[2], b[3] = 0x81, byte(200+l.rnd.IntN(8)), 0, byte(len(b)/4-1)
		}
	}
	return b
}

func (l *link) step(now clock.Time) {
	kept := l.way[:0]
	for _, x := range l.way {
		switch {
		case x.at > now:
			kept = append(kept, x)
		case x.control:
			l.to.ReceiveControl(now, x.pkt, netip.AddrPortFrom(l.from.Addr(), l.from.Port()+1))
		default:
			l.to.Receive(now, x.pkt, l.from)
		}
	}
	l.way = kept
}

// connected is two sessions that call each other through the network.
type connected struct {
	t     *testing.T
	now   clock.Time
	s     [2]*Session
	out   [2]*far // their events
	links [2]*link
}

func connect(t *testing.T, id codecs.ID, change func(i int, p *msg.Params, l *link)) *connected {
	x := &connected{t: t}
	addrs := [2]netip.AddrPort{farA, farB}
	for i := range x.s {
		x.out[i] = &far{t: t}
		x.links[i] = &link{now: &x.now, from: addrs[i], rnd: rand.New(rand.NewPCG(uint64(i), 5))}
		x.s[i] = New(msg.Session(i+1), uint64(i+1), x.links[i], x.out[i])
	}
	for i := range x.s {
		x.links[i].to = x.s[1-i]
		f := &far{addr: addrs[1-i]}
		p := f.params(id, frame20)
		c, _ := codecs.ByID(id)
		p.Accept = append(p.Accept, msg.Payload{Type: c.PayloadType, Codec: id})
		if change != nil {
			change(i, &p, x.links[i])
		}
		x.s[i].Start(0, p)
	}
	return x
}

func (x *connected) run(d time.Duration) {
	run(&x.now, d, func(now clock.Time) { x.links[0].step(now); x.links[1].step(now) }, x.s[0], x.s[1])
}

// Both sides learn from each other's reports how the call sounds.
func TestReportsTellHowItSounds(t *testing.T) {
	f := func(name string, mux bool, loss float64, check func(t *testing.T, good, bad msg.Stats)) {
		t.Run(name, func(t *testing.T) {
			x := connect(t, codecs.PCMU, func(i int, p *msg.Params, l *link) {
				p.Mux, l.delay, l.jitter = mux, 40*time.Millisecond, 5*time.Millisecond
				if i == 1 {
					l.loss = loss
				}
			})
			x.run(time.Minute)
			for i, l := range x.links {
				if l.reports < 8 || l.reports > 25 {
					t.Errorf("side %d sent %d reports in a minute", i, l.reports)
				}
			}
			a, b := x.s[0].Stats(), x.s[1].Stats()
			for i, st := range []msg.Stats{a, b} {
				if st.RoundTrip < 75*time.Millisecond || st.RoundTrip > 100*time.Millisecond {
					t.Errorf("side %d: a round trip of %v", i, st.RoundTrip)
				}
				if st.RemoteJitter <= 0 || st.RemoteJitter > 5*time.Millisecond {
					t.Errorf("side %d: the far side's jitter is %v", i, st.RemoteJitter)
				}
				if st.Malformed+st.Foreign != 0 || st.ControlOut < 8 || st.ControlIn < 7 {
					t.Errorf("side %d: %+v", i, st)
				}
			}
			check(t, b, a)
			x.s[0].Close(x.now)
			x.s[1].Close(x.now)
			said := [2]int{x.links[0].reports, x.links[1].reports}
			for i, l := range x.links {
				bye := false
				for p, rest := rtcp.Next(l.control[said[i]-1]); ; p, rest = rtcp.Next(rest) {
					_, is := p.Bye()
					bye = bye || is
					if len(rest) == 0 {
						break
					}
				}
				if !bye {
					t.Errorf("side %d did not say goodbye", i)
				}
			}
			x.run(time.Minute)
			if x.links[0].reports != said[0] || x.links[1].reports != said[1] {
				t.Error("reports after the goodbye")
			}
		})
	}
	for _, mux := range []bool{false, true} {
		f(fmt.Sprintf("clean, mux %v", mux), mux, 0, func(t *testing.T, good, bad msg.Stats) {
			if good.MOS < 4.2 || bad.MOS < 4.2 || good.RemoteMOS < 4.2 || good.RemoteLost != 0 {
				t.Errorf("a clean call is rated %.2f and %.2f, %.2f over there; %d lost", good.MOS, bad.MOS, good.RemoteMOS, good.RemoteLost)
			}
		})
		f(fmt.Sprintf("5%% loss, mux %v", mux), mux, 0.05, func(t *testing.T, good, bad msg.Stats) {
			if bad.Lost < 100 || bad.MOS > 4 || bad.MOS < 1.5 || good.MOS < 4.2 {
				t.Errorf("%d packets lost: %.2f, none lost: %.2f", bad.Lost, bad.MOS, good.MOS)
			}
			if good.RemoteLost < 100 || good.RemoteLost > bad.Lost+5 || good.RemoteMOS > 4 {
				t.Errorf("the far side lost %d, and says %d: %.2f", bad.Lost, good.RemoteLost, good.RemoteMOS)
			}
		})
	}
}

// A report goes where the far side's come from, when a NAT may be between; once
// known, nobody else changes that.
func TestReportsFindTheirWay(t *testing.T) {
	f := func(nat bool, want string) {
		t.Helper()
		w := &addressed{far: newFar(t, farA)}
		s := New(1, 1, w, w)
		p := w.params(codecs.PCMU, frame20)
		p.NAT = nat
		s.Start(0, p)
		var b []byte
		b = rtcp.AppendReceiver(b, 7)
		b = rtcp.AppendName(b, 7, "x")
		s.ReceiveControl(0, bytes.Clone(b), netip.MustParseAddrPort("198.51.100.9:1")) // a stranger
		s.ReceiveControl(0, []byte("junk"), netip.MustParseAddrPort("192.0.2.1:6"))
		s.ReceiveControl(0, bytes.Clone(b), netip.MustParseAddrPort("192.0.2.1:7777"))
		s.ReceiveControl(0, bytes.Clone(b), netip.MustParseAddrPort("192.0.2.1:8888"))
		now := clock.Time(0)
		run(&now, 10*time.Second, nil, s)
		if w.control.String() != want {
			t.Errorf("NAT %v: reports go to %v, want %s", nat, w.control, want)
		}
	}
	f(true, "192.0.2.1:7777")
	f(false, "192.0.2.1:4001")
}

// addressed remembers where reports go.
type addressed struct {
	*far
	control netip.AddrPort
}

func (a *addressed) SendControl(_ []byte, to netip.AddrPort) { a.control = to }

// A flood of RTCP changes nothing that is heard, and is not even looked at.
func TestAFloodOfReportsIsNotHeard(t *testing.T) {
	x := newPairOf(t, codecs.PCMU, codecs.PCMU)
	x.start(x.a.params(), x.b.params())
	talk, rnd := x.talk, rand.New(rand.NewPCG(1, 1))
	l := &link{rnd: rnd}
	x.talk = func(now clock.Time) {
		talk(now)
		for range 20 {
			pkt := l.junk(make([]byte, 100))
			x.a.s.ReceiveControl(now, pkt, netip.AddrPortFrom(farA.Addr(), uint16(rnd.Uint32())))
			bye := rtcp.AppendBye(rtcp.AppendReceiver(nil, 0xfa), 0xfa, "go away")
			x.a.s.ReceiveControl(now, bye, netip.AddrPortFrom(farA.Addr(), 4001))
		}
	}
	x.run(300 * time.Millisecond)
	x.run(10 * time.Second)
	x.clean(t)
	st := x.a.s.Stats()
	if looked := st.ControlIn + st.Malformed; looked > 400 || st.Capped < 300_000 || st.Lost+st.Late != 0 {
		t.Errorf("%d were looked at: %+v", looked, st)
	}
}
