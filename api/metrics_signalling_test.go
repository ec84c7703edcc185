package api

import (
	"net/http"
	"strings"
	"testing"

	"trunkline/sip"
	"trunkline/sip/hep"
	"trunkline/sip/trace"
)

// TestSignallingMetrics: what sip counts appears under its own names with the type
// that the name promises; trunks, traces and copies beside it.
func TestSignallingMetrics(t *testing.T) {
	var counter, gauge, histogram sip.Family
	counter.Name, counter.Labels = "trunkline_sip_refused_total", []string{"rule"}
	counter.Samples = grown(counter.Samples)
	counter.Samples[0].Value, counter.Samples[0].Values = 3, []string{"banned"}
	gauge.Name = "trunkline_sip_banned"
	gauge.Samples = grown(gauge.Samples)
	gauge.Samples[0].Value = 2
	histogram.Name, histogram.Labels = "trunkline_trunk_pdd_seconds", []string{"trunk", "direction"}
	histogram.Samples = grown(histogram.Samples)
	h := &histogram.Samples[0]
	h.Values, h.Count, h.Sum, h.Buckets = []string{"carrier", "out"}, 5, 7.5, map[float64]uint64{1: 2, 4: 5}
	n := newNode(t, func(c *Config) {
		c.Families = func() []sip.Family { return []sip.Family{counter, gauge, histogram} }
		c.Seeing = func() Seeing {
			return Seeing{Trace: trace.Stats{Calls: 4, Bytes: 4096}, Homer: &hep.Stats{Sent: 9, Dropped: 1}}
		}
	})
	w := n.ask("GET", "/metrics", "")
	if w.Code != http.StatusOK {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	text := w.Body.String()
	for _, line := range []string{
		"# TYPE trunkline_sip_refused_total counter", `trunkline_sip_refused_total{rule="banned"} 3`,
		"# TYPE trunkline_sip_banned gauge", "trunkline_sip_banned 2",
		`trunkline_trunk_pdd_seconds_bucket{direction="out",trunk="carrier",le="1"} 2`, `trunkline_trunk_pdd_seconds_count{direction="out",trunk="carrier"} 5`,
		`trunkline_trunk_state{state="up",trunk="carrier"} 1`,
		`trunkline_target_up{address="192.0.2.7:5060",target="sip.carrier.example",transport="udp",trunk="carrier"} 1`,
		`trunkline_registered{trunk="carrier",user="4930123"} 0`,
		`trunkline_trunk_refused_total{direction="out",limit="calls",trunk="carrier"} 1`,
		"trunkline_phones 0", "trunkline_trace_calls 4", "trunkline_trace_bytes 4096",
		`trunkline_hep_packets_total{result="sent"} 9`, `trunkline_hep_packets_total{result="failed"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
}

// grown is a list with one more series, whose type has no name here.
func grown[T any](list []T) []T {
	var one T
	return append(list, one)
}
