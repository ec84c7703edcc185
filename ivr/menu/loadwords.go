package menu

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"trunkline/nlu"
)

// id reads a name that flows, events and records use.
func (l *loader) id(n ast.Node, what string) string {
	v := l.Text(n, what)
	if v != "" && !regexp.MustCompile(`^[a-z][a-z0-9_]*$`).MatchString(v) {
		l.Problem(n, "%s %q must be lower-case letters, digits and _, a letter first", what, v)
	}
	return v
}

// key reads the digits of a telephone key on the level of a group, on all levels without one.
func (l *loader) key(n ast.Node, owner string, level *string) string {
	v := l.Text(n, owner+" key")
	if strings.Trim(v, "0123456789*#") != "" {
		l.Problem(n, "%s key %q must be made of 0-9, * and #", owner, v)
		return ""
	}
	if v != "" {
		l.keys = append(l.keys, placedKey{v, owner, level, n})
	}
	return v
}

// texts reads one text per language.
func (l *loader) texts(n ast.Node, what string) texts {
	out := texts{}
	l.Each(n, what, func(lang string, at, value ast.Node) {
		l.mention(lang, at)
		if _, twice := out[lang]; twice {
			l.Problem(at, "language %q stands twice in %s", lang, what)
		}
		out[lang] = l.Text(value, what)
	})
	return out
}

// names reads one name per language. The owner is recognised by it, so it needs a word.
func (l *loader) names(n ast.Node, what, owner string) texts {
	out := l.texts(n, what+" name")
	for _, lang := range slices.Sorted(maps.Keys(out)) {
		switch text := out[lang]; {
		case text == "":
		case len(nlu.Tokens(text)) == 0:
			l.Problem(n, "%s name %q has no word in it", what, text)
		default:
			l.spoken = append(l.spoken, sentence{lang, owner, text, n})
		}
	}
	return out
}

// phrases reads a list of sentences per language. Those of an owner are what the model learns.
func (l *loader) phrases(n ast.Node, what string, owner *string) map[string][]string {
	out := map[string][]string{}
	l.Each(n, what, func(lang string, at, value ast.Node) {
		l.mention(lang, at)
		items, ok := l.List(value, what+" in "+lang)
		if !ok || len(items) > 0 {
			out[lang] = []string{} // there is something, right or wrong
		}
		for _, item := range items {
			text := l.Text(item, "example of "+what)
			if text == "" {
				continue
			}
			if len(nlu.Tokens(text)) == 0 {
				l.Problem(item, "%q has no word in it", text)
				continue
			}
			out[lang] = append(out[lang], text)
			if owner != nil {
				l.spoken = append(l.spoken, sentence{lang, *owner, text, item})
			}
		}
	})
	return out
}

// mention remembers a language to be checked when all of them are known.
func (l *loader) mention(lang string, at ast.Node) {
	l.languageKeys = append(l.languageKeys, languageKey{lang, at})
}
