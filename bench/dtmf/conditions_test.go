//go:build e2e

package dtmf

import (
	"fmt"
	"math"
	"math/rand/v2"

	"trunkline/codecs"
)

// condition is one line of the table.
type condition struct {
	name string
	dialled
	dialTone bool // spandsp's filter for it is on
	reject   bool // no digit may be heard
}

// plain is keys as they should be.
func plain() dialled { return dialled{level: -10, on: 50, off: 50, lead: 300} }

// conditions are the lines of the table. prompt is speech, for an echo.
func conditions(prompt sound) []condition {
	cs := []condition{{name: "plain", dialled: plain()}}
	add := func(name string, change func(*condition)) {
		c := condition{name: name, dialled: plain()}
		change(&c)
		cs = append(cs, c)
	}
	for _, t := range []float64{4, 6, 7.5, 8, 10, -2, -3.5, -4, -6} {
		add(fmt.Sprintf("high tone %+v dB", -t), func(c *condition) { c.twist = t })
	}
	for _, l := range []float64{3, 0, -3, -20, -30, -36, -39, -42} {
		add(fmt.Sprintf("%v dBm0", l), func(c *condition) { c.level = l })
	}
	for _, o := range [][2]float64{{-1.5, -1.5}, {-1, -1}, {1, 1}, {1.5, 1.5}, {1.5, -1.5}, {-1.5, 1.5}} {
		add(fmt.Sprintf("low %+v %%, high %+v %%", o[0], o[1]), func(c *condition) { c.offLow, c.offHigh = o[0]/100, o[1]/100 })
	}
	add("both +1.5 %, 6 dB twist, 40 ms", func(c *condition) {
		c.offLow, c.offHigh, c.twist, c.on, c.off = 0.015, 0.015, 6, 40, 40
	})
	for _, p := range [][2]float64{{40, 40}, {40, 100}, {45, 45}, {65, 40}, {100, 100}, {500, 60}} {
		add(fmt.Sprintf("%v ms on, %v ms off", p[0], p[1]), func(c *condition) { c.on, c.off = p[0], p[1] })
	}
	cs = append(cs, disturbed(prompt)...)
	cs = append(cs, damaged()...)
	return append(cs, rejected()...)
}

// disturbed are keys with other sound on the line.
func disturbed(prompt sound) (cs []condition) {
	add := func(name string, change func(*condition)) {
		c := condition{name: name, dialled: plain()}
		change(&c)
		cs = append(cs, c)
	}
	for _, n := range []struct {
		name string
		make func(*rand.Rand, int) sound
	}{{"white", white}, {"pink", pink}} {
		for _, snr := range []float64{24, 18, 15, 12, 9, 6, 3} {
			add(fmt.Sprintf("%s noise, %v dB SNR", n.name, snr), func(c *condition) {
				power := c.power()
				c.disturbs = func(rnd *rand.Rand, s sound) {
					noise := n.make(rnd, len(s))
					s.add(noise, math.Sqrt(power)*math.Pow(10, -snr/20)/noise.rms())
				}
			})
		}
	}
	for _, snr := range []float64{20, 15, 10} {
		add(fmt.Sprintf("echo of a prompt, %v dB weaker", snr), func(c *condition) {
			power := c.power()
			c.disturbs = func(rnd *rand.Rand, s sound) {
				echo := prompt.from(rnd, len(s))
				s.add(echo, math.Sqrt(power)*math.Pow(10, -snr/20)/echo.rms())
			}
		})
	}
	for _, d := range []struct {
		level float64
		tones []float64
	}{{-20, []float64{350, 440}}, {-10, []float64{350, 440}}, {-10, []float64{440}}, {-10, []float64{425}}, {-3, []float64{425}}} {
		add(fmt.Sprintf("keys −15 dBm0, dial tone of %v Hz, %v dBm0", d.tones, d.level), func(c *condition) {
			c.level, c.dialTone = -15, true
			c.disturbs = func(rnd *rand.Rand, s sound) {
				for _, f := range d.tones {
					s.sine(rnd, f, d.level)
				}
			}
		})
	}
	add("both −1.5 %, white noise, 15 dB SNR", func(c *condition) {
		power := c.power()
		c.offLow, c.offHigh = -0.015, -0.015
		c.disturbs = func(rnd *rand.Rand, s sound) {
			s.add(white(rnd, len(s)), math.Sqrt(power)*math.Pow(10, -15.0/20))
		}
	})
	add("hum 50 Hz, −20 dBm0, keys −26 dBm0", func(c *condition) {
		c.level = -26
		c.disturbs = func(rnd *rand.Rand, s sound) { s.sine(rnd, 50, -20) }
	})
	add("offset of 1000, keys −20 dBm0", func(c *condition) {
		c.level = -20
		c.disturbs = func(_ *rand.Rand, s sound) {
			for i := range s {
				s[i] += 1000
			}
		}
	})
	return cs
}

// damaged are keys that codecs and networks had a hand in.
func damaged() (cs []condition) {
	add := func(name string, change func(*condition)) {
		c := condition{name: name, dialled: plain()}
		change(&c)
		cs = append(cs, c)
	}
	for _, id := range []codecs.ID{codecs.PCMU, codecs.PCMA, codecs.G722, codecs.Opus} {
		for _, l := range []float64{-10, -36} {
			add(fmt.Sprintf("%v, %v dBm0", id, l), func(c *condition) { c.level, c.damages = l, through(id) })
		}
	}
	for _, share := range []float64{1, 3, 10} {
		for _, ms := range []float64{10, 20} {
			add(fmt.Sprintf("100 ms on, %v %% of %v ms lost: silence", share, ms), func(c *condition) {
				c.on, c.off, c.damages = 100, 100, losing(share/100, ms, false)
			})
			add(fmt.Sprintf("100 ms on, %v %% of %v ms lost: repeated", share, ms), func(c *condition) {
				c.on, c.off, c.damages = 100, 100, losing(share/100, ms, true)
			})
		}
	}
	return cs
}

// rejected are sounds in which there is no key.
func rejected() (cs []condition) {
	add := func(name string, change func(*condition)) {
		c := condition{name: name, dialled: plain(), reject: true}
		c.off = 100
		change(&c)
		cs = append(cs, c)
	}
	for _, ms := range []float64{15, 20, 23} {
		add(fmt.Sprintf("only %v ms on", ms), func(c *condition) { c.on = ms })
	}
	for _, o := range [][2]float64{{-3.5, -3.5}, {3.5, 3.5}, {3.5, 0}, {-3.5, 0}, {0, 3.5}, {0, -3.5}} {
		add(fmt.Sprintf("low %+v %%, high %+v %%", o[0], o[1]), func(c *condition) { c.offLow, c.offHigh = o[0]/100, o[1]/100 })
	}
	add("−60 dBm0", func(c *condition) { c.level = -60 })
	return cs
}
