package api

import (
	"bytes"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/common/expfmt"
)

// addMetrics answers Prometheus where it looks by default. docs/metrics.md has the
// names.
func (h *Handler) addMetrics() {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		&gauges{h}, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	add(h, huma.Operation{
		OperationID: "get-metrics", Method: http.MethodGet, Path: "/metrics", Tags: []string{"node"},
		Summary: "Let Prometheus see what this node does",
		Responses: map[string]*huma.Response{"200": {
			Description: "OK",
			Content:     map[string]*huma.MediaType{"text/plain": {Schema: &huma.Schema{Type: huma.TypeString}}},
		}},
	}, func(context.Context, *struct{}) (*raw, error) {
		families, err := registry.Gather()
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		for _, f := range families {
			if _, err := expfmt.MetricFamilyToText(&text, f); err != nil {
				return nil, err
			}
		}
		return &raw{ContentType: string(expfmt.NewFormat(expfmt.TypeTextPlain)), Body: text.Bytes()}, nil
	})
}

// gauges is what GET /v1/node tells, in the words of Prometheus. It keeps
// nothing: each scrape asks anew.
type gauges struct{ h *Handler }

// Describe implements prometheus.Collector: what there is depends on whether
// there are media threads.
func (g *gauges) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(out chan<- prometheus.Metric) {
	var n Holdings
	if g.h.Holdings != nil {
		n = g.h.Holdings()
	}
	m := meter{out}
	m.gauge("trunkline_info", "What runs; always 1.", 1, "version", g.h.Version, "run", g.h.Bus.Run())
	m.gauge("trunkline_calls", "Calls there are.", float64(n.Calls))
	m.gauge("trunkline_legs", "Legs of calls there are.", float64(n.Legs))
	m.gauge("trunkline_sip_dialogs", "SIP dialogs there are.", float64(n.Dialogs))
	m.gauge("trunkline_media_sessions", "Media sessions there are.", float64(n.Sessions))
	m.gauge("trunkline_media_ports", "UDP ports held for media.", float64(n.Ports))
	m.gauge("trunkline_event_streams", "Clients listening to events.", float64(g.h.streams.count()))
	if n.Sound != nil {
		m.sound(n.Sound)
	}
	g.h.collectSignalling(m)
}

// meter writes metrics down.
type meter struct{ out chan<- prometheus.Metric }

func (m meter) sound(s *Sound) {
	m.gauge("trunkline_media_info", "How sound runs; always 1.", 1, "tier", s.Tier, "scheduled", s.Scheduled)
	m.gauge("trunkline_media_threads", "Media threads there are.", float64(s.Threads))
	m.gauge("trunkline_media_memory_bytes", "Resident memory of the media process, memory shared with the server included.", float64(s.MemoryBytes))
	m.gauge("trunkline_media_threads_giving_way", "Media threads that have far too much to do and let others go first.", float64(s.GivingWay))
	m.counter("trunkline_media_gave_way_total", "Times that a media thread began to give way.", float64(s.GaveWay))
	m.counter("trunkline_media_busy_seconds_total", "Time that media threads spent on sound rather than waiting.", s.BusySeconds)
	m.counter("trunkline_media_sessions_broken_total", "Media sessions ended because of a mistake of ours.", float64(s.Broken))
	const packets = "RTP and RTCP packets moved."
	m.counter("trunkline_media_packets_total", packets, float64(s.PacketsIn), "direction", "in")
	m.counter("trunkline_media_packets_total", packets, float64(s.PacketsOut), "direction", "out")
	const late = "How late the turns of media threads began, since they did; quantile 1 is the worst."
	for _, q := range []struct {
		name string
		ms   float64
	}{{"0.5", s.LateP50MS}, {"0.99", s.LateP99MS}, {"0.999", s.LateP999MS}, {"1", s.LateMaxMS}} {
		m.gauge("trunkline_media_lateness_seconds", late, q.ms/1e3, "quantile", q.name)
	}
}

func (m meter) gauge(name, help string, v float64, labels ...string) {
	m.metric(prometheus.GaugeValue, name, help, v, labels)
}

func (m meter) counter(name, help string, v float64, labels ...string) {
	m.metric(prometheus.CounterValue, name, help, v, labels)
}

// metric writes one down; labels are names and values in turn.
func (m meter) metric(kind prometheus.ValueType, name, help string, v float64, labels []string) {
	var names, values []string
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	m.out <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, v, values...)
}
