package flow

import (
	"io/fs"
	"path"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/ivr/spoken"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func sayVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "say",
		Doc: "Speaks a text to the caller and waits for its end; or, with as, a value: `call:say{ \"150.30 CNY\", as = \"money\" }`. " +
			"Values can be put together of recordings instead of being spoken by the synthesiser.",
		Args: append([]verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to say; with as, the value"},
			langArg(),
			{Name: "barge_in", Kind: value.Flag, Default: "false", Doc: "whether a key stops it; the key is kept for the next ask"},
			{Name: "recorded", Kind: value.Flag, Default: "false", Doc: "with as: whether it is made of the recordings in prompts/LANG/, see docs/saying.md"},
		}, valueArgs()...),
		Result: "a table: outcome (\"finished\" or \"stopped\"), heard_ms, total_ms; nil and an error with code file when a recording is missing",
	}, Run: say}
}

func wordsVerb() *row {
	return &row{Shape: verb.Shape{
		Name: "words",
		Doc:  "Puts a value into words, for a text that is to be said: `call:words{ \"2026-11-21\", as = \"date\" }`.",
		Args: append([]verb.Arg{
			{Name: "value", Kind: value.Text, Lead: true, Required: true, Doc: "the value"},
			langArg(),
		}, valueArgs()...),
		Result: "the text",
	}, Run: func(r *run, a verb.Args) (lua.LValue, error) {
		if !a.Has("as") {
			return nil, verb.Mistakef("argument as is missing: what the value is")
		}
		text, err := r.inWords(a, a.Text("value"))
		return lua.LString(text), err
	}}
}

// valueArgs say what a value is.
func valueArgs() []verb.Arg {
	return []verb.Arg{
		{Name: "as", Kind: value.Text, Among: words(spoken.Kinds()), Doc: "what the value is: number, ordinal, digits, spell, phone, money, percent, count, date, time, datetime or duration"},
		{Name: "unit", Kind: value.Text, Doc: "of count: the things that are counted"},
		{Name: "currency", Kind: value.Text, Doc: "of money that names none, such as \"CNY\""},
		{Name: "variant", Kind: value.Text, Doc: "a way of speaking that the language has, see docs/saying.md"},
		{Name: "hours", Kind: value.Count, Doc: "of time: 12 or 24"},
		{Name: "weekday", Kind: value.Flag, Default: "false", Doc: "of date: whether the day of the week is spoken too"},
		{Name: "today", Kind: value.Text, Doc: "of date: the date now, so that those near it are spoken as \"tomorrow\" and the like"},
	}
}

// valueOptions are the arguments that say how a value is spoken.
func valueOptions(a verb.Args) spoken.Options {
	return spoken.Options{
		Unit: a.Text("unit"), Currency: a.Text("currency"), Variant: a.Text("variant"), Hours: a.Count("hours"),
		Weekday: a.Flag("weekday"), Today: a.Text("today"),
	}
}

func say(r *run, a verb.Args) (lua.LValue, error) {
	text := a.Text("text")
	switch {
	case a.Flag("recorded"):
		return r.sayRecorded(a, text)
	case a.Has("as"):
		var err error
		if text, err = r.inWords(a, text); err != nil {
			return nil, err
		}
	}
	h, err := r.speak(r.ctx, spokenText{text: text, lang: r.lang(a.Text("lang")), bargeIn: a.Flag("barge_in")})
	if err != nil {
		return nil, err
	}
	return r.heardTable(h), nil
}

// inWords puts a value into words. Those of a secret are one, too.
func (r *run) inWords(a verb.Args, v string) (string, error) {
	text, err := spoken.Text(spoken.Kind(a.Text("as")), v, r.lang(a.Text("lang")), valueOptions(a))
	if err != nil {
		return "", mistaken(err)
	}
	if r.secrets.Holds(v) {
		r.secrets.Keep(text)
	}
	return text, nil
}

// sayRecorded plays the recordings that a value is made of.
func (r *run) sayRecorded(a verb.Args, v string) (lua.LValue, error) {
	lang := r.lang(a.Text("lang"))
	names, err := spoken.Fragments(spoken.Kind(a.Text("as")), v, lang, valueOptions(a))
	if err != nil {
		return nil, mistaken(err)
	}
	prompts, err := fs.Sub(r.bundle.Scripts, "prompts")
	if err != nil {
		return nil, line.Refusal("say", codeFile, "%v", err)
	}
	files, err := spoken.Files(prompts, lang, names)
	if err != nil {
		return nil, line.Refusal("say", codeFile, "%v", err)
	}
	p := line.Prompt{Verb: "say", BargeIn: a.Flag("barge_in")}
	for _, file := range files {
		clip, err := r.promptFile(file)
		if err != nil {
			return nil, line.Refusal("say", codeFile, "%v", err)
		}
		p.Clips = append(p.Clips, clip)
	}
	p.What = event.PromptStarted{Text: r.secrets.Scrub(v), File: path.Join(lang, a.Text("as")), Language: lang}
	h, err := r.line.PlayOut(r.ctx, p)
	if err != nil {
		return nil, err
	}
	return r.heardTable(h), nil
}

// mistaken is an error of package spoken, whose verb is the script's already.
func mistaken(err error) error { return verb.Mistakef("%s", strings.TrimPrefix(err.Error(), "say ")) }
