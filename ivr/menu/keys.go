package menu

import (
	"strings"

	"trunkline/nlu"
)

// Press is what some digits mean so far.
type Press uint8

const (
	Invalid  Press = iota // no key begins like this
	Partial               // more digits are needed
	Complete              // a node or a command was chosen
)

// Key looks digits up from the top level down. When they are Complete, one of node and command is
// set; digits that lead to a group or a page are Partial. No key begins with another, so Complete
// needs no waiting for further digits.
func (m *Menu) Key(digits string) (node *Node, command *Command, press Press) {
	at := m.top
	for end := 1; end <= len(digits); end++ {
		step := at.Press(digits[len(at.Path):end])
		switch {
		case step.Level != nil:
			at = step.Level
		case step.Press == Complete && end == len(digits):
			return step.Node, step.Command, Complete
		case step.Press != Partial:
			return nil, nil, Invalid
		}
	}
	return nil, nil, Partial
}

// KeysPrompt is the spoken list of the keys of the top level (see Level.Prompt).
func (m *Menu) KeysPrompt(lang string) string { return m.top.Prompt(lang) }

// spoken spells a key out for a synthesiser, digit by digit ("12" is no twelve).
func spoken(key, lang string) string {
	star, hash := "star", "pound"
	if primary(lang) == "zh" {
		star, hash = "星号", "井号"
	}
	parts := strings.Split(key, "")
	for i, p := range parts {
		switch p {
		case "*":
			parts[i] = star
		case "#":
			parts[i] = hash
		}
	}
	return strings.Join(parts, " ")
}

// spokenKey understands a caller who says a key of the level instead of pressing it ("two", "press
// two please", "按二"): nothing of weight but one digit may be said.
func (l *Level) spokenKey(tokens []string) Step {
	said := ""
	for _, t := range tokens {
		if digit, ok := nlu.Digit(t); ok {
			said += digit
			continue
		}
		switch t {
		case "press", "number", "key", "option", "please", "choose", "the", "请", "我", "按", "选", "数", "字", "键", "号":
		default:
			return Step{}
		}
	}
	if len(said) != 1 {
		return Step{}
	}
	return l.Press(said)
}
