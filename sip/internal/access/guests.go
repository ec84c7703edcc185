package access

import (
	"net/netip"
	"slices"
)

// Guests are the sources that one dialog lets in, although no trunk names them. It
// belongs to the dialog, which guards it.
type Guests struct{ list []netip.Addr }

// Add lets a source in.
func (g *Guests) Add(t *Table, a netip.Addr) {
	if a = a.Unmap(); !g.Has(a) {
		g.list = append(g.list, a)
		t.AddPeer(a)
	}
}

// Has reports whether a source is let in.
func (g *Guests) Has(a netip.Addr) bool { return slices.Contains(g.list, a.Unmap()) }

// Dismiss lets none of them in any more.
func (g *Guests) Dismiss(t *Table) {
	for _, a := range g.list {
		t.DropPeer(a)
	}
	g.list = nil
}
