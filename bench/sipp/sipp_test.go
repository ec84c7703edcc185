package sipp

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// TestEveryScenario: each expands into XML that SIPp can read and says which side
// it plays, what it proves and what it expects.
func TestEveryScenario(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			text, err := Expand(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := wellFormed(string(text)); err != nil {
				t.Errorf("not XML: %v\n%s", err, text)
			}
			h, err := Describe(name)
			if err != nil {
				t.Fatal(err)
			}
			if h.Plays != Caller && h.Plays != Callee {
				t.Errorf("plays %q: want %s or %s", h.Plays, Caller, Callee)
			}
			if h.Proves == "" || h.Expects == "" {
				t.Errorf("says of itself only %+v", h)
			}
			if callee := strings.HasPrefix(name, "uas_"); callee != (h.Plays == Callee) {
				t.Errorf("plays %s: names of callees, and no others, begin with uas_", h.Plays)
			}
		})
	}
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestUnknownScenario(t *testing.T) {
	if text, err := Expand("no such"); err == nil {
		t.Errorf("expanded to %q", text)
	}
	if h, err := Describe("no such"); err == nil {
		t.Errorf("described as %+v", h)
	}
}

// TestVersionRises: each offer of a scenario is newer than the one before.
func TestVersionRises(t *testing.T) {
	text, err := Expand("hold_inactive")
	if err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{"o=sipp 1 1 ", "o=sipp 1 2 ", "o=sipp 1 3 "} {
		i := strings.Index(string(text)[at:], want)
		if i < 0 {
			t.Fatalf("no %q, or not in order:\n%s", want, text)
		}
		at += i
	}
}
