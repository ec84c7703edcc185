// Package menus is the command "trunkline menu": its flags, and what it prints. It reads menu files and sentences and
// writes what package study finds; cmd/trunkline calls it. It starts no server and places no call.
package menus

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"trunkline/ivr/menu"
	"trunkline/ivr/menu/study"
)

// Load compiles the menu file at path.
func Load(path string, models menu.Models) (*menu.Menu, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load menu: %w", err)
	}
	return menu.ParseWith(path, data, menu.Options{Models: models})
}

// Check writes what is wrong and what is doubtful in menu files, one line each. The error counts
// what is wrong; warnings are none.
func Check(w io.Writer, paths []string, models menu.Models) error {
	wrong := 0
	for _, path := range paths {
		m, err := Load(path, models)
		var problems menu.Problems
		switch {
		case errors.As(err, &problems):
			wrong += len(problems)
			fmt.Fprintln(w, problems)
			continue
		case err != nil:
			wrong++
			fmt.Fprintln(w, err)
			continue
		}
		warnings, err := study.Warnings(m)
		if err != nil {
			return err
		}
		for _, warn := range warnings {
			if warn.Line > 0 {
				fmt.Fprintf(w, "%s:%d: warning: %s\n", path, warn.Line, warn.Text)
			} else {
				fmt.Fprintf(w, "%s: warning: %s\n", path, warn.Text)
			}
		}
		fmt.Fprintf(w, "%s: ok: menu %s, %d nodes, %s, %d warnings\n",
			path, m.ID, len(m.Nodes), strings.Join(m.Languages, " and "), len(warnings))
	}
	if wrong > 0 {
		return fmt.Errorf("check menus: %d problems", wrong)
	}
	return nil
}

// Keys writes the key tree as callers hear it.
func Keys(w io.Writer, m *menu.Menu, lang string) {
	if lang == "" {
		lang = m.Languages[0]
	}
	var level func(l *menu.Level, indent string)
	level = func(l *menu.Level, indent string) {
		for _, e := range l.Entries() {
			switch {
			case e.Node != nil:
				fmt.Fprintf(w, "%s%s  %s (%s)\n", indent, e.Key, e.Node.Name(lang), e.Node.ID)
				continue
			case e.Below.Group == l.Group:
				fmt.Fprintf(w, "%s%s  …\n", indent, e.Key)
			default:
				fmt.Fprintf(w, "%s%s  %s:\n", indent, e.Key, e.Below.Group.Name(lang))
			}
			level(e.Below, indent+"   ")
		}
	}
	level(m.Top(), "")
	for _, c := range m.Commands {
		if c.Key != "" {
			fmt.Fprintf(w, "%s  %s (everywhere)\n", c.Key, c.ID)
		}
	}
}

// Suggest writes what could be added to a menu for what callers said, as a piece of its file.
func Suggest(w io.Writer, m *menu.Menu, said []study.Heard) {
	p := study.Suggest(m, said)
	fmt.Fprintf(w, "# %d sentences heard; %d are understood by now, %d are like no other.\n", len(said), p.Understood, p.Single)
	if p.Left > 0 {
		fmt.Fprintf(w, "# %d rarer ones were not looked at.\n", p.Left)
	}
	if len(p.Examples) > 0 {
		fmt.Fprintln(w, "\n# Examples for nodes there are:")
	}
	for _, e := range p.Examples {
		reason := fmt.Sprintf("like %q", e.Like)
		if e.Like == "" {
			reason = "the caller said yes"
		}
		fmt.Fprintf(w, "#   %s, %s: %q (said %d times; %s)\n", e.Node.ID, e.Language, e.Text, e.Times, reason)
	}
	if len(p.New) > 0 {
		fmt.Fprintln(w, "\n# New nodes; give them names and something to do.\nnodes:")
	}
	for _, n := range p.New {
		fmt.Fprintf(w, "  - id: %s # said %d times\n    name: {%s: %q}\n    examples:\n      %s:\n", n.ID, n.Times, n.Language, strings.Join(n.Words, " "), n.Language)
		for _, e := range n.Examples {
			fmt.Fprintf(w, "        - %q\n", e.Text)
		}
	}
}

// Eval writes how a menu does on labelled sentences, or on its own examples when there are none. A
// language of "" takes every sentence in the language it seems to be in.
func Eval(w io.Writer, m *menu.Menu, lang string, sentences []study.Sentence) error {
	langs := m.Languages
	if lang != "" {
		langs = []string{m.Language(lang)}
	}
	for _, l := range langs {
		if sentences == nil {
			r, err := study.EvaluateItself(m, l)
			if err != nil {
				return err
			}
			report(w, r)
			continue
		}
		var mine []study.Sentence
		for _, s := range sentences {
			if lang != "" || study.LanguageOf(m, s.Text) == l {
				mine = append(mine, s)
			}
		}
		if len(mine) > 0 {
			report(w, study.Evaluate(m, l, mine))
		}
	}
	return nil
}

const worstShown = 10

func report(w io.Writer, r study.Report) {
	percent := func(x float64) string { return fmt.Sprintf("%.1f %%", 100*x) }
	fmt.Fprintf(w, "%s: %d sentences, %d of them outside\n", r.Language, r.Asked+r.Outside, r.Outside)
	line := func(what string, value any) { fmt.Fprintf(w, "  %-36s %v\n", what, value) }
	line("the likeliest node is right", percent(r.Accuracy))
	line("among the three likeliest", percent(r.AmongThree))
	line("right and taken for in scope", percent(r.InScope))
	line("brought there without a question", fmt.Sprintf("%d of %d", r.Right, r.Asked))
	line("offered", r.Offered)
	line("brought elsewhere", r.Wrong)
	if r.Outside > 0 {
		line("outside, turned away", percent(r.OutsideRecall))
		line("of those turned away, outside", percent(r.OutsidePrecision))
		line("outside, brought somewhere", r.Lured)
		line("outside, offered something", r.Tempted)
	}
	line("calibration error", percent(r.CalibrationError))
	line("to be acted on at 95 % right", percent(r.Coverage95))
	line("to be acted on at 98 % right", percent(r.Coverage98))
	for i, n := range r.Nodes {
		if i == worstShown || n.Right == n.Asked {
			break
		}
		if i == 0 {
			fmt.Fprintln(w, "  the weakest:")
		}
		fmt.Fprintf(w, "    %-20s %d of %d\n", shown(n.Label), n.Right, n.Asked)
	}
	if len(r.Mistakes) > 0 {
		fmt.Fprintln(w, "  brought to the wrong place:")
	}
	for _, m := range r.Mistakes {
		fmt.Fprintf(w, "    %q: %s, not %s (%.2f)\n", m.Text, shown(m.Got), shown(m.Want), m.Score)
	}
}

// shown is a label as designers know it.
func shown(label string) string { return strings.TrimSuffix(label, ":") }

// Try writes what a menu makes of each line of in, until it ends.
func Try(w io.Writer, m *menu.Menu, lang string, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) != "" {
			Explain(w, m, lang, lines.Text())
		}
	}
	return lines.Err()
}

// Explain writes what a menu makes of one sentence, and why.
func Explain(w io.Writer, m *menu.Menu, lang, text string) {
	if lang == "" {
		lang = study.LanguageOf(m, text)
	}
	lang = m.Language(lang)
	r := m.Match(lang, text)
	fmt.Fprintf(w, "%q in %s: %s\n", text, lang, outcome(r))
	fmt.Fprintf(w, "  because %s\n", why(r))
	for _, c := range r.Candidates[:min(len(r.Candidates), 3)] {
		fmt.Fprintf(w, "  %.2f  %-16s %s\n", c.Score, c.Node.ID, c.Node.Name(lang))
	}
	if words := telling(m, lang, text); r.By == menu.ByModel && words != "" {
		fmt.Fprintf(w, "  words %s\n", words)
	}
	for _, n := range study.Neighbours(m, lang, text, 3) {
		fmt.Fprintf(w, "  like  %-16s %q (%.2f)\n", shown(n.Label), n.Text, n.Alike)
	}
}

// telling shows how much each word spoke for the likeliest topic, or against it.
func telling(m *menu.Menu, lang, text string) string {
	var out []string
	for _, p := range m.Explain(lang, text).Parts {
		out = append(out, fmt.Sprintf("%s %+.1f", p.Text, p.Best))
	}
	return strings.Join(out, ", ")
}

func outcome(r menu.Match) string {
	switch r.Verdict {
	case menu.Accept:
		return "goes to " + r.Node.ID
	case menu.Human:
		return fmt.Sprintf("a person, at %s, by the rule %s", r.Node.ID, r.Rule)
	case menu.Order:
		return "the command " + r.Command.ID
	case menu.Confirm, menu.Reject:
	}
	switch {
	case r.Level != nil:
		return "offers the keys of level " + r.Level.Path
	case len(r.Choice) == 2:
		return fmt.Sprintf("asks: %s or %s?", r.Choice[0].Node.ID, r.Choice[1].Node.ID)
	case r.Verdict == menu.Confirm:
		return "asks whether it is " + r.Node.ID
	}
	return "is not understood"
}

func why(r menu.Match) string {
	switch r.By {
	case menu.ByExample:
		return "the file has this very sentence"
	case menu.ByKey:
		return "a key is said"
	case menu.ByRule:
		if r.Verdict == menu.Reject {
			return "a person is refused"
		}
		return fmt.Sprintf("%q is said", r.Phrase)
	case menu.ByCaller:
		return "of who calls"
	case menu.ByModel:
		switch {
		case !r.InScope:
			return "it is like nothing the menu knows"
		case r.Command != nil:
			return fmt.Sprintf("its score is %.2f", r.Score)
		case r.Best.Node != nil:
			return fmt.Sprintf("the score is %.2f; %s is gone to from %.2f, asked about from %.2f",
				r.Best.Score, r.Best.Node.ID, r.Best.Node.Accept, r.Best.Node.Confirm)
		}
	}
	return "there is no word in it"
}
