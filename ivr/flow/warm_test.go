package flow

import (
	"errors"
	"testing"
)

// TestWarm makes every menu's prompts before the first call.
func TestWarm(t *testing.T) {
	s := &fakeSynth{}
	e := newPlayer(Config{Synth: s}, shipped())
	if err := e.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := shipped().Menus["hotline"]
	for _, want := range []string{m.Prompt("greeting", "en"), m.Prompt("greeting", "zh"), m.Node("balance").Answer("en")} {
		if s.calls[want] != 1 {
			t.Errorf("%q was made %d times, want 1", want, s.calls[want])
		}
	}
	s.fail = map[string]error{m.Prompt("retry", "en"): errBroken}
	if err := newPlayer(Config{Synth: s}, shipped()).Warm(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the synthesiser's error", err)
	}
}
