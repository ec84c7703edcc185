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

// Key looks digits up. When they are Complete, one of node and command is set. No key begins with
// another, so Complete needs no waiting for further digits.
func (m *Menu) Key(digits string) (node *Node, command *Command, press Press) {
	if digits == "" {
		return nil, nil, Partial
	}
	for _, n := range m.Nodes {
		if n.Key == digits {
			return n, nil, Complete
		}
		if strings.HasPrefix(n.Key, digits) {
			press = Partial
		}
	}
	for _, c := range m.Commands {
		if c.Key == digits {
			return nil, c, Complete
		}
		if strings.HasPrefix(c.Key, digits) {
			press = Partial
		}
	}
	return nil, nil, press
}

// KeysPrompt is the spoken list of keys: the prompt "keys" once for every node that has a key, in
// file order, then for every command that has a key and a name.
func (m *Menu) KeysPrompt(lang string) string {
	lang = m.Language(lang)
	line := m.Prompt(PromptKeys, lang)
	var lines []string
	add := func(name, key string) {
		if name != "" && key != "" {
			lines = append(lines, strings.NewReplacer("{name}", name, "{key}", spoken(key, lang)).Replace(line))
		}
	}
	for _, n := range m.Nodes {
		add(n.names[lang], n.Key)
	}
	for _, c := range m.Commands {
		add(c.names[lang], c.Key)
	}
	if primary(lang) == "zh" { // sentences are not set apart by blanks
		return strings.Join(lines, "")
	}
	return strings.Join(lines, " ")
}

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

// spokenKey understands a caller who says the key instead of pressing it ("two", "press two
// please", "按二"): nothing of weight but one digit may be said.
func (m *Menu) spokenKey(tokens []string) *Node {
	said := ""
	for _, t := range tokens {
		if digit, ok := nlu.Digit(t); ok {
			said += digit
			continue
		}
		switch t {
		case "press", "number", "key", "option", "please", "choose", "the", "请", "我", "按", "选", "数", "字", "键", "号":
		default:
			return nil
		}
	}
	if len(said) != 1 {
		return nil
	}
	node, _, _ := m.Key(said)
	return node
}
