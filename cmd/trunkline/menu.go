package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"trunkline/cmd/trunkline/internal/menus"
	"trunkline/ivr/menu"
	"trunkline/ivr/menu/study"
	intents "trunkline/nlu/measure"
)

// menuCmd is for who writes menus.
type menuCmd struct {
	Check   menuCheckCmd   `cmd:"" help:"Say what is wrong with menu files, and what callers may be misunderstood by."`
	Eval    menuEvalCmd    `cmd:"" help:"Say how well a menu understands: labelled sentences, or its own examples."`
	Try     menuTryCmd     `cmd:"" help:"Type a sentence, see where it leads and why."`
	Suggest menuSuggestCmd `cmd:"" help:"Propose nodes and examples for what callers said in vain."`
	Keys    menuKeysCmd    `cmd:"" help:"Show the keys of a menu as callers hear them."`
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

type menuCheckCmd struct {
	cached
	Files []string `arg:"" name:"file" help:"Menu files."`
}

// Run fails when there are problems; warnings alone are no failure.
func (c menuCheckCmd) Run() error { return menus.Check(os.Stdout, c.Files, c.models()) }

type menuEvalCmd struct {
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
func (c menuEvalCmd) Run() error {
	switch {
	case c.Train+c.Val+c.Test+c.Out != "":
		return c.evalFiles()
	case c.File == "":
		return usageError{errors.New("name a menu file, or --train, --val and --test")}
	}
	m, err := menus.Load(c.File, c.models())
	if err != nil {
		return usageError{err}
	}
	if c.Sentences == "" {
		return menus.Eval(os.Stdout, m, c.Lang, nil)
	}
	in, err := os.Open(c.Sentences)
	if err != nil {
		return usageError{err}
	}
	defer in.Close()
	sentences, err := study.ReadSentences(m, c.Sentences, in)
	if err == nil && len(sentences) == 0 {
		err = fmt.Errorf("%s has no sentences", c.Sentences)
	}
	if err != nil {
		return usageError{err}
	}
	return menus.Eval(os.Stdout, m, c.Lang, sentences)
}

// evalFiles measures a model without a menu.
func (c menuEvalCmd) evalFiles() error {
	if c.Train == "" || c.Val == "" || c.Test == "" || c.Lang == "" || c.File != "" {
		return usageError{errors.New("measuring without a menu needs --train, --val, --test and --lang, and no menu file")}
	}
	return intents.Eval(intents.EvalOptions{
		Train: c.Train, Val: c.Val, Test: c.Test, Out: c.Out, Language: c.Lang, UseOOS: c.UseOOS,
	}, os.Stdout)
}

type menuTryCmd struct {
	cached
	File     string   `arg:"" help:"Menu file."`
	Sentence []string `arg:"" optional:"" help:"What a caller says; without it every line of the standard input is."`
	Lang     string   `help:"Language of the sentences; else told by their script." placeholder:"TAG"`
}

// Run explains one sentence, or many.
func (c menuTryCmd) Run() error {
	m, err := menus.Load(c.File, c.models())
	if err != nil {
		return usageError{err}
	}
	if len(c.Sentence) > 0 {
		menus.Explain(os.Stdout, m, c.Lang, strings.Join(c.Sentence, " "))
		return nil
	}
	return menus.Try(os.Stdout, m, c.Lang, os.Stdin)
}

type menuSuggestCmd struct {
	cached
	File  string `arg:"" help:"Menu file."`
	From  string `help:"What callers said: a sentence on each line, or events as the API's stream prints them; - is the standard input." placeholder:"FILE"`
	Calls string `help:"Database of call records: what callers said yes to, and what was said before too much had failed." placeholder:"FILE"`
}

// Run prints a piece of a menu file.
func (c menuSuggestCmd) Run(ctx context.Context) error {
	if c.From == "" && c.Calls == "" {
		return usageError{errors.New("say by --from or --calls what callers said")}
	}
	m, err := menus.Load(c.File, c.models())
	if err != nil {
		return usageError{err}
	}
	var said []study.Heard
	if c.From != "" {
		if said, err = c.heard(); err != nil {
			return usageError{err}
		}
	}
	if c.Calls != "" {
		more, err := menus.FromCalls(ctx, c.Calls, m)
		if err != nil {
			return usageError{err}
		}
		said = append(said, more...)
	}
	menus.Suggest(os.Stdout, m, said)
	return nil
}

// heard reads --from.
func (c menuSuggestCmd) heard() ([]study.Heard, error) {
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

type menuKeysCmd struct {
	File string `arg:"" help:"Menu file."`
	Lang string `help:"Language of the names; else the menu's first." placeholder:"TAG"`
}

// Run prints the tree.
func (c menuKeysCmd) Run() error {
	m, err := menus.Load(c.File, nil)
	if err != nil {
		return usageError{err}
	}
	if c.Lang != "" && m.Language(c.Lang) != c.Lang {
		return usageError{errors.New("the menu has no language " + c.Lang)}
	}
	menus.Keys(os.Stdout, m, c.Lang)
	return nil
}
