package main

import (
	"time"

	"trunkline/bench/waiting"
)

// flowing measures flows that wait, and verbs.
func flowing(b *bench) error {
	w := waiting.Bench{Report: b.report, Flows: []int{10, 100, 1000, 5000}, Window: 10 * time.Second}
	if b.quick {
		w.Flows, w.Window = []int{10, 5000}, 2*time.Second
	}
	return waiting.Run(w)
}
