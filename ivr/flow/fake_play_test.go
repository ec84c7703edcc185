package flow

import (
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/line"
	"trunkline/media/feed"
)

type fakePlay struct {
	f       *fake
	number  byte
	what    event.PromptStarted
	total   time.Duration
	played  time.Duration // until the latest pause
	since   time.Time     // of the latest resume
	running bool
	timer   *time.Timer
	outcome string
	sound   call.Sound
	held    bool // a feed, paused
	over    chan struct{}
	dry     int // frames for which a feed had too little
}

func (f *fake) Play(sound call.Sound) (line.Playback, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, p := range f.plays {
		p.finish("replaced")
	}
	p := &fakePlay{f: f, number: byte(len(f.plays) + 1), sound: sound, what: sound.What, since: time.Now(), running: true, over: make(chan struct{})}
	for _, c := range sound.Clips {
		p.total += c.Duration()
	}
	p.total = p.total*time.Duration(max(sound.How.Loop, 1)) - sound.How.From
	if sound.How.Loop < 0 {
		p.total = time.Hour
	}
	f.plays = append(f.plays, p)
	f.note("say %s%s", sound.What.Text, sound.What.File)
	if f.times.Answered.IsZero() {
		p.finish("dropped")
		return p, nil
	}
	if sound.Feed != nil {
		p.total, p.played, p.running = 0, 0, false
		go p.stream()
		return p, nil
	}
	p.timer = time.AfterFunc(p.total, p.ring)
	return p, nil
}

func (f *fake) NewFeed(rate, ms int) (*feed.Feed, error) { return feed.New(rate, ms), nil }

// stream plays what is written to the feed, as the media plane does.
func (p *fakePlay) stream() {
	s := p.sound.Feed
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	frame := make([]int16, s.Rate()/50)
	for over := false; !over; {
		p.f.mu.Lock()
		over = p.pull(frame)
		p.f.mu.Unlock()
		if over {
			s.Leave()
		}
		if over || s.Awaited() {
			s.Wake()
		}
		select {
		case <-p.over:
		case <-tick.C:
		}
	}
}

// pull plays the next 20 ms of the feed and reports whether it is over; mu is held.
func (p *fakePlay) pull(frame []int16) bool {
	s, n := p.sound.Feed, 0
	switch {
	case p.outcome != "":
		return true
	case p.held:
		s.Pull(nil)
	default:
		if n = s.Pull(frame); n < len(frame) && !s.Done() {
			p.dry++
		}
	}
	p.played += time.Duration(n) * time.Second / time.Duration(s.Rate())
	p.total = p.played
	if s.Done() {
		p.finish("finished")
	}
	return p.outcome != ""
}

func (p *fakePlay) ring() {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if p.running && p.heard() >= p.total {
		p.finish("finished")
	}
}

func (p *fakePlay) heard() time.Duration {
	if p.running {
		return min(p.total, p.played+time.Since(p.since))
	}
	return p.played
}

// finish ends the playback; mu is held.
func (p *fakePlay) finish(outcome string) {
	if p.outcome != "" {
		return
	}
	p.played = p.heard()
	p.running, p.outcome = false, outcome
	close(p.over)
	if p.timer != nil {
		p.timer.Stop()
	}
	if outcome != "finished" {
		p.f.note("%s after %v", outcome, p.played.Round(10*time.Millisecond))
	}
	p.f.change.Broadcast()
	p.f.inputs <- call.Input{
		Kind: call.PlaybackEnded, Digit: p.number, Outcome: outcome, Heard: p.played, Total: p.total,
	}
}

func (p *fakePlay) Pause() {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if p.running || p.sound.Feed != nil && !p.held && p.outcome == "" {
		p.played, p.running, p.held = p.heard(), false, true
		if p.timer != nil {
			p.timer.Stop()
		}
		p.f.note("pause at %v", p.played.Round(10*time.Millisecond))
	}
}

func (p *fakePlay) Resume() {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	if !p.running && p.held && p.outcome == "" {
		p.held = false
		if p.timer != nil {
			p.running, p.since = true, time.Now()
			p.timer.Reset(p.total - p.played)
		}
		p.f.note("resume at %v", p.played.Round(10*time.Millisecond))
	}
}

func (p *fakePlay) Stop() {
	p.f.mu.Lock()
	defer p.f.mu.Unlock()
	p.finish("stopped")
}

func (p *fakePlay) Ended(in call.Input) bool { return in.Digit == p.number }
