package sip

import (
	"net/netip"
	"time"

	"trunkline/sip/internal/count"
	"trunkline/sip/internal/sockets"
)

// Metrics returns what is counted, in the words of docs/metrics.md.
func (e *Endpoint) Metrics() []Family {
	return append(append(e.counts.Snapshot(), e.guarded()...), traffic(e.sockets.Stats())...)
}

// guarded is what the guard tells.
func (e *Endpoint) guarded() []Family {
	bans := Family{Name: "trunkline_sip_bans_total", Help: "Sources that were banned, by offence.", Labels: []string{"rule"}}
	for offence, n := range e.guard.Banned() {
		addSample(&bans, float64(n), offence)
	}
	load := e.load.State(time.Now())
	return []Family{
		bans,
		gauge("trunkline_sip_banned", "Sources that are banned.", float64(len(e.Bans()))),
		gauge("trunkline_sip_calls_making", "Calls whose INVITE nobody has taken yet.", float64(load.Making)),
		gauge("trunkline_sip_calls_making_limit", "How many of them there may be at the moment.", float64(load.Limit)),
	}
}

func gauge(name, help string, value float64) Family {
	return Family{Name: name, Help: help, Kind: count.Gauge, Samples: []count.Sample{{Value: value}}}
}

// traffic is what the sockets tell.
func traffic(s sockets.Stats) []Family {
	open := Family{Name: "trunkline_sip_connections", Help: "SIP connections there are.", Kind: count.Gauge, Labels: []string{"transport"}}
	made := Family{Name: "trunkline_sip_connections_total", Help: "SIP connections, by what became of them.", Labels: []string{"transport", "event"}}
	bytes := Family{Name: "trunkline_sip_bytes_total", Help: "Bytes of SIP messages.", Labels: []string{"transport", "direction"}}
	pings := Family{Name: "trunkline_sip_pings_total", Help: "Keep-alives.", Labels: []string{"transport", "direction"}}
	for name, t := range s.Transports {
		if name != sockets.UDP {
			open.Samples = append(open.Samples, count.Sample{Values: []string{name}, Value: float64(t.Connections)})
		}
		for event, n := range map[string]uint64{
			"accepted": t.Accepted, "dialled": t.Dialled, "accept_failed": t.AcceptFailures, "dial_failed": t.DialFailures,
			"handshake_failed": t.HandshakeFailures, "idle": t.IdleClosed, "ping_lost": t.PingsLost,
		} {
			addSample(&made, float64(n), name, event)
		}
		addSample(&bytes, float64(t.BytesIn), name, "in")
		addSample(&bytes, float64(t.BytesOut), name, "out")
		addSample(&pings, float64(t.PingsIn), name, "in")
		addSample(&pings, float64(t.PingsOut), name, "out")
	}
	return []Family{open, made, bytes, pings}
}

// addSample appends a series, unless it never counted.
func addSample(f *Family, n float64, values ...string) {
	if n > 0 {
		f.Samples = append(f.Samples, count.Sample{Values: values, Value: n})
	}
}

// trace counts a message and passes it on in the words of this package.
func (e *Endpoint) trace(sent bool, network string, local, remote netip.AddrPort, message []byte) {
	direction := count.In
	if sent {
		direction = count.Out
	}
	e.counts.Message(direction, message)
	if network == UDP && e.echoes.Heard(direction, message) {
		e.counts.Repeated(direction, message)
	}
	if e.cfg.Trace == nil {
		return
	}
	e.cfg.Trace(TraceEvent{At: time.Now(), Sent: sent, Transport: network, Local: local, Remote: remote, Message: message})
}

// pulseEvery is how often it is measured how late the processors are.
const pulseEvery = 5 * time.Millisecond

// pulse tells the guard how late a ticker comes, until the endpoint closes: when
// the processors are busy with calls that live, new ones wait.
func (e *Endpoint) pulse() {
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		select {
		case due := <-tick.C:
			now := time.Now()
			e.load.Lag(now, now.Sub(due))
		case <-e.dialogs.Context().Done():
			return
		}
	}
}
