package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"trunkline/codecs"
)

// traffic says what the generator does.
type traffic struct {
	legs    []string // lines of relay/c/common.h
	from    string   // address it sends from
	warm    time.Duration
	measure time.Duration
	quiet   bool // send nothing
	many    bool // spare the generator: it shall not end before what is measured
}

// spread is a distribution in microseconds.
type spread struct {
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p99.9"`
	Max  float64 `json:"max"`
	N    int     `json:"n"`
}

// outcome is what the generator saw in the time measured, and what the measured
// program used meanwhile.
type outcome struct {
	Legs     int     `json:"legs"`
	Seconds  float64 `json:"seconds"`
	Sent     float64 `json:"sent"`
	Received float64 `json:"received"`
	Lost     float64 `json:"lost"`   // missing among the sequence numbers that came
	Late     float64 `json:"late"`   // more than 20 ms later than the earliest of the leg
	Silent   int     `json:"silent"` // legs that got half of what they should, or less
	Failed   float64 `json:"failed"`
	CPU      float64 `json:"cpu"`
	Latency  spread  `json:"latency"` // from the generator and back
	Jitter   spread  `json:"jitter"`  // against an even pace
	Lag      spread  `json:"lag"`     // of the generator itself

	Used    time.Duration `json:"used"`    // processor time of what was measured
	Waited  time.Duration `json:"waited"`  // while others were preferred to it or to the generator
	Dropped float64       `json:"dropped"` // packets that the void got
}

// forwarded returns how many packets were passed on.
func (o outcome) forwarded() float64 { return max(o.Received, o.Dropped) }

// perPacket returns processor time per packet sent by what was measured, µs.
func (o outcome) perPacket() float64 { return float64(o.Used) / 1e3 / max(o.forwarded(), 1) }

// perCall returns processor time of one of so many calls, µs per second.
func (o outcome) perCall(calls int) float64 {
	return float64(o.Used) / 1e3 / max(o.Seconds, 1e-9) / float64(max(calls, 1))
}

// busy returns which part of a processor was used.
func (o outcome) busy() float64 { return o.Used.Seconds() / max(o.Seconds, 1e-9) }

// lossRate returns which part of what was expected did not come.
func (o outcome) lossRate() float64 {
	expected := float64(o.Legs) * 50 * o.Seconds
	return max(o.Lost, expected-o.forwarded()) / max(expected, 1)
}

// The bounds of a clean level: no packet lost (but for those on their way when
// the measurement begins and ends), jitter that a telephone hardly notices, no
// frame late by one more.
const (
	cleanJitter = 5000 // µs, p99
	cleanEdge   = 0.0005
)

// disturbed reports whether somebody else's real-time programs took so much of
// either processor that the outcome says little.
func (o outcome) disturbed() bool { return o.Waited.Seconds() > 0.03*o.Seconds }

// full reports whether the generator had no time left: what went wrong may be its
// fault.
func (o outcome) full() bool { return o.CPU > 0.9*o.Seconds }

// clean says what keeps the outcome from being clean; "" when nothing does.
func (o outcome) clean() string {
	switch {
	case o.Silent > 0:
		return fmt.Sprintf("%d legs silent", o.Silent)
	case o.Lost > 0:
		return fmt.Sprintf("%.0f lost", o.Lost)
	case o.lossRate() > cleanEdge:
		return fmt.Sprintf("%.2f %% missing", 100*o.lossRate())
	case o.Late > 0:
		return fmt.Sprintf("%.0f late", o.Late)
	case o.Jitter.P99 >= cleanJitter:
		return fmt.Sprintf("jitter p99 %.1f ms", o.Jitter.P99/1e3)
	}
	return ""
}

// drive runs the generator against p.
func (b *bench) drive(p *program, t traffic) (outcome, error) {
	var o outcome
	patience := t.warm + t.measure + 20*time.Second
	args := []string{b.c("gen"), t.from, seconds(t.warm), seconds(t.measure), strconv.Itoa(group(len(t.legs), t.many))}
	switch {
	case t.quiet:
		args = append(args, "quiet")
	case t.many && b.rights.Frames:
		args = append(args, "frames")
	}
	gen, err := b.start(generatorCPU, patience, args...)
	if err != nil {
		return o, err
	}
	defer gen.end()
	plan := strings.Join(t.legs, "\n") + "\n"
	for _, pid := range p.pids {
		plan += fmt.Sprintln("pid", pid)
	}
	if b.rights.Void {
		plan += fmt.Sprintln("void", voidDev)
	}
	if _, err := io.WriteString(gen.in, b.payloads+plan+"go\n"); err != nil {
		return o, fmt.Errorf("tell the generator: %w", err)
	}
	line, err := gen.until("{", func(string) {})
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal([]byte("{"+line), &o); err != nil {
		return o, fmt.Errorf("read the generator's report: %w", err)
	}
	return o, nil
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }

// group is how many packets the generator sends at once: as many as come in
// 50 µs, as with interrupt coalescing, and no fewer than two. Four times as many
// spare it wake-ups.
func group(legs int, many bool) int {
	if many {
		legs *= 4
	}
	return max(2, legs*50/20000)
}

// speech returns what the generator is told to send as the codecs whose payloads
// are more than noise: a vowel with a little noise, a second of it.
func speech() string {
	var text strings.Builder
	for _, c := range codecs.All() {
		if c.PayloadType < codecs.Dynamic || c.ID != codecs.Opus {
			continue
		}
		rate := 48000
		coder := c.New(rate, codecs.Format{})
		noise := rand.New(rand.NewPCG(1, 2))
		pcm, payload := make([]int16, rate/50), make([]byte, 1500)
		for turn := range 50 {
			for i := range pcm {
				pcm[i] = vowel(turn*len(pcm)+i, rate, 200*noise.NormFloat64())
			}
			n := coder.Encode(payload, pcm)
			fmt.Fprintf(&text, "payload %d %x\n", c.PayloadType, payload[:n])
		}
		codecs.Release(coder)
	}
	return text.String()
}
