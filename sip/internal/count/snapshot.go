package count

import "time"

// Kind is what sort of metric a family is.
type Kind uint8

// The kinds.
const (
	Counter Kind = iota
	Gauge
	Histogram
)

// Family is a metric in the words of Prometheus.
type Family struct {
	Name    string
	Help    string
	Kind    Kind
	Labels  []string // names
	Samples []Sample
}

// Sample is one series of a Family.
type Sample struct {
	Values []string // of the labels
	Value  float64  // of a counter or gauge

	// Of a histogram.
	Count   uint64
	Sum     float64            // seconds
	Buckets map[float64]uint64 // of each upper bound, with those below it
}

// Snapshot returns all metrics as they stand. Series that never counted are left
// out.
func (c *Counters) Snapshot() []Family {
	return append([]Family{
		c.messages("trunkline_sip_requests_total", "SIP requests, retransmissions included.", &c.requests),
		c.byClass(),
		c.messages("trunkline_sip_retransmissions_total", "SIP messages that were sent again or had come before.", &c.repeated),
		c.transactionsBegun(),
		c.transactions(),
		labelled("trunkline_sip_refused_total", "SIP messages and calls turned away, by rule.", &c.refused),
	}, c.byTrunk()...)
}

func (c *Counters) messages(name, help string, counts *[directions][len(methods)]counter) Family {
	f := Family{Name: name, Help: help, Labels: []string{"direction", "method"}}
	for d := range directions {
		for i := range methods {
			f.add(counts[d][i].Load(), d.String(), methods[i])
		}
	}
	return f
}

func (c *Counters) byClass() Family {
	f := Family{
		Name: "trunkline_sip_responses_total", Help: "SIP responses, retransmissions included.",
		Labels: []string{"direction", "method", "class"},
	}
	for d := range directions {
		for i := range methods {
			for class := range classes {
				f.add(c.responses[d][i][class].Load(), d.String(), methods[i], string(rune('1'+class))+"xx")
			}
		}
	}
	return f
}

func (c *Counters) transactionsBegun() Family {
	f := Family{Name: "trunkline_sip_transactions_total", Help: "SIP transactions begun.", Labels: []string{"side"}}
	for s := range sides {
		f.add(c.begun[s].Load(), s.String())
	}
	return f
}

func (c *Counters) transactions() Family {
	f := Family{Name: "trunkline_sip_transactions", Help: "SIP transactions there are.", Kind: Gauge, Labels: []string{"side"}}
	for s := range sides {
		f.Samples = append(f.Samples, Sample{Values: []string{s.String()}, Value: difference(&c.ended[s], &c.begun[s])})
	}
	return f
}

// labelled is a family with one label, which is a rule.
func labelled(name, help string, counts *table[counter]) Family {
	f := Family{Name: name, Help: help, Labels: []string{"rule"}}
	counts.each(func(rule string, n *counter) { f.add(n.Load(), rule) })
	return f
}

// byTrunk returns what is counted for each trunk.
func (c *Counters) byTrunk() []Family {
	labels := []string{"trunk", "direction"}
	now := Family{Name: "trunkline_trunk_calls", Help: "Calls of a trunk there are.", Kind: Gauge, Labels: labels}
	ended := Family{Name: "trunkline_trunk_calls_total", Help: "Calls of a trunk that ended, by cause.", Labels: append(labels[:2:2], "cause")}
	ring := Family{Name: "trunkline_trunk_pdd_seconds", Help: "From INVITE to the first 18x or 200.", Kind: Histogram, Labels: labels}
	setup := Family{Name: "trunkline_trunk_setup_seconds", Help: "From INVITE to 200.", Kind: Histogram, Labels: labels}
	c.trunks.each(func(trunk string, t *Trunk) {
		for d := range directions {
			w := &t.ways[d]
			values := []string{trunk, d.String()}
			now.Samples = append(now.Samples, Sample{Values: values, Value: difference(&w.ended, &w.begun)})
			w.causes.each(func(cause string, n *counter) { ended.add(n.Load(), trunk, d.String(), cause) })
			ring.addHistogram(&w.ring, values)
			setup.addHistogram(&w.setup, values)
		}
	})
	return []Family{now, ended, ring, setup}
}

// add appends a series, unless it never counted.
func (f *Family) add(n uint64, values ...string) {
	if n > 0 {
		f.Samples = append(f.Samples, Sample{Values: values, Value: float64(n)})
	}
}

// addHistogram appends a histogram, unless it never counted.
func (f *Family) addHistogram(h *histogram, values []string) {
	s := Sample{Values: values, Buckets: map[float64]uint64{}}
	for i := range h.buckets {
		s.Count += h.buckets[i].Load()
		if i < len(bounds) {
			s.Buckets[bounds[i]] = s.Count
		}
	}
	s.Sum = time.Duration(h.sum.Load()).Seconds()
	if s.Count > 0 {
		f.Samples = append(f.Samples, s)
	}
}

// difference is how many have begun and not ended. What ended is read first: it
// is never more than what is then found to have begun.
func difference(ended, begun *counter) float64 {
	n := ended.Load()
	return float64(begun.Load() - n)
}
