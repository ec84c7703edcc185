package media

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"trunkline/media/internal/shard"
	"trunkline/media/msg"
)

// Survivor is a session that was there before this control plane was: its sound
// goes on, and somebody has to conduct it or end it. One that nobody has adopted
// ends when its far side falls silent (Config.Timeout).
type Survivor struct {
	Session Session
	Local   netip.AddrPort // our RTP address
	Remote  netip.AddrPort // where we were told to send RTP; zero when it was never started
	With    Session        // whom it is joined with; the zero Session: nobody
	Label   []byte         // what the last Label attached
	Age     time.Duration
}

// Survivors returns the sessions that nobody has adopted yet, oldest first.
func (e *Engine) Survivors() []Survivor {
	if e.process == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var list []Survivor
	for _, id := range slices.Sorted(maps.Keys(e.process.survivors)) {
		list = append(list, *e.process.survivors[id])
	}
	return list
}

// Adopt hands the events of a survivor to sink, as Open does, beginning with
// those that happened while nobody listened. False when it is no survivor.
func (e *Engine) Adopt(s Session, sink Sink) bool {
	if s.e != e || e.process == nil {
		return false
	}
	e.sinks.Lock()
	defer e.sinks.Unlock()
	return e.adopt(s.id, sink)
}

// adopt is Adopt under sinks.
func (e *Engine) adopt(id msg.Session, sink Sink) bool {
	e.mu.Lock()
	l := e.legs[id]
	if e.process.survivors[id] == nil || l == nil {
		e.mu.Unlock()
		return false
	}
	delete(e.process.survivors, id)
	if sink == nil {
		sink = func(msg.Event) {}
	}
	l.sink = sink
	e.mu.Unlock()
	e.release(id, l)
	return true
}

// EndSurvivors ends all sessions that nobody has adopted.
func (e *Engine) EndSurvivors() {
	for _, s := range e.Survivors() {
		e.Adopt(s.Session, nil)
		s.Session.Close()
	}
}

// take takes the notices that only a media process gives. Under sinks.
func (p *process) take(e *Engine, l *lane, n *shard.Notice) {
	switch n.Kind {
	case shard.Present:
		e.mu.Lock()
		late := p.named == nil
		e.present(l, n.Survivor)
		e.mu.Unlock()
		if late && e.adopt(n.Survivor.Session, nil) {
			// It moved from thread to thread while all were named: nobody knows of it.
			Session{e, n.Survivor.Session}.Close()
		}
	case shard.Rolled:
		e.mu.Lock()
		if p.unnamed--; p.unnamed == 0 {
			close(p.named)
			p.named, p.early = nil, nil
		}
		e.mu.Unlock()
	case shard.ClipDone:
		e.mu.Lock()
		link := p.link
		e.mu.Unlock()
		if link != nil {
			link.Clips.Done(n.Number)
		}
	}
}

// present takes a survivor in. Under mu.
func (e *Engine) present(on *lane, s shard.Survivor) {
	if e.legs[s.Session] != nil {
		return // opened or moved by us
	}
	l := &leg{lane: on, local: s.Local, hop: s.Hop, held: e.process.early[s.Session]}
	e.legs[s.Session] = l
	e.ports.claim(s.Local)
	on.opened()
	e.nextID = max(e.nextID, s.Session)
	sv := &Survivor{Session: Session{e, s.Session}, Local: s.Local, Remote: s.Remote, Label: s.Label, Age: s.Age}
	if s.With != 0 {
		sv.With = Session{e, s.With}
	}
	e.process.survivors[s.Session] = sv
}

// retire tells the threads of clips that nobody here has any more. Under sinks.
func (p *process) retire(e *Engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p.link == nil || e.plane == nil {
		return
	}
	dead := p.link.Clips.Dead()
	for _, l := range e.plane.lanes {
		p.retry[l] = append(p.retry[l], dead...)
		for len(p.retry[l]) > 0 && l.door.Post(&shard.Forget{Clip: p.retry[l][0]}) {
			p.retry[l] = p.retry[l][1:]
		}
	}
}
