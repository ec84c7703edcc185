package media

import (
	"errors"
	"fmt"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/simnet"
)

// poolOf makes ports from lo to hi on a network of their own.
func poolOf(t *testing.T, lo, hi uint16, rest time.Duration) *ports {
	t.Helper()
	cfg, err := Config{PortMin: lo, PortMax: hi, Rest: rest}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return newPorts(cfg, 1, simnet.New(1, simnet.Link{}))
}

// take wants a pair.
func take(t *testing.T, ps *ports, now clock.Time) netio.Ports {
	t.Helper()
	p, err := ps.take(now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func giveBack(ps *ports, p netio.Ports, now clock.Time) {
	p.Close()
	ps.give(p.Addr(), now)
}

func TestEveryPairIsGivenOutOnceThenNone(t *testing.T) {
	f := func(lo, hi uint16, pairs int) {
		t.Helper()
		ps, seen := poolOf(t, lo, hi, 0), map[uint16]bool{}
		for range pairs {
			port := take(t, ps, 0).Addr().Port()
			if seen[port] || port%2 != 0 || port < lo || port+1 > hi || port+1 < port {
				t.Errorf("%d-%d: gave out %d after %v", lo, hi, port, seen)
			}
			seen[port] = true
		}
		if _, err := ps.take(0); err != ErrNoPorts {
			t.Errorf("%d-%d: one too many: %v, want ErrNoPorts", lo, hi, err)
		}
		if ps.used != pairs {
			t.Errorf("%d-%d: used %d, want %d", lo, hi, ps.used, pairs)
		}
	}
	f(4000, 4001, 1)
	f(4000, 4002, 1) // the last even port has no odd one above it
	f(4000, 4019, 10)
	f(65530, 65535, 3)
}

func TestPortsRestBeforeReuse(t *testing.T) {
	const rest = 10 * time.Second
	ps := poolOf(t, 4000, 4003, rest)
	begin := clock.Time(0).Add(time.Minute)
	a := take(t, ps, begin)
	b := take(t, ps, begin)
	giveBack(ps, a, begin)
	giveBack(ps, b, begin.Add(time.Second))
	if _, err := ps.take(begin.Add(rest - 1)); err != ErrNoPorts {
		t.Fatalf("a resting port was given out: %v", err)
	}
	if got := take(t, ps, begin.Add(rest)); got.Addr() != a.Addr() {
		t.Fatalf("gave out %v, want %v, which has rested", got.Addr(), a.Addr())
	}
	if _, err := ps.take(begin.Add(rest)); err != ErrNoPorts {
		t.Fatalf("the other still rests: %v", err)
	}
	take(t, ps, begin.Add(rest+time.Second))
}

func TestPortsOfOthersAreSkippedAndOtherErrorsAreNot(t *testing.T) {
	ps := poolOf(t, 4000, 4009, 0)
	bind := ps.bind
	ps.bind = func(port uint16) (netio.Ports, error) {
		if port != 4006 {
			return nil, fmt.Errorf("bind %d: %w", port, syscall.EADDRINUSE)
		}
		return bind(port)
	}
	if got := take(t, ps, 0).Addr().Port(); got != 4006 {
		t.Fatalf("gave out %d, want the one free port", got)
	}
	if _, err := ps.take(0); err != ErrNoPorts {
		t.Fatalf("all others are taken: %v", err)
	}
	ps.bind = func(uint16) (netio.Ports, error) { return nil, syscall.EMFILE }
	if _, err := ps.take(0); !errors.Is(err, syscall.EMFILE) || errors.Is(err, ErrNoPorts) {
		t.Fatalf("out of descriptors: %v", err)
	}
	if ps.used != 1 {
		t.Fatalf("used %d, want 1", ps.used)
	}
}

func TestFirstPortIsHardToGuess(t *testing.T) {
	first := map[netip.AddrPort]bool{}
	for seed := range uint64(20) {
		cfg, _ := Config{}.withDefaults()
		ps := newPorts(cfg, seed, simnet.New(1, simnet.Link{}))
		first[take(t, ps, 0).Addr()] = true
	}
	if len(first) < 15 {
		t.Fatalf("20 engines began on only %d different ports", len(first))
	}
}

func TestConfigIsChecked(t *testing.T) {
	f := func(cfg Config, want string) {
		t.Helper()
		_, err := New(cfg)
		if err == nil || err.Error() != want {
			t.Errorf("New: %v, want %q", err, want)
		}
	}
	f(Config{Shards: -1}, "start media: -1 threads")
	f(Config{PortMin: 4001, PortMax: 5000}, "start media: first RTP port 4001 is not even and above 0")
	f(Config{PortMax: 5000}, "start media: first RTP port 0 is not even and above 0")
	f(Config{PortMin: 4000, PortMax: 4000}, "start media: port range 4000-4000 holds no pair")
	f(Config{PortMin: 4000}, "start media: port range 4000-0 holds no pair")
	f(Config{Rest: -1}, "start media: negative duration")
}
