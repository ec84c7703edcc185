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
)

// Trunk is a name and the sources that are it.
type Trunk struct {
	Name     string
	Networks []netip.Prefix
}

// Table says who a source is. It may be used by any goroutine.
type Table struct {
	trunks []Trunk
	text   string

	mu      sync.RWMutex
	peers   map[netip.Addr]int  // whom we have dialogs with, beside the trunks
	targets map[netip.Addr]bool // what the trunks' targets have resolved to
}

// NewTable returns a table of these trunks.
func NewTable(trunks []Trunk) *Table {
	var parts []string
	for _, tr := range trunks {
		var nets []string
		for _, n := range tr.Networks {
			nets = append(nets, n.String())
		}
		parts = append(parts, tr.Name+"="+strings.Join(nets, ","))
	}
	return &Table{
		trunks: trunks, text: strings.Join(parts, " "),
		peers: map[netip.Addr]int{}, targets: map[netip.Addr]bool{},
	}
}

// String lists the trunks and their networks, for the log line of a refusal.
func (t *Table) String() string { return t.text }

// Trunk returns the index of the trunk whose networks name the source most
// closely; the first one when two do equally; -1 when none does.
func (t *Table) Trunk(source netip.Addr) int {
	source = source.Unmap()
	best, bits := -1, -1
	for i := range t.trunks {
		for _, n := range t.trunks[i].Networks {
			if n.Contains(source) && n.Bits() > bits {
				best, bits = i, n.Bits()
			}
		}
	}
	return best
}

// Knows reports whether the source may talk to us at all: it is a trunk, the far
// side of a dialog, or where a trunk's calls go.
func (t *Table) Knows(source netip.Addr) bool {
	if t.Trunk(source) >= 0 {
		return true
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.peers[source.Unmap()] > 0 || t.targets[source.Unmap()]
}

// Peers returns how many addresses are known for their dialogs alone.
func (t *Table) Peers() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.peers)
}

// AddTarget remembers that an address is a trunk's target, so that late responses
// still find their transaction. Names that keep changing their address do not
// fill the memory.
func (t *Table) AddTarget(a netip.Addr) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.targets) > 16*len(t.trunks) {
		clear(t.targets)
	}
	t.targets[a.Unmap()] = true
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
