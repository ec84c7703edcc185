package phone

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/dsp"
	"trunkline/media/prompt"
	"trunkline/media/wav"
	"trunkline/sip"
)

// outcome is what Run returned.
type outcome struct {
	report Report
	err    error
}

// waiting runs a phone that waits for calls on loopback. uris are where it can be
// called: over UDP, over TCP.
func waiting(t *testing.T, ctx context.Context, cfg Config) (uris []string, ended <-chan outcome) {
	t.Helper()
	cfg.Bind = netip.MustParseAddrPort("127.0.0.1:0")
	if cfg.Calls == 0 {
		cfg.Calls = 1
	}
	out, in := io.Pipe()
	cfg.Out = in
	done := make(chan outcome, 1)
	var both sync.WaitGroup
	both.Go(func() {
		r, err := Run(ctx, cfg)
		in.Close()
		done <- outcome{r, err}
	})
	lines := bufio.NewScanner(out)
	where := regexp.MustCompile(`^waiting for calls on (sip:\S+)$`)
	for len(uris) < 2 && lines.Scan() {
		if m := where.FindStringSubmatch(lines.Text()); m != nil {
			uris = append(uris, m[1])
		}
	}
	if len(uris) < 2 {
		t.Fatalf("the phone does not wait: %v", (<-done).err)
	}
	both.Go(func() { io.Copy(io.Discard, out) })
	t.Cleanup(both.Wait)
	return uris, done
}

func actions(t *testing.T, pairs ...string) (list []Action) {
	t.Helper()
	kinds := map[string]Kind{"say": Say, "play": Play, "tone": Tone, "dtmf": Keys}
	for i := 0; i < len(pairs); i += 2 {
		a, err := ParseAction(kinds[pairs[i]], pairs[i+1])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	return list
}

// level is how loud hz is in the middle of a recording.
func level(t *testing.T, pcm []int16, hz float64) dsp.DB {
	t.Helper()
	if len(pcm) < prompt.Rate/2 {
		t.Fatalf("only %d samples were recorded", len(pcm))
	}
	mid := len(pcm) / 2
	return dsp.Goertzel(pcm[mid-800:mid+800], hz, prompt.Rate)
}

func TestTonesAndKeysGoBothWays(t *testing.T) {
	f := func(name string, transport int) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			heard, both := filepath.Join(dir, "heard.wav"), filepath.Join(dir, "both.wav")
			uris, callee := waiting(t, t.Context(), Config{
				Actions: actions(t, "tone", "1000"), RecordBoth: both,
			})
			var out bytes.Buffer
			r, err := Run(t.Context(), Config{
				To: uris[transport], From: "Alice <sip:alice@example.com>", Record: heard, Hangup: 2 * time.Second,
				Actions: actions(t, "tone", "440", "dtmf", "15#@1500ms"), Verbose: true, Out: &out,
			})
			if err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			got := <-callee
			if got.err != nil {
				t.Fatal(got.err)
			}
			for who, r := range map[string]Report{"caller": r, "callee": got.report} {
				if r.Codec != "PCMU" || r.Loss() != 0 || r.Stats.PacketsIn < 80 || r.Stats.PacketsOut < 80 || r.Duration < 1900*time.Millisecond {
					t.Errorf("%s: %s", who, r)
				}
			}
			if got.report.Keys != "15#" || !got.report.Cause.Remote || got.report.Peer != "sip:alice@example.com" {
				t.Errorf("callee: keys %q: %s", got.report.Keys, got.report)
			}
			hears(t, heard, both)
			ladder(t, out.String())
		})
	}
	f("udp", 0)
	f("tcp", 1)
}

// hears checks that the caller heard 1000 Hz, and that the callee heard 440 Hz
// left while saying 1000 Hz right.
func hears(t *testing.T, heard, both string) {
	t.Helper()
	one, err := wav.ReadFile(heard)
	if err != nil {
		t.Fatal(err)
	}
	two, err := wav.ReadFile(both)
	if err != nil {
		t.Fatal(err)
	}
	f := func(side string, pcm []int16, there, absent float64) {
		t.Helper()
		if l := level(t, pcm, there); l < -13 || l > -7 {
			t.Errorf("%s has %v Hz at %.1f dBov, want -10", side, there, l)
		}
		if l := level(t, pcm, absent); l > -40 {
			t.Errorf("%s has %v Hz at %.1f dBov, want none", side, absent, l)
		}
	}
	f("caller hears", one.Mono(), 1000, 440)
	f("callee hears", two.Channel(0), 440, 1000)
	f("callee says", two.Channel(1), 1000, 440)
}

// ladder checks the rungs that people look for, in their order.
func ladder(t *testing.T, text string) {
	t.Helper()
	rest := text
	for _, rung := range []string{
		"──▶ INVITE sip:", "+SDP", "◀── 180 Ringing (INVITE)", "◀── 200 OK (INVITE) +SDP", "──▶ ACK", "press 15#", "──▶ BYE", "◀── 200 OK (BYE)",
	} {
		_, after, found := strings.Cut(rest, rung)
		if !found {
			t.Fatalf("%q is missing, or out of order, in\n%s", rung, text)
		}
		rest = after
	}
}

func TestRefusalsAreReported(t *testing.T) {
	f := func(name string, answer Answer, want string, code sip.Code) {
		t.Run(name, func(t *testing.T) {
			uris, callee := waiting(t, t.Context(), Config{Answer: answer})
			r, err := Run(t.Context(), Config{To: uris[0], Ringing: 300 * time.Millisecond})
			if err == nil || !strings.Contains(err.Error(), want) || r.Answered {
				t.Errorf("got %v, %s, want an error with %q", err, r, want)
			}
			if r.Cause.Code != code {
				t.Errorf("got the cause %v, want %s", r.Cause, code)
			}
			if got := <-callee; got.err != nil && (answer.Never || answer.Reject != 0) {
				t.Errorf("the callee did as told and complains: %v", got.err)
			}
		})
	}
	f("busy", Answer{Reject: 486}, "not answered: busy (SIP 486", sip.Busy)
	f("declined", Answer{Reject: 603}, "not answered: rejected (SIP 603", sip.Rejected)
	f("unanswered", Answer{Never: true}, "not answered: no_answer", sip.NoAnswer)
	f("too late", Answer{After: time.Minute}, "not answered: no_answer", sip.NoAnswer)
}

func TestOneCallAtATime(t *testing.T) {
	uris, callee := waiting(t, t.Context(), Config{})
	ctx, hangup := context.WithCancel(t.Context())
	talking := &notice{text: "ACK", seen: make(chan struct{})}
	first := make(chan outcome, 1)
	go func() {
		r, err := Run(ctx, Config{To: uris[0], Verbose: true, Out: talking})
		first <- outcome{r, err}
	}()
	<-talking.seen
	if _, err := Run(t.Context(), Config{To: uris[1]}); err == nil || !strings.Contains(err.Error(), "busy") {
		t.Errorf("the second caller got %v, want busy", err)
	}
	hangup()
	if got := <-first; got.err != nil || !got.report.Answered {
		t.Errorf("the first call: %v, %s", got.err, got.report)
	}
	if got := <-callee; got.err != nil {
		t.Error(got.err)
	}
}

// notice is closed when text was written.
type notice struct {
	text string
	seen chan struct{}
	once sync.Once
}

func (n *notice) Write(p []byte) (int, error) {
	if strings.Contains(string(p), n.text) {
		n.once.Do(func() { close(n.seen) })
	}
	return len(p), nil
}

func TestWhenSilentLetsTheOtherSideFinish(t *testing.T) {
	both := filepath.Join(t.TempDir(), "both.wav")
	uris, callee := waiting(t, t.Context(), Config{Actions: actions(t, "tone", "1000:700ms"), RecordBoth: both})
	_, err := Run(t.Context(), Config{
		To: uris[0], Actions: actions(t, "tone", "440:400ms"), WhenSilent: true, Hangup: 3 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	<-callee
	s, err := wav.ReadFile(both)
	if err != nil {
		t.Fatal(err)
	}
	loudest := func(pcm []int16) (from, to int) {
		from = -1
		for i := 0; i+160 <= len(pcm); i += 160 {
			if dsp.Level(pcm[i:i+160]) > -20 {
				if from < 0 {
					from = i
				}
				to = i + 160
			}
		}
		return from, to
	}
	from, _ := loudest(s.Channel(0))
	_, to := loudest(s.Channel(1))
	if gap := from - to; from < 0 || gap < prompt.Rate*9/10 || gap > prompt.Rate*2 {
		t.Errorf("answered %d samples after the prompt ended at %d, want about a second", gap, to)
	}
}

func TestBadWishesFailBeforeAnybodyIsCalled(t *testing.T) {
	f := func(want string, cfg Config) {
		t.Helper()
		if _, err := Run(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	const to = "sip:a@127.0.0.1:9"
	f("not a SIP URI", Config{To: "hotline"})
	f("no synthesizer", Config{To: to, Actions: actions(t, "say", "hello")})
	f("refusal is a SIP status", Config{Answer: Answer{Reject: 200}})
	f("goes into SDP", Config{Bind: netip.MustParseAddrPort("0.0.0.0:0"), To: to})
	f("from", Config{To: to, From: "a b"})
	f("no-such-dir", Config{To: to, Record: filepath.Join(t.TempDir(), "file", "\x00no-such-dir")})
}

func TestNothingIsLeftBehind(t *testing.T) {
	descriptors := func() int {
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	one := func() {
		uris, callee := waiting(t, t.Context(), Config{})
		path := filepath.Join(t.TempDir(), "heard.wav")
		if _, err := Run(t.Context(), Config{To: uris[0], Hangup: 100 * time.Millisecond, Record: path, WhenSilent: true}); err != nil {
			t.Fatal(err)
		}
		<-callee
	}
	one() // what is kept for the life of the process comes into being
	before, goroutines := descriptors(), runtime.NumGoroutine()
	for range 3 {
		one()
	}
	if after := descriptors(); after > before {
		t.Errorf("%d descriptors, %d before", after, before)
	}
	if after := runtime.NumGoroutine(); after > goroutines+3 { // helpers of the last calls, on their way out
		t.Errorf("%d goroutines, %d before", after, goroutines)
	}
}

func TestNobodyThere(t *testing.T) {
	uris, callee := waiting(t, t.Context(), Config{Answer: Answer{Reject: 404}})
	f := func(uri, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "heard.wav")
		r, err := Run(t.Context(), Config{To: uri, Ringing: time.Second, Record: path})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", uri, err, want)
		}
		if len(r.Recordings) != 1 || r.Recordings[0].Samples != 0 {
			t.Errorf("%s: recorded %+v of a call that never was", uri, r.Recordings)
		}
	}
	f(uris[0], "not_found")
	<-callee
	f(uris[1], "unreachable") // TCP to a port that is closed now
}
