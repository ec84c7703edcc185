// Package ask puts a question to the caller and finds out what the answer is.
//
// One Ask is speech and keys at once: the prompt plays, words and keys are
// listened for, the first that means something decides. What is not understood
// is asked again; what is likely is confirmed; who is not understood at all is
// brought to a person where the menu says so. Timing and barge-in are those of
// package line, what sentences and keys mean is the menu's: this package only
// conducts the exchange.
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
	"trunkline/nlu"
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
	// Shown is a text as events may show it.
	Shown func(string) string
	// Recognizer returns the recogniser of a language, or nil.
	Recognizer func(lang string) speech.Recognizer

	failures int // misunderstood answers in a row, over all questions
}

// Question is what is asked.
type Question struct {
	Say        string
	Menu       *menu.Menu               // nil: digits, yes or no, or plain words
	Lang       string                   // BCP 47
	Retry      []string                 // said on the second, third, … try; nil: the menu's prompts, or Say
	MaxDigits  int                      // instead of a menu: how many are collected
	MinDigits  int                      // how many are enough before the terminator or a pause; 0: MaxDigits
	Terminator string                   // the key that ends the digits early; "" for none
	Valid      func(digits string) bool // nil: all digits are
	YesNo      bool                     // yes and no are answers, by word and, without a menu, by key 1 and 2
	Deaf       bool                     // words are not listened for
	BargeIn    bool                     // words and keys interrupt the prompt
	Tries      int                      // how often it is put

	Timeout    time.Duration // for the first word or key, after the prompt
	InterDigit time.Duration // for the next key
	MaxSpeech  time.Duration // how long the caller may speak at a stretch
}

// Found is what an Ask came to.
type Found struct {
	Kind    string     // intent, human, command, digits, speech, yes, no, silence, nomatch
	Node    *menu.Node // of intent and human
	Lang    string
	Command string // of command
	By      string // speech, key or rule
	Rule    string // of human: asked, complaint, failures
	Score   float64
	Text    string
	Digits  string
	Heard   time.Duration // of the last prompt
	Tries   int
}

// Check says what is wrong with a question.
func (q *Question) Check() error {
	switch {
	case q.Tries < 1:
		return errors.New("argument tries: want 1 or more")
	case q.MinDigits > q.MaxDigits:
		return fmt.Errorf("argument min_digits: want at most digits, %d", q.MaxDigits)
	case q.YesNo && q.MaxDigits > 0:
		return errors.New("yes_no and digits exclude each other: keys cannot mean both")
	case q.Menu != nil && q.MaxDigits > 0:
		return errors.New("menu and digits exclude each other: a menu has its own keys")
	case q.Timeout <= 0 || q.InterDigit <= 0 || q.MaxSpeech <= 0:
		return errors.New("arguments timeout, inter_digit and max_speech: want more than 0")
	}
	return nil
}

// Ask puts a question until it is answered or the tries are used up. The
// question must be one that Check passes. The error is a *call.Error.
func (a *Asker) Ask(ctx context.Context, question Question) (Found, error) {
	q := &asking{Asker: a, Question: question, ctx: ctx}
	if q.MinDigits == 0 {
		q.MinDigits = q.MaxDigits
	}
	q.rules = q.turnRules()
	if err := q.listen(); err != nil {
		return Found{}, err
	}
	defer q.close()
	return q.put()
}

// asking is one Ask.
type asking struct {
	*Asker
	Question
	ctx   context.Context
	rules line.Rules

	ear  *line.Ear
	deaf bool // no recogniser, or it failed

	last   miss // why the question is put again
	prompt []string
}

// miss is how a try failed.
type miss uint8

const (
	noMiss miss = iota
	missSilence
	missNoMatch
	missDeaf
)

// turnRules say what decides a turn of this question.
func (q *asking) turnRules() line.Rules {
	rules := line.Rules{
		BargeIn: q.BargeIn, Timeout: q.Timeout, InterDigit: q.InterDigit, MaxSpeech: q.MaxSpeech,
		Filler: filler, Enough: func(string) bool { return false },
	}
	switch {
	case q.Menu != nil:
		rules.Press, rules.Enough, rules.DeafEnds = q.menuPress, q.clear, true
	case q.MaxDigits > 0:
		rules.Press = q.digitsPress
	case q.YesNo:
		rules.Press = func(string) line.Press { return line.KeysDone }
	}
	if q.YesNo {
		rules.Filler = func(text string) bool { return nlu.YesNo(text) == nlu.Unclear && filler(text) }
	}
	return rules
}

func (q *asking) menuPress(digits string) line.Press {
	if _, _, p := q.Menu.Key(digits); p == menu.Partial {
		return line.MoreKeys
	}
	return line.KeysDone
}

func (q *asking) digitsPress(digits string) line.Press {
	if len(digits) >= q.MaxDigits || digits[len(digits)-1:] == q.Terminator {
		return line.KeysDone
	}
	return line.MoreKeys
}

// clear reports whether a sentence is understood without hearing more.
func (q *asking) clear(text string) bool {
	switch q.Menu.Match(q.Lang, text).Verdict {
	case menu.Accept, menu.Human, menu.Order:
		return true
	case menu.Reject, menu.Confirm:
	}
	return false
}
