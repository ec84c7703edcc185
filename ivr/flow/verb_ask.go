package flow

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/ask"
	"trunkline/ivr/menu"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
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
			{Name: "digits", Kind: value.Count, Doc: "instead of a menu: how many digits to collect, at most"},
			{Name: "min_digits", Kind: value.Count, Doc: "how many digits are enough before the terminator or a pause; else as many as digits"},
			{Name: "terminator", Kind: value.Digits, Default: "#", Doc: "the key that ends the digits early"},
			{Name: "yes_no", Kind: value.Flag, Default: "false", Doc: "whether yes and no are answers: by word and, without a menu, by key 1 and 2"},
			{Name: "speech", Kind: value.Flag, Default: "true", Doc: "whether words are listened for"},
			langArg(),
			{Name: "barge_in", Kind: value.Flag, Default: "true", Doc: "whether words and keys interrupt the question"},
			{Name: "timeout", Kind: value.Duration, Default: "6s", Doc: "how long to wait for the first word or key after the question"},
			{Name: "inter_digit", Kind: value.Duration, Default: "3s", Doc: "how long to wait for the next key"},
			{Name: "max_speech", Kind: value.Duration, Default: "15s", Doc: "how long the caller may speak at a stretch"},
			{Name: "tries", Kind: value.Count, Default: "3", Doc: "how often the question is put"},
			{Name: "retry", Kind: value.Texts, Doc: "what to say on the second, third, … try; for a menu, else its prompts and keys"},
		},
		Result: "a table: kind is \"intent\", \"human\" (a person was asked for, or is needed: rule says why), \"command\", " +
			"\"digits\", \"speech\", \"yes\", \"no\", \"silence\" or \"nomatch\"; further node, name, answer, flow, dial, command, by " +
			"(speech, key or rule), rule (asked, complaint or failures), score, text, digits, heard_ms, tries",
	}, Run: askCaller}
}

func askCaller(r *run, a verb.Args) (lua.LValue, error) {
	q := ask.Question{
		Say: a.Text("say"), Lang: r.lang(a.Text("lang")), Retry: a.Texts("retry"),
		MaxDigits: a.Count("digits"), MinDigits: a.Count("min_digits"), Terminator: a.Text("terminator"),
		YesNo: a.Flag("yes_no"), Deaf: !a.Flag("speech"), BargeIn: a.Flag("barge_in"), Tries: a.Count("tries"),
		Timeout: a.Duration("timeout"), InterDigit: a.Duration("inter_digit"), MaxSpeech: a.Duration("max_speech"),
	}
	if a.Has("digits") && q.MaxDigits < 1 {
		return nil, verb.Mistakef("argument digits: want 1 or more")
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

// foundTable is the result of an ask as scripts see it.
func (r *run) foundTable(f ask.Found) *lua.LTable {
	t := r.L.CreateTable(0, 12)
	if f.Node != nil {
		t = r.nodeTable(f.Node, f.Lang)
		t.RawSetString("node", t.RawGetString("id"))
		t.RawSetString("id", lua.LNil)
		t.RawSetString("key", lua.LNil)
	}
	for name, v := range map[string]string{
		"kind": f.Kind, "command": f.Command, "by": f.By, "rule": f.Rule, "text": f.Text, "digits": f.Digits,
	} {
		if v != "" {
			t.RawSetString(name, lua.LString(v))
		}
	}
	if f.Score > 0 {
		t.RawSetString("score", lua.LNumber(f.Score))
	}
	t.RawSetString("heard_ms", lua.LNumber(f.Heard.Milliseconds()))
	t.RawSetString("tries", lua.LNumber(f.Tries))
	return t
}
