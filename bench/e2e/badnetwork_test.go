//go:build e2e

package e2e

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"trunkline/bench/lossy"
)

// badNetwork is the worst that is promised to be borne.
var badNetwork = lossy.Conditions{
	Loss: 0.05, Double: 0.02, Reorder: 0.1, Delay: 20 * time.Millisecond, Jitter: 50 * time.Millisecond,
}

// netem is the same for the kernel, where it can do that.
const netem = "tc qdisc add dev lo root netem delay 45ms 25ms loss 5% duplicate 2% reorder 10%"

// apart says, in the environment of a test that runs in a network namespace of
// its own, what makes the network there bad.
const apart = "TRUNKLINE_E2E_APART"

// TestOverABadNetwork: keys, sound and hanging up over a network that loses,
// doubles, delays and overtakes. It runs in a network namespace of its own,
// or on loopback where none is permitted.
func TestOverABadNetwork(t *testing.T) {
	t.Parallel()
	by := os.Getenv(apart)
	if by == "" {
		if runApart(t, "lines") {
			runApart(t, "netem")
			return
		}
		t.Log("on loopback, by lines")
	} else if !arrange(t, by) {
		return
	}
	t.Run("keys", keysOverABadNetwork)
	t.Run("sound", soundOverABadNetwork)
}

// runApart runs this test again in a network namespace of its own; false if there
// may be none.
func runApart(t *testing.T, by string) bool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestOverABadNetwork$", "-test.v", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), apart+"="+by)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if cmd.Process == nil {
		t.Logf("no network namespace is permitted: %v", err)
		return false
	}
	t.Logf("in a network namespace of its own, by %s:\n%s", by, out)
	if err != nil {
		t.Errorf("in a network namespace of its own: %v", err)
	}
	return true
}

// arrange makes a fresh network namespace usable, and bad by netem if that is
// asked for and can be.
func arrange(t *testing.T, by string) bool {
	t.Helper()
	if out, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("start loopback: %v\n%s", err, out)
	}
	if by != "netem" {
		return true
	}
	command := strings.Fields(netem)
	if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
		t.Logf("this kernel has no netem: %v: %s", err, out)
		return false
	}
	return true
}

// badly is what a phone dials to reach the server over a bad network of its own,
// and what is known of that in the end.
func (s *server) badly(t *testing.T, seed uint64) (addr string, told func() string) {
	t.Helper()
	if os.Getenv(apart) == "netem" {
		return s.sip, func() string { return "netem" }
	}
	line, err := lossy.Open(netip.MustParseAddrPort(s.sip), badNetwork, seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := line.Close(); err != nil {
			t.Error(err)
		}
	})
	return line.Addr().String(), func() string {
		there, back := line.Sound()
		return fmt.Sprintf("there %+v, back %+v", there, back)
	}
}

// keysOverABadNetwork: a thousand keys, of twenty callers at once, are collected
// by a flow, each once and in order; its thanks are heard, and its hanging up.
func keysOverABadNetwork(t *testing.T) {
	const callers, each = 20, 50
	s := serve(t, setup{bare: true, routes: "  - {to: collect, flow: main}\n", scripts: bundleOf(t, fmt.Sprintf(`local call = ...
call:answer()
local r = call:ask{ digits = %d, speech = false, terminator = "D", timeout = "30s", inter_digit = "10s" }
call:log("collected " .. call.from .. " " .. (r.digits or r.kind) .. ".")
call:play{ tone = "1000", duration = "3s" }
`, each))})
	rnd := rand.New(rand.NewPCG(1000, 50))
	var phones []*phone
	var pressed, told []string
	var networks []func() string
	for i := range callers {
		keys := make([]byte, each)
		for k := range keys {
			keys[k] = "0123456789*#ABC"[rnd.IntN(15)]
		}
		pressed = append(pressed, string(keys))
		addr, network := s.badly(t, uint64(i))
		networks = append(networks, network)
		phones = append(phones, startPhone(t, "sip:collect@"+addr, "--from", fmt.Sprintf("caller%d", i), "--dtmf", pressed[i]+"@1s"))
	}
	for i, p := range phones {
		ended(t, p)
		hums(t, fmt.Sprintf("caller %d", i), p.heard(), 1000)
		told = append(told, networks[i]())
	}
	for _, c := range s.cdrs(callers) {
		if c.Cause.By != "flow" || c.Cause.Code != "normal" {
			t.Errorf("%s: ended with %+v", c.From, c.Cause)
		}
	}
	right, log := 0, s.log.String()
	for i, want := range pressed {
		got := regexp.MustCompile(fmt.Sprintf(`collected caller%d ([0-9A-C*#]*)\.`, i)).FindStringSubmatch(log)
		if len(got) != 2 || got[1] != want {
			t.Errorf("caller %d pressed %s, collected were %q", i, want, got)
			continue
		}
		right += each
	}
	t.Logf("%d of %d keys are exact; the first caller's network: %s", right, callers*each, told[0])
}

// soundOverABadNetwork: a bridge that passes packets on, one that decodes, and
// an echo, each with the caller on a bad network; either side hangs up.
func soundOverABadNetwork(t *testing.T) {
	decoded := address(t)
	s := serve(t, setup{
		bare: true, scripts: bundleOf(t, "local call = ...\ncall:answer()\ncall:echo{}\n"),
		trunks: fmt.Sprintf("  - {name: decoded, target: %s, media: decode}\n", decoded),
		routes: through + "  - {to: decoded, bridge: {trunk: decoded}}\n  - {to: echo, flow: main}\n",
	})
	call := func(to string, seed uint64, args ...string) (p *phone, network func() string) {
		addr, network := s.badly(t, seed)
		return startPhone(t, append(args, "sip:"+to+"@"+addr, "--tone", "440@0s")...), network
	}
	agent, other := s.answer("--tone", "1000@0s"), s.answerAt(decoded, "--tone", "1000@0s", "--hangup", "15s")
	relayed, network1 := call("through", 101, "--hangup", "15s")
	mixed, network2 := call("decoded", 102)
	echoed, network3 := call("echo", 103, "--hangup", "15s")
	ended(t, relayed, agent, mixed, other, echoed)
	f := func(what string, p *phone, hz, whole float64) {
		t.Helper()
		good, snr := quality(p.heard(), hz)
		t.Logf("%s: %.1f %% is whole, the tone %.0f dB above the rest", what, 100*good, snr)
		if good < whole || snr < 25 {
			t.Errorf("%s: want %.0f %% whole, 25 dB above the rest", what, 100*whole)
		}
	}
	f("relayed to the callee, "+network1(), agent, low, 0.85)
	f("relayed to the caller", relayed, high, 0.85)
	f("decoded for the callee, "+network2(), other, low, 0.85)
	f("decoded for the caller", mixed, high, 0.85)
	f("echoed, "+network3(), echoed, low, 0.8)
	for _, c := range s.cdrs(3) {
		by := map[string]string{"through": "caller", "decoded": "callee", "echo": "caller"}[c.To]
		if c.Cause.By != by || c.Cause.Code != "normal" {
			t.Errorf("%s: ended with %+v, want by the %s", c.To, c.Cause, by)
		}
		if relayed := c.Legs[0].Relayed > 0; relayed != (c.To == "through") {
			t.Errorf("%s: passed on undecoded: %v", c.To, relayed)
		}
	}
}

// quality returns which part of sound, cut into 50 ms, is a tone of hz with a
// tenth of other sound in it at most, and how far above the rest the tone is in
// the median piece, in dB. The first and the last second do not count.
func quality(sound []int16, hz float64) (whole, snr float64) {
	const piece, edge = 400, 8000
	if len(sound) < 3*edge {
		return 0, 0
	}
	var ratios []float64
	good := 0
	for sound = sound[edge : len(sound)-edge]; len(sound) >= piece; sound = sound[piece:] {
		share := level(sound[:piece], hz)
		if share >= 0.9 {
			good++
		}
		ratios = append(ratios, 10*math.Log10(share/max(1-share, 1e-9)))
	}
	slices.Sort(ratios)
	return float64(good) / float64(len(ratios)), ratios[len(ratios)/2]
}
