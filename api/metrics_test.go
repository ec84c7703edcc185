package api

import (
	"net/http"
	"strings"
	"testing"
)

// TestMetrics holds that each name of docs/metrics.md is there, as Prometheus
// reads it, and to nobody without the token.
func TestMetrics(t *testing.T) {
	sound := &Sound{
		PID: 7, Threads: 2, Tier: "t1", Scheduled: "real-time", MemoryBytes: 1 << 20, PacketsIn: 12, PacketsOut: 34,
		BusySeconds: 5.5, LateP50MS: 0.02, LateP99MS: 0.5, LateP999MS: 1.5, LateMaxMS: 14, GivingWay: 1, GaveWay: 3,
	}
	h := Holdings{Calls: 1, Legs: 2, Dialogs: 3, Sessions: 4, Ports: 8, Sound: sound}
	n := newNode(t, func(c *Config) {
		c.Token = "secret"
		c.Holdings = func() Holdings { return h }
	})
	if got := n.ask("GET", "/metrics", "").Code; got != http.StatusUnauthorized {
		t.Errorf("without a token: %d", got)
	}
	scrape := func() string {
		w := n.ask("GET", "/metrics", "", "Authorization: Bearer secret")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
			t.Fatalf("%d, %q: %s", w.Code, w.Header().Get("Content-Type"), w.Body)
		}
		return w.Body.String()
	}
	text := scrape()
	for _, line := range []string{
		`trunkline_info{run="` + n.bus.Run() + `",version="v1.2.3"} 1`,
		"trunkline_calls 1", "trunkline_legs 2", "trunkline_sip_dialogs 3", "trunkline_media_sessions 4", "trunkline_media_ports 8",
		"trunkline_event_streams 0",
		`trunkline_media_info{scheduled="real-time",tier="t1"} 1`, "trunkline_media_threads 2", "trunkline_media_memory_bytes 1.048576e+06",
		`trunkline_media_packets_total{direction="in"} 12`, `trunkline_media_packets_total{direction="out"} 34`,
		"trunkline_media_busy_seconds_total 5.5", "trunkline_media_sessions_broken_total 0",
		`trunkline_media_lateness_seconds{quantile="0.999"} 0.0015`, `trunkline_media_lateness_seconds{quantile="1"} 0.014`,
		"trunkline_media_threads_giving_way 1", "trunkline_media_gave_way_total 3",
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	h.Sound = nil
	if strings.Contains(scrape(), "trunkline_media_threads") {
		t.Error("tells of media threads while there are none")
	}
}
