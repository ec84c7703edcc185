package caller

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/call"
	"trunkline/media/feed"
	"trunkline/media/prompt"
	"trunkline/speech"
)

// alone runs body with a call that is answered, and nothing left behind.
func alone(t *testing.T, body func(ctx context.Context, c *Caller)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := New(Script{Info: call.Info{ID: "c"}})
		if err := c.Answer(t.Context()); err != nil {
			t.Fatal(err)
		}
		body(t.Context(), c)
		c.HangUp()
		if open := c.LeftOpen(); open != "" {
			t.Error(open)
		}
	})
}

// has wants lines of the dialogue, in order.
func has(t *testing.T, c *Caller, want ...string) {
	t.Helper()
	rest := c.Dialogue()
	for _, w := range want {
		_, after, ok := strings.Cut(rest, w)
		if !ok {
			t.Errorf("%q is missing in\n%s", w, c.Dialogue())
		}
		rest = after
	}
}

func seconds(n int) call.Sound {
	return call.Sound{Clips: []*prompt.Clip{prompt.New(make([]int16, n*speech.Rate))}}
}

func TestPlaybacks(t *testing.T) {
	alone(t, func(ctx context.Context, c *Caller) {
		p, err := c.Play(seconds(3))
		if err != nil {
			t.Fatal(err)
		}
		c.Wait(ctx, time.Second)
		p.Pause()
		c.Wait(ctx, time.Second)
		p.Resume()
		c.Wait(ctx, time.Second)
		if got := c.Prompts()[0]; got.Heard != 2*time.Second || got.Total != 3*time.Second || got.Outcome != "" {
			t.Errorf("after two seconds: %+v", got)
		}
		c.Wait(ctx, time.Second)
		if in := <-c.Inputs(); !p.Ended(in) || in.Outcome != "finished" || in.Heard != 3*time.Second {
			t.Errorf("it ended with %+v", in)
		}
		p.Stop()
		if _, err := c.Play(seconds(3)); err != nil {
			t.Fatal(err)
		}
		c.Wait(ctx, 500*time.Millisecond)
		if p, err = c.Play(seconds(3)); err != nil {
			t.Fatal(err)
		}
		if in := <-c.Inputs(); p.Ended(in) || in.Outcome != "replaced" || in.Heard != 500*time.Millisecond {
			t.Errorf("the second ended with %+v", in)
		}
		c.HangUp()
		if in := <-c.Inputs(); !p.Ended(in) || in.Outcome != "dropped" {
			t.Errorf("the third ended with %+v", in)
		}
		has(t, c, "0.0 s  flow    answers", "1.0 s  flow    pauses after 1.0 s", "2.0 s  flow    goes on", "begins something else after 0.5 s",
			"caller  hangs up", "is not heard any more after 0.0 s", "ends: normal, by caller")
	})
}

// TestFeeds: what is written while it plays is played to its end.
func TestFeeds(t *testing.T) {
	alone(t, func(ctx context.Context, c *Caller) {
		f, err := c.NewFeed(speech.Rate, 2000)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Play(call.Sound{Feed: f})
		if err != nil {
			t.Fatal(err)
		}
		writes(ctx, t, f, 3)
		in := <-c.Inputs()
		if !p.Ended(in) || in.Outcome != "finished" || in.Heard != 3*time.Second {
			t.Errorf("it ended with %+v", in)
		}
	})
}

func writes(ctx context.Context, t *testing.T, f *feed.Feed, seconds int) {
	t.Helper()
	if err := f.WriteAll(ctx, make([]int16, seconds*speech.Rate)); err != nil {
		t.Fatal(err)
	}
	f.End()
}

// TestSpeech: what is heard in full is understood, what is cut off is not.
func TestSpeech(t *testing.T) {
	f := func(want string, late time.Duration, say ...Words) {
		t.Helper()
		alone(t, func(ctx context.Context, c *Caller) {
			sound, close, err := c.Listen()
			if err != nil {
				t.Fatal(err)
			}
			defer close()
			for _, w := range say {
				go c.Say(ctx, w)
				c.Wait(ctx, 2*time.Second)
			}
			pcm := make([]int16, 10*speech.Rate)
			n, err := sound.ReadAtLeast(ctx, pcm, 6*speech.Rate)
			if err != nil {
				t.Fatal(err)
			}
			s, err := c.Recognizer().Start(ctx, speech.RecognitionOptions{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Write(pcm[count(late):n]); err != nil {
				t.Fatal(err)
			}
			if err := s.Finish(); err != nil {
				t.Fatal(err)
			}
			if r := <-s.Results(); r.Text != want || !r.Final {
				t.Errorf("understood %+v, want %q", r, want)
			}
			for _, kind := range []call.InputKind{call.SpeechStarted, call.SpeechEnded} {
				if in := <-c.Inputs(); in.Kind != kind {
					t.Errorf("noticed %+v, want kind %v", in, kind)
				}
			}
		})
	}
	f("hello", 0, Words{Text: "hello", Lasts: time.Second})
	f("hello you", 0, Words{Text: "hello", Lasts: time.Second}, Words{Text: "you", Lasts: time.Second})
	f("you", 600*time.Millisecond, Words{Text: "hello", Lasts: time.Second}, Words{Text: "you", Lasts: time.Second})
	f("", 0, Words{Text: "", Lasts: time.Second})
}

func TestLength(t *testing.T) {
	f := func(text string, want time.Duration) {
		t.Helper()
		if got := Length(text); got != want {
			t.Errorf("%q takes %v, want %v", text, got, want)
		}
	}
	f("", 0)
	f(" ... ", 0)
	f("ab c", 240*time.Millisecond)
	f("你好", 360*time.Millisecond)
}

// TestAfterTheEnd: nothing works any more, and nothing waits.
func TestAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Script{Dial: func(call.DialRequest) Leg { return Leg{Outcome: Answers, After: time.Minute} }})
		time.AfterFunc(time.Second, c.HangUp)
		if _, err := c.Dial(t.Context(), call.DialRequest{To: "7"}); err == nil {
			t.Error("it dials when nobody is there")
		}
		if _, _, err := c.Listen(); err == nil {
			t.Error("it listens when nobody is there")
		}
		if c.Await(t.Context(), time.Minute, func() bool { return false }) {
			t.Error("what never comes has come")
		}
		c.Hangup(call.ByFlow, "busy", "")
		if cause := c.Cause(); cause.By != call.ByCaller {
			t.Errorf("it ended twice: %+v", cause)
		}
	})
}

// TestNobodyListens: what is said into the void is noted, unless it was said to
// somebody.
func TestNobodyListens(t *testing.T) {
	alone(t, func(ctx context.Context, c *Caller) {
		c.Say(ctx, Words{Text: "hello"})
		if late := c.Lately(); len(late) != 2 || late[1].Kind != Unheard || late[1].Text != "hello" {
			t.Errorf("said into the void: %+v", late)
		}
		talk, hangUp := context.WithCancel(ctx)
		var echo sync.WaitGroup
		echo.Go(func() {
			if err := c.Echo(talk); err == nil {
				t.Error("an echo that ends well")
			}
		})
		synctest.Wait()
		c.Say(ctx, Words{Text: "you"})
		c.Message("news")
		hangUp()
		echo.Wait()
		has(t, c, "says: hello", "flow    does not listen", "flow    returns what", "says: you", "gets a message through to the flow: news")
		if strings.Count(c.Dialogue(), "does not listen") != 1 {
			t.Errorf("the echo has listened:\n%s", c.Dialogue())
		}
		for {
			if in := <-c.Inputs(); in.Kind == call.MessageReceived {
				if in.Text != "news" {
					t.Errorf("the message is %q", in.Text)
				}
				break
			}
		}
	})
}
