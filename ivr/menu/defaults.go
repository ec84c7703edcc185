package menu

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"

	"trunkline/nlu"
)

//go:embed defaults.yaml
var defaultsFile []byte

// defaults is what the product knows by itself, by primary language.
type defaults struct {
	Human struct {
		Ask, Complaint, Anger, Examples map[string][]string
	}
	Commands  []defaultCommand
	Languages map[string]map[string][]string // the ways to ask for one, by the language spoken
	Prompts   map[string]texts
}

type defaultCommand struct {
	ID, Key  string
	Name     texts
	Examples map[string][]string
}

var readDefaults = sync.OnceValues(func() (*defaults, error) {
	var d defaults
	if err := yaml.UnmarshalWithOptions(defaultsFile, &d, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read defaults.yaml: %w", err)
	}
	return &d, nil
})

// addDefaults completes the menu by what the product knows. A sentence of the file goes before:
// what clashes with one is left out.
func (l *loader) addDefaults() {
	own := map[string][]sentence{} // by language
	for _, s := range l.spoken {
		s.text = nlu.Normal(s.text)
		own[s.lang] = append(own[s.lang], s)
	}
	for _, d := range l.defaultCommands() {
		l.addCommand(d, own)
	}
	if l.menu.Human.Node != nil && !l.humanBare {
		l.addHuman(own)
	}
	for name, p := range l.known.Prompts {
		if l.menu.prompts[name] == nil {
			l.menu.prompts[name] = texts{}
		}
		for _, lang := range l.menu.Languages {
			if text := pick(p, lang); text != "" && l.menu.prompts[name][lang] == "" {
				l.menu.prompts[name][lang] = text
			}
		}
	}
}

// defaultCommands are those of the file of defaults and one for every language of the menu.
func (l *loader) defaultCommands() []defaultCommand {
	out := slices.Clone(l.known.Commands)
	if len(l.menu.Languages) < 2 {
		return out
	}
	for _, lang := range l.menu.Languages {
		if asks := pick(l.known.Languages, lang); asks != nil {
			out = append(out, defaultCommand{ID: languageCommand(lang), Examples: asks})
		}
	}
	return out
}

// languageCommand is the id of the command that changes to a language.
func languageCommand(lang string) string { return "language_" + primary(lang) }

// addCommand merges a command with what the file says of it.
func (l *loader) addCommand(d defaultCommand, own map[string][]sentence) {
	if l.switchedOff[d.ID] {
		return
	}
	i := slices.IndexFunc(l.menu.Commands, func(c *Command) bool { return c.ID == d.ID })
	var c *Command
	if i >= 0 {
		c = l.menu.Commands[i]
	} else {
		c = &Command{ID: d.ID, examples: map[string][]string{}}
		l.menu.Commands = append(l.menu.Commands, c)
		if l.leveled() && d.Key != "" && !l.keyTaken(d.Key) {
			c.Key, c.names = d.Key, texts{}
			for _, lang := range l.menu.Languages {
				if name := pick(d.Name, lang); name != "" && !stands(own[lang], name) {
					c.names[lang] = name
				}
			}
		}
	}
	for _, lang := range l.menu.Languages {
		if strings.HasPrefix(d.ID, "language_") && languageCommand(lang) == d.ID && c.Language == "" {
			c.Language = lang
		}
		if c.bare {
			continue
		}
		for _, text := range pick(d.Examples, lang) {
			if !stands(own[lang], text) {
				c.examples[lang] = append(c.examples[lang], text)
			}
		}
	}
}

// stands reports whether a sentence of the file reads like text.
func stands(own []sentence, text string) bool {
	normal := nlu.Normal(text)
	return slices.ContainsFunc(own, func(s sentence) bool { return s.text == normal })
}

// leveled reports whether the key tree will have levels below the top.
func (l *loader) leveled() bool { return len(l.menu.groups) > 0 }

// keyTaken reports whether any key of the file begins like key.
func (l *loader) keyTaken(key string) bool {
	return slices.ContainsFunc(l.keys, func(k placedKey) bool { return strings.HasPrefix(k.digits, key) })
}

// addHuman adds the words that bring a person, and examples to the node where the people are. A
// phrase that some sentence of the file contains means something else in this menu.
func (l *loader) addHuman(own map[string][]sentence) {
	h := &l.menu.Human
	d := l.known.Human
	for _, r := range []wordRule{{RuleComplaint, d.Complaint}, {RuleAnger, d.Anger}, {RuleAsked, d.Ask}} {
		phrases := h.phrases(r.rule)
		for _, lang := range l.menu.Languages {
			for _, p := range pick(r.phrases, lang) {
				if !within(own[lang], p, h.Node.ID) && !slices.Contains(phrases[lang], p) {
					phrases[lang] = append(phrases[lang], p)
				}
			}
		}
	}
	for _, lang := range l.menu.Languages {
		for _, text := range pick(d.Examples, lang) {
			if !stands(own[lang], text) {
				h.Node.examples[lang] = append(h.Node.examples[lang], text)
			}
		}
	}
}

// within reports whether phrase stands in a sentence that is not the owner's.
func within(own []sentence, phrase, owner string) bool {
	normal := " " + nlu.Normal(phrase) + " "
	return slices.ContainsFunc(own, func(s sentence) bool {
		return s.owner != owner && strings.Contains(" "+s.text+" ", normal)
	})
}

// phrases are those of a rule, to be added to.
func (h *HumanRules) phrases(rule Rule) map[string][]string {
	for _, r := range h.words {
		if r.rule == rule {
			return r.phrases
		}
	}
	r := wordRule{rule, map[string][]string{}}
	h.words = append(h.words, r)
	return r.phrases
}
