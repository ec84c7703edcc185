// Package netfilter finds out whether this machine has packet filter rules that
// packets would not meet if they were sent or received below the kernel's IP.
//
// It reads nftables' chains, which are also what iptables makes these days, and
// the list of old iptables tables. It changes nothing, and is asked at start,
// not by media threads.
package netfilter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/netlink"
)

// Chain is a chain of rules that the kernel enters by itself.
type Chain struct {
	Family, Table, Name string
	Hook                uint32 // unix.NF_INET_…
	Rules               uint32
	Drops               bool // what no rule decides
}

// String names the chain as nft does.
func (c Chain) String() string { return fmt.Sprintf("%s %s %s", c.Family, c.Table, c.Name) }

// ErrUnknown says that the rules cannot be read, usually for lack of
// CAP_NET_ADMIN.
var ErrUnknown = errors.New("packet filter rules cannot be read")

// Chains returns the chains at any of hooks that do something to IP packets. It
// finds nothing where the kernel has no packet filter.
func Chains(hooks ...uint32) ([]Chain, error) {
	chains, err := nftables()
	if err != nil {
		return nil, err
	}
	chains = slices.DeleteFunc(chains, func(c Chain) bool {
		return !slices.Contains(hooks, c.Hook) || c.Rules == 0 && !c.Drops
	})
	for _, file := range []string{"ip_tables_names", "ip6_tables_names"} {
		tables, err := os.ReadFile("/proc/net/" + file)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
		}
		// A table of the old kind is only there once somebody used it; what is
		// in it is not worth another protocol.
		for _, t := range strings.Fields(string(tables)) {
			chains = append(chains, Chain{Family: strings.TrimSuffix(file, "_tables_names"), Table: t, Name: "(iptables-legacy)"})
		}
	}
	return chains, nil
}

// nftables reads the chains that have a hook.
func nftables() ([]Chain, error) {
	c, err := netlink.Dial(unix.NETLINK_NETFILTER)
	if errors.Is(err, unix.EPROTONOSUPPORT) {
		return nil, nil // a kernel without netfilter
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	defer c.Close()
	c.Begin(unix.NFNL_SUBSYS_NFTABLES<<8|unix.NFT_MSG_GETCHAIN, sizeofNfgenmsg)
	var chains []Chain
	err = c.Dump(func(b []byte) {
		if chain, ok := parse(b); ok {
			chains = append(chains, chain)
		}
	})
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EOPNOTSUPP) {
		return nil, nil // a kernel without nftables
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return chains, nil
}

const (
	sizeofNfgenmsg = 4
	policyDrop     = 0 // NF_DROP
)

// families are those whose hooks IP packets of local sockets meet.
var families = map[byte]string{unix.NFPROTO_INET: "inet", unix.NFPROTO_IPV4: "ip", unix.NFPROTO_IPV6: "ip6"}

// parse reads a chain; false when it is no business of IP's, or has no hook.
func parse(b []byte) (c Chain, ok bool) {
	if len(b) < sizeofNfgenmsg || families[b[0]] == "" {
		return c, false
	}
	c.Family = families[b[0]]
	for kind, v := range netlink.Attrs(b[sizeofNfgenmsg:]) {
		switch kind {
		case unix.NFTA_CHAIN_TABLE:
			c.Table = text(v)
		case unix.NFTA_CHAIN_NAME:
			c.Name = text(v)
		case unix.NFTA_CHAIN_USE:
			c.Rules = number(v)
		case unix.NFTA_CHAIN_POLICY:
			c.Drops = number(v) == policyDrop
		case unix.NFTA_CHAIN_HOOK:
			for kind, v := range netlink.Attrs(v) {
				if kind == unix.NFTA_HOOK_HOOKNUM {
					c.Hook, ok = number(v), true
				}
			}
		}
	}
	return c, ok
}

func text(v []byte) string { return strings.TrimRight(string(v), "\x00") }

// number reads a number in network byte order, as nftables writes them.
func number(v []byte) uint32 {
	if len(v) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(v)
}
