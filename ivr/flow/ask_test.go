package flow

import (
	"io/fs"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/ivr/bundle"
	"trunkline/ivr/menu"
	"trunkline/scripts"
)

// asks plays a flow that is one ask to a scripted caller. The flow's variable
// got tells the result: its fields, sorted, as "kind=intent node=balance …".
type asks struct {
	t         *testing.T
	ask       string     // the arguments of ask
	menu      *menu.Menu // instead of the shipped one
	sentences []string   // what the caller can say
	prepare   func(*fake, *player, *fakeSynth, *fakeRecognizer)
	caller    func(*fake)
}

const askFlow = `local call = ...
call:answer()
local r, err = call:ask{ARGS}
local parts = {}
for k, v in pairs(r or { code = err.code }) do
	if k ~= "name" and k ~= "answer" and k ~= "heard_ms" and k ~= "score" and k ~= "total_ms" and k ~= "silences" and k ~= "misses" and
	  k ~= "nbest" and k ~= "slots" and k ~= "doubt" then
		parts[#parts + 1] = k .. "=" .. tostring(v)
	end
end
table.sort(parts)
if r and r.slots then
	local slots = {}
	for k, v in pairs(r.slots) do slots[#slots + 1] = k .. "=" .. v end
	table.sort(slots)
	parts[#parts + 1] = "slots: " .. table.concat(slots, " ")
end
call:log("got")
call:set{ got = table.concat(parts, " "), heard = r and r.heard_ms or -1 }
call:go "report"
call:hangup()
`

// report hands the results to the test: as the prompt of a failing tone would
// be clumsy, it simply says them.
const reportFlow = `local call = ...
call:say("got " .. call.vars.got .. " heard " .. call.vars.heard)
`

// run plays the flow and returns the call; wants are lines of its log.
func (a asks) run(wants ...string) *fake {
	a.t.Helper()
	files := flowsOf(map[string]string{"x": strings.ReplaceAll(askFlow, "ARGS", a.ask), "report": reportFlow})
	b, problems := bundle.Load(files, Known())
	b.Menus = shipped().Menus
	if a.menu != nil {
		b.Menus = map[string]*menu.Menu{a.menu.ID: a.menu}
	}
	for _, p := range problems {
		if !strings.Contains(p.Error(), "no menu") { // it is put in by hand
			a.t.Fatal(p)
		}
	}
	b.Flows["x"].Err = nil
	var f *fake
	synctest.Test(a.t, func(t *testing.T) {
		f = newFake(t, "x")
		e, synth, rec := f.engine(b, a.sentences...)
		if a.prepare != nil {
			a.prepare(f, e, synth, rec)
		}
		if err := f.play(e, func() { a.caller(f) }); err != nil {
			t.Error(err)
		}
	})
	f.t = a.t
	f.wants(wants...)
	return f
}

func listens(*fake) {}

func TestAskMenuByKey(t *testing.T) {
	f := func(keys string, caller func(*fake), wants ...string) {
		t.Helper()
		asks{t: t, ask: `menu = "hotline", say = "What?"`, caller: func(f *fake) {
			f.hears("What?", 1)
			f.presses(keys)
			if caller != nil {
				caller(f)
			}
		}}.run(wants...)
	}
	f("2", nil, "stopped after 0s", "node balance by key", "got by=key digits=2 kind=intent node=balance tries=1 heard 0")
	f("0", nil, "node agent by key", "got by=key dial=agent digits=0 kind=human node=agent rule=asked")
	f("#", nil, "got by=key command=back digits=# kind=command")
	f("*", func(f *fake) { f.hears("What?", 2); f.presses("2") }, "say What?", "stopped", "say What?", "kind=intent node=balance tries=1")
	f("9", func(f *fake) { f.hears("Sorry", 1); f.presses("2") }, "nomatch no_match 9", "say Sorry, I did not understand", "node=balance tries=2")
}

// TestKeysAheadOfTheQuestion are used without playing it.
func TestKeysAheadOfTheQuestion(t *testing.T) {
	f := asks{t: t, ask: `menu = "hotline", say = "What?"`, prepare: func(f *fake, _ *player, _ *fakeSynth, _ *fakeRecognizer) {
		f.presses("2")
	}, caller: listens}.run("node balance by key", "kind=intent node=balance")
	f.never("say What?")

	f = asks{t: t, ask: `digits = 4, say = "PIN?"`, prepare: func(f *fake, _ *player, _ *fakeSynth, _ *fakeRecognizer) {
		f.presses("12")
	}, caller: func(f *fake) { f.presses("34") }}.run("digits=1234 kind=digits")
	f.never("say PIN?")

	// Without barge-in the question is heard first.
	asks{t: t, ask: `menu = "hotline", say = "What?", barge_in = false`, prepare: func(f *fake, _ *player, _ *fakeSynth, _ *fakeRecognizer) {
		f.presses("2")
	}, caller: listens}.run("say What?", "node balance by key", "heard 250")
}

func TestAskDigits(t *testing.T) {
	f := func(args, keys, want string) {
		t.Helper()
		asks{t: t, ask: `say = "PIN?", tries = 1, ` + args, caller: func(f *fake) {
			f.hears("PIN?", 1)
			f.presses(keys)
		}}.run("got " + want)
	}
	f("digits = 4", "1234", "by=key digits=1234 kind=digits tries=1")
	f("digits = 4", "12", "digits=12 kind=nomatch tries=1") // and a pause
	f("digits = 4", "12#", "digits=12# kind=nomatch tries=1")
	f("digits = 4, min_digits = 2", "12#", "by=key digits=12 kind=digits tries=1")
	f("digits = 4, min_digits = 2", "123", "by=key digits=123 kind=digits tries=1") // and a pause
	f("digits = 4, min_digits = 2, terminator = '*'", "12*", "by=key digits=12 kind=digits tries=1")
	f("digits = 4", "", "kind=silence tries=1")
	f("digits = 1", "#", "digits=# kind=nomatch tries=1")
	asks{t: t, ask: `digits = 4, say = "PIN?"`, sentences: []string{"one two three four"}, caller: func(f *fake) {
		f.hears("PIN?", 1)
		f.says(1, 2*time.Second)
	}}.run("digits=1234 kind=digits text=one two three four")
}

func TestAskYesNo(t *testing.T) {
	f := func(args, sentence, keys, want string) {
		t.Helper()
		asks{t: t, ask: `say = "Sure?", yes_no = true, tries = 1` + args, sentences: []string{sentence}, caller: func(f *fake) {
			f.hears("Sure?", 1)
			f.presses(keys)
			if sentence != "" {
				f.says(1, time.Second)
			}
		}}.run("got " + want)
	}
	f("", "yes please", "", "by=speech kind=yes")
	f("", "no", "", "by=speech kind=no")
	f("", "okay", "", "by=speech kind=yes")
	f("", "", "1", "by=key digits=1 kind=yes")
	f("", "", "2", "by=key digits=2 kind=no")
	f("", "", "3", "digits=3 kind=nomatch")
	f("", "purple elephants", "", "kind=nomatch")
	f(", menu = 'hotline'", "no thanks", "", "by=speech kind=no")
	f(", menu = 'hotline'", "I want to check my balance", "", "by=speech kind=intent node=balance")
}

// TestAskWords: neither menu nor digits.
func TestAskWords(t *testing.T) {
	asks{t: t, ask: `say = "Your name?"`, sentences: []string{"John Smith"}, caller: func(f *fake) {
		f.hears("Your name?", 1)
		f.presses("5") // means nothing here
		f.says(1, time.Second)
	}}.run("say Your name?", "pause", "got by=speech kind=speech text=John Smith")
}

// TestBargeInByWords: sound pauses, words stop.
func TestBargeInByWords(t *testing.T) {
	f := asks{t: t, ask: `menu = "hotline", say = "` + strings.Repeat("very long ", 20) + `"`,
		sentences: []string{"I want to check my balance"}, caller: func(f *fake) {
			f.hears("very long", 1)
			f.after(time.Second)
			f.says(1, 2*time.Second)
		}}.run("pause at 1.1s", "stopped after 1.1s", "recognized I want to check my balance", "node balance by speech", "heard 1100")
	f.never("resume")
}

// TestFillersResume: the prompt goes on where it stopped, to its end.
func TestFillersResume(t *testing.T) {
	f := func(lang, filler string) {
		t.Helper()
		asks{t: t, ask: `menu = "hotline", tries = 1, lang = "` + lang + `", say = "` + strings.Repeat("x", 100) + `"`,
			sentences: []string{filler}, caller: func(f *fake) {
				f.hears("xxx", 1)
				f.after(time.Second)
				f.says(1, 600*time.Millisecond)
				f.after(time.Second)
				f.says(1, 600*time.Millisecond)
			}}.run("pause at 1.1s", "resume at 1.1s", "pause at", "resume at", "nomatch silence", "kind=silence tries=1 heard 5000")
	}
	f("en", "uh huh")
	f("en", "okay")
	f("en", "") // a cough: no words at all
	f("zh", "嗯")
	f("zh", "好的")
}

// TestNoiseIsNotSilenceForEver: who is heard but never understood is not asked for ever.
func TestNoiseIsNotSilenceForEver(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", tries = 1, say = "What?"`, sentences: []string{""}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.hearsOut()
		for range 3 {
			f.says(1, time.Second)
			f.after(2 * time.Second)
		}
	}}.run("nomatch no_match", "kind=nomatch")
}

// TestNoBargeIn: neither sound nor keys interrupt.
func TestNoBargeIn(t *testing.T) {
	f := asks{t: t, ask: `menu = "hotline", barge_in = false, say = "` + strings.Repeat("x", 100) + `"`,
		sentences: []string{"I want to check my balance"}, caller: func(f *fake) {
			f.hears("xxx", 1)
			f.says(1, time.Second)
			f.presses("6")
		}}.run("node hours by key", "heard 5000")
	f.never("pause")
	f.never("stopped")
}

// TestPreRoll: the beginning of the sentence lies before the detection of speech.
func TestPreRoll(t *testing.T) {
	f := asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"I want to check my balance"}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.hearsOut()
		f.after(time.Second)
		f.says(1, 550*time.Millisecond) // the fake needs 500 ms of it
	}}.run("node balance by speech")
	if f.started != 1 {
		t.Errorf("%d recognitions, want 1", f.started)
	}
	if len(f.options.Phrases) == 0 || f.options.Language != "en" {
		t.Errorf("the recogniser was told %+v, want the menu's phrases in en", f.options)
	}
}

// TestCallerGoesOnSpeaking: a pause in a sentence does not cut it.
func TestCallerGoesOnSpeaking(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"well I would like", "to check my balance"}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.hearsOut()
		f.says(1, time.Second)
		f.says(2, 2*time.Second)
	}}.run("recognized well I would like to check my balance", "node balance by speech")
}

// TestVeryLongSpeech is cut by max_speech.
func TestVeryLongSpeech(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?", max_speech = "4s"`, sentences: []string{"I want to check my balance"}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.says(1, time.Minute)
	}}.run("node balance by speech")
}

// TestKeyBeatsWords: a key pressed while speech is being recognised decides.
func TestKeyBeatsWords(t *testing.T) {
	f := asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"I want to check my balance"}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.says(1, time.Second)
		f.presses("6")
	}}.run("node hours by key")
	f.never("recognized")
}

func TestConfirm(t *testing.T) {
	// The shipped menu, hardly ever sure of itself.
	text, err := fs.ReadFile(scripts.FS(), "menus/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	sure, unsure := "accept: 0.70", "how about the balance of the account"
	if !strings.Contains(string(text), sure) {
		t.Fatalf("the shipped menu does not say %q any more", sure)
	}
	m, err := menu.Parse("hotline.yaml", []byte(strings.Replace(string(text), sure, "accept: 0.99999", 1)))
	if err != nil {
		t.Fatal(err)
	}
	node, hours := m.Node("balance"), m.Node("hours").Examples("en")[0]
	if v := m.Match("en", unsure); v.Verdict != menu.Confirm || v.Node != node {
		t.Fatalf("%q is %+v, want that balance is to be confirmed", unsure, v)
	}
	question := "say " + m.ConfirmPrompt("en", node)
	f := func(answer func(*fake), sentence string, wants ...string) {
		t.Helper()
		asks{t: t, menu: m, ask: `menu = "hotline", say = "What?", tries = 2`, sentences: []string{unsure, sentence}, caller: func(f *fake) {
			f.hears("What?", 1)
			f.says(1, time.Second)
			f.hears(m.ConfirmPrompt("en", node), 1)
			answer(f)
		}}.run(append([]string{"recognized " + unsure, question}, wants...)...)
	}
	says := func(f *fake) { f.says(2, 2*time.Second) }
	f(says, "yes", "recognized yes", "node "+node.ID+" by speech", "kind=intent node="+node.ID)
	f(says, "no", "recognized no", "nomatch no_match "+unsure, "say Sorry")
	f(says, hours, "node hours by speech", "kind=intent node=hours")
	f(func(f *fake) { f.presses("1") }, "", "node "+node.ID+" by speech")
	f(func(f *fake) { f.presses("2") }, "", "nomatch no_match "+unsure, "say Sorry")
	// Silence is no misunderstanding: the question is put once more.
	f(listens, "", "nomatch silence", question, "nomatch silence", "kind=silence")
	// A person and the commands are there at any time.
	f(says, "agent", "node agent by speech", "kind=human node=agent")
	f(func(f *fake) { f.presses("0") }, "", "node agent by key", "kind=human node=agent")
	again := func(f *fake) {
		f.says(2, 2*time.Second)
		f.hears(m.ConfirmPrompt("en", node), 2)
		f.presses("1")
	}
	f(again, "say that again", question, "node "+node.ID+" by speech")
	f(func(f *fake) {
		f.says(2, 2*time.Second)
		f.hears(m.ConfirmPrompt("zh", node), 1)
		f.presses("1")
	}, "speak chinese", "say "+m.ConfirmPrompt("zh", node), "node "+node.ID+" by speech")
	f(func(f *fake) {
		f.says(2, 2*time.Second)
		f.hears("What?", 2)
		f.presses("2")
	}, "go back", "say What?", "node balance by key", "kind=intent node=balance")
}

// TestDoubt: words that the recogniser itself is unsure of are confirmed, and
// those it merely guessed are asked again.
func TestDoubt(t *testing.T) {
	m := shipped().Menus["hotline"]
	hours := m.Node("hours")
	said := hours.Examples("en")[0]
	f := func(confidence float64, wants ...string) *fake {
		t.Helper()
		return asks{
			t: t, ask: `menu = "hotline", say = "What?", tries = 2`, sentences: []string{said},
			prepare: func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.confidence = confidence },
			caller: func(f *fake) {
				f.hears("What?", 1)
				f.says(1, time.Second)
			},
		}.run(append([]string{"recognized " + said}, wants...)...)
	}
	f(0.5, "node hours by speech").never("say " + m.ConfirmPrompt("en", hours))
	f(0.49, "say "+m.ConfirmPrompt("en", hours))
	f(0.29, "say "+m.ConfirmPrompt("en", hours)) // hardly believed, but word for word what the menu has
	said = "how about the balance of the account"
	if s := m.Match("en", said).Score; s >= 0.9 {
		t.Fatalf("%q scores %v, want less than certain", said, s)
	}
	f(0.29, "nomatch no_match "+said, "say Sorry")
}

// TestHumanAtOnce: by rule, and after too many failures.
func TestHumanAtOnce(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"this is ridiculous"}, caller: func(f *fake) {
		f.hears("What?", 1)
		f.says(1, 2*time.Second)
	}}.run("node agent by rule", "kind=human node=agent rule=complaint")
	asks{t: t, ask: `menu = "hotline", say = "What?", tries = 9`, caller: func(f *fake) {
		f.hears("What?", 1)
		f.presses("9")
		f.hears("Sorry", 1)
		f.presses("9")
	}}.run("nomatch no_match 9", "nomatch no_match 9", "node agent by rule", "kind=human node=agent rule=failures tries=2")
}

// TestRetryPrompts of the script come before the menu's.
func TestRetryPrompts(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?", retry = { "Again?", "Once more?" }, tries = 3`, caller: listens}.
		run("say What?", "nomatch silence", "say Again?", "nomatch silence", "say Once more?", "kind=silence tries=3")
	asks{t: t, ask: `digits = 2, say = "PIN?", retry = "PIN again?", tries = 3`, caller: listens}.
		run("say PIN?", "say PIN again?", "say PIN again?", "kind=silence tries=3")
	asks{t: t, ask: `digits = 2, say = "PIN?", tries = 2`, caller: listens}.run("say PIN?", "say PIN?", "kind=silence tries=2")
	// Silence in the question itself: the first timer begins at once.
	asks{t: t, ask: `digits = 2, say = "", tries = 1`, caller: listens}.run("kind=silence tries=1")
}

// TestGreetingIsTheDefault, and every language has the dialogue's prompts.
func TestGreetingIsTheDefault(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", tries = 1`, caller: listens}.run("say Welcome to Trunkline Bank", "kind=silence")
	asks{t: t, ask: `menu = "hotline", tries = 1, lang = "zh-CN"`, caller: listens}.run("say 欢迎致电干线银行", "kind=silence")
	m, err := menu.Load(scripts.FS(), "menus/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range m.Languages {
		if len(bundle.FixedTexts(m, lang)) < 10 {
			t.Errorf("language %s has %d texts", lang, len(bundle.FixedTexts(m, lang)))
		}
	}
}
