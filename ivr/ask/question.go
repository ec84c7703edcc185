// Package ask puts a question to the caller and finds out what the answer is.
//
// One Ask is speech and keys at once: the prompt plays, words and keys are
// listened for, the first that means something decides. What is not understood
// is asked again; what is likely is confirmed; what lies between two things is
// offered as a choice; who is not understood at all is brought to a person where
// the menu says so. Timing and barge-in are those of package line, what
// sentences and keys mean is the menu's, values are read by nlu/entity: this
// package only conducts the exchange.
//
// An Asker belongs to the goroutine of one flow. Nothing here knows Lua.
package ask

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/menu/opinion"
	"trunkline/nlu/entity"
	"trunkline/speech"
)

// CodeRecognition is the code of a question that only words could answer when
// there is no recogniser for its language.
const CodeRecognition = "recognition"

// Asker is what questions need of a call.
type Asker struct {
	Line *line.Line
	Log  *slog.Logger
	// Speak has texts spoken and returns when the sound of each begins.
	Speak func(ctx context.Context, lang string, texts []string) ([]*line.Speech, error)
	// Slower has what is spoken from now on spoken more slowly.
	Slower func()
	// Switch has the call go on in another language.
	Switch func(lang string)
	// Shown is a text as events may show it.
	Shown func(string) string
	// Note is told what became of each try: what was heard, and what it meant.
	Note func(heard, meant string)
	// Recognizer returns the recogniser of a language, or nil.
	Recognizer func(lang string) speech.Recognizer
	// Second is asked when a menu is not sure of what was said; nil: nobody is.
	Second opinion.Second
	Now    func() time.Time // the clock that dates are relative to, in the caller's zone

	failures int // misunderstood answers in a row, over all questions
}

// Question is what is asked.
type Question struct {
	Say    string
	Menu   *menu.Menu // nil: digits, a value, yes or no, or plain words
	Caller menu.Caller
	Lang   string // BCP 47

	Want      entity.Kind // instead of a menu: the kind of value to be read from the words
	Currency  string      // of amounts said without one; ISO 4217
	MaxDigits int         // instead of a menu: how many digits are collected
	MinDigits int         // how many are enough before the terminator or a pause; 0: MaxDigits
	YesNo     bool        // yes and no are answers, by word and, without a menu, by key 1 and 2
	Valid     func(digits string) bool
	NoFill    bool // a node's slots are not asked for
	Secret    bool // nobody may see what is pressed

	Terminator string // the key that ends digits early; "" for none
	Deaf       bool   // words are not listened for
	BargeIn    bool   // words and keys interrupt the prompt
	Tries      int    // how often it is put
	Silences   int    // how often nothing may be heard; 0: as Tries
	Misses     int    // how often nothing may be understood; 0: as Tries

	Retry     []string // said on the second, third, … try; nil: the menu's prompts, or Say
	OnSilence []string // instead of Retry, after the first, second, … silence
	OnMiss    []string // instead of Retry, after the first, second, … misunderstanding

	Timeout    time.Duration // for the first word or key, after the prompt
	InterDigit time.Duration // for the next key
	EndSilence time.Duration // silence that ends what the caller says; 0: what the detector thinks
	MaxSpeech  time.Duration // how long the caller may speak at a stretch
}

// Found is what an Ask came to.
type Found struct {
	Kind    string     // intent, human, command, digits, value, speech, yes, no, silence, nomatch
	Node    *menu.Node // of intent and human
	Lang    string
	Command string // of command
	By      string // speech, key or rule
	Rule    string // of human; see menu.Rule
	Score   float64
	Text    string // what was heard
	Digits  string
	NBest   []menu.Candidate

	Value  entity.Reading            // of value
	Slots  map[string]entity.Reading // of intent, by slot
	Absent string                    // the required slot that could not be filled

	Heard, Total     time.Duration // of the last prompt
	Tries            int
	Silences, Misses int // how often nothing was heard, and nothing understood
}

// Check says what is wrong with a question.
func (q *Question) Check() error {
	things := 0
	for _, is := range []bool{q.Menu != nil, q.MaxDigits > 0, q.Want != ""} {
		if is {
			things++
		}
	}
	switch {
	case q.Tries < 1:
		return errors.New("argument tries: want 1 or more")
	case q.MinDigits > q.MaxDigits:
		return fmt.Errorf("argument min_digits: want at most digits, %d", q.MaxDigits)
	case q.YesNo && q.MaxDigits > 0:
		return errors.New("yes_no and digits exclude each other: keys cannot mean both")
	case things > 1:
		return errors.New("menu, digits and want exclude each other: one thing is asked at a time")
	case q.Timeout <= 0 || q.InterDigit <= 0 || q.MaxSpeech <= 0:
		return errors.New("arguments timeout, inter_digit and max_speech: want more than 0")
	}
	return nil
}

// Ask puts a question until it is answered or the tries are used up. The
// question must be one that Check passes. The error is a *call.Error.
func (a *Asker) Ask(ctx context.Context, question Question) (Found, error) {
	q := newAsking(ctx, a, question)
	if q.Menu != nil {
		q.level = q.Menu.Top()
		if rule := q.Menu.Human.For(q.Caller); rule != "" {
			return q.reached(Found{Rule: string(rule), Lang: q.Lang}, q.Menu.Human.Node), nil
		}
	}
	if err := q.listen(); err != nil {
		return Found{}, err
	}
	defer q.close()
	q.prompt = q.opening()
	for {
		f, err := q.put()
		if err != nil || f.Kind != "intent" || q.NoFill {
			return f, err
		}
		if f, err = q.fill(f); err != nil || f.Kind != again {
			f.Silences, f.Misses = q.silences, q.misses
			return f, err
		}
	}
}

// newAsking prepares a question.
func newAsking(ctx context.Context, a *Asker, question Question) *asking {
	q := &asking{Asker: a, Question: question, ctx: ctx}
	def := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	def(&q.MinDigits, q.MaxDigits)
	def(&q.Silences, q.Tries)
	def(&q.Misses, q.Tries)
	q.rules = q.turnRules()
	if q.Secret {
		a := *a
		a.Note = func(string, string) {}
		q.Asker = &a
	}
	return q
}

// asking is one Ask under way.
type asking struct {
	*Asker
	Question
	ctx   context.Context
	rules line.Rules
	level *menu.Level // whose keys count

	ear  *line.Ear
	deaf bool // no recogniser, or it failed

	last             miss // why the question is put again
	silences, misses int
	outside          int // sentences in a row that no node serves
	repeats          int // turns that were no try: a repetition, another level
	try              int // from 1 on
	prompt           []string
}

// miss is how a try failed.
type miss uint8

const (
	noMiss miss = iota
	missSilence
	missNoMatch
	missDeaf
)
