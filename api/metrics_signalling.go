package api

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"trunkline/sip"
	"trunkline/sip/hep"
	"trunkline/sip/trace"
)

// Seeing is what traces and copies take.
type Seeing struct {
	Trace trace.Stats
	Homer *hep.Stats // nil: there is no collector
}

// collectSignalling writes down what sip counts, how trunks stand, and what traces
// take.
func (h *Handler) collectSignalling(m meter) {
	if h.Families != nil {
		for _, f := range h.Families() {
			m.family(f)
		}
	}
	if h.Trunks != nil {
		for _, t := range h.Trunks.Trunks() {
			m.trunk(t)
		}
	}
	if h.Border != nil {
		m.gauge("trunkline_phones", "Contacts that phones and agents have registered.", float64(len(h.Border.Phones())))
	}
	if h.Seeing == nil {
		return
	}
	s := h.Seeing()
	m.gauge("trunkline_trace_calls", "Call-IDs kept for traces.", float64(s.Trace.Calls))
	m.gauge("trunkline_trace_bytes", "Bytes kept for traces.", float64(s.Trace.Bytes))
	if s.Homer != nil {
		const help = "Copies for Homer."
		m.counter("trunkline_hep_packets_total", help, float64(s.Homer.Sent), "result", "sent")
		m.counter("trunkline_hep_packets_total", help, float64(s.Homer.Dropped), "result", "dropped")
		m.counter("trunkline_hep_packets_total", help, float64(s.Homer.Failed), "result", "failed")
	}
}

// family writes down a metric of sip. Its name says what it is, as Prometheus wants
// it: counters end in _total, histograms have buckets.
func (m meter) family(f sip.Family) {
	kind := prometheus.GaugeValue
	if strings.HasSuffix(f.Name, "_total") {
		kind = prometheus.CounterValue
	}
	desc := prometheus.NewDesc(f.Name, f.Help, f.Labels, nil)
	for _, s := range f.Samples {
		if s.Buckets != nil {
			m.out <- prometheus.MustNewConstHistogram(desc, s.Count, s.Sum, s.Buckets, s.Values...)
			continue
		}
		m.out <- prometheus.MustNewConstMetric(desc, kind, s.Value, s.Values...)
	}
}

// trunk writes down how a trunk stands and what its limits have refused.
func (m meter) trunk(t Trunk) {
	if t.Status.State != "" {
		m.gauge("trunkline_trunk_state", "How a trunk stands; always 1.", 1, "trunk", t.Name, "state", t.Status.State)
	}
	seen := map[[3]string]bool{} // an address may serve two targets: once is enough
	for _, g := range t.Status.Targets {
		key := [3]string{g.Target, g.Transport, g.Address}
		if !seen[key] {
			m.gauge("trunkline_target_up", "Whether a target answers; it does while nobody has asked.", number(g.State != "down"),
				"trunk", t.Name, "target", g.Target, "transport", g.Transport, "address", g.Address)
		}
		seen[key] = true
	}
	users := map[string]bool{}
	for _, r := range t.Status.Registrations {
		if !users[r.User] {
			m.gauge("trunkline_registered", "Whether a registration of ours holds.", number(r.State == "registered"), "trunk", t.Name, "user", r.User)
		}
		users[r.User] = true
	}
	const refused = "Legs that a trunk's limits refused."
	for direction, use := range map[string]TrunkUse{"in": t.Inbound, "out": t.Outbound} {
		m.counter("trunkline_trunk_refused_total", refused, float64(use.RefusedCalls), "trunk", t.Name, "direction", direction, "limit", "calls")
		m.counter("trunkline_trunk_refused_total", refused, float64(use.RefusedRate), "trunk", t.Name, "direction", direction, "limit", "per_second")
	}
}

func number(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
