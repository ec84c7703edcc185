package worker_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/speech"
	"trunkline/speech/speechtest"
	"trunkline/speech/worker"
)

// The test program is its own worker: with this variable set it runs a script
// instead of the tests.
const asWorker = "TRUNKLINE_TEST_SCRIPT"

// pidFile names the variable that tells a "!child" where to leave its process id.
const pidFile = "TRUNKLINE_TEST_PID_FILE"

func TestMain(m *testing.M) {
	script, ok := os.LookupEnv(asWorker)
	if !ok {
		os.Exit(m.Run())
	}
	switch script {
	case "!never-ready":
		speechtest.Hang()
	case "!cannot-load":
		fmt.Fprintln(os.Stderr, "loading model\nmodel.bin: no such file")
		os.Exit(3)
	case "!deaf": // loads, then reads nothing
		fmt.Println(`{"ready":"deaf"}`)
		speechtest.Hang()
	case "!parent": // keeps a worker, and waits to be killed
		rec, err := worker.New(worker.Config{Command: []string{os.Args[0]}, Env: []string{asWorker + "=!child"}})
		if err == nil {
			err = rec.Warm(context.Background(), 1)
		}
		fmt.Println("warm", err)
		speechtest.Hang()
	case "!child":
		if err := os.WriteFile(os.Getenv(pidFile), []byte(strconv.Itoa(os.Getpid())), 0o600); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(`{"ready":"child"}`)
		speechtest.Hang()
	case "!wordy":
		fmt.Println(`{"ready":"` + strings.Repeat("x", 1<<17) + `"}`)
		speechtest.Hang()
	}
	if err := speechtest.RunScripted(strings.Split(script, "|"), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pool returns a pool of scripted workers; each process plays the whole script.
func pool(t *testing.T, script string, change func(*worker.Config)) *worker.Recognizer {
	t.Helper()
	cfg := worker.Config{
		Name: "scripted", Command: []string{os.Args[0]}, Env: []string{asWorker + "=" + script}, MaxWorkers: 1,
	}
	if change != nil {
		change(&cfg)
	}
	rec, err := worker.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		rec.Close()
		if s := rec.Stats(); s != (worker.Stats{}) {
			t.Errorf("after Close: %+v", s)
		}
	})
	return rec
}

func english() speech.RecognitionOptions { return speech.RecognitionOptions{Language: "en-US"} }

// say plays one tone to rec and returns the last result.
func say(t *testing.T, rec *worker.Recognizer) speech.Result {
	t.Helper()
	s, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	s.Write(speechtest.Tone(time.Second)) // an error here is told by the last result too
	s.Finish()
	return speechtest.Last(t, s.Results())
}

func wantError(t *testing.T, r speech.Result, words ...string) {
	t.Helper()
	if r.Err == nil {
		t.Fatalf("got %+v; want an error", r)
	}
	for _, w := range words {
		if !strings.Contains(r.Err.Error(), w) {
			t.Fatalf("error %q does not say %q", r.Err, w)
		}
	}
}

func wantText(t *testing.T, r speech.Result, text string) {
	t.Helper()
	if r.Err != nil || !r.Final || r.Text != text {
		t.Fatalf("got %+v; want %q", r, text)
	}
}

func TestConformance(t *testing.T) {
	speechtest.Recognizer(t, pool(t, "one|two|three", nil), english())
}

func TestConformanceOfSeveral(t *testing.T) {
	speechtest.Recognizer(t, pool(t, "one|two", func(c *worker.Config) { c.MaxWorkers = 3 }), english())
}

func TestPartialsComeBeforeTheEnd(t *testing.T) {
	rec := pool(t, "transfer money", nil)
	s, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(speechtest.Tone(time.Second)); err != nil {
		t.Fatal(err)
	}
	if r := <-s.Results(); r.Text != "transfer money" || r.Final {
		t.Fatalf("first result %+v; want a partial one", r)
	}
	s.Finish()
	wantText(t, speechtest.Last(t, s.Results()), "transfer money")
}

func TestUtterancesInTurn(t *testing.T) {
	rec := pool(t, "one|two", nil)
	wantText(t, say(t, rec), "one")
	wantText(t, say(t, rec), "two")
	wantText(t, say(t, rec), "")
	if s := rec.Stats(); s.Live != 1 {
		t.Fatalf("%+v; want one worker for all", s)
	}
}

func TestCrashCostsOneUtterance(t *testing.T) {
	rec := pool(t, "one|!crash", nil)
	wantText(t, say(t, rec), "one")
	wantError(t, say(t, rec), "scripted", "worker died", "exit status 1", "crash as scripted")
	wantText(t, say(t, rec), "one") // by a new process
}

func TestRefusalKeepsTheWorker(t *testing.T) {
	rec := pool(t, "!refuse|two", nil)
	wantError(t, say(t, rec), "refused as scripted")
	wantText(t, say(t, rec), "two")
}

func TestGarbageEndsTheWorker(t *testing.T) {
	rec := pool(t, "!garbage", nil)
	wantError(t, say(t, rec), "Segmentation fault")
}

func TestHungWorkers(t *testing.T) {
	f := func(script, want string, change func(*worker.Config)) {
		t.Helper()
		rec := pool(t, script, change)
		begun := time.Now()
		wantError(t, say(t, rec), want)
		if took := time.Since(begun); took > 10*time.Second {
			t.Fatalf("told after %v", took)
		}
	}
	short := 100 * time.Millisecond
	f("!mute", "no answer in time", func(c *worker.Config) { c.FinishTimeout = short })
	f("!hang", "no answer in time", func(c *worker.Config) { c.FinishTimeout = short })
	f("!deaf", "no answer in time", func(c *worker.Config) { c.StartTimeout, c.FinishTimeout = short, short })
	f("!never-ready", "not loaded after 100ms", func(c *worker.Config) { c.LoadTimeout = short })
	f("!wordy", "token too long", nil)
}

// TestHungWhileSpeaking: the pipe fills up, and the stream ends without Finish.
func TestHungWhileSpeaking(t *testing.T) {
	rec := pool(t, "!hang", func(c *worker.Config) { c.WriteTimeout = 100 * time.Millisecond })
	s, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	for range 30 {
		if err := s.Write(speechtest.Tone(time.Second)); err != nil {
			break
		}
	}
	wantError(t, speechtest.Last(t, s.Results()), "took no audio for 100ms")
	if err := s.Write(make([]int16, 160)); err == nil {
		t.Fatal("Write after the end: no error")
	}
}

func TestHungWorkerIsNotLentAgain(t *testing.T) {
	rec := pool(t, "!hang", func(c *worker.Config) { c.FinishTimeout = 100 * time.Millisecond })
	s, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	s.Write(speechtest.Tone(time.Second))
	s.Close()
	wantError(t, speechtest.Last(t, s.Results()), "closed")
	// The slot is free only when the hung worker is dead, so this one is new.
	silent, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	silent.Finish()
	wantText(t, speechtest.Last(t, silent.Results()), "")
}

func TestCannotStart(t *testing.T) {
	f := func(words []string, change func(*worker.Config)) {
		t.Helper()
		rec := pool(t, "!cannot-load", change)
		wantError(t, say(t, rec), words...)
		wantError(t, say(t, rec), append(words, "not tried again for")...) // circuit open
		if err := rec.Warm(t.Context(), 5); err == nil {
			t.Fatal("Warm: no error")
		}
	}
	f([]string{"exit status 3", "model.bin: no such file"}, nil)
	f([]string{"no such file", "/nowhere/worker"}, func(c *worker.Config) { c.Command = []string{"/nowhere/worker"} })
}

func TestNewNeedsACommand(t *testing.T) {
	if _, err := worker.New(worker.Config{}); err == nil {
		t.Fatal("no error")
	}
}

func TestPrepareRefuses(t *testing.T) {
	rec := pool(t, "one", func(c *worker.Config) {
		c.Prepare = func(speech.RecognitionOptions) (map[string]any, error) { return nil, speech.ErrLanguage }
	})
	if _, err := rec.Start(t.Context(), english()); !errors.Is(err, speech.ErrLanguage) {
		t.Fatalf("got %v; want ErrLanguage", err)
	}
}

func TestAllBusy(t *testing.T) {
	rec := pool(t, "one", func(c *worker.Config) { c.QueueWait = 50 * time.Millisecond })
	first, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	first.Write(speechtest.Tone(time.Second))
	<-first.Results() // a partial: the worker is in use
	r := say(t, rec)
	wantError(t, r, "all 1 in use")
	if !errors.Is(r.Err, speech.ErrBusy) {
		t.Fatalf("%v is not ErrBusy", r.Err)
	}
	first.Finish()
	wantText(t, speechtest.Last(t, first.Results()), "one")
}

// TestQueueKeepsAudio: what is said while all workers are busy is not lost.
func TestQueueKeepsAudio(t *testing.T) {
	rec := pool(t, "one|two", func(c *worker.Config) { c.QueueWait = 20 * time.Second })
	first, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	first.Write(speechtest.Tone(time.Second))
	<-first.Results()
	second, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	second.Write(speechtest.Tone(time.Second))
	second.Finish()
	first.Finish()
	wantText(t, speechtest.Last(t, first.Results()), "one")
	wantText(t, speechtest.Last(t, second.Results()), "two")
}

func TestTooLong(t *testing.T) {
	rec := pool(t, "one", func(c *worker.Config) { c.MaxUtterance = 2 * time.Second })
	s, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Write(speechtest.Tone(2 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(make([]int16, 1)); err == nil || !strings.Contains(err.Error(), "longer than 2s") {
		t.Fatalf("got %v; want a refusal", err)
	}
	wantError(t, speechtest.Last(t, s.Results()), "longer than 2s")
	silent, err := rec.Start(t.Context(), english())
	if err != nil {
		t.Fatal(err)
	}
	silent.Finish()
	wantText(t, speechtest.Last(t, silent.Results()), "") // the worker survived
}

func TestWarm(t *testing.T) {
	rec := pool(t, "one", func(c *worker.Config) { c.MaxWorkers = 2 })
	for range 2 { // the second time there is nothing to do
		if err := rec.Warm(t.Context(), 5); err != nil {
			t.Fatal(err)
		}
		if got, want := rec.Stats(), (worker.Stats{Live: 2, Idle: 2}); got != want {
			t.Fatalf("got %+v; want %+v", got, want)
		}
	}
}

func TestCancelledBeforeStart(t *testing.T) {
	rec := pool(t, "one", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := rec.Start(ctx, english())
	if err != nil {
		return // as good
	}
	if r := speechtest.Last(t, s.Results()); !errors.Is(r.Err, context.Canceled) {
		t.Fatalf("last result %+v; want context.Canceled", r)
	}
}
