package sip

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

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

// SetTrunks replaces the trunks. Calls that live keep the one they began with.
func (e *Endpoint) SetTrunks(list []Trunk) error {
	if err := checkTrunks(list); err != nil {
		return err
	}
	list = slices.Clone(list)
	var sources []access.Trunk
	for _, t := range list {
		nets, err := t.Prefixes()
		if err != nil {
			return fmt.Errorf("trunk %q: %w", t.Name, err)
		}
		sources = append(sources, access.Trunk{Name: t.Name, Networks: nets})
	}
	e.trunks.Store(&list)
	e.table.Replace(sources)
	return nil
}

// trunkOf returns the trunk a source is, or nil.
func (e *Endpoint) trunkOf(source netip.Addr) *Trunk {
	if name, ok := e.table.Trunk(source); ok {
		return e.trunkNamed(name)
	}
	return nil
}

// trunkNamed returns the trunk with that name, or nil.
func (e *Endpoint) trunkNamed(name string) *Trunk {
	list := *e.trunks.Load()
	for i := range list {
		if list[i].Name == name {
			return &list[i]
		}
	}
	return nil
}

func checkTrunk(t Trunk) error {
	if t.Name == "" || wire.HasControl(t.Name) {
		return errors.New("name is missing or has control characters")
	}
	if t.Transport != "" && t.Transport != string(UDP) && t.Transport != string(TCP) {
		return fmt.Errorf("transport %q: want udp or tcp", t.Transport)
	}
	if wire.HasControl(t.From) {
		return errors.New("from user has control characters")
	}
	if t.Target == "" {
		return nil
	}
	_, _, err := wire.Target(t.Target)
	return err
}
