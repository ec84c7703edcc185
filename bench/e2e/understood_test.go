//go:build e2e

package e2e

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trunkline/speech"
	"trunkline/speech/espeak"
)

// wish is a sentence that stands in no menu and the node it should lead to; ""
// for none.
type wish struct{ node, text string }

// wishes are what callers say to the shipped menu.
var wishes = []wish{
	{"lost_card", "someone took my credit card last night"},
	{"lost_card", "I dropped my bank card somewhere"},
	{"lost_card", "my purse was stolen with the card in it"},
	{"balance", "how much cash is in my account right now"},
	{"balance", "could you tell me what my balance is today"},
	{"balance", "I would like to hear my account balance"},
	{"transfer", "I would like to send some money to my sister"},
	{"transfer", "please transfer fifty dollars to my savings account"},
	{"transfer", "can you help me wire money to another bank"},
	{"bill", "what do I owe on my credit card this month"},
	{"bill", "I need to pay off my credit card"},
	{"bill", "when do I have to pay my bill"},
	{"loan", "I am thinking about a mortgage for a new house"},
	{"loan", "could I borrow some money from you"},
	{"loan", "how much interest do you charge on a car loan"},
	{"hours", "are you open on Sunday morning"},
	{"hours", "what time do you close tonight"},
	{"hours", "when does the bank open on Monday"},
	{"branch", "is there a cash machine close to me"},
	{"branch", "how can I find your nearest office"},
	{"branch", "which street is your branch on"},
	{"address", "we have moved to a different address"},
	{"address", "I got a new telephone number"},
	{"address", "please change the address on my account"},
	{"agent", "let me talk to a real person please"},
	{"agent", "I want to speak with an operator"},
	{"agent", "this is ridiculous I want to complain"},
	{"", "what is the weather like tomorrow"},
	{"", "can you play some music for me"},
	{"", "I would like to order a large pizza"},
	{"", "tell me a good story"},
	{"", "who won the football game last night"},
}

// voice is one of the callers.
type voice struct {
	name  string
	speed int // words a minute
}

var voices = []voice{{"en-us", 150}, {"en-gb+f3", 160}, {"en-us+m3", 175}}

// places are where callers call from: the noise there, and how far above it they
// speak, in dB.
var places = []struct {
	noise string
	snr   float64
}{{"none", 0}, {"white", 20}, {"white", 10}, {"babble", 20}, {"babble", 10}}

// Floors under the shares that are measured, which depend a little on how busy
// the machine is: docs/benchmarks.md has the figures.
const (
	floorAll   = 0.30
	floorQuiet = 0.35 // without noise
)

// atOnce is how many call at the same time.
const atOnce = 5

// attempt is one call.
type attempt struct {
	wish
	voice, place int
	got, heard   string
}

// right reports whether the caller came to where they wanted.
func (a attempt) right() bool { return a.got == a.node }

// understanding is the hotline's first question. What is not certain is asked,
// and then the flow ends: a caller who was not understood comes to no node.
const understanding = `local call = ...
call:answer()
local r = call:ask{ menu = "hotline", tries = 1, fill = false, max_speech = "6s" }
call:log(string.format("outcome %s: %s", call.from, r.kind))
`

// TestSpokenSentences: callers with three voices, in quiet and in noise, say what
// stands in no menu, into the greeting. They come to the node they want (who is
// asked "Did you want …?" says yes), and who wants what the menu has not comes to
// none. The shares are told.
func TestSpokenSentences(t *testing.T) {
	dir := bundle(t)
	write(t, filepath.Join(dir, "flows", "understanding.lua"), []byte(understanding))
	s := serve(t, setup{scripts: dir, workers: atOnce, routes: "  - {to: spoken, flow: understanding, vars: {lang: en}}\n"})
	s.start.Goroutines += 4 * atOnce // recognisers that are begun meanwhile stay
	s.start.Descriptors += 6 * atOnce
	attempts := everyAttempt()
	s.speak(attempts)
	tell(t, attempts)
}

// everyAttempt has each sentence said by two of the voices, each time elsewhere.
func everyAttempt() (list []attempt) {
	for i, w := range wishes {
		for k := range 2 {
			list = append(list, attempt{wish: w, voice: (i + k) % len(voices), place: (2*i + k) % len(places)})
		}
	}
	return list
}

// speak places the calls, some at a time, and notes where each came.
func (s *server) speak(attempts []attempt) {
	s.t.Helper()
	room := newSoundscape(s.t)
	var calls sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for i, a := range attempts {
		file := wavOf(s.t, "caller.wav", room.scene(a))
		places <- struct{}{}
		p := s.dial("spoken", "--from", fmt.Sprintf("caller%d", i), "--play", file+"@300ms", "--hangup", "40s")
		calls.Go(func() {
			<-p.gone
			<-places
		})
	}
	calls.Wait()
	var list struct {
		CDRs []cdr `json:"cdrs"`
	}
	s.await("every call has left its record", func() bool {
		s.get("/v1/cdrs?limit=500", &list)
		return len(list.CDRs) == len(attempts)
	})
	for _, c := range list.CDRs {
		var i int
		if _, err := fmt.Sscanf(c.From, "caller%d", &i); err != nil || c.AnsweredAt == nil || c.Cause.Code != "normal" {
			s.t.Errorf("a call from %q ended with %+v", c.From, c.Cause)
			continue
		}
		if n := len(c.Nodes); n > 0 {
			attempts[i].got, attempts[i].heard = c.Nodes[n-1].Node, c.Nodes[n-1].Heard
		}
	}
}

// tell reports the shares of calls that came right, and complains of too few.
func tell(t *testing.T, attempts []attempt) {
	t.Helper()
	share := func(what string, least float64, among func(attempt) bool) {
		right, all := 0, 0
		for _, a := range attempts {
			if among(a) {
				all++
				if a.right() {
					right++
				}
			}
		}
		t.Logf("%-22s %3d of %3d, %3.0f %%", what, right, all, 100*float64(right)/float64(all))
		if float64(right) < least*float64(all) {
			t.Errorf("%s: %d of %d calls came right, want %.0f %%", what, right, all, 100*least)
		}
	}
	share("all", floorAll, func(attempt) bool { return true })
	for i, p := range places {
		name := "in quiet"
		if p.snr != 0 {
			name = fmt.Sprintf("%s, %v dB", p.noise, p.snr)
		}
		share(name, map[bool]float64{true: floorQuiet}[p.snr == 0], func(a attempt) bool { return a.place == i })
	}
	for i, v := range voices {
		share(fmt.Sprintf("voice %s, %d", v.name, v.speed), 0, func(a attempt) bool { return a.voice == i })
	}
	share("what a node serves", 0, func(a attempt) bool { return a.node != "" && a.node != "agent" })
	share("a person wanted", 0, func(a attempt) bool { return a.node == "agent" })
	share("what no node serves", 0, func(a attempt) bool { return a.node == "" })
	wrong := 0
	for _, a := range attempts {
		if !a.right() {
			if a.got != "" {
				wrong++
			}
			t.Logf("%q by %s in %s, %v dB came to %s, heard as %q", a.text, voices[a.voice].name, places[a.place].noise,
				places[a.place].snr, cmp.Or(a.got, "no node"), a.heard)
		}
	}
	t.Logf("brought to another node than they wanted: %d of %d", wrong, len(attempts))
}

// soundscape makes what callers say, and what is heard around them.
type soundscape struct {
	t      *testing.T
	noises map[string][]int16 // ten seconds and more of each, at the same level
	voices []*espeak.Synthesizer
}

func newSoundscape(t *testing.T) soundscape {
	t.Helper()
	s := soundscape{t: t, noises: map[string][]int16{}}
	for _, v := range voices {
		synth, err := espeak.New(espeak.Config{Speed: v.speed, Voices: map[string]string{"en": v.name}})
		if err != nil {
			t.Fatal(err)
		}
		s.voices = append(s.voices, synth)
	}
	random := rand.New(rand.NewPCG(1, 5))
	white := make([]int16, 8000*20)
	for i := range white {
		white[i] = int16(2000 * random.NormFloat64())
	}
	s.noises["white"] = white
	s.noises["babble"] = s.babble()
	return s
}

// babble is what six people say at once, each of whom would be understood alone.
func (s soundscape) babble() []int16 {
	const people = 6
	sum := make([]float64, 8000*20)
	for p := range people {
		said := s.say(p%len(s.voices), strings.Join([]string{
			"well I told her that the train was late again and nobody knew why",
			"we should have dinner with them on Thursday if the children are well",
			"the meeting was moved to the other building after all",
		}[p%3:], ", ")+", and so it went on the whole day, one thing after the other.")
		for i := range sum {
			sum[i] += float64(said[(i+p*5077)%len(said)])
		}
	}
	out := make([]int16, len(sum))
	for i, v := range sum {
		out[i] = int16(v / people)
	}
	return out
}

func (s soundscape) say(voice int, text string) []int16 {
	s.t.Helper()
	pcm, err := speech.Speak(context.Background(), s.voices[voice], speech.SynthesisRequest{Text: text, Language: "en"})
	if err != nil {
		s.t.Fatal(err)
	}
	return pcm
}

// scene is a call as the caller's microphone hears it: the sentence and, in case
// there is a question, "yes" six seconds later, with the noise of the place all
// the while.
func (s soundscape) scene(a attempt) []int16 {
	sentence := s.say(a.voice, a.text)
	line := slices.Concat(make([]int16, 8000), sentence, make([]int16, 6*8000), s.say(a.voice, "yes please"), make([]int16, 4*8000))
	noise := s.noises[places[a.place].noise]
	if noise == nil {
		return line
	}
	gain := rms(sentence) / rms(noise) / math.Pow(10, places[a.place].snr/20)
	for i := range line {
		line[i] = int16(min(max(float64(line[i])+gain*float64(noise[i%len(noise)]), math.MinInt16), math.MaxInt16))
	}
	return line
}
