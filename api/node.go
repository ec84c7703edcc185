package api

import (
	"context"
	"net/http"
	"os"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// Holdings is what a node holds at the moment. When it is idle all are zero:
// anything else is a leak.
type Holdings struct {
	Calls    int `json:"calls"`
	Legs     int `json:"legs"`
	Dialogs  int `json:"dialogs" doc:"SIP dialogs"`
	Sessions int `json:"sessions" doc:"Media sessions"`
	Ports    int `json:"ports" doc:"UDP ports held for media"`

	Sound *Sound `json:"sound,omitempty" doc:"The media threads; absent while there are none"`
}

// Sound says where and how the media threads run, and how late they were.
type Sound struct {
	PID         int     `json:"pid" doc:"Process they run in"`
	Threads     int     `json:"threads"`
	Tier        string  `json:"tier" enum:"t0,t1,t2" doc:"How packets are moved"`
	Scheduled   string  `json:"scheduled,omitempty" doc:"real-time, nice or normal; absent in a shared process"`
	MemoryBytes int64   `json:"memory_bytes,omitempty" doc:"Resident, memory shared with the server included"`
	PacketsIn   uint64  `json:"packets_in"`
	PacketsOut  uint64  `json:"packets_out"`
	BusySeconds float64 `json:"busy_seconds" doc:"Spent on sound rather than waiting, by all threads"`
	LateP50MS   float64 `json:"late_p50_ms" doc:"How late the threads' turns began"`
	LateP99MS   float64 `json:"late_p99_ms"`
	LateP999MS  float64 `json:"late_p999_ms"`
	LateMaxMS   float64 `json:"late_max_ms"`
	Broken      uint64  `json:"broken" doc:"Sessions ended because of a mistake of ours"`
	GivingWay   int     `json:"giving_way" doc:"Threads that have far too much to do and let others go first, now"`
	GaveWay     uint64  `json:"gave_way" doc:"How often one began to"`
}

// Node describes the program and the process.
type Node struct {
	Holdings
	Version       string    `json:"version"`
	Run           string    `json:"run" doc:"Random name of this run of the program; sequence numbers of events belong to it"`
	StartedAt     time.Time `json:"started_at"`
	UptimeSeconds float64   `json:"uptime_seconds"`
	Goroutines    int       `json:"goroutines"`
	Descriptors   int       `json:"descriptors" doc:"Open file descriptors; -1 when unknown"`
	MemoryBytes   uint64    `json:"memory_bytes" doc:"Taken from the operating system by the Go runtime"`
	Draining      bool      `json:"draining" doc:"New calls are refused, by POST /v1/node/drain"`
	Streams       int       `json:"streams" doc:"Clients listening to events"`
}

type oneNode struct{ Body Node }

func (h *Handler) addNode() {
	add(h, huma.Operation{
		OperationID: "get-node", Method: http.MethodGet, Path: "/v1/node", Tags: []string{"node"},
		Summary: "See what this node holds",
	}, h.getNode)
}

func (h *Handler) getNode(context.Context, *struct{}) (*oneNode, error) {
	n := Node{
		Version:       h.Version,
		Run:           h.Bus.Run(),
		StartedAt:     h.started.UTC().Truncate(time.Millisecond),
		UptimeSeconds: time.Since(h.started).Round(time.Millisecond).Seconds(),
		Goroutines:    runtime.NumGoroutine(),
		Descriptors:   descriptors(),
		MemoryBytes:   memory(),
		Streams:       h.streams.count(),
	}
	if h.Holdings != nil {
		n.Holdings = h.Holdings()
	}
	n.Draining = h.Operator != nil && h.Operator.Draining()
	return &oneNode{Body: n}, nil
}

// descriptors counts this process's open files, but for the one it counts with.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries) - 1
}

// memory does not stop the world, as runtime.ReadMemStats would: calls live here.
func memory() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}
