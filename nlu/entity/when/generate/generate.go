// Package generate makes sentences with dates, times and lengths of time in them, of which it knows
// what they mean, to measure package when with.
//
// It is a tool of tests: same seed, same sentences. Meanings come from the numbers a sentence was made
// of, never from reading it. It computes and nothing else.
package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"trunkline/nlu/entity/when"
)

// A Case is a sentence and what is to be read in it.
type Case struct {
	Text   string
	Expect when.Kind
	// Want is the canonical value; "" when there is nothing to act on: no date, an impossible one.
	Want string
	// Or is the other value the words allow, "" for none.
	Or string
}

// Cases makes n sentences spoken at a moment. Noise is the share of words misheard, 0 to 1.
func Cases(seed uint64, language string, now time.Time, n int, noise float64) []Case {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0)), now: now}
	makers, frames := english(g), englishFrames
	if language == "zh" {
		makers, frames = chinese(g), chineseFrames
	}
	out := make([]Case, n)
	for i := range out {
		c := makers[g.IntN(len(makers))]()
		if noise > 0 {
			c.Text = g.mishear(c.Text, language, noise)
		}
		c.Text = strings.Replace(frames[g.IntN(len(frames))], "*", c.Text, 1)
		out[i] = c
	}
	return out
}

var (
	chineseFrames = []string{"*", "*", "嗯，*", "我想约*", "*可以吗", "那个就*吧", "帮我改到*", "*，谢谢"}
	englishFrames = []string{"*", "*", "uh, *", "can we make it *", "*, please", "how about *", "I would like *", "um *, thanks"}
)

type generator struct {
	*rand.Rand
	now time.Time
}

// ahead is a day up to a year from now.
func (g *generator) ahead() time.Time { return g.now.AddDate(0, 0, 1+g.IntN(360)) }

func day(t time.Time) string { return t.Format(time.DateOnly) }

// pick is one of several ways to say a thing.
func (g *generator) pick(ways ...string) string { return ways[g.IntN(len(ways))] }

// monday is that of this week.
func (g *generator) monday() time.Time { return g.now.AddDate(0, 0, -(int(g.now.Weekday())+6)%7) }

// clock is a time as said, with an hour of twelve: the readings with the half of the day open.
func clock(hour, minute int) (first, second string) {
	h := hour % 12
	a, b := fmt.Sprintf("%02d:%02d", h, minute), fmt.Sprintf("%02d:%02d", h+12, minute)
	if h == 0 {
		return b, a
	}
	return a, b
}

// mishear replaces words by what a recogniser takes them for, drops or doubles them.
func (g *generator) mishear(text, language string, rate float64) string {
	sep := " "
	words := strings.Split(text, sep)
	if language == "zh" {
		sep, words = "", strings.Split(text, "")
	}
	var out []string
	for _, w := range words {
		if g.Float64() >= rate {
			out = append(out, w)
			continue
		}
		switch other := misheard[w]; {
		case other != "":
			out = append(out, other)
		case g.IntN(2) == 0:
			out = append(out, w, w)
		}
	}
	return strings.Join(out, sep)
}

var misheard = map[string]string{
	"四": "十", "十": "四", "一": "七", "七": "一", "二": "儿", "三": "山", "点": "典", "号": "好", "周": "州", "半": "办", "两": "俩", "八": "吧", "天": "田",
	"two": "to", "to": "two", "four": "for", "eight": "ate", "one": "won", "half": "have", "past": "passed", "five": "nine", "the": "a",
	"fifth": "fifteenth", "thirteen": "thirty", "fifteen": "fifty", "sixteen": "sixty", "may": "make", "march": "much",
}
