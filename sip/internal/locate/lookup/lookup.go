// Package lookup asks the DNS for addresses, SRV and NAPTR records, and lives with
// a DNS that is slow, wrong, empty or gone.
//
// It owns a cache and the lookups that run: every lookup has a deadline, equal
// questions share one, nobody waits longer than his context, and when a lookup
// fails the last good answer is used for as long as a day. Whoever has been
// answered once waits no longer than Patience again. Answers are bounded and
// never hold an address that nobody may send to. Any goroutine may ask; only
// locate does. It knows nothing of SIP.
package lookup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Config is where answers come from and how long they are good. The zero value
// asks the servers of the system.
type Config struct {
	// Dial connects to a server. Default: that of net.Dialer. UDP sockets must be
	// connected, so that nobody else is heard.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Servers names the servers, as host:port, that are asked for NAPTR; for the
	// rest net.Resolver knows them. Default: those of /etc/resolv.conf.
	Servers func() []string

	Deadline time.Duration // of one lookup; default 3s
	Patience time.Duration // for what was answered before, in whatever way; default 500ms
	Fresh    time.Duration // answers are not asked for again for so long; default 60s
	Negative time.Duration // nor are failures; default 10s
	Keep     time.Duration // age up to which a good answer stands in for failures; default 24h
	KeepGone time.Duration // the same when the DNS says that the name is no more; default 1h
}

func (c Config) withDefaults() Config {
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.Servers == nil {
		c.Servers = systemServers
	}
	for _, d := range []struct {
		at *time.Duration
		or time.Duration
	}{
		{&c.Deadline, 3 * time.Second}, {&c.Patience, 500 * time.Millisecond},
		{&c.Fresh, time.Minute}, {&c.Negative, 10 * time.Second},
		{&c.Keep, 24 * time.Hour}, {&c.KeepGone, time.Hour},
	} {
		if *d.at == 0 {
			*d.at = d.or
		}
	}
	return c
}

// No more is taken from one answer, however large it is.
const (
	maxAddrs   = 16
	maxRecords = 32
)

// ErrNotFound is matched by errors that say: the name, or a record of this kind,
// does not exist. All others say that it is not known whether it does.
var ErrNotFound = errors.New("no such record")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("lookup is closed")

// SRV is a record of RFC 2782.
type SRV struct {
	Target           string // without the last dot; empty: decidedly not offered
	Port             uint16
	Priority, Weight uint16
}

// NAPTR is a record of RFC 3403, as far as SIP uses it.
type NAPTR struct {
	Order, Preference uint16
	Flags, Service    string // in capitals
	Regexp            string
	Replacement       string // without the last dot
}

// Resolver answers questions. Close it.
type Resolver struct {
	cfg    Config
	system *net.Resolver // Go's own: it checks identity, question and source of answers
	ipv4   *cache[[]netip.Addr]
	ipv6   *cache[[]netip.Addr]
	srvs   *cache[[]SRV]
	naptrs *cache[[]NAPTR]

	ctx    context.Context // the life of the lookups, which outlive their askers
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New returns a resolver with nothing in its cache.
func New(cfg Config) *Resolver {
	r := &Resolver{cfg: cfg.withDefaults()}
	r.system = &net.Resolver{PreferGo: true, Dial: r.dial}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.ipv4 = newCache(r, func(ctx context.Context, host string) ([]netip.Addr, error) { return r.askAddrs(ctx, "ip4", host) })
	r.ipv6 = newCache(r, func(ctx context.Context, host string) ([]netip.Addr, error) { return r.askAddrs(ctx, "ip6", host) })
	r.srvs = newCache(r, r.askSRV)
	r.naptrs = newCache(r, r.askNAPTR)
	return r
}

// Close ends the lookups that run and waits for them. Whoever asks afterwards
// gets ErrClosed.
func (r *Resolver) Close() {
	r.cancel()
	r.ipv4.close()
	r.ipv6.close()
	r.srvs.close()
	r.naptrs.close()
	r.work.Wait()
}

// IPv4 returns the addresses in a host's A records. What it returns is not to be
// changed; this is so for all answers.
func (r *Resolver) IPv4(ctx context.Context, host string) ([]netip.Addr, error) {
	return r.ipv4.get(ctx, canonical(host))
}

// IPv6 returns the addresses in a host's AAAA records.
func (r *Resolver) IPv6(ctx context.Context, host string) ([]netip.Addr, error) {
	return r.ipv6.get(ctx, canonical(host))
}

// SRV returns the records of a name such as _sip._udp.example.com, in no order.
func (r *Resolver) SRV(ctx context.Context, name string) ([]SRV, error) {
	return r.srvs.get(ctx, canonical(name))
}

// NAPTR returns the records of a domain, in no order.
func (r *Resolver) NAPTR(ctx context.Context, domain string) ([]NAPTR, error) {
	return r.naptrs.get(ctx, canonical(domain))
}

// dial connects for as long as the context lives; net.Resolver minds its deadline
// but not its end.
func (r *Resolver) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := r.cfg.Dial(ctx, network, address)
	if err == nil {
		context.AfterFunc(ctx, func() { conn.Close() })
	}
	return conn, err
}

// canonical is a name as the cache knows it.
func canonical(name string) string {
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// rooted keeps a full name from being tried in the system's search domains. One
// without a dot is a nickname in those, or in /etc/hosts.
func rooted(name string) string {
	if strings.Contains(name, ".") {
		return name + "."
	}
	return name
}

func (r *Resolver) askAddrs(ctx context.Context, network, host string) ([]netip.Addr, error) {
	found, err := r.system.LookupNetIP(ctx, network, rooted(host))
	if err != nil {
		return nil, plain(host, err)
	}
	var addrs []netip.Addr
	for _, a := range found {
		if a = a.Unmap(); Sendable(a) && len(addrs) < maxAddrs {
			addrs = append(addrs, a)
		}
	}
	if len(addrs) == 0 {
		return nil, fmt.Errorf("look up %s: %d addresses, none that one may send to", host, len(found))
	}
	return addrs, nil
}

// Sendable reports whether an address is that of one host. The DNS of others
// shall not make us send to a group, to everybody, or to ourselves by accident.
func Sendable(a netip.Addr) bool {
	a = a.Unmap()
	everybody := netip.AddrFrom4([4]byte{255, 255, 255, 255})
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && a != everybody
}

func (r *Resolver) askSRV(ctx context.Context, name string) ([]SRV, error) {
	// Records with impossible names are left out, and told as an error beside
	// those that are good.
	_, found, err := r.system.LookupSRV(ctx, "", "", rooted(name))
	if len(found) == 0 {
		if err == nil {
			err = ErrNotFound
		}
		return nil, plain(name, err)
	}
	var records []SRV
	for _, s := range found[:min(len(found), maxRecords)] {
		records = append(records, SRV{canonical(s.Target), s.Port, s.Priority, s.Weight})
	}
	return records, nil
}

// plain says in short what net says at length, and what it means.
func plain(name string, err error) error {
	var dns *net.DNSError
	switch {
	case !errors.As(err, &dns):
		return fmt.Errorf("look up %s: %w", name, err)
	case dns.IsNotFound:
		return fmt.Errorf("look up %s: %w", name, ErrNotFound)
	case dns.IsTimeout:
		return fmt.Errorf("look up %s: %w", name, context.DeadlineExceeded)
	}
	return fmt.Errorf("look up %s: %s", name, dns.Err)
}
