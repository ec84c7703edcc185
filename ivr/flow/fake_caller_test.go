package flow

import (
	"slices"
	"strings"
	"time"

	"trunkline/call"
)

// What callers do.

// after lets time pass.
func (f *fake) after(d time.Duration) { <-time.After(d) }

// waits waits until ok, which is asked with mu held, and reports whether it
// came true before the end of the call.
func (f *fake) waits(ok func() bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for !ok() {
		if f.over || !f.times.Ended.IsZero() {
			return ok()
		}
		f.change.Wait()
	}
	return true
}

// hears waits until a prompt with text in it begins, the nth such.
func (f *fake) hears(text string, nth int) {
	if !f.waits(func() bool { return f.count("say ", text) >= nth }) {
		f.t.Errorf("the caller never heard %q for the %d. time", text, nth)
	}
}

// hearsOut waits until the prompt that plays is over.
func (f *fake) hearsOut() {
	f.waits(func() bool { return len(f.plays) > 0 && f.plays[len(f.plays)-1].outcome != "" })
}

// sees waits for a line of the log.
func (f *fake) sees(want string) {
	if !f.waits(func() bool { return slices.Contains(f.log, want) }) {
		f.t.Errorf("never seen: %q", want)
	}
}

func (f *fake) count(prefix, text string) (n int) {
	for _, l := range f.log {
		if strings.HasPrefix(l, prefix) && strings.Contains(l, text) {
			n++
		}
	}
	return n
}

// says speaks for d; mark stands for the sentence. Speech is noticed 100 ms
// after its beginning and 300 ms after its end.
func (f *fake) says(mark int16, d time.Duration) {
	from := time.Now()
	f.mu.Lock()
	f.voice = append(f.voice, voice{from: from, to: from.Add(d), mark: mark})
	f.mu.Unlock()
	f.after(100 * time.Millisecond)
	f.inputs <- call.Input{Kind: call.SpeechStarted}
	f.after(d + 200*time.Millisecond)
	f.inputs <- call.Input{Kind: call.SpeechEnded}
}

func (f *fake) presses(keys string) {
	for _, k := range []byte(keys) {
		f.inputs <- call.Input{Kind: call.KeyPressed, Digit: k}
		f.after(100 * time.Millisecond)
	}
}

func (f *fake) hangsUp() { f.hangup(call.ByCaller, "normal") }

// wants checks what happened, in order; other things may lie between.
func (f *fake) wants(lines ...string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	i := 0
	for _, l := range f.log {
		if i < len(lines) && strings.Contains(l, lines[i]) {
			i++
		}
	}
	if i < len(lines) {
		f.t.Errorf("never came: %q\nit went:\n%s", lines[i], strings.Join(f.log, "\n"))
	}
}

// never checks that something did not happen.
func (f *fake) never(text string) {
	f.t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if i := slices.IndexFunc(f.log, func(l string) bool { return strings.Contains(l, text) }); i >= 0 {
		f.t.Errorf("must not come: %q\nit went:\n%s", f.log[i], strings.Join(f.log, "\n"))
	}
}
