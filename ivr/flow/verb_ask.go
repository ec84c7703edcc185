package flow

import (
	"strconv"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/ask"
	"trunkline/ivr/menu"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
	"trunkline/nlu/entity"
)

func askVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "ask",
		Doc: "Asks the caller for something and listens to words and keys at once. While the prompt plays, speech only " +
			"pauses it; words or a key decide, and a filler (\"uh-huh\", 嗯) lets it go on where it stopped. Keys pressed " +
			"before the question count. With a menu, the caller is taken to the node that the words or the key mean, is " +
			"asked to confirm when that is not certain, and is offered the keys after misunderstandings; with digits, a " +
			"number is collected; with neither, the words are returned.",
		Args: []verb.Arg{
			{Name: "say", Kind: value.Text, Lead: true, Doc: "the question; for a menu, else its greeting; \"\" for none"},
			{Name: "menu", Kind: value.Text, Doc: "name of a menu"},
			{Name: "fill", Kind: value.Flag, Default: "true", Doc: "whether the slots of the node that is found are asked for"},
			{Name: "want", Kind: value.Text, Doc: "instead of a menu: the kind of value to find in the words: number, money, date, time, phone, …"},
			{Name: "currency", Kind: value.Text, Doc: "of amounts that are said without one, such as \"CNY\""},
			{Name: "digits", Kind: value.Count, Positive: true, Doc: "instead of a menu: how many digits to collect, at most"},
			{Name: "min_digits", Kind: value.Count, Doc: "how many digits are enough before the terminator or a pause; else as many as digits"},
			{Name: "terminator", Kind: value.Digits, Default: "#", Key: true, Doc: "the key that ends the digits early"},
			{Name: "yes_no", Kind: value.Flag, Default: "false", Doc: "whether yes and no are answers: by word and, without a menu, by key 1 and 2"},
			{Name: "speech", Kind: value.Flag, Default: "true", Doc: "whether words are listened for"},
			langArg(),
			{Name: "barge_in", Kind: value.Flag, Default: "true", Doc: "whether words and keys interrupt the question"},
			{Name: "timeout", Kind: value.Duration, Default: "6s", Positive: true, Doc: "how long to wait for the first word or key after the question"},
			{Name: "inter_digit", Kind: value.Duration, Default: "3s", Positive: true, Doc: "how long to wait for the next key"},
			{Name: "end_silence", Kind: value.Duration, Doc: "how long the caller may pause without having finished; else as the detector of speech thinks"},
			{Name: "max_speech", Kind: value.Duration, Default: "15s", Positive: true, Doc: "how long the caller may speak at a stretch"},
			{Name: "tries", Kind: value.Count, Default: "3", Doc: "how often the question is put"},
			{Name: "silences", Kind: value.Count, Doc: "how often nothing may be heard before it ends; else tries"},
			{Name: "misses", Kind: value.Count, Doc: "how often nothing may be understood before it ends; else tries"},
			{Name: "retry", Kind: value.Texts, Doc: "what to say on the second, third, … try; for a menu, else its prompts and keys"},
			{Name: "on_silence", Kind: value.Texts, Doc: "instead of retry, what to say after the first, second, … silence"},
			{Name: "on_miss", Kind: value.Texts, Doc: "instead of retry, what to say after the first, second, … misunderstanding"},
		},
		Result: "a table: kind is \"intent\", \"human\" (a person was asked for, or is needed: rule says why), \"command\", " +
			"\"digits\", \"value\", \"speech\", \"yes\", \"no\", \"silence\" or \"nomatch\"; further node, name, answer, flow, dial, slots (a " +
			"table of values by slot), absent (a slot that could not be filled), command, by (speech, key or rule), rule (asked, " +
			"complaint, anger, failures, class or age), score, nbest (a list: node, name, score), text, digits, value, others (a list " +
			"of what else the words may mean), doubt (why the value is not certain), heard_ms and total_ms of the last prompt, tries, " +
			"silences and misses (how often nothing was heard, and nothing understood)",
	}, Run: askCaller}
}

// words are kinds of something as scripts name them.
func words[K ~string](kinds []K) (all []string) {
	for _, k := range kinds {
		all = append(all, string(k))
	}
	return all
}

func askCaller(r *run, a verb.Args) (lua.LValue, error) {
	q := ask.Question{
		Say: a.Text("say"), Lang: r.lang(a.Text("lang")), Caller: r.caller(),
		Currency: a.Text("currency"), NoFill: !a.Flag("fill"),
		MaxDigits: a.Count("digits"), MinDigits: a.Count("min_digits"), Terminator: a.Text("terminator"),
		YesNo: a.Flag("yes_no"), Deaf: !a.Flag("speech"), BargeIn: a.Flag("barge_in"),
		Tries: a.Count("tries"), Silences: a.Count("silences"), Misses: a.Count("misses"),
		Retry: a.Texts("retry"), OnSilence: a.Texts("on_silence"), OnMiss: a.Texts("on_miss"),
		Timeout: a.Duration("timeout"), InterDigit: a.Duration("inter_digit"), EndSilence: a.Duration("end_silence"),
		MaxSpeech: a.Duration("max_speech"),
	}
	if want := a.Text("want"); want != "" {
		kind, err := entity.ParseKind(want)
		if err != nil {
			return nil, verb.Mistakef("argument want: %q is not one of %s", sandbox.Clip(want), strings.Join(words(entity.Kinds()), ", "))
		}
		q.Want = kind
	}
	if a.Has("menu") {
		m, err := r.menuNamed(a.Text("menu"))
		if err != nil {
			return nil, err
		}
		q.Menu, r.menu = m, m
		if !a.Has("say") {
			q.Say = m.Prompt(menu.PromptGreeting, q.Lang)
		}
	}
	if err := q.Check(); err != nil {
		return nil, verb.Mistakef("%v", err)
	}
	found, err := r.asker.Ask(r.ctx, q)
	if err != nil {
		return nil, err
	}
	return r.foundTable(found), nil
}

// caller is what the flow has found out of who calls: its variables class and age.
func (r *run) caller() (c menu.Caller) {
	if v, ok := r.vars.RawGetString("class").(lua.LString); ok {
		c.Class = string(v)
	}
	if n, err := strconv.Atoi(lua.LVAsString(r.vars.RawGetString("age"))); err == nil {
		c.Age = n
	}
	return c
}
