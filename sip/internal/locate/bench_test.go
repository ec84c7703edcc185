package locate

import (
	"testing"

	"trunkline/sip/internal/locate/dnstest"
	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/trunk"
)

// BenchmarkHops is what locating costs each call: of a literal address, and of a
// name whose records are in the cache.
func BenchmarkHops(b *testing.B) {
	s := dnstest.New(b, zone)
	names := lookup.New(lookup.Config{Dial: s.Dial, Servers: func() []string { return []string{s.Addr} }})
	b.Cleanup(names.Close)
	l := New(Config{Names: names, Reach: everywhere()})
	for _, host := range []string{"192.0.2.1", "host.example.com:5060", "ptr.example.com", "srv.example.com"} {
		b.Run(host, func(b *testing.B) {
			p, err := l.Place([]trunk.Target{{Host: host}})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Hops(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
