package main

import (
	"fmt"

	"trunkline/bench/report"
)

// flatness asks whether a call costs more when there are more of them.
func flatness(b *bench) error {
	counts := []int{100, 500, 1000, 2000}
	if b.quick {
		counts = []int{100, 2000}
	}
	for _, kind := range []string{"relay", "playout"} {
		costs, err := b.costs(kind, counts)
		if err != nil {
			return err
		}
		for i, calls := range counts {
			b.report.Ratio(fmt.Sprintf("%d calls: %s, t0", calls, what(kind)), costs[i], "us/s, call", "the first", costs[0], report.Flat, "")
		}
	}
	return nil
}

// costs returns what a call of a kind costs when there are so many, µs a second.
func (b *bench) costs(kind string, counts []int) ([]float64, error) {
	warm, measure, rounds := b.times()
	rounds = min(rounds, 2)
	k, _ := kinds(kind)
	s := trunkline(planeConfig{kind: kind, tier: "t0", process: true})
	costs := make([][]float64, len(counts))
	for range rounds {
		for i, calls := range counts {
			o, err := b.try(s, calls, onLoopback(), traffic{warm: warm, measure: measure, quiet: k.quiet, many: true})
			if err != nil {
				return nil, err
			}
			costs[i] = append(costs[i], o.perCall(calls))
		}
	}
	medians := make([]float64, len(counts))
	for i, c := range costs {
		medians[i] = report.Median(c)
	}
	return medians, nil
}
