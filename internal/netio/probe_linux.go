package netio

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/internal/netio/netfilter"
)

// Warning is Probe's answer for a tier that works, but past something that may
// be there for a reason. Open opens such a tier when asked for it by name.
type Warning struct {
	Tier  Tier
	Rules []string // chains of packet filter rules that packets will not meet
	Cause error    // why Rules may not be all, or nil
}

// Error says what is wrong in words for whoever chose the tier.
func (w *Warning) Error() string {
	if len(w.Rules) > 0 {
		return fmt.Sprintf("packet tier %v bypasses packet filter rules: %s", w.Tier, strings.Join(w.Rules, ", "))
	}
	return fmt.Sprintf("packet tier %v bypasses packet filter rules, and whether there are any cannot be known: %v", w.Tier, w.Cause)
}

// Unwrap returns the cause.
func (w *Warning) Unwrap() error { return w.Cause }

// Probe reports whether t would work here: nil, or a *Warning, or what is
// missing. It opens the tier and closes it again.
func Probe(t Tier) error {
	p, t, err := Open(t)
	if err != nil {
		return missing(err)
	}
	if err := p.Close(); err != nil {
		return fmt.Errorf("probe packet tier %v: %w", t, err)
	}
	var hooks []uint32
	switch t {
	case T1:
		hooks = []uint32{unix.NF_INET_LOCAL_OUT, unix.NF_INET_POST_ROUTING}
	case T2:
		hooks = []uint32{unix.NF_INET_LOCAL_OUT, unix.NF_INET_POST_ROUTING, unix.NF_INET_PRE_ROUTING, unix.NF_INET_LOCAL_IN}
	default:
		return nil
	}
	chains, err := netfilter.Chains(hooks...)
	if err == nil && len(chains) == 0 {
		return nil
	}
	w := &Warning{Tier: t, Cause: err}
	for _, c := range chains {
		w.Rules = append(w.Rules, c.String())
	}
	return w
}

// missing says which right or which part of the kernel an error is about.
func missing(err error) error {
	switch {
	case errors.Is(err, syscall.EPERM):
		return fmt.Errorf("%w: the process needs the capability CAP_NET_RAW", err)
	case errors.Is(err, syscall.EAFNOSUPPORT):
		return fmt.Errorf("%w: the kernel has no packet sockets (CONFIG_PACKET)", err)
	case errors.Is(err, syscall.ENOPROTOOPT), errors.Is(err, syscall.EINVAL):
		return fmt.Errorf("%w: the kernel is too old, or has no memory-mapped packet sockets", err)
	}
	return err
}
