package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/phone"
)

// narrate tells on w what happens to calls, a line for each thing a person would
// want to follow, until ctx ends or a call has ended; it returns that call's id.
func narrate(ctx context.Context, w io.Writer, events *event.Subscription) (string, error) {
	begun := time.Now()
	for {
		e, err := events.Next(ctx)
		if err != nil {
			return "", err
		}
		if line := tell(e); line != "" {
			fmt.Fprintf(w, "  %5.1fs  %s\n", e.Time.Sub(begun).Seconds(), line)
		}
		if e.Type == (event.CallEnded{}).EventType() {
			return e.Call, nil
		}
	}
}

// tell is one event as a person would say it; "" for what only programs care
// about.
func tell(e event.Event) string {
	switch d := e.Data.(type) {
	case event.CallStarted:
		return fmt.Sprintf("call       %s calls %s, flow %s", d.From, d.To, d.Flow)
	case event.LegAnswered:
		return fmt.Sprintf("answered   leg %s, %s", e.Leg, d.Codec)
	case event.PromptStarted:
		return fmt.Sprintf("trunkline  says  %q", d.Text)
	case event.SpeechStarted:
		return "caller     begins to speak"
	case event.SpeechRecognized:
		return fmt.Sprintf("caller     says  %q", d.Text)
	case event.Digit:
		return "caller     presses " + d.Digit
	case event.NodeReached:
		return fmt.Sprintf("node       %s (by %s, score %.2f)", d.Node, d.By, d.Score)
	case event.NoMatch:
		return fmt.Sprintf("no match   %s %q", d.Reason, d.Heard)
	case event.RecordingEnded:
		return fmt.Sprintf("recording  %s (%.1f s, left the caller, right what the caller heard)", d.Path, d.Seconds)
	case event.FlowFailed:
		return "flow       failed: " + d.Error
	case event.CallEnded:
		return fmt.Sprintf("ended      %s, by %s", d.Code, d.By)
	}
	return ""
}

// What the demonstration caller says: first this, then, when asked for more, that.
const (
	demoSentence = "I want to check my balance"
	demoThanks   = "No thank you"
)

// demo lets a phone of ours call the hotline and say a sentence, and tells on w
// what happens; then it says how to call with any softphone.
func demo(ctx context.Context, s *server, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events := s.bus.Subscribe(s.bus.Last())
	defer events.Close()
	at := s.endpoint.Addrs()[0]
	uri := fmt.Sprintf("sip:hotline@%s;transport=%s", at.Addr, at.Transport)
	fmt.Fprintf(w, "\nA demonstration call to %s. The caller says %q.\n\n", uri, demoSentence)
	done := make(chan error, 1)
	go func() {
		_, err := phone.Run(ctx, phone.Config{
			To: uri, From: "demo", Synthesizer: s.voices.synth, Language: "en-US", WhenSilent: true,
			Actions: []phone.Action{{Kind: phone.Say, Text: demoSentence}, {Kind: phone.Say, Text: demoThanks}},
			Hangup:  demoLength,
		})
		done <- err
	}()
	ended, told := narrate(ctx, w, events)
	if told != nil {
		cancel()
	}
	if err := errors.Join(told, <-done); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n  record     curl http://%s/v1/cdrs/%s\n", s.cfg.API.Listen, ended)
	fmt.Fprintf(w, "  database   %s\n\n", filepath.Join(s.cfg.Data, "trunkline.db"))
	fmt.Fprintf(w, `Now call it yourself, from any softphone on this machine (no account, no registration):
  %s        English
  %s     Chinese, by keys
or with Trunkline's own phone:
  bin/trunkline call sip:hotline@%s --say "I lost my card" --when-silent -v
To be the person who is asked for ("talk to an agent"), in another terminal:
  bin/trunkline call --listen --say "Hello, this is the service desk"
Ctrl-C ends the server.
`, uri, strings.Replace(uri, "hotline@", "hotline-zh@", 1), at.Addr)
	return nil
}

// demoLength is when the demonstration caller hangs up if the flow has not.
const demoLength = 60 * time.Second
