package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
)

// trunks knows who a source is. Trust comes from the address a message came
// from, never from what it says about itself.
type trunks struct {
	list  []Trunk
	names string // for the log

	mu      sync.RWMutex
	peers   map[netip.Addr]int  // whom we have dialogs with, beside the trunks' networks
	targets map[netip.Addr]bool // what the trunks' targets have resolved to
}

func newTrunks(list []Trunk) (*trunks, error) {
	t := &trunks{list: list, peers: map[netip.Addr]int{}, targets: map[netip.Addr]bool{}}
	var names []string
	seen := map[string]bool{}
	for i, tr := range list {
		if err := checkTrunk(tr); err != nil {
			return nil, fmt.Errorf("trunk %d (%q): %w", i+1, tr.Name, err)
		}
		if seen[tr.Name] {
			return nil, fmt.Errorf("trunk %d (%q): name is taken", i+1, tr.Name)
		}
		seen[tr.Name] = true
		var nets []string
		for _, n := range tr.Networks {
			nets = append(nets, n.String())
		}
		names = append(names, tr.Name+"="+strings.Join(nets, ","))
	}
	t.names = strings.Join(names, " ")
	return t, nil
}

func checkTrunk(t Trunk) error {
	if t.Name == "" || hasControl(t.Name) {
		return errors.New("name is missing or has control characters")
	}
	for _, n := range t.Networks {
		if !n.IsValid() {
			return errors.New("network is not valid")
		}
	}
	if t.Transport != "" && t.Transport != UDP && t.Transport != TCP {
		return fmt.Errorf("transport %q: want udp or tcp", t.Transport)
	}
	if hasControl(t.FromUser) {
		return errors.New("from user has control characters")
	}
	if t.Target == "" {
		return nil
	}
	_, _, err := splitTarget(t.Target)
	return err
}

// splitTarget reads host[:port]; the port is 5060 unless given.
func splitTarget(target string) (host string, port uint16, err error) {
	host = target
	port = 5060
	if h, p, err := net.SplitHostPort(target); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("target %q: port %q is not a port", target, p)
		}
		host, port = h, uint16(n)
	}
	host = strings.Trim(host, "[]")
	if host == "" || strings.ContainsAny(host, " /@<>\";?") || hasControl(host) {
		return "", 0, fmt.Errorf("target %q: want host or host:port", target)
	}
	return host, port, nil
}

// bySource returns the trunk whose networks name the source most closely; the
// first one when two do equally; nil when none does.
func (t *trunks) bySource(source netip.Addr) *Trunk {
	source = source.Unmap()
	var best *Trunk
	bits := -1
	for i := range t.list {
		for _, n := range t.list[i].Networks {
			if n.Contains(source) && n.Bits() > bits {
				best, bits = &t.list[i], n.Bits()
			}
		}
	}
	return best
}

// byName returns the trunk with that name, or nil.
func (t *trunks) byName(name string) *Trunk {
	for i := range t.list {
		if t.list[i].Name == name {
			return &t.list[i]
		}
	}
	return nil
}

// knows reports whether the source may talk to us at all: it is a trunk, or the
// far side of a call that we placed.
func (t *trunks) knows(source netip.Addr) bool {
	return t.bySource(source) != nil || t.isPeer(source)
}

func (t *trunks) isPeer(source netip.Addr) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.peers[source.Unmap()] > 0 || t.targets[source.Unmap()]
}

// addTarget remembers that an address is a trunk's target, so that late responses
// still find their transaction. There are as many as trunks; names that keep
// changing their address do not fill the memory.
func (t *trunks) addTarget(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.targets) > 16*len(t.list) {
		clear(t.targets)
	}
	t.targets[a.Unmap()] = true
}

// addPeer and dropPeer count the dialogs with an address.
func (t *trunks) addPeer(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.peers[a.Unmap()]++
}

func (t *trunks) dropPeer(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a = a.Unmap()
	if t.peers[a]--; t.peers[a] <= 0 {
		delete(t.peers, a)
	}
}
