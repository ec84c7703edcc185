package ivr

import (
	"slices"
	"strings"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/nlu"
	"trunkline/speech"
)

// listen opens the ear, where there is a recogniser for the language. Without
// one a menu and digits can still be keyed.
func (q *asking) listen(wanted bool) error {
	q.deaf = true
	if !wanted {
		return nil
	}
	rec := q.r.engine.cfg.Recognizers[primary(q.lang)]
	if rec == nil {
		if q.rules.Press == nil {
			return line.Refusal("ask", codeRecognition, "no recogniser for language %s", q.lang)
		}
		return nil
	}
	o := speech.RecognitionOptions{Language: q.lang}
	if q.menu != nil {
		o.Phrases = q.menu.Phrases(q.lang)
	}
	e, err := q.r.line.Hear(rec, o)
	switch {
	case err == nil:
		q.ear, q.deaf = e, false
	case q.rules.Press == nil || q.r.line.Over():
		return err
	default:
		q.r.log.Warn("cannot listen to the caller; keys only", "error", err)
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
func (q *asking) put() (found, error) {
	repeats, excused := 0, false
	for try := 1; ; {
		if q.last != noMiss || try == 1 {
			q.question = q.prompts(try)
		}
		out, err := q.turn(q.question, q.rules)
		if err != nil {
			return found{}, err
		}
		if out.By == line.ByDeafness {
			q.r.log.Warn("recognition failed; keys only", "error", out.Err)
			q.last = missDeaf
			if !excused { // not the caller's fault
				excused = true
				continue
			}
		}
		f, err := q.judge(out)
		f.tries = try
		switch {
		case err != nil:
			return found{}, err
		case f.kind == "command" && f.command == "repeat" && repeats < mostRepeats:
			repeats++
			q.last = noMiss
		case f.kind != "":
			return f, nil
		case try == q.tries:
			return q.gaveUp(out, try), nil
		default:
			try++
		}
	}
}

// gaveUp is the result when no try found anything.
func (q *asking) gaveUp(out line.Outcome, tries int) found {
	f := found{kind: "nomatch", text: out.Text, digits: out.Digits, heard: out.Heard.Heard, tries: tries}
	if q.last == missSilence {
		f.kind = "silence"
	}
	return f
}

// prompts is what is said on a try.
func (q *asking) prompts(try int) []string {
	var out []string
	switch {
	case try == 1 && q.last == noMiss:
		out = append(out, q.say)
	case q.last == missDeaf:
		// only keys help now
	case len(q.retry) > 0:
		out = append(out, q.retry[min(try-2, len(q.retry)-1)])
	case q.menu == nil:
		out = append(out, q.say)
	case q.last == missSilence:
		out = append(out, q.menu.Prompt(menu.PromptSilence, q.lang))
	default:
		out = append(out, q.menu.Prompt(menu.PromptRetry, q.lang))
	}
	if q.menu != nil && q.offersKeys(try) {
		out = append(out, q.menu.KeysPrompt(q.lang))
	}
	return slices.DeleteFunc(out, func(s string) bool { return strings.TrimSpace(s) == "" })
}

// offersKeys reports whether the keys are read out: when words cannot work, and
// when this is the last chance before giving up.
func (q *asking) offersKeys(try int) bool {
	switch {
	case q.last == missDeaf || q.deaf:
		return true
	case try == 1 || len(q.retry) >= try-1:
		return false
	}
	return try == q.tries || q.menu.Human.After(q.r.failures+1)
}

// turn puts one question and listens.
func (q *asking) turn(texts []string, rules line.Rules) (line.Outcome, error) {
	ctx := q.r.ctx
	said, err := q.r.speech(ctx, "ask", q.lang, texts...)
	if err != nil {
		return line.Outcome{}, err
	}
	defer hush(said)
	t := &line.Turn{Rules: rules}
	if !q.deaf {
		t.Ear = q.ear
	}
	out, err := q.r.line.Take(ctx, t, event.PromptStarted{Text: strings.Join(texts, " "), Language: q.lang}, said)
	if !q.deaf && t.Ear == nil {
		q.deaf = true
	}
	return out, err
}

// judge makes a result of what decided a turn. A kind of "" is a miss.
func (q *asking) judge(out line.Outcome) (found, error) {
	switch out.By {
	case line.ByKeys:
		return q.judgeKeys(out), nil
	case line.ByWords:
		q.r.line.Emit(event.SpeechRecognized{Text: out.Text, Confidence: out.Confidence, Language: q.lang})
		if q.menu == nil {
			return q.judgeText(out), nil
		}
		return q.judgeWords(out)
	case line.BySilence:
		q.last = missSilence
		if q.menu != nil {
			q.r.line.Emit(event.NoMatch{Menu: q.menu.ID, Reason: "silence"})
		}
	case line.ByDeafness:
	}
	return found{}, nil
}

func (q *asking) judgeKeys(out line.Outcome) found {
	f := found{kind: "digits", digits: out.Digits, by: "key", heard: out.Heard.Heard, lang: q.lang}
	if q.menu == nil && q.yesNo {
		switch out.Digits {
		case "1":
			f.kind = "yes"
		case "2":
			f.kind = "no"
		default:
			return q.missed(out, out.Digits, menu.Match{})
		}
		return f
	}
	if q.menu == nil {
		f.digits = strings.TrimSuffix(out.Digits, q.terminator)
		if len(f.digits) < q.min || len(f.digits) > q.max {
			return q.missed(out, f.digits, menu.Match{})
		}
		return f
	}
	n, c, press := q.menu.Key(out.Digits)
	switch {
	case press != menu.Complete:
		return q.missed(out, out.Digits, menu.Match{})
	case c != nil:
		f.kind, f.command = "command", c.ID
		return f
	}
	f.score = 1
	return q.reached(f, n)
}

// judgeText is judge for words without a menu: spoken digits count as keys.
func (q *asking) judgeText(out line.Outcome) found {
	f := found{kind: "speech", text: out.Text, by: "speech", score: out.Confidence, heard: out.Heard.Heard}
	if q.yesNo {
		if f.kind = answered(out.Text); f.kind == "" {
			return q.missed(out, out.Text, menu.Match{})
		}
		return f
	}
	if q.max == 0 && out.Text != "" {
		return f
	}
	if f.digits = spokenDigits(out.Text); f.digits != "" && len(f.digits) >= q.min && len(f.digits) <= q.max {
		f.kind = "digits"
		return f
	}
	return q.missed(out, out.Text, menu.Match{})
}

func (q *asking) judgeWords(out line.Outcome) (found, error) {
	m := q.menu.Match(q.lang, out.Text)
	f := found{by: "speech", text: out.Text, score: m.Score, heard: out.Heard.Heard, lang: q.lang}
	if q.yesNo && (m.Verdict == menu.Reject || m.Verdict == menu.Confirm) {
		if f.kind = answered(out.Text); f.kind != "" {
			f.score = 0
			return f, nil
		}
	}
	switch doubted(m.Verdict, out.Confidence) {
	case menu.Accept:
		return q.reached(f, m.Node), nil
	case menu.Human:
		f.rule = string(m.Rule)
		return q.reached(f, m.Node), nil
	case menu.Order:
		f.kind, f.command = "command", m.Command.ID
		return f, nil
	case menu.Confirm:
		return q.confirm(out, m, f)
	case menu.Reject:
	}
	return q.missed(out, out.Text, m), nil
}

// How sure the recogniser must be of its words, where it says so at all. A small
// local one hears menu words in whatever is said; its confidence is what tells
// the two apart.
const (
	trusted  = 0.5 // from here on its words are taken as they are
	believed = 0.3 // below this they are not taken at all
)

// doubted tempers the menu's verdict on words by what the recogniser thinks of
// them: what it guessed is asked again, what it is unsure of is to be confirmed.
// A person is never refused for a lack of certainty alone.
func doubted(v menu.Verdict, confidence float64) menu.Verdict {
	switch {
	case confidence == 0 || confidence >= trusted: // 0: the provider gives none
		return v
	case confidence < believed:
		return menu.Reject
	case v == menu.Accept:
		return menu.Confirm
	}
	return v
}

// reached notes that the caller has come to a node.
func (q *asking) reached(f found, n *menu.Node) found {
	q.r.failures = 0
	f.kind, f.node = "intent", n
	if n == q.menu.Human.Node {
		f.kind = "human"
		if f.rule == "" {
			f.rule = string(menu.RuleAsked)
		}
	}
	by := f.by
	if f.kind == "human" && f.rule != string(menu.RuleAsked) {
		by = "rule"
	}
	q.r.line.Emit(event.NodeReached{Menu: q.menu.ID, Node: n.ID, By: by, Heard: f.text, Score: f.score})
	f.by = by
	return f
}

// missed notes that what was said or pressed leads nowhere. When it was the
// last of too many, it leads to a person.
func (q *asking) missed(out line.Outcome, what string, m menu.Match) found {
	q.last = missNoMatch
	q.r.line.Forget() // what was typed behind it was meant for somewhere else
	if q.menu == nil {
		return found{}
	}
	e := event.NoMatch{Menu: q.menu.ID, Heard: what, Score: m.Best.Score, Reason: "no_match"}
	if m.Best.Node != nil {
		e.Best = m.Best.Node.ID
	}
	q.r.line.Emit(e)
	q.r.failures++
	if q.menu.Human.After(q.r.failures) {
		f := found{rule: ruleFailures, text: out.Text, digits: out.Digits, heard: out.Heard.Heard, lang: q.lang}
		return q.reached(f, q.menu.Human.Node)
	}
	return found{}
}

// ruleFailures says that a person is needed because too much went wrong.
const ruleFailures = "failures"

// confirm asks whether the likely node was meant: by word, or by key 1 and 2.
func (q *asking) confirm(out line.Outcome, m menu.Match, f found) (found, error) {
	rules := q.rules
	rules.BargeIn, rules.DeafEnds = true, false
	rules.Press = func(string) line.Press { return line.KeysDone }
	rules.Filler = func(text string) bool { return nlu.YesNo(text) == nlu.Unclear && filler(text) }
	rules.Enough = func(text string) bool { return nlu.YesNo(text) != nlu.Unclear }
	answer, err := q.turn([]string{q.menu.ConfirmPrompt(q.lang, m.Node)}, rules)
	if err != nil {
		return found{}, err
	}
	yes := answer.By == line.ByKeys && answer.Digits == "1"
	if answer.By == line.ByWords {
		q.r.line.Emit(event.SpeechRecognized{Text: answer.Text, Confidence: answer.Confidence, Language: q.lang})
		yes = nlu.YesNo(answer.Text) == nlu.Yes
		again := q.menu.Match(q.lang, answer.Text)
		switch again.Verdict {
		case menu.Accept, menu.Human: // "no, I want to …"
			if !yes || again.Node != m.Node {
				f.text, f.score, f.rule = answer.Text, again.Score, string(again.Rule)
				return q.reached(f, again.Node), nil
			}
		case menu.Confirm:
			yes = yes || again.Node == m.Node // said once more
		case menu.Order, menu.Reject:
		}
	}
	if yes {
		return q.reached(f, m.Node), nil
	}
	return q.missed(out, out.Text, m), nil
}

// answered reads a short answer to a yes-or-no question: "yes", "no", or "".
func answered(text string) string {
	const short = 6 // words: more is likely to be about something else
	if a := nlu.YesNo(text); a != nlu.Unclear && len(nlu.Tokens(text)) <= short {
		return a.String()
	}
	return ""
}

// spokenDigits reads a sentence that is nothing but digits, "" otherwise.
func spokenDigits(text string) string {
	var out strings.Builder
	for _, t := range nlu.Tokens(text) {
		d, ok := nlu.Digit(t)
		if !ok {
			return ""
		}
		out.WriteString(d)
	}
	return out.String()
}

// filler reports whether a sentence is a sound of thinking or agreeing that no
// prompt should be given up for.
func filler(text string) bool {
	for _, t := range nlu.Tokens(text) {
		switch t {
		case "uh", "um", "er", "ah", "oh", "hm", "hmm", "mm", "mhm", "huh", "uhhuh", "okay", "ok", "yeah", "right",
			"嗯", "啊", "呃", "哦", "噢", "额", "唔", "哎", "对", "好", "的":
		default:
			return false
		}
	}
	return true
}
