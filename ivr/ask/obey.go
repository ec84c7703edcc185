package ask

import (
	"strings"

	"trunkline/ivr/menu"
)

// obey does what a command asks of the question itself, and hands all others to
// the flow.
func (q *asking) obey(c *menu.Command, f Found) Found {
	q.Note(f.Text+f.Digits, "command "+c.ID)
	switch {
	case c.ID == menu.CommandRepeat:
		return Found{Kind: again}
	case c.ID == menu.CommandBack && q.level.Up != nil:
		return q.enter(q.level.Up, "back")
	case c.ID == menu.CommandLouder && q.Line.Louder():
		return Found{Kind: again}
	case c.ID == menu.CommandSlower:
		q.Slower()
		return Found{Kind: again}
	case c.Language != "" && q.translate(c.Language):
		return Found{Kind: again}
	}
	f.Kind, f.Command = "command", c.ID
	return f
}

// enter goes to a level of keys and offers them.
func (q *asking) enter(l *menu.Level, by string) Found {
	q.Note(by, "keys below "+l.Path)
	q.level = l
	q.prompt = spokenTexts([]string{l.Prompt(q.Lang)})
	return Found{Kind: again}
}

// translate goes on in another language. It reports false when only the flow can
// put the question in that language: it has words of its own.
func (q *asking) translate(lang string) bool {
	own := q.Say != q.Menu.Prompt(menu.PromptGreeting, q.Lang)
	q.Switch(lang)
	q.Lang = lang
	q.close()
	if err := q.listen(); err != nil {
		q.Log.Warn("cannot listen to the caller", "language", lang, "error", err)
	}
	if own && strings.TrimSpace(q.Say) != "" {
		return false
	}
	if own {
		q.prompt = spokenTexts([]string{q.level.Prompt(lang)})
		return true
	}
	q.Say = q.Menu.Prompt(menu.PromptGreeting, lang)
	q.prompt = q.opening()
	return true
}
