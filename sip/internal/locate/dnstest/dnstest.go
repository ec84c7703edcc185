// Package dnstest is a DNS server for tests, on a port of 127.0.0.1, over UDP and
// TCP. It answers from zone-file lines, and misbehaves on request.
//
// Only tests of locate and of what is below it use it. It stops with its test.
package dnstest

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server is the server.
type Server struct {
	Addr string // host:port

	mu      sync.Mutex
	records map[dns.Question][]dns.RR
	names   map[string]bool
	asked   map[string]int
	bend    func(w dns.ResponseWriter, query, reply *dns.Msg) bool
}

// New starts a server with these records, one per line as in a zone file.
func New(t testing.TB, zone string) *Server {
	t.Helper()
	s := &Server{asked: map[string]int{}}
	s.Zone(t, zone)
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = tcp.Addr().String()
	udp, err := net.ListenPacket("udp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []*dns.Server{{Listener: tcp, Handler: s}, {PacketConn: udp, Handler: s}} {
		started, ended := make(chan struct{}), make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		go func() {
			defer close(ended)
			if err := server.ActivateAndServe(); err != nil {
				t.Errorf("serve DNS: %v", err)
			}
		}()
		<-started
		t.Cleanup(func() {
			if err := server.Shutdown(); err != nil {
				t.Errorf("stop DNS: %v", err)
			}
			<-ended
		})
	}
	return s
}

// Zone replaces the records.
func (s *Server) Zone(t testing.TB, zone string) {
	t.Helper()
	records, names := map[dns.Question][]dns.RR{}, map[string]bool{}
	for line := range strings.Lines(zone) {
		rr, err := dns.NewRR(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if rr == nil { // an empty line
			continue
		}
		h := rr.Header()
		q := dns.Question{Name: strings.ToLower(h.Name), Qtype: h.Rrtype, Qclass: h.Class}
		records[q] = append(records[q], rr)
		names[q.Name] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records, s.names = records, names
}

// Bend lets f change an answer before it is sent. When f returns false, it has
// dealt with the query itself, if only by silence. A nil f ends it.
func (s *Server) Bend(f func(w dns.ResponseWriter, query, reply *dns.Msg) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bend = f
}

// Asked returns how often a question such as "example.com. NAPTR" has come.
func (s *Server) Asked(question string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[question]
}

// Dial connects to this server, whichever is meant.
func (s *Server) Dial(ctx context.Context, network, _ string) (net.Conn, error) {
	return (&net.Dialer{}).DialContext(ctx, network, s.Addr)
}

// ServeDNS answers one query.
func (s *Server) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	q := query.Question[0]
	s.mu.Lock()
	s.asked[q.Name+" "+dns.TypeToString[q.Qtype]]++
	reply := new(dns.Msg).SetReply(query)
	reply.RecursionAvailable = true
	q.Name = strings.ToLower(q.Name)
	reply.Answer = append(reply.Answer, s.records[q]...)
	if !s.names[q.Name] {
		reply.Rcode = dns.RcodeNameError
	}
	bend := s.bend
	s.mu.Unlock()
	if bend != nil && !bend(w, query, reply) {
		return
	}
	if w.LocalAddr().Network() == "udp" {
		size := dns.MinMsgSize
		if opt := query.IsEdns0(); opt != nil {
			size = int(opt.UDPSize())
		}
		reply.Truncate(size)
	}
	_ = w.WriteMsg(reply) // the asker may be gone
}
