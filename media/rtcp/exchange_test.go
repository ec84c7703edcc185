package rtcp

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"trunkline/internal/clock"
)

const (
	ours, theirs = 0xcafebabe, 0xdeadbeef

	second = clock.Time(time.Second)
)

// leg makes an exchange whose wall clock is its own.
func leg(ssrc uint32, extended bool) *Exchange {
	wall := NewWall(0, time.Date(2026, 11, 21, 6, 0, 0, int(ssrc%1e9), time.UTC))
	return New(0, Config{SSRC: ssrc, Name: "name", Seed: uint64(ssrc), Clock: 8000, Wall: wall, Extended: extended})
}

func TestRoundTrip(t *testing.T) {
	f := func(out, back, held time.Duration) {
		t.Helper()
		a, b := leg(ours, false), leg(theirs, false)
		now := 10 * second
		a.Sent(now, 160, 1, 160)
		report := a.Report(now, nil, nil, nil)
		now = now.Add(out)
		if d := b.Receive(now, report); d != Keep {
			t.Fatal(d)
		}
		now = now.Add(held)
		answer := b.Report(now, nil, &Reception{SSRC: ours, Fraction: 3, Lost: 4, Highest: 5, Jitter: 80}, nil)
		now = now.Add(back)
		if d := a.Receive(now, answer); d != Keep {
			t.Fatal(d)
		}
		r := a.Remote()
		if got, want := r.RoundTrip, out+back; !r.Measured || (got-want).Abs() > time.Millisecond/10 {
			t.Errorf("got %v, %v; want %v", got, r.Measured, want)
		}
		if r.Block.Fraction != 3 || r.Block.Lost != 4 || r.Block.Highest != 5 || a.RemoteJitter() != 10*time.Millisecond {
			t.Errorf("the far side's view: %+v, %v", r.Block, a.RemoteJitter())
		}
	}
	f(0, 0, 0)
	f(20*time.Millisecond, 30*time.Millisecond, 3*time.Second)
	f(time.Millisecond, 0, 5*time.Second)
	f(500*time.Millisecond, 900*time.Millisecond, 100*time.Millisecond)
}

// TestRoundTripOfAListener: who sends no sound measures by extended reports.
func TestRoundTripOfAListener(t *testing.T) {
	a, b := leg(ours, true), leg(theirs, true)
	b.Receive(second, a.Report(0, nil, nil, nil))
	a.Receive(3*second, b.Report(2*second, nil, nil, nil))
	if r := a.Remote(); !r.Measured || (r.RoundTrip-2*time.Second).Abs() > time.Millisecond {
		t.Errorf("got %v, %v; want 2s", r.RoundTrip, r.Measured)
	}
}

// TestHostileEchoes: what we never sent, and delays that cannot be, measure nothing.
func TestHostileEchoes(t *testing.T) {
	f := func(last func(sent uint32) uint32, held uint32, want bool) {
		t.Helper()
		a := leg(ours, true)
		a.Sent(0, 0, 1, 160)
		report := a.Report(second, nil, nil, nil)
		p, _ := Next(report)
		info, _ := p.Sender()
		echo := last(middle(info.NTP))
		a.Receive(2*second, AppendReceiver(nil, theirs, Block{SSRC: ours, LastReport: echo, Delay: held}))
		if got := a.Remote().Measured; got != want {
			t.Errorf("held %d: measured is %v, want %v", held, got, want)
		}
		a.Receive(2*second, appendDelay(nil, theirs, ours, delay{echo, held}))
		if got := a.Remote().Measured; got != want {
			t.Errorf("held %d, extended: measured is %v, want %v", held, got, want)
		}
	}
	same := func(sent uint32) uint32 { return sent }
	f(same, 0, true)
	f(same, 65536, true)
	f(same, 65536+1000, true) // a far clock of 20 ms
	f(same, 65536*2, false)   // held longer than the time that passed
	f(same, 1<<32-1, false)
	f(func(uint32) uint32 { return 0 }, 0, false)
	f(func(sent uint32) uint32 { return sent - 65536*7 }, 0, false)
	f(func(sent uint32) uint32 { return sent + 1 }, 0, false)
}

func TestSenderOrReceiver(t *testing.T) {
	x := leg(ours, false)
	now := clock.Time(0)
	f := func(kind uint8) SenderInfo {
		t.Helper()
		now += 5 * second
		p, rest := Next(x.Report(now, nil, &Reception{SSRC: theirs}, nil))
		info, ok := p.Sender()
		if p.kind != kind || ok != (kind == typeSender) {
			t.Errorf("at %v: type %d, want %d", now, p.kind, kind)
		}
		if b, ok := p.Block(theirs); !ok || b.LastReport != 0 || b.Delay != 0 {
			t.Errorf("block %+v, %v", b, ok)
		}
		if p, _ = Next(rest); string(first(p.Name())) != "name" {
			t.Errorf("no name behind the report")
		}
		return info
	}
	f(typeReceiver)
	x.Sent(now, 1000, 1, 160)
	x.Sent(now.Add(20*time.Millisecond), 1160, 1, 80)
	if got := f(typeSender); got.Packets != 2 || got.Octets != 240 || got.Timestamp != 1160+8000*5-160 {
		t.Errorf("got %+v", got)
	}
	f(typeSender) // sound within the last two intervals
	f(typeReceiver)
	x.SetClock(48000)
	x.Sent(now, 2000, 1, 1)
	if got := f(typeSender); got.Timestamp != 2000+5*48000 || got.NTP>>32 != x.config.Wall.NTP(0)>>32+25 {
		t.Errorf("got %+v", got)
	}
	if got := x.Reports(); got != 5 {
		t.Errorf("%d reports, want 5", got)
	}
}

func first(b []byte, _ bool) []byte { return b }

func TestAnswersOnlyTheStreamItHears(t *testing.T) {
	x := leg(ours, false)
	x.Receive(second, AppendSender(nil, theirs, SenderInfo{NTP: 0x1234567890abcdef}))
	f := func(ssrc, last, held uint32) {
		t.Helper()
		p, _ := Next(x.Report(3*second, nil, &Reception{SSRC: ssrc}, nil))
		if b, ok := p.Block(ssrc); !ok || b.LastReport != last || b.Delay != held {
			t.Errorf("SSRC %#x: got %+v, %v", ssrc, b, ok)
		}
	}
	f(theirs, 0x567890ab, 2<<16)
	f(theirs+1, 0, 0)
}

func TestRemote(t *testing.T) {
	x := leg(ours, true)
	voip := VoIP{SSRC: ours, R: 80, MOSCQ: 40}
	x.Receive(second, AppendVoIP(AppendSender(nil, theirs, SenderInfo{Packets: 5}), theirs, voip))
	if r := x.Remote(); !r.Judged || r.VoIP != voip || r.Sender.Packets != 5 || r.Packets != 1 || r.Heard != second || r.Reports != 0 {
		t.Errorf("got %+v", r)
	}
	x.Receive(second, AppendVoIP(nil, theirs, VoIP{SSRC: theirs, R: 1})) // about another stream
	if got := x.Remote().VoIP; got != voip {
		t.Errorf("got %+v", got)
	}
	x.Receive(2*second, AppendBye(AppendReceiver(nil, theirs), theirs, strings.Repeat("so long ", 20)))
	if r := x.Remote(); !r.Left || !strings.HasPrefix(r.Reason(), "so long so") || len(r.Reason()) != 64 {
		t.Errorf("left is %v: %q", r.Left, r.Reason())
	}
	x.Receive(3*second, AppendReceiver(nil, theirs))
	if x.Remote().Left {
		t.Errorf("it still reports, so it has not left")
	}
	before := *x.Remote()
	if d := x.Receive(4*second, x.Report(4*second, nil, nil, nil)); d != Own || *x.Remote() != before {
		t.Errorf("our own report: %v, %+v", d, x.Remote())
	}
	if d := x.Receive(4*second, []byte{0x80, 0, 0, 0}); d != Type || *x.Remote() != before {
		t.Errorf("RTP: %v, %+v", d, x.Remote())
	}
}

func TestRemoteMOS(t *testing.T) {
	f := func(conversation, listening uint8, want float64) {
		t.Helper()
		if got, ok := (VoIP{MOSCQ: conversation, MOSLQ: listening}).MOS(); got != want || ok != (want != 0) {
			t.Errorf("%d, %d: got %v, %v; want %v", conversation, listening, got, ok, want)
		}
	}
	f(41, 44, 4.1)
	f(Unavailable, 44, 4.4)
	f(Unavailable, Unavailable, 0)
	f(0, 0, 0)
	f(9, 51, 0)
	f(10, 50, 1)
}

func TestBye(t *testing.T) {
	x := leg(ours, false)
	out := x.Bye(second, []byte("x"), &Reception{SSRC: theirs, Lost: 7}, "replaced")
	if out[0] != 'x' || Check(out[1:]) != Keep {
		t.Fatalf("got %x", out)
	}
	y := leg(theirs, false)
	y.Receive(second, out[1:])
	if r := y.Remote(); !r.Left || r.Reason() != "replaced" || r.Block.Lost != 7 {
		t.Errorf("got %+v", r)
	}
	long := leg(ours, true)
	long.config.Name = strings.Repeat("n", 300)
	long.Sent(0, 0, 1, 0)
	if got := long.Bye(second, nil, &Reception{}, strings.Repeat("r", 300)); len(got) > MaxReport || Check(got) != Keep {
		t.Errorf("%d bytes", len(got))
	}
}

func TestNames(t *testing.T) {
	a, b := NewName(), NewName()
	if len(a) != 16 || a == b {
		t.Errorf("%q, %q", a, b)
	}
}

func TestSchedule(t *testing.T) {
	begin := 100 * second
	run := func(seed uint64) (times []clock.Time) {
		var s Schedule
		s.Start(begin, seed)
		for now := begin; len(times) < 400; now = s.Next() {
			if s.Due(now) {
				times = append(times, now)
			}
			if s.Next() <= now {
				t.Fatalf("seed %d: stuck at %v", seed, now)
			}
		}
		return times
	}
	var sum, firsts time.Duration
	count := 0
	for seed := range uint64(100) {
		times := run(seed)
		firsts += times[0].Sub(begin)
		for i := 1; i < len(times); i++ {
			d := times[i].Sub(times[i-1])
			sum, count = sum+d, count+1
			if d < 2*time.Second || d > 7*time.Second {
				t.Fatalf("seed %d: %v between reports", seed, d)
			}
		}
	}
	if mean := sum / time.Duration(count); (mean - 5*time.Second).Abs() > 100*time.Millisecond {
		t.Errorf("%v between reports on average, want 5 s", mean)
	}
	if mean := firsts / 100; (mean - 2500*time.Millisecond).Abs() > 250*time.Millisecond {
		t.Errorf("the first report after %v on average, want 2.5 s", mean)
	}
	if a, b := run(1), run(1); a[399] != b[399] {
		t.Errorf("one seed, two schedules")
	}
	if a, b := run(1), run(2); a[399] == b[399] {
		t.Errorf("two seeds, one schedule")
	}
}

func TestWall(t *testing.T) {
	w := NewWall(5*second, time.Unix(0, 500_000_000))
	f := func(now clock.Time, want uint64) {
		t.Helper()
		if got := w.NTP(now); got != want {
			t.Errorf("%d: got %#x, want %#x", now, got, want)
		}
	}
	const unix = 2208988800 << 32
	f(5*second, unix+1<<31)
	f(6*second, unix+3<<31)
	f(5*second+second/2, unix+1<<32)
	f(5*second-second/2, unix)
	f(4*second+second/4, unix-1<<30)
}

func TestNothingAllocates(t *testing.T) {
	for _, d := range deeds() {
		if n := testing.AllocsPerRun(500, d.do); n != 0 {
			t.Errorf("%s allocates %v times, want 0", d.name, n)
		}
	}
}

func BenchmarkExchange(b *testing.B) {
	for _, d := range deeds() {
		b.Run(d.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.do()
			}
		})
	}
}

type deed struct {
	name string
	do   func()
}

func deeds() []deed {
	x, y := leg(ours, true), leg(theirs, true)
	now := clock.Time(0)
	buffer := make([]byte, 0, MaxReport)
	heard := &Reception{SSRC: theirs, Lost: 3}
	y.Sent(now, 0, 1, 160)
	report := y.Report(now, nil, &Reception{SSRC: ours}, &VoIP{SSRC: ours})
	bye := y.Bye(now, nil, nil, "gone")
	junk := bytes.Repeat([]byte{0x81, 0xcf, 0, 1}, 20)
	return []deed{
		{"sent", func() { now += second / 50; x.Sent(now, uint32(now), 1, 160) }},
		{"due", func() { x.Due(now) }},
		{"report", func() { x.Report(now, buffer, heard, &VoIP{SSRC: theirs}) }},
		{"bye", func() { x.Bye(now, buffer, heard, "gone") }},
		{"receive", func() { x.Receive(now, report) }},
		{"receive-bye", func() { x.Receive(now, bye) }},
		{"receive-junk", func() { x.Receive(now, junk) }},
	}
}
