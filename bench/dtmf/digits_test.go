//go:build e2e

package dtmf

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

var full = flag.Bool("full", false, "enough digits and speech for the table of docs/dtmf.md")

// score is what became of the digits of a condition.
type score struct{ right, extra int }

func (s score) String() string {
	if s.extra == 0 {
		return fmt.Sprint(s.right)
	}
	return fmt.Sprintf("%d (+%d)", s.right, s.extra)
}

// net is what counts: a digit too many is as bad as one too few.
func (s score) net() int { return s.right - s.extra }

// compare returns how many of the digits sent were heard, in order, and how
// many were heard that were not sent.
func compare(sent, heard string) score {
	common := make([]int, len(heard)+1) // of what was looked at of sent, with the first j heard
	for i := range sent {
		before := 0
		for j := range heard {
			here := common[j+1]
			if sent[i] == heard[j] {
				common[j+1] = before + 1
			} else {
				common[j+1] = max(here, common[j])
			}
			before = here
		}
	}
	right := common[len(heard)]
	return score{right, len(heard) - right}
}

func TestCompare(t *testing.T) {
	f := func(sent, heard string, right, extra int) {
		t.Helper()
		if got, want := compare(sent, heard), (score{right, extra}); got != want {
			t.Errorf("sent %q, heard %q: got %v, want %v", sent, heard, got, want)
		}
	}
	f("1234", "1234", 4, 0)
	f("1234", "124", 3, 0)
	f("1234", "12234", 4, 1)
	f("1234", "", 0, 0)
	f("1234", "5", 0, 1)
	f("", "5", 0, 1)
	f("1234", "1834", 3, 1)
}

func TestJudge(t *testing.T) {
	f := func(us, them score, reject, worse bool) {
		t.Helper()
		if got := (condition{reject: reject}).judge(us, them, 160) != ""; got != worse {
			t.Errorf("ours %v, spandsp %v of 160: worse %v, want %v", us, them, got, worse)
		}
	}
	f(score{160, 0}, score{160, 0}, false, false)
	f(score{158, 0}, score{160, 0}, false, false)
	f(score{150, 0}, score{160, 0}, false, true)
	f(score{160, 20}, score{160, 0}, false, true)
	f(score{0, 0}, score{160, 0}, false, true)
	f(score{0, 0}, score{0, 0}, true, false)
	f(score{20, 0}, score{0, 0}, true, true)
}

// TestDigits: digits right of those sent, ours beside spandsp's.
func TestDigits(t *testing.T) {
	sequences := 10
	if *full {
		sequences = 200
	}
	const keys = "0123456789*#ABCD"
	rnd := rand.New(rand.NewPCG(1, 2))
	cs := conditions(fromPCM(speak(t, speakers()[0], voices()[1])))
	var sounds []heardSound
	var sent []string
	for _, c := range cs {
		for range sequences {
			digits := []byte(keys)
			rnd.Shuffle(len(digits), func(i, j int) { digits[i], digits[j] = digits[j], digits[i] })
			digits[5] = digits[4] // the same twice, too
			sent = append(sent, string(digits))
			sounds = append(sounds, heardSound{c.dial(rnd, string(digits)), c.dialTone})
		}
	}
	us, them := ours(sounds), buildSpandsp(t).hear(t, sounds)
	n := sequences * len(keys)
	var table strings.Builder
	for i, c := range cs {
		var a, b score
		for j := i * sequences; j < (i+1)*sequences; j++ {
			x, y := compare(sent[j], us[j]), compare(sent[j], them[j])
			a, b = score{a.right + x.right, a.extra + x.extra}, score{b.right + y.right, b.extra + y.extra}
		}
		verdict := c.judge(a, b, n)
		fmt.Fprintf(&table, "| %s | %v | %v | %v |%s\n", c.name, c.want(n), a, b, verdict)
		if verdict != "" {
			t.Errorf("%s: ours %v, spandsp %v of %d", c.name, a, b, n)
		}
	}
	t.Logf("digits right, and (+n) heard beside them:\n\n| keys | sent | ours | spandsp |\n|---|---:|---:|---:|\n%s", table.String())
}

// TestOurKeys: what our keypad dials is heard, by spandsp as by us.
func TestOurKeys(t *testing.T) {
	const keys = "0123456789*#ABCDDCBA#*9876543210"
	var sounds []heardSound
	for _, style := range []dsp.KeySound{{}, {On: 50 * time.Millisecond, Off: 50 * time.Millisecond}, {Low: -30, High: -28}} {
		for _, damage := range []func(*rand.Rand, []int16){nil, through(codecs.PCMU), through(codecs.Opus)} {
			pad, pcm := dsp.MakeKeypad(style, rate), make([]int16, 8*rate)
			pad.Dial(keys)
			pad.Fill(pcm)
			if damage != nil {
				damage(nil, pcm)
			}
			sounds = append(sounds, heardSound{pcm, false})
		}
	}
	us, them := ours(sounds), buildSpandsp(t).hear(t, sounds)
	for i := range sounds {
		if us[i] != keys || them[i] != keys {
			t.Errorf("sound %d: we hear %q, spandsp %q", i, us[i], them[i])
		}
	}
}

// want says how many digits there are to hear.
func (c condition) want(n int) string {
	if c.reject {
		return "0 of " + fmt.Sprint(n)
	}
	return fmt.Sprint(n)
}

// judge returns a complaint when ours is worse by more than chance.
func (c condition) judge(us, them score, n int) string {
	behind := them.net() - us.net()
	if c.reject {
		behind = us.right + us.extra - them.right - them.extra
	}
	chance := 3 * math.Sqrt(float64(n)*2*spread(us, them, n))
	if float64(behind) > chance {
		return " worse"
	}
	return ""
}

// spread is the variance of one digit, of both together; never less than that
// of one error in n.
func spread(us, them score, n int) float64 {
	p := float64(us.net()+them.net()) / float64(2*n)
	p = max(0, min(1, p))
	return max(p*(1-p), 0.5/float64(n))
}
