package fscompat_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/line"
)

// phone is a call for the real runner of flows: it plays prompts in the time
// they take, and takes keys.
type phone struct {
	line.Phone // what no script here uses is not there
	inputs     chan call.Input
	done       chan struct{}
	end        context.CancelFunc

	mu    sync.Mutex
	log   []string
	plays byte
	times call.Times
}

func (p *phone) note(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.log = append(p.log, s)
}

func (p *phone) Info() call.Info           { return call.Info{ID: "c1", From: "100", To: "200", Flow: "x"} }
func (p *phone) Times() call.Times         { return p.times }
func (p *phone) Cause() call.Cause         { return call.Cause{Code: "normal"} }
func (p *phone) Done() <-chan struct{}     { return p.done }
func (p *phone) Inputs() <-chan call.Input { return p.inputs }
func (p *phone) Emit(event.Data)           {}

func (p *phone) Answer(context.Context) error {
	p.times.Answered = time.Now()
	p.note("answer")
	return nil
}

func (p *phone) Hangup(_, code, _ string) {
	p.note("hangup " + code)
	p.end()
	close(p.done)
}

// playback is one prompt on its way.
type playback struct {
	p      *phone
	number byte
	begun  time.Time
	total  time.Duration
	timer  *time.Timer
}

func (p *phone) Play(s call.Sound) (line.Playback, error) {
	p.plays++
	b := &playback{p: p, number: p.plays, begun: time.Now(), total: -s.How.From}
	for _, c := range s.Clips {
		b.total += c.Duration()
	}
	p.note("play " + s.What.File + " " + b.total.String())
	b.timer = time.AfterFunc(b.total, func() { b.ended("finished") })
	return b, nil
}

func (b *playback) ended(outcome string) {
	b.p.inputs <- call.Input{Kind: call.PlaybackEnded, Digit: b.number, Outcome: outcome, Heard: time.Since(b.begun), Total: b.total}
}

func (b *playback) Pause()  {}
func (b *playback) Resume() {}
func (b *playback) Stop() {
	if b.timer.Stop() {
		b.ended("stopped")
	}
}
func (b *playback) Ended(in call.Input) bool { return in.Digit == b.number }

// silence is a WAV file of that length.
func silence(d time.Duration) []byte {
	n := uint32(d.Seconds() * 8000 * 2)
	var b bytes.Buffer
	b.WriteString("RIFF")
	for _, v := range []any{36 + n, [8]byte([]byte("WAVEfmt ")), uint32(16), uint16(1), uint16(1), uint32(8000), uint32(16000), uint16(2), uint16(16), [4]byte([]byte("data")), n} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return append(b.Bytes(), make([]byte, n)...)
}

// In the real runner keys are timed, stop prompts and let them go on as the
// module means it.
func TestInTheRealRunner(t *testing.T) {
	type press struct {
		after time.Duration
		keys  string
	}
	f := func(script string, caller []press, want ...string) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) {
			b := fstest.MapFS{
				"flows/x.lua":      {Data: []byte(script)},
				"prompts/long.wav": {Data: silence(10 * time.Second)},
			}
			loaded, problems := bundle.Load(b, flow.Known())
			if len(problems) != 0 {
				t.Fatal(problems)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p := &phone{inputs: make(chan call.Input, 16), done: make(chan struct{}), end: cancel}
			go func() {
				for _, c := range caller {
					time.Sleep(c.after)
					for _, k := range []byte(c.keys) {
						p.inputs <- call.Input{Kind: call.KeyPressed, Digit: k}
					}
				}
			}()
			if err := flow.New(flow.Config{}).Run(ctx, loaded, p); err != nil {
				t.Error(err)
			}
			if got := strings.Join(p.log, "\n"); got != strings.Join(want, "\n") {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", script, got, strings.Join(want, "\n"))
			}
		})
	}
	const second = time.Second
	f(head+`session:setInputCallback(function(_, _, key) return key.digit == "9" and "break" or "" end)
		session:streamFile("long.wav") session:hangup()`,
		[]press{{2 * second, "5"}, {3 * second, "9"}}, "answer", "play long.wav 10s", "play long.wav 8s", "hangup normal")
	f(head+`session:streamFile("long.wav") session:hangup(session:getDigits(3, "#", 3000) == "12" and 17 or 16)`,
		[]press{{2 * second, "12"}}, "answer", "play long.wav 10s", "hangup busy")
	f(head+`session:hangup(session:playAndGetDigits(4, 6, 2, 3000, "#", "long", "", "^\\d+$") == "4711" and 17 or 16)`,
		[]press{{second, "12"}, {7 * second, "47"}, {2 * second, "11#"}}, "answer", "play long.wav 10s", "play long.wav 10s", "hangup busy")
	f(head+`session:hangup(session:read(1, 4, "long.wav", 3000, "*#") == "" and 17 or 16)`,
		[]press{{second, "*"}}, "answer", "play long.wav 10s", "hangup busy")
	f(head+`session:answer() session:hangup(session:getDigits(3, "#", 3000) == "" and 17 or 16)`, nil, "answer", "hangup busy")
	f(head+`session:answer() session:sleep(1000) session:flushDigits() session:hangup(session:getDigits(1, "", 3000) == "7" and 17 or 16)`,
		[]press{{second / 2, "123"}, {2 * second, "7"}}, "answer", "hangup busy")
	f(head+`session:setHangupHook(function(s) if not s:ready() then s:setVariable("a", "b") end end)
		session:answer() while session:ready() do session:sleep(100) if session:getDigits(1, "", 50) == "0" then session:hangup() end end`,
		[]press{{second, "0"}}, "answer", "hangup normal")
}
