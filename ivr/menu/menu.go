// Package menu compiles a menu file into something a call can be matched against.
//
// A menu is a flat list of nodes, the things a caller may want. Each has a name, a key and example
// sentences in every language of the menu, and says what happens there. From that one file come
// the sentence matcher, the key map and the spoken list of keys, so that keys and words never
// disagree. It also holds the commands understood everywhere, the rules that bring a person at
// once, and the prompts of the dialogue.
//
// A Menu never changes after Load: share it between all calls, and Load a new one to replace it.
// Nothing here speaks, listens or knows what a call is; ivr and cmd do that.
package menu

import (
	"slices"
	"strings"

	"trunkline/nlu"
)

// Menu is one compiled menu file. It is immutable and safe for concurrent use.
type Menu struct {
	ID        string
	Languages []string // as the file lists them; the first is the default
	Nodes     []*Node  // in file order
	Commands  []*Command
	Human     HumanRules

	// Outside says what is done with sentences that no node serves.
	Outside Outside

	accept   float64             // of the whole menu; what a command needs
	margin   float64             // how close a runner-up must be for a choice of two
	other    map[string][]string // what no node serves, by language
	synonyms map[string][][]string
	prompts  map[string]texts
	matchers map[string]*matcher // by language
	byID     map[string]*Node
	groups   []*Group
	top      *Level
}

// texts is one text per language.
type texts map[string]string

// Node is one thing a caller may want.
type Node struct {
	ID string
	// Key is the digits that choose it from the top level, groups and pages included; "" when only
	// words do. The file gives them, or else they are numbered.
	Key    string
	Accept float64
	// Confirm and Accept are the scores from which the node is worth a question, and from which
	// it is entered without one.
	Confirm float64
	// Flow is the flow to run at this node, Dial the target to connect the caller to. Both may be
	// empty: then the node only says its answer.
	Flow string
	Dial string
	// Slots are what must be known before the node can do its work, in the order of asking.
	Slots []*Slot
	// Group is the level of keys it stands in, nil at the top.
	Group *Group
	Line  int // of the file

	keyless  bool // only words choose it
	group    string
	names    texts
	answers  texts
	examples map[string][]string
}

// String returns the id, and "-" for no node.
func (n *Node) String() string {
	if n == nil {
		return "-"
	}
	return n.ID
}

// Name returns what the node is called in a language ("lost card").
func (n *Node) Name(lang string) string { return pick(n.names, lang) }

// Answer returns what is said at the node, "" when nothing is.
func (n *Node) Answer(lang string) string { return pick(n.answers, lang) }

// Examples returns the sentences the node is recognised by.
func (n *Node) Examples(lang string) []string { return slices.Clone(pick(n.examples, lang)) }

// Command is something a caller may ask for anywhere in the dialogue.
type Command struct {
	ID  string // one of the commands below, or what the file calls it
	Key string // "" when only words ask for it
	// Language is the one to go on in, one of the menu's; "" for other commands.
	Language string

	bare     bool  // takes nothing from the commands the product knows
	names    texts // nil when the list of keys does not mention it
	examples map[string][]string
}

// Commands that every menu has unless its file switches them off. Those that change the language
// are called language_ and the primary tag: "language_zh".
const (
	CommandRepeat = "repeat" // say it again
	CommandBack   = "back"   // one level up, or the question before
	CommandLouder = "louder" // prompts louder from now on
	CommandSlower = "slower" // prompts slower from now on
)

// Names of the prompts every menu has. A file may define more under names of its own.
const (
	PromptGreeting = "greeting" // the first thing said
	PromptRetry    = "retry"    // after words that match nothing
	PromptSilence  = "silence"  // after no words at all
	PromptConfirm  = "confirm"  // asks whether {name} was meant
	PromptKeys     = "keys"     // one line of the list of keys, with {name} and {key}
	PromptHuman    = "human"    // before a person is called
	PromptGoodbye  = "goodbye"  // the last thing said
)

// Names of the prompts that have a text of their own in Chinese and English.
const (
	PromptMore   = "more"   // offers further keys, with {key}
	PromptChoice = "choice" // offers {first} and {second}
)

// Node returns the node of that id, or nil.
func (m *Menu) Node(id string) *Node { return m.byID[id] }

// Language resolves a BCP 47 tag to one of the menu's languages: the tag itself, then one with the
// same primary language, then the default.
func (m *Menu) Language(tag string) string {
	if slices.Contains(m.Languages, tag) {
		return tag
	}
	for _, l := range m.Languages {
		if primary(l) == primary(tag) {
			return l
		}
	}
	return m.Languages[0]
}

func primary(tag string) string {
	p, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	return p
}

// pick returns the entry of a language, or of any tag with the same primary language.
func pick[T any](by map[string]T, lang string) T {
	if v, ok := by[lang]; ok {
		return v
	}
	for tag, v := range by {
		if primary(tag) == primary(lang) {
			return v
		}
	}
	var none T
	return none
}

// Prompt returns a prompt by name, "" when neither the file nor the product has one of that name.
func (m *Menu) Prompt(name, lang string) string { return m.prompts[name][m.Language(lang)] }

// ConfirmPrompt asks whether the caller meant n.
func (m *Menu) ConfirmPrompt(lang string, n *Node) string {
	lang = m.Language(lang)
	return strings.ReplaceAll(m.Prompt(PromptConfirm, lang), "{name}", n.Name(lang))
}

// ChoicePrompt asks which of two nodes the caller meant. It is "" in a language for which neither
// the file nor the product has the words: then confirm the first.
func (m *Menu) ChoicePrompt(lang string, first, second *Node) string {
	lang = m.Language(lang)
	return strings.NewReplacer("{first}", first.Name(lang), "{second}", second.Name(lang)).Replace(m.Prompt(PromptChoice, lang))
}

// Phrases lists sentences a caller is likely to say, for a recogniser to expect: the examples and
// names of nodes and commands, ways to ask for a person, and answers to a confirmation. Each once.
func (m *Menu) Phrases(lang string) []string {
	lang = m.Language(lang)
	var out []string
	seen := map[string]bool{}
	add := func(texts ...string) {
		for _, t := range texts {
			if key := nlu.Normal(t); key != "" && !seen[key] {
				seen[key] = true
				out = append(out, t)
			}
		}
	}
	for _, n := range m.Nodes {
		add(n.names[lang])
		add(n.examples[lang]...)
	}
	for _, c := range m.Commands {
		add(c.names[lang])
		add(c.examples[lang]...)
	}
	for _, g := range m.groups {
		add(g.names[lang])
	}
	for _, r := range m.Human.words {
		add(r.phrases[lang]...)
	}
	add(m.other[lang]...) // expected, or a recogniser would hear them as one of the above
	add(nlu.YesPhrases(lang)...)
	add(nlu.NoPhrases(lang)...)
	return out
}
