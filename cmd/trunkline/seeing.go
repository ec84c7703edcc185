package main

import (
	"sync"

	"trunkline/api"
	"trunkline/sip"
	"trunkline/sip/hep"
	"trunkline/sip/trace"
	"trunkline/sip/trace/mask"
)

// seeing is what becomes of a copy of every SIP message: it is kept for a while,
// and sent to a collector if there is one.
type seeing struct {
	recorder *trace.Recorder
	homer    *hep.Client // nil: there is none
	hidden   mask.Calls  // whose callers are asked for a secret just now
	telling  sync.WaitGroup
}

// startSeeing makes the recorder and the client of the collector.
func (s *server) startSeeing() (err error) {
	t, h := &s.cfg.Trace, &s.cfg.Homer
	masked := t.Numbers == "masked"
	s.seen.recorder = trace.New(trace.Config{Bytes: t.Bytes, PerCall: t.PerCall, Numbers: masked, Hidden: &s.seen.hidden})
	if h.Address == "" {
		return nil
	}
	s.seen.homer, err = hep.New(hep.Config{
		Network: h.Network, Address: h.Address, Agent: h.Agent, Key: h.Key, Node: h.Node, Numbers: masked, Hidden: &s.seen.hidden, Log: s.log,
	})
	if err == nil {
		events := s.bus.Subscribe(s.bus.Last())
		s.seen.telling.Go(func() { s.seen.tellQuality(events) })
	}
	return err
}

// message takes a copy of a message; it never waits.
func (s *seeing) message(e sip.TraceEvent) {
	copied := trace.Event(e)
	s.recorder.Record(copied)
	if s.homer != nil {
		s.homer.Message(copied)
	}
}

// stats are what all that takes.
func (s *seeing) stats() api.Seeing {
	st := api.Seeing{Trace: s.recorder.Stats()}
	if s.homer != nil {
		sent := s.homer.Stats()
		st.Homer = &sent
	}
	return st
}

// close ends the client of the collector, when the bus is closed.
func (s *seeing) close() {
	s.telling.Wait()
	if s.homer != nil {
		s.homer.Close()
	}
}
