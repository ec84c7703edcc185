package flow

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/ivr/menu"
)

// bank is the menu of docs/menus.md.
var bank = sync.OnceValues(func() (*menu.Menu, error) {
	page, err := os.ReadFile("../../docs/menus.md")
	if err != nil {
		return nil, err
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	return menu.Parse("docs/menus.md", []byte(text))
})

func bankMenu(t *testing.T) *menu.Menu {
	t.Helper()
	m, err := bank()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const help = "How can I help you?"

// speaks is a caller who says one sentence after the other, each when a prompt has
// been heard out.
func speaks(prompts ...string) func(*fake) {
	return func(f *fake) {
		for i, p := range prompts {
			nth := 1
			for _, earlier := range prompts[:i] {
				if earlier == p {
					nth++
				}
			}
			f.hears(p, nth)
			f.hearsOut()
			f.says(int16(i+1), time.Second)
		}
	}
}

// TestLevels: a group's keys are offered below its key, typing ahead goes through,
// "back" goes up, and none of it is a try.
func TestLevels(t *testing.T) {
	m := bankMenu(t)
	asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, caller: func(f *fake) {
		f.hears(help, 1)
		f.presses("1")
		f.hears("About your cards", 1)
		f.hearsOut()
		f.presses("1")
	}}.run("say "+help, "say About your cards. For a lost card, press 1.", "node lost_card by key", "kind=intent node=lost_card tries=1")
	asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, caller: func(f *fake) {
		f.hears(help, 1)
		f.presses("12")
	}}.run("node card_limit by key", "kind=intent node=card_limit")
	asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, sentences: []string{"go back"}, caller: func(f *fake) {
		f.hears(help, 1)
		f.presses("1")
		f.hears("About your cards", 1)
		f.hearsOut()
		f.says(1, time.Second)
		f.hears("For cards, press 1", 1)
		f.presses("0")
	}}.run("say About your cards", "say For cards, press 1", "node agent by key", "kind=human node=agent")
	// Naming the group offers its keys.
	asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, sentences: []string{"cards"}, caller: func(f *fake) {
		f.hears(help, 1)
		f.hearsOut()
		f.says(1, time.Second)
		f.hears("About your cards", 1)
		f.presses("2")
	}}.run("say About your cards", "node card_limit by key")
	// A key that is none on this level is a miss, and its keys are read again.
	asks{t: t, ask: `menu = "bank", tries = 2`, menu: m, caller: func(f *fake) {
		f.hears(help, 1)
		f.presses("1")
		f.hears("About your cards", 1)
		f.hearsOut()
		f.presses("7")
		f.hears("About your cards", 2)
		f.presses("1")
	}}.run("nomatch no_match 7", "say Please tell me in a few words what you need. About your cards", "kind=intent node=lost_card tries=2")
}

// TestSlots: what was said already is taken, what is missing is asked for and, where
// the menu says so, confirmed; a person can be asked for at any time.
func TestSlots(t *testing.T) {
	m := bankMenu(t)
	script := `menu = "bank", tries = 1`
	f := func(sentences []string, caller func(*fake), wants ...string) {
		t.Helper()
		c := asks{t: t, ask: script, menu: m, sentences: sentences, caller: caller}.run(wants...)
		c.never("failed")
	}
	f([]string{"I want to make a transfer", "a hundred and fifty dollars", "yes", "from my savings account"},
		speaks(help, "How much?", "is that right?", "From which account?"),
		"node transfer by speech", "say How much?", "say one hundred and fifty dollars, is that right?", "say From which account?",
		"slots: account=savings amount=150.00 USD")
	f([]string{"transfer some money", "two hundred euros", "no", "three hundred euros", "yes", "checking"},
		speaks(help, "How much?", "two hundred euros, is that right?", "How much?", "three hundred euros, is that right?", "From which account?"),
		"slots: account=checking amount=300.00 EUR")
	f([]string{"make a transfer", "agent"}, speaks(help, "How much?"), "node transfer by speech", "node agent by speech", "kind=human node=agent")
	f([]string{"make a transfer"}, speaks(help), "say How much?", "nomatch silence", "say How much?", "nomatch silence", "absent=amount by=speech flow=transfer kind=intent node=transfer")
	f([]string{"make a transfer", "I do not know", "no idea", "whatever"}, speaks(help, "How much?", "How much?", "How much?"), "absent=amount")
	// What was said at once is confirmed too, and what is named instead takes its place.
	f([]string{"I want to wire two hundred dollars abroad", "no, three hundred dollars", "yes", "savings"},
		speaks(help, "two hundred dollars, is that right?", "three hundred dollars, is that right?", "From which account?"),
		"say two hundred dollars, is that right?", "say three hundred dollars, is that right?", "say From which account?",
		"slots: account=savings amount=300.00 USD")
	f([]string{"make a transfer", "two hundred dollars", "let me talk to a human being"},
		speaks(help, "How much?", "two hundred dollars, is that right?"), "node agent by", "kind=human node=agent")
	f([]string{"make a transfer", "go back", "I lost my card"}, speaks(help, "How much?", help), "node transfer", "say "+help, "node lost_card")
	script = `menu = "bank", tries = 1, fill = false`
	f([]string{"make a transfer"}, speaks(help), "kind=intent node=transfer")
}

// TestCommandsWithinAQuestion: louder, slower and another language change how the
// question is put, and are no answers.
func TestCommandsWithinAQuestion(t *testing.T) {
	m, err := menu.Parse("m.yaml", []byte(strings.Replace(bankText(t), "commands:\n  louder: off\n", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	c := asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, sentences: []string{"speak up please", "speak slower please", "speak chinese"},
		caller: func(f *fake) {
			for i := range 3 {
				f.hears(help, i+1)
				f.hearsOut()
				f.says(int16(i+1), time.Second)
			}
			f.hears("请问您要办理什么业务", 1)
			f.presses("0")
		},
	}.run("say "+help, "say "+help, "say "+help, "say 请问您要办理什么业务", "node agent by key")
	var gains []float32
	for _, p := range c.plays[:4] {
		gains = append(gains, p.sound.How.Gain)
	}
	if gains[0] != 0 || gains[1] != 6 || gains[3] != 6 {
		t.Errorf("gains %v, want the second to be louder", gains)
	}
}

func bankText(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/menus.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	return text
}

// TestCallerRules: who calls may bring a person before anything is asked.
func TestCallerRules(t *testing.T) {
	f := func(vars map[string]string, wants ...string) {
		t.Helper()
		asks{t: t, ask: `menu = "bank", tries = 1`, menu: bankMenu(t), caller: listens,
			prepare: func(f *fake, _ *player, _ *fakeSynth, _ *fakeRecognizer) { f.info.Vars = vars },
		}.run(wants...)
	}
	f(map[string]string{"class": "vip"}, "node agent by rule", "kind=human node=agent rule=class")
	f(map[string]string{"age": "81"}, "node agent by rule", "kind=human node=agent rule=age")
	f(map[string]string{"age": "30", "class": "new"}, "say "+help, "kind=silence")
}

// TestSilencesAndMissesApart: each has its own count and its own prompts.
func TestSilencesAndMissesApart(t *testing.T) {
	asks{t: t, ask: `digits = 2, say = "PIN?", tries = 9, silences = 2, on_silence = "Nothing came.", on_miss = { "Wrong.", "Wrong again." }`,
		caller: func(f *fake) {
			f.hears("PIN?", 1)
			f.presses("1#")
			f.hears("Wrong.", 1)
			f.presses("2#")
			f.hears("Wrong again.", 1)
		},
	}.run("say PIN?", "say Wrong.", "say Wrong again.", "say Nothing came.", "kind=silence tries=4")
	asks{t: t, ask: `digits = 2, say = "PIN?", tries = 9, misses = 1`, caller: func(f *fake) {
		f.hears("PIN?", 1)
		f.presses("1#")
	}}.run("kind=nomatch tries=1")
}

// TestWant: a value is read from the words, and what the words may mean else is told.
func TestWant(t *testing.T) {
	f := func(args, sentence string, wants ...string) {
		t.Helper()
		asks{t: t, ask: `say = "What?", tries = 1, ` + args, sentences: []string{sentence}, caller: func(f *fake) {
			f.hears("What?", 1)
			f.hearsOut()
			f.says(1, time.Second)
		}}.run(wants...)
	}
	f(`want = "money"`, "a hundred and five dollars", "kind=value text=a hundred and five dollars tries=1 value=105.00 USD")
	f(`want = "money", lang = "zh", currency = "CNY"`, "一百零五块", "kind=value text=一百零五块 tries=1 value=105.00 CNY")
	f(`want = "date"`, "the fifth of may two thousand thirty", "value=2030-05-05")
	f(`want = "number"`, "I would rather not say", "kind=nomatch")
}

// TestEndSilence: a caller who takes breath is heard out.
func TestEndSilence(t *testing.T) {
	asks{t: t, ask: `say = "Number?", digits = 4, end_silence = "1s", tries = 1`, sentences: []string{"one two three four"},
		caller: func(f *fake) {
			f.hears("Number?", 1)
			f.hearsOut()
			f.says(1, time.Second)
			f.after(500 * time.Millisecond)
			f.says(1, time.Second) // the same utterance goes on
		},
	}.run("kind=digits")
}

// opinions is a second opinion that always holds the same.
type opinions struct{ node string }

func (o opinions) Ask(_ context.Context, m *menu.Menu, _, _ string) (menu.Candidate, error) {
	return menu.Candidate{Node: m.Node(o.node), Score: 0.9}, nil
}

// TestSecondOpinion: what the menu turns down is asked about when somebody else
// knows better.
func TestSecondOpinion(t *testing.T) {
	const odd = "the plastic thing has vanished somewhere in the park"
	m := bankMenu(t)
	if v := m.Match("en", odd).Verdict; v != menu.Reject {
		t.Fatalf("%q: %v, want a sentence that is turned down", odd, v)
	}
	asks{t: t, ask: `menu = "bank", tries = 1`, menu: m, sentences: []string{odd, "yes"},
		prepare: func(_ *fake, p *player, _ *fakeSynth, _ *fakeRecognizer) { p.cfg.Second = opinions{"lost_card"} },
		caller:  speaks(help, "Did you want a lost card?"),
	}.run("say Did you want a lost card?", "node lost_card by speech")
}
