package ask

import (
	"slices"
	"strings"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/speech"
)

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
	}
}

// mostRepeats bounds how often the caller may have the question repeated.
const mostRepeats = 10

// put puts the question until something is found or the tries are used up.
func (q *asking) put() (Found, error) {
	repeats, excused := 0, false
	for try := 1; ; {
		if q.last != noMiss || try == 1 {
			q.prompt = q.prompts(try)
		}
		out, err := q.turn(q.prompt, q.rules)
		if err != nil {
			return Found{}, err
		}
		if out.By == line.ByDeafness {
			q.Log.Warn("recognition failed; keys only", "error", out.Err)
			q.last = missDeaf
			if !excused { // not the caller's fault
				excused = true
				continue
			}
		}
		f, err := q.judge(out)
		f.Tries = try
		switch {
		case err != nil:
			return Found{}, err
		case f.Kind == "command" && f.Command == "repeat" && repeats < mostRepeats:
			repeats++
			q.last = noMiss
		case f.Kind != "":
			return f, nil
		case try == q.Tries:
			return q.gaveUp(out, try), nil
		default:
			try++
		}
	}
}

// gaveUp is the result when no try found anything.
func (q *asking) gaveUp(out line.Outcome, tries int) Found {
	f := Found{Kind: "nomatch", Text: out.Text, Digits: out.Digits, Heard: out.Heard.Heard, Tries: tries}
	if q.last == missSilence {
		f.Kind = "silence"
	}
	return f
}

// prompts is what is said on a try.
func (q *asking) prompts(try int) []string {
	var out []string
	switch {
	case try == 1 && q.last == noMiss:
		out = append(out, q.Say)
	case q.last == missDeaf:
		// only keys help now
	case len(q.Retry) > 0:
		out = append(out, q.Retry[min(try-2, len(q.Retry)-1)])
	case q.Menu == nil:
		out = append(out, q.Say)
	case q.last == missSilence:
		out = append(out, q.Menu.Prompt(menu.PromptSilence, q.Lang))
	default:
		out = append(out, q.Menu.Prompt(menu.PromptRetry, q.Lang))
	}
	if q.Menu != nil && q.offersKeys(try) {
		out = append(out, q.Menu.KeysPrompt(q.Lang))
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// offersKeys reports whether the keys are read out: when words cannot work, and
// when this is the last chance before giving up.
func (q *asking) offersKeys(try int) bool {
	switch {
	case q.last == missDeaf || q.deaf:
		return true
	case try == 1 || len(q.Retry) >= try-1:
		return false
	}
	return try == q.Tries || q.Menu.Human.After(q.failures+1)
}

// turn puts one question and listens.
func (q *asking) turn(texts []string, rules line.Rules) (line.Outcome, error) {
	ctx := q.ctx
	said, err := q.Speak(ctx, q.Lang, texts)
	if err != nil {
		return line.Outcome{}, err
	}
	defer line.Hush(said)
	t := &line.Turn{Rules: rules}
	if !q.deaf {
		t.Ear = q.ear
	}
	out, err := q.Line.Take(ctx, t, event.PromptStarted{Text: q.Shown(strings.Join(texts, " ")), Language: q.Lang}, said)
	if !q.deaf && t.Ear == nil {
		q.deaf = true
	}
	return out, err
}
