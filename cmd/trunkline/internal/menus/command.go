package menus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"trunkline/ivr/menu"
	"trunkline/ivr/menu/study"
	intents "trunkline/nlu/measure"
)

// Mistake is a mistake of who started the command: in what was typed, or in a file it names.
type Mistake struct{ error }

func (m Mistake) Unwrap() error { return m.error }

// Command is "trunkline menu", as kong reads it.
type Command struct {
	Check   checkCommand   `cmd:"" help:"Say what is wrong with menu files, and what callers may be misunderstood by."`
	Eval    evalCommand    `cmd:"" help:"Say how well a menu understands: labelled sentences, or its own examples."`
	Try     tryCommand     `cmd:"" help:"Type a sentence, see where it leads and why."`
	Suggest suggestCommand `cmd:"" help:"Propose nodes and examples for what callers said in vain."`
	Keys    keysCommand    `cmd:"" help:"Show the keys of a menu as callers hear them."`
}

// cached is the flag of the directory where trained models are kept.
type cached struct {
	Models string `type:"path" help:"Directory where trained models are kept from one run to the next." placeholder:"DIR"`
}

func (c cached) models() menu.Models {
	if c.Models == "" {
		return nil
	}
	return menu.ModelDir(c.Models)
}

type checkCommand struct {
	cached
	Files []string `arg:"" name:"file" help:"Menu files."`
}

// Run fails when there are problems; warnings alone are no failure.
func (c checkCommand) Run() error { return Check(os.Stdout, c.Files, c.models()) }

type evalCommand struct {
	cached
	File      string `arg:"" optional:"" help:"Menu file."`
	Sentences string `arg:"" optional:"" help:"Sentences, each on a line after the id of its node and a tab; oos for what no node serves. Without it the menu is asked for its own examples, each by a model that has not seen it."`
	Lang      string `help:"Language of the sentences; else told by their script." placeholder:"TAG"`

	Train  string `help:"Instead of a menu: train a model on sentences, each on a line after its label and a tab; oos for what has none." placeholder:"FILE"`
	Val    string `help:"Set its threshold on these." placeholder:"FILE"`
	Test   string `help:"Ask it for these." placeholder:"FILE"`
	Out    string `help:"Write its answers: index, label, confidence, scope, with tabs between." placeholder:"FILE"`
	UseOOS bool   `name:"use-oos" help:"Learn from the oos sentences of --train, too."`
}

// Run prints the figures of every language, or of the model trained on files.
func (c evalCommand) Run() error {
	switch {
	case c.Train+c.Val+c.Test+c.Out != "":
		return c.evalFiles()
	case c.File == "":
		return Mistake{errors.New("name a menu file, or --train, --val and --test")}
	}
	m, err := Load(c.File, c.models())
	if err != nil {
		return Mistake{err}
	}
	if err := knows(m, c.Lang); err != nil {
		return err
	}
	if c.Sentences == "" {
		return Eval(os.Stdout, m, c.Lang, nil)
	}
	in, err := os.Open(c.Sentences)
	if err != nil {
		return Mistake{err}
	}
	defer in.Close()
	sentences, err := study.ReadSentences(m, c.Sentences, in)
	if err == nil && len(sentences) == 0 {
		err = fmt.Errorf("%s has no sentences", c.Sentences)
	}
	if err != nil {
		return Mistake{err}
	}
	return Eval(os.Stdout, m, c.Lang, sentences)
}

// evalFiles measures a model without a menu.
func (c evalCommand) evalFiles() error {
	if c.Train == "" || c.Val == "" || c.Test == "" || c.Lang == "" || c.File != "" {
		return Mistake{errors.New("measuring without a menu needs --train, --val, --test and --lang, and no menu file")}
	}
	if c.Lang != "en" && c.Lang != "zh" {
		return Mistake{fmt.Errorf("--lang %s: there are en and zh", c.Lang)}
	}
	return intents.Eval(intents.EvalOptions{
		Train: c.Train, Val: c.Val, Test: c.Test, Out: c.Out, Language: c.Lang, UseOOS: c.UseOOS,
	}, os.Stdout)
}

type tryCommand struct {
	cached
	File     string   `arg:"" help:"Menu file."`
	Sentence []string `arg:"" optional:"" help:"What a caller says; without it every line of the standard input is."`
	Lang     string   `help:"Language of the sentences; else told by their script." placeholder:"TAG"`
}

// Run explains one sentence, or many.
func (c tryCommand) Run() error {
	m, err := Load(c.File, c.models())
	if err != nil {
		return Mistake{err}
	}
	if err := knows(m, c.Lang); err != nil {
		return err
	}
	if len(c.Sentence) > 0 {
		Explain(os.Stdout, m, c.Lang, strings.Join(c.Sentence, " "))
		return nil
	}
	return Try(os.Stdout, m, c.Lang, os.Stdin)
}

type suggestCommand struct {
	cached
	File  string `arg:"" help:"Menu file."`
	From  string `help:"What callers said: a sentence on each line, or events as the API's stream prints them; - is the standard input." placeholder:"FILE"`
	Calls string `help:"Database of call records: what callers said yes to, and what was said before too much had failed." placeholder:"FILE"`
}

// Run prints a piece of a menu file.
func (c suggestCommand) Run(ctx context.Context) error {
	if c.From == "" && c.Calls == "" {
		return Mistake{errors.New("say by --from or --calls what callers said")}
	}
	m, err := Load(c.File, c.models())
	if err != nil {
		return Mistake{err}
	}
	var said []study.Heard
	if c.From != "" {
		if said, err = c.heard(); err != nil {
			return Mistake{err}
		}
	}
	if c.Calls != "" {
		more, err := FromCalls(ctx, c.Calls, m)
		if err != nil {
			return Mistake{err}
		}
		said = append(said, more...)
	}
	Suggest(os.Stdout, m, said)
	return nil
}

// heard reads --from.
func (c suggestCommand) heard() ([]study.Heard, error) {
	if c.From == "-" {
		return study.ReadHeard("standard input", os.Stdin)
	}
	in, err := os.Open(c.From)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return study.ReadHeard(c.From, in)
}

type keysCommand struct {
	File string `arg:"" help:"Menu file."`
	Lang string `help:"Language of the names; else the menu's first." placeholder:"TAG"`
}

// Run prints the tree.
func (c keysCommand) Run() error {
	m, err := Load(c.File, nil)
	if err != nil {
		return Mistake{err}
	}
	if err := knows(m, c.Lang); err != nil {
		return err
	}
	Keys(os.Stdout, m, c.Lang)
	return nil
}

// knows refuses a language that the menu does not have; "" is none in particular.
func knows(m *menu.Menu, lang string) error {
	if lang == "" || slices.Contains(m.Languages, lang) {
		return nil
	}
	return Mistake{fmt.Errorf("--lang %s: the menu has %s", lang, strings.Join(m.Languages, " and "))}
}
