package ask

import (
	"slices"
	"strings"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/nlu"
	"trunkline/speech"
)

// turnRules say what decides a turn of this question.
func (q *asking) turnRules() line.Rules {
	rules := line.Rules{
		BargeIn: q.BargeIn, Timeout: q.Timeout, InterDigit: q.InterDigit, MaxSpeech: q.MaxSpeech, EndSilence: q.EndSilence,
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
	if q.level.Press(digits).Press == menu.Partial {
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
	switch q.Menu.MatchIn(q.situation(), q.Lang, text).Verdict {
	case menu.Accept, menu.Human, menu.Order:
		return true
	case menu.Reject, menu.Confirm:
	}
	return false
}

func (q *asking) situation() menu.Situation { return menu.Situation{Level: q.level, Caller: q.Caller} }

// listen opens the ear, where there is a recogniser for the language. Without
// one a menu and digits can still be keyed.
func (q *asking) listen() error {
	q.deaf = true
	if q.Deaf {
		return nil
	}
	rec := q.Recognizer(q.Lang)
	if rec == nil {
		if q.rules.Press == nil {
			return line.Refusal("ask", CodeRecognition, "no recogniser for language %s", q.Lang)
		}
		return nil
	}
	o := speech.RecognitionOptions{Language: q.Lang}
	if q.Menu != nil {
		o.Phrases = q.Menu.Phrases(q.Lang)
	}
	e, err := q.Line.Hear(rec, o)
	switch {
	case err == nil:
		q.ear, q.deaf = e, false
	case q.rules.Press == nil || q.Line.Over():
		return err
	default:
		q.Log.Warn("cannot listen to the caller; keys only", "error", err)
	}
	return nil
}

func (q *asking) close() {
	if q.ear != nil {
		q.ear.Close()
		q.ear = nil
	}
}

// mostRepeats bounds how often the caller may have the question repeated, or go
// up and down the levels of keys, within one Ask.
const mostRepeats = 20

// again is the kind of a turn that was no try: q.prompt is put once more.
const again = "again"

// put puts the question until something is found or the tries are used up.
func (q *asking) put() (Found, error) {
	excused := false
	for q.try = max(q.try, 1); ; {
		out, err := q.turn(q.prompt, q.rules)
		if err != nil {
			return Found{}, err
		}
		if out.By == line.ByDeafness {
			q.Log.Warn("recognition failed; keys only", "error", out.Err)
			q.last = missDeaf
			if !excused { // not the caller's fault
				excused = true
				q.prompt = q.prompts(q.try)
				continue
			}
		}
		f, err := q.judge(out)
		f.Tries, f.Silences, f.Misses = q.try, q.silences, q.misses
		f.Heard, f.Total = out.Heard.Heard, out.Heard.Total
		switch {
		case err != nil:
			return Found{}, err
		case f.Kind == again && q.repeats < mostRepeats:
			q.repeats++
			continue
		case f.Kind != "" && f.Kind != again:
			return f, nil
		case q.try == q.Tries || q.silences >= q.Silences || q.misses >= q.Misses:
			return q.gaveUp(out, f), nil
		}
		q.try++
		q.prompt = q.prompts(q.try)
	}
}

// gaveUp is the result when no try found anything.
func (q *asking) gaveUp(out line.Outcome, f Found) Found {
	f.Kind, f.Text, f.Digits, f.Lang = "nomatch", out.Text, out.Digits, q.Lang
	if q.last == missSilence {
		f.Kind = "silence"
	}
	return f
}

// turn puts one question and listens.
func (q *asking) turn(texts []string, rules line.Rules) (line.Outcome, error) {
	said, err := q.Speak(q.ctx, q.Lang, texts)
	if err != nil {
		return line.Outcome{}, err
	}
	defer line.Hush(said)
	t := &line.Turn{Rules: rules}
	if !q.deaf {
		t.Ear = q.ear
	}
	out, err := q.Line.Take(q.ctx, t, event.PromptStarted{Text: q.Shown(strings.Join(texts, " ")), Language: q.Lang}, said)
	if !q.deaf && t.Ear == nil {
		q.deaf = true
	}
	if err == nil && out.By == line.ByWords {
		q.Line.Emit(event.SpeechRecognized{Text: out.Text, Confidence: out.Confidence, Language: q.Lang})
	}
	return out, err
}

// opening is what is said first.
func (q *asking) opening() []string {
	out := []string{q.Say}
	if q.Menu != nil && q.deaf {
		out = append(out, q.level.Prompt(q.Lang))
	}
	return spokenTexts(out)
}

// prompts is what is said on a further try.
func (q *asking) prompts(try int) []string {
	var out []string
	own := func(list []string, nth int) bool {
		if len(list) > 0 {
			out = append(out, list[min(nth, len(list))-1])
		}
		return len(list) > 0
	}
	switch {
	case q.last == missDeaf: // only keys help now
	case q.last == missSilence && own(q.OnSilence, q.silences):
	case q.last == missNoMatch && own(q.OnMiss, q.misses):
	case try > 1 && own(q.Retry, try-1):
	case q.Menu == nil:
		out = append(out, q.Say)
	case q.last == missSilence:
		out = append(out, q.Menu.Prompt(menu.PromptSilence, q.Lang))
	case q.Menu.Outside.Say(q.Lang, q.outside) != "":
		out = append(out, q.Menu.Outside.Say(q.Lang, q.outside))
	default:
		out = append(out, q.Menu.Prompt(menu.PromptRetry, q.Lang))
	}
	if q.Menu != nil && q.offersKeys(try) {
		out = append(out, q.level.Prompt(q.Lang))
	}
	return spokenTexts(out)
}

// spokenTexts are those in which there is something to speak.
func spokenTexts(texts []string) []string {
	return slices.DeleteFunc(texts, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// offersKeys reports whether the keys are read out: when words cannot work, on a
// level that was reached by key, and when this is the last chance before giving up.
func (q *asking) offersKeys(try int) bool {
	switch {
	case q.last == missDeaf || q.deaf || q.level.Up != nil:
		return true
	case try == 1 || len(q.Retry) >= try-1:
		return false
	}
	return try == q.Tries || q.Menu.Human.After(q.failures+1)
}
