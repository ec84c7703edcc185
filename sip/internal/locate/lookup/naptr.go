package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// udpSize is what we tell servers to keep UDP answers below; larger ones come by
// TCP. It passes every path unfragmented.
const udpSize = 1232

// maxServers is how many are asked, one after the other: as many as resolv.conf(5)
// allows.
const maxServers = 3

// systemServers reads /etc/resolv.conf each time: NAPTR is asked for rarely, and
// the file may change.
func systemServers() []string {
	conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return []string{"127.0.0.1:53"}
	}
	var servers []string
	for _, s := range conf.Servers {
		servers = append(servers, net.JoinHostPort(s, conf.Port))
	}
	return servers
}

// askNAPTR asks one server after the other, each for its share of the time.
func (r *Resolver) askNAPTR(ctx context.Context, domain string) ([]NAPTR, error) {
	query := new(dns.Msg).SetQuestion(dns.Fqdn(domain), dns.TypeNAPTR)
	query.SetEdns0(udpSize, false)
	servers := r.cfg.Servers()
	servers = servers[:min(len(servers), maxServers)]
	err := errors.New("no server to ask")
	for i, server := range servers {
		share, cancel := context.WithTimeout(ctx, r.cfg.Deadline/time.Duration(len(servers)))
		var records []NAPTR
		records, err = r.askServer(share, server, query)
		cancel()
		if err == nil || errors.Is(err, ErrNotFound) || i == len(servers)-1 {
			return records, wrap(domain, err)
		}
	}
	return nil, wrap(domain, err)
}

func wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("look up %s: %w", name, err)
}

// askServer asks by UDP, and by TCP when the answer does not fit.
func (r *Resolver) askServer(ctx context.Context, server string, query *dns.Msg) ([]NAPTR, error) {
	reply, err := r.exchange(ctx, "udp", server, query)
	if err == nil && reply.Truncated {
		reply, err = r.exchange(ctx, "tcp", server, query)
	}
	if err != nil {
		return nil, err
	}
	switch reply.Rcode {
	case dns.RcodeSuccess:
	case dns.RcodeNameError:
		return nil, ErrNotFound
	default:
		return nil, fmt.Errorf("server %s says %s", server, dns.RcodeToString[reply.Rcode])
	}
	records := naptrs(reply)
	if len(records) == 0 {
		return nil, ErrNotFound
	}
	return records, nil
}

// exchange sends a query and waits for its answer. What answers another question,
// or none, may be forged and does not end the wait.
func (r *Resolver) exchange(ctx context.Context, network, server string, query *dns.Msg) (*dns.Msg, error) {
	raw, err := r.dial(ctx, network, server)
	if err != nil {
		return nil, err
	}
	conn := &dns.Conn{Conn: raw, UDPSize: udpSize}
	defer conn.Close()

	query = query.Copy()
	query.Id = dns.Id()
	if err := conn.WriteMsg(query); err != nil {
		return nil, err
	}
	for {
		reply, err := conn.ReadMsg()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil && answers(reply, query):
			return reply, nil
		case network == "tcp" && err == nil:
			return nil, fmt.Errorf("server %s answers what was not asked", server)
		case network == "tcp" || isNetError(err):
			return nil, err
		}
	}
}

// isNetError tells a broken socket from a broken message.
func isNetError(err error) bool {
	var broken net.Error
	return errors.As(err, &broken)
}

// answers reports whether a message is the answer to a query.
func answers(reply, query *dns.Msg) bool {
	if !reply.Response || reply.Opcode != dns.OpcodeQuery || reply.Id != query.Id || len(reply.Question) != 1 {
		return false
	}
	got, want := reply.Question[0], query.Question[0]
	return got.Qtype == want.Qtype && got.Qclass == want.Qclass && strings.EqualFold(got.Name, want.Name)
}

// naptrs takes from an answer what belongs to its question: the records of the
// name, or of what a CNAME of the answer makes of it.
func naptrs(reply *dns.Msg) []NAPTR {
	owner := reply.Question[0].Name
	for range len(reply.Answer) { // a chain is no longer than the answer
		next := owner
		for _, rr := range reply.Answer {
			if cname, ok := rr.(*dns.CNAME); ok && strings.EqualFold(rr.Header().Name, owner) {
				next = cname.Target
			}
		}
		if next == owner {
			break
		}
		owner = next
	}
	var records []NAPTR
	for _, rr := range reply.Answer {
		n, ok := rr.(*dns.NAPTR)
		if ok && strings.EqualFold(n.Hdr.Name, owner) && len(records) < maxRecords {
			records = append(records, NAPTR{
				Order: n.Order, Preference: n.Preference,
				Flags: strings.ToUpper(n.Flags), Service: strings.ToUpper(n.Service),
				Regexp: n.Regexp, Replacement: canonical(n.Replacement),
			})
		}
	}
	return records
}
