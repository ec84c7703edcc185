package ivr

import (
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/line"
	"trunkline/ivr/menu"
	"trunkline/ivr/value"
	"trunkline/nlu"
)

func askVerb() *verb {
	return &verb{
		name: "ask",
		doc: "Asks the caller for something and listens to words and keys at once. While the prompt plays, speech only " +
			"pauses it; words or a key decide, and a filler (\"uh-huh\", 嗯) lets it go on where it stopped. Keys pressed " +
			"before the question count. With a menu, the caller is taken to the node that the words or the key mean, is " +
			"asked to confirm when that is not certain, and is offered the keys after misunderstandings; with digits, a " +
			"number is collected; with neither, the words are returned.",
		args: []arg{
			{name: "say", kind: value.Text, lead: true, doc: "the question; for a menu, else its greeting; \"\" for none"},
			{name: "menu", kind: value.Text, doc: "name of a menu"},
			{name: "digits", kind: value.Count, doc: "instead of a menu: how many digits to collect, at most"},
			{name: "min_digits", kind: value.Count, doc: "how many digits are enough before the terminator or a pause; else as many as digits"},
			{name: "terminator", kind: value.Digits, def: "#", doc: "the key that ends the digits early"},
			{name: "yes_no", kind: value.Flag, def: "false", doc: "whether yes and no are answers: by word and, without a menu, by key 1 and 2"},
			{name: "speech", kind: value.Flag, def: "true", doc: "whether words are listened for"},
			langArg(),
			{name: "barge_in", kind: value.Flag, def: "true", doc: "whether words and keys interrupt the question"},
			{name: "timeout", kind: value.Duration, def: "6s", doc: "how long to wait for the first word or key after the question"},
			{name: "inter_digit", kind: value.Duration, def: "3s", doc: "how long to wait for the next key"},
			{name: "max_speech", kind: value.Duration, def: "15s", doc: "how long the caller may speak at a stretch"},
			{name: "tries", kind: value.Count, def: "3", doc: "how often the question is put"},
			{name: "retry", kind: value.Texts, doc: "what to say on the second, third, … try; for a menu, else its prompts and keys"},
		},
		result: "a table: kind is \"intent\", \"human\" (a person was asked for, or is needed: rule says why), \"command\", " +
			"\"digits\", \"speech\", \"yes\", \"no\", \"silence\" or \"nomatch\"; further node, name, answer, flow, dial, command, by " +
			"(speech, key or rule), rule (asked, complaint or failures), score, text, digits, heard_ms, tries",
		run: ask,
	}
}

// asking is one use of ask.
type asking struct {
	r    *run
	menu *menu.Menu // nil: digits or plain words
	lang string

	say        string
	retry      []string
	max, min   int // digits
	terminator string
	yesNo      bool
	tries      int
	rules      line.Rules

	ear  *line.Ear
	deaf bool // no recogniser, or it failed

	last     miss // why the question is put again
	question []string
}

// miss is how a try failed.
type miss uint8

const (
	noMiss miss = iota
	missSilence
	missNoMatch
	missDeaf
)

func ask(r *run, a args) (lua.LValue, error) {
	q, err := newAsking(r, a)
	if err != nil {
		return nil, err
	}
	if err := q.listen(a.flag("speech")); err != nil {
		return nil, err
	}
	defer q.close()
	found, err := q.put()
	if err != nil {
		return nil, err
	}
	return found.table(r), nil
}

func newAsking(r *run, a args) (*asking, error) {
	q := &asking{
		r: r, lang: r.lang(a.text("lang")), say: a.text("say"), retry: a.texts("retry"),
		max: a.count("digits"), min: a.count("min_digits"), terminator: a.text("terminator"), tries: a.count("tries"),
		yesNo: a.flag("yes_no"),
		rules: line.Rules{
			BargeIn: a.flag("barge_in"), Timeout: a.duration("timeout"), InterDigit: a.duration("inter_digit"),
			MaxSpeech: a.duration("max_speech"), Filler: filler, Enough: func(string) bool { return false },
		},
	}
	switch {
	case q.tries < 1:
		return nil, mistakef("argument tries: want 1 or more")
	case a.has("digits") && q.max < 1:
		return nil, mistakef("argument digits: want 1 or more")
	case q.min > q.max:
		return nil, mistakef("argument min_digits: want at most digits, %d", q.max)
	case q.yesNo && a.has("digits"):
		return nil, mistakef("yes_no and digits exclude each other: keys cannot mean both")
	case a.has("menu") && a.has("digits"):
		return nil, mistakef("menu and digits exclude each other: a menu has its own keys")
	case q.rules.Timeout <= 0 || q.rules.InterDigit <= 0 || q.rules.MaxSpeech <= 0:
		return nil, mistakef("arguments timeout, inter_digit and max_speech: want more than 0")
	}
	if q.min == 0 {
		q.min = q.max
	}
	switch {
	case a.has("menu"):
		m, err := r.menuNamed(a.text("menu"))
		if err != nil {
			return nil, err
		}
		q.menu, r.menu = m, m
		q.rules.Press = q.menuPress
		q.rules.Enough = q.clear
		q.rules.DeafEnds = true
		if !a.has("say") {
			q.say = m.Prompt(menu.PromptGreeting, q.lang)
		}
	case q.max > 0:
		q.rules.Press = q.digitsPress
	case q.yesNo:
		q.rules.Press = func(string) line.Press { return line.KeysDone }
	}
	if q.yesNo {
		q.rules.Filler = func(text string) bool { return nlu.YesNo(text) == nlu.Unclear && filler(text) }
	}
	return q, nil
}

func (q *asking) menuPress(digits string) line.Press {
	if _, _, p := q.menu.Key(digits); p == menu.Partial {
		return line.MoreKeys
	}
	return line.KeysDone
}

func (q *asking) digitsPress(digits string) line.Press {
	if len(digits) >= q.max || digits[len(digits)-1:] == q.terminator {
		return line.KeysDone
	}
	return line.MoreKeys
}

// clear reports whether a sentence is understood without hearing more.
func (q *asking) clear(text string) bool {
	switch q.menu.Match(q.lang, text).Verdict {
	case menu.Accept, menu.Human, menu.Order:
		return true
	case menu.Reject, menu.Confirm:
	}
	return false
}

// found is what an ask came to.
type found struct {
	kind    string
	node    *menu.Node
	lang    string
	command string
	by      string
	rule    string
	score   float64
	text    string
	digits  string
	heard   time.Duration
	tries   int
}

// table is the result as scripts see it.
func (f found) table(r *run) *lua.LTable {
	t := r.L.CreateTable(0, 12)
	if f.node != nil {
		t = r.nodeTable(f.node, f.lang)
		t.RawSetString("node", t.RawGetString("id"))
		t.RawSetString("id", lua.LNil)
		t.RawSetString("key", lua.LNil)
	}
	text := func(name, v string) {
		if v != "" {
			t.RawSetString(name, lua.LString(v))
		}
	}
	text("kind", f.kind)
	text("command", f.command)
	text("by", f.by)
	text("rule", f.rule)
	text("text", f.text)
	text("digits", f.digits)
	if f.score > 0 {
		t.RawSetString("score", lua.LNumber(f.score))
	}
	t.RawSetString("heard_ms", lua.LNumber(f.heard.Milliseconds()))
	t.RawSetString("tries", lua.LNumber(f.tries))
	return t
}
