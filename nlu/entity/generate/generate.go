// Package generate makes up callers: sentences with the value that was meant,
// from a seed.
//
// It owns its own spelling of numbers and its own check digits, so that a
// mistake of the readers is not repeated here. Tests and `trunkline entity eval
// --generate` call it; nothing that answers calls does. Seeds below 1000 are
// for development; figures are quoted for others.
package generate

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"trunkline/nlu/entity"
)

// Expect is what a reader must make of a case.
type Expect uint8

const (
	Exact   Expect = iota // the value, certain
	Either                // Ambiguous between Want and Others
	Refused               // nothing that may be acted on
)

// A Case is one caller's answer.
type Case struct {
	Kind    entity.Kind
	Lang    string
	Turns   []string // what was said, in one turn or two
	Want    string
	Others  []string
	Expect  Expect
	Options entity.Options
	Way     string // of saying it: what the case is about
	digits  bool   // noise hits digits
}

// A Generator makes cases. The same seed and noise give the same cases.
type Generator struct {
	r     *rand.Rand
	noise float64
}

// New returns a generator; noise is the share of digit words that the
// recogniser gets wrong, 0 to 1.
func New(seed uint64, noise float64) *Generator {
	return &Generator{r: rand.New(rand.NewPCG(seed, 0x5eed)), noise: noise}
}

// Kinds lists what can be generated.
func Kinds() []entity.Kind {
	return []entity.Kind{entity.Digits, entity.Phone, entity.IDCard, entity.BankCard, entity.Plate, entity.Number, entity.Money,
		entity.Date, entity.Time, entity.YesNo}
}

// Case makes one of a kind, in "zh" or "en".
func (g *Generator) Case(kind entity.Kind, lang string) (Case, error) {
	c := Case{Kind: kind, Lang: lang}
	switch kind {
	case entity.Digits:
		g.digits(&c)
	case entity.Phone:
		g.phone(&c)
	case entity.IDCard:
		g.idCard(&c)
	case entity.BankCard:
		g.bankCard(&c)
	case entity.Plate:
		g.plate(&c)
	case entity.Number:
		g.number(&c)
	case entity.Money:
		g.money(&c)
	case entity.Date:
		g.date(&c)
	case entity.Time:
		g.time(&c)
	case entity.YesNo:
		g.yesNo(&c)
	default:
		return c, fmt.Errorf("generate %q: not one of %v", kind, Kinds())
	}
	for i, t := range c.Turns {
		c.Turns[i] = strings.TrimSpace(t)
		if g.noise > 0 && c.digits {
			c.Turns[i] = g.disturb(c.Lang, c.Turns[i])
		}
	}
	return c, nil
}

// chance is true one time in n.
func (g *Generator) chance(n int) bool { return g.r.IntN(n) == 0 }

func pick[T any](g *Generator, from ...T) T { return from[g.r.IntN(len(from))] }

// figures are n digits, the first no zero.
func (g *Generator) figures(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0' + byte(g.r.IntN(10))
		if i > 0 && g.chance(6) {
			b[i] = b[i-1]
		}
	}
	if b[0] == '0' {
		b[0] = '1' + byte(g.r.IntN(9))
	}
	return string(b)
}
