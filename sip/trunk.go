package sip

import (
	"errors"
	"fmt"
	"net/netip"

	"trunkline/sip/internal/access"
	"trunkline/sip/internal/wire"
)

// checkTrunks refuses trunks that cannot be meant.
func checkTrunks(list []Trunk) error {
	seen := map[string]bool{}
	for i, tr := range list {
		if err := checkTrunk(tr); err != nil {
			return fmt.Errorf("trunk %d (%q): %w", i+1, tr.Name, err)
		}
		if seen[tr.Name] {
			return fmt.Errorf("trunk %d (%q): name is taken", i+1, tr.Name)
		}
		seen[tr.Name] = true
	}
	return nil
}

// newTable returns who may talk to us.
func newTable(list []Trunk) *access.Table {
	var trunks []access.Trunk
	for _, t := range list {
		trunks = append(trunks, access.Trunk{Name: t.Name, Networks: t.Networks})
	}
	return access.NewTable(trunks)
}

// trunkOf returns the trunk a source is, or nil.
func (e *Endpoint) trunkOf(source netip.Addr) *Trunk {
	if i := e.table.Trunk(source); i >= 0 {
		return &e.cfg.Trunks[i]
	}
	return nil
}

// trunkNamed returns the trunk with that name, or nil.
func (e *Endpoint) trunkNamed(name string) *Trunk {
	for i := range e.cfg.Trunks {
		if e.cfg.Trunks[i].Name == name {
			return &e.cfg.Trunks[i]
		}
	}
	return nil
}

func checkTrunk(t Trunk) error {
	if t.Name == "" || wire.HasControl(t.Name) {
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
	if wire.HasControl(t.FromUser) {
		return errors.New("from user has control characters")
	}
	if t.Target == "" {
		return nil
	}
	_, _, err := wire.Target(t.Target)
	return err
}
