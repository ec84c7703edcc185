package count

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// written is a snapshot as Prometheus would write it, without empty families.
func written(c *Counters) string {
	var lines []string
	for _, f := range c.Snapshot() {
		for _, s := range f.Samples {
			var labels []string
			for i, name := range f.Labels {
				labels = append(labels, name+"="+s.Values[i])
			}
			line := fmt.Sprintf("%s{%s} %v", strings.TrimPrefix(f.Name, "trunkline_"), strings.Join(labels, ","), s.Value)
			if f.Kind == Histogram {
				line = fmt.Sprintf("%s{%s} %d in %v s, ≤0.5: %d, ≤8: %d", strings.TrimPrefix(f.Name, "trunkline_"),
					strings.Join(labels, ","), s.Count, s.Sum, s.Buckets[0.5], s.Buckets[8])
			}
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// nothing is what a snapshot says of counters that never counted.
const nothing = "sip_transactions{side=server} 0\nsip_transactions{side=client} 0"

func TestMessages(t *testing.T) {
	var c Counters
	if got := written(&c); got != nothing {
		t.Errorf("got\n%s, want\n%s", got, nothing)
	}
	c.Message(In, []byte("INVITE sip:a SIP/2.0\r\n\r\n"))
	c.Message(In, []byte("INVITE sip:a SIP/2.0\r\n\r\n"))
	c.Message(In, []byte("invite sip:a SIP/2.0\r\n\r\n"))
	c.Message(Out, []byte("SIP/2.0 183 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"))
	c.Message(Out, []byte("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"))
	c.Message(In, []byte("SIP/2.0 699 Odd\r\nCSeq: 1 BREW\r\n\r\n"))
	c.Message(In, []byte("SIP/2.0 099 Odd\r\nCSeq: 1 BYE\r\n\r\n"))
	c.Message(In, []byte("SIP/2.0 700 Odd\r\nCSeq: 1 BYE\r\n\r\n"))
	c.Message(In, []byte("\r\n\r\n"))
	c.Repeated(Out, []byte("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n"))
	c.TransactionBegun(Server)
	c.TransactionBegun(Server)
	c.TransactionEnded(Server)
	c.Refused("unknown_source")
	want := `sip_requests_total{direction=in,method=other} 1
sip_requests_total{direction=in,method=INVITE} 2
sip_responses_total{direction=in,method=other,class=6xx} 1
sip_responses_total{direction=out,method=INVITE,class=1xx} 1
sip_responses_total{direction=out,method=INVITE,class=2xx} 1
sip_retransmissions_total{direction=out,method=INVITE} 1
sip_transactions_total{side=server} 2
sip_transactions{side=server} 1
sip_transactions{side=client} 0
sip_refused_total{rule=unknown_source} 1`
	if got := written(&c); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestCalls(t *testing.T) {
	var c Counters
	begin := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(ms int) time.Time { return begin.Add(time.Duration(ms) * time.Millisecond) }

	call := c.Trunk("acme").Call(Out, begin)
	call.Rang(at(500))
	call.Rang(at(700))
	call.Answered(at(9000))
	call.Answered(at(9500))
	call.Ended("normal")
	call.Ended("normal")
	call = c.Trunk("acme").Call(Out, begin) // answered without ringing, by a clock that went back
	call.Answered(at(-5))
	call = c.Trunk("acme").Call(In, begin)
	call.Ended("busy")
	var none Call
	none.Rang(begin)
	none.Answered(begin)
	none.Ended("normal")

	want := nothing + `
trunk_calls{trunk=acme,direction=in} 0
trunk_calls{trunk=acme,direction=out} 1
trunk_calls_total{trunk=acme,direction=in,cause=busy} 1
trunk_calls_total{trunk=acme,direction=out,cause=normal} 1
trunk_pdd_seconds{trunk=acme,direction=out} 2 in 0.5 s, ≤0.5: 2, ≤8: 2
trunk_setup_seconds{trunk=acme,direction=out} 2 in 9 s, ≤0.5: 1, ≤8: 1`
	if got := written(&c); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

func TestLabelsAreBounded(t *testing.T) {
	var c Counters
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 10 * maxRules {
				c.Refused(fmt.Sprint(i))
				call := c.Trunk(fmt.Sprint(i*4+g)).Call(In, time.Time{})
				call.Ended(fmt.Sprint(i))
			}
		})
	}
	wg.Wait()
	for _, f := range c.Snapshot() {
		sum, labels := 0.0, map[string]bool{}
		for _, s := range f.Samples {
			sum += s.Value
			if len(s.Values) > 0 {
				labels[s.Values[0]] = true
			}
		}
		switch f.Name {
		case "trunkline_sip_refused_total":
			if len(labels) != maxRules+1 || !labels[other] || sum != 40*maxRules {
				t.Errorf("%v refusals by %d rules", sum, len(labels))
			}
		case "trunkline_trunk_calls_total":
			if len(labels) != maxTrunks+1 || !labels[other] || sum != 40*maxRules || len(f.Samples) > maxTrunks+maxCauses+1 {
				t.Errorf("%v calls of %d trunks in %d series", sum, len(labels), len(f.Samples))
			}
		}
	}
}

// TestEveryMetricIsDocumented holds that the names are in docs/metrics.md, with
// their labels.
func TestEveryMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	var c Counters
	for _, f := range c.Snapshot() {
		found := false
		for line := range strings.Lines(string(page)) {
			if !strings.HasPrefix(line, "|") || !strings.Contains(line, "`"+f.Name+"`") {
				continue
			}
			found = true
			for _, label := range f.Labels {
				found = found && strings.Contains(line, "`"+label+"`")
			}
		}
		if !found {
			t.Errorf("docs/metrics.md has no row for %s with the labels %v", f.Name, f.Labels)
		}
	}
}

func TestCountingDoesNotAllocate(t *testing.T) {
	var c Counters
	invite, ok := []byte("INVITE sip:a SIP/2.0\r\n\r\n"), []byte("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n")
	now := time.Now()
	count := func() {
		c.Message(In, invite)
		c.Message(Out, ok)
		c.Repeated(Out, ok)
		c.Refused("rule")
		call := c.Trunk("acme").Call(In, now)
		call.Answered(now)
		call.Ended("normal")
	}
	count()
	if n := testing.AllocsPerRun(100, count); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkMessage(b *testing.B) {
	var c Counters
	ok := []byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.9:5060;branch=z9hG4bK1\r\nFrom: <sip:100@192.0.2.9>;tag=a\r\n" +
		"To: <sip:200@192.0.2.1>\r\nCall-ID: 3848276298220188511@192.0.2.9\r\nCSeq: 1 INVITE\r\n\r\n")
	b.ReportAllocs()
	for b.Loop() {
		c.Message(Out, ok)
	}
}
