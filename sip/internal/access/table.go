// Package access knows who may talk to us, and says who was turned away.
//
// Trust comes from the address a message came from, never from what the message
// says about itself: a source belongs to the trunk whose networks name it, or is
// the far side of a call that we placed, or is nobody. Only sip uses it.
package access

import (
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
)

// Trunk is a name and the sources that are it.
type Trunk struct {
	Name     string
	Networks []netip.Prefix
}

// Table says who a source is. It may be used by any goroutine.
type Table struct {
	trunks atomic.Pointer[[]Trunk]

	mu      sync.RWMutex
	peers   map[netip.Addr]int    // whom we have dialogs with, beside the trunks
	targets map[netip.Addr]string // what the trunks' targets have resolved to, and whose they are
}

// NewTable returns a table of these trunks.
func NewTable(trunks []Trunk) *Table {
	t := &Table{peers: map[netip.Addr]int{}, targets: map[netip.Addr]string{}}
	t.Replace(trunks)
	return t
}

// Replace puts other trunks in the place of those there are. What was learnt of
// peers and targets stays.
func (t *Table) Replace(trunks []Trunk) { t.trunks.Store(&trunks) }

// String lists the trunks and their networks, for the log line of a refusal.
func (t *Table) String() string {
	var parts []string
	for _, tr := range *t.trunks.Load() {
		var nets []string
		for _, n := range tr.Networks {
			nets = append(nets, n.String())
		}
		parts = append(parts, tr.Name+"="+strings.Join(nets, ","))
	}
	return strings.Join(parts, " ")
}

// minTargets is how many targets are remembered in any case.
const minTargets = 1024

// Trunk returns the name of the trunk whose networks name the source most
// closely; the first one when two do equally.
func (t *Table) Trunk(source netip.Addr) (name string, ok bool) {
	source = source.Unmap()
	bits := -1
	for _, tr := range *t.trunks.Load() {
		for _, n := range tr.Networks {
			if n.Contains(source) && n.Bits() > bits {
				name, bits = tr.Name, n.Bits()
			}
		}
	}
	return name, bits >= 0
}

// Knows reports whether the source may talk to us at all: it is a trunk, the far
// side of a dialog, or where a trunk's calls go.
func (t *Table) Knows(source netip.Addr) bool {
	if _, ok := t.Trunk(source); ok {
		return true
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.targets[source.Unmap()]
	return ok || t.peers[source.Unmap()] > 0
}

// Target returns the trunk whose calls go to an address, if one's do. It says whose
// limits hold for what comes from there, and nothing about who that is.
func (t *Table) Target(source netip.Addr) (trunk string) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.targets[source.Unmap()]
}

// Peers returns how many addresses are known for their dialogs alone.
func (t *Table) Peers() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.peers)
}

// AddTarget remembers that an address is a trunk's target, or no trunk's (""); so that late responses
// still find their transaction. Names that keep changing their address do not
// fill the memory.
func (t *Table) AddTarget(a netip.Addr, trunk string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.targets) >= max(minTargets, 16*len(*t.trunks.Load())) {
		clear(t.targets)
	}
	t.targets[a.Unmap()] = trunk
}

// AddPeer counts one more dialog with an address.
func (t *Table) AddPeer(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.peers[a.Unmap()]++
}

// DropPeer counts one dialog less.
func (t *Table) DropPeer(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	a = a.Unmap()
	if t.peers[a]--; t.peers[a] <= 0 {
		delete(t.peers, a)
	}
}
