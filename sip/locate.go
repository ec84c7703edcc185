package sip

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// once is a single hop.
type once struct {
	hop  dialog.Hop
	done bool
	give time.Duration
}

func (o *once) Next() (dialog.Hop, bool) { first := !o.done; o.done = true; return o.hop, first }

func (o *once) Heard(int, time.Duration) bool { return false }

func (o *once) Patience() time.Duration { return o.give }

func (e *Endpoint) locate(ctx context.Context, t *trunk.Trunk, uri gosip.Uri) (dialog.Tries, error) {
	o := &once{give: e.timers.Give}
	o.hop.Network = "udp"
	var port uint16
	if t == nil {
		o.hop.Host, port = strings.Trim(uri.Host, "[]"), 5060
		if uri.Port > 0 {
			port = uint16(uri.Port)
		}
		if tp, ok := uri.UriParams.Get("transport"); ok {
			o.hop.Network = strings.ToLower(tp)
		}
	} else {
		if t.Target == "" {
			return nil, fmt.Errorf("trunk %q: has no target to call", t.Name)
		}
		var err error
		if o.hop.Host, port, err = wire.Target(t.Target); err != nil {
			return nil, err
		}
		if t.Transport != "" {
			o.hop.Network = t.Transport
		}
	}
	var err error
	o.hop.Addr, err = e.resolve(ctx, o.hop.Host, port)
	return o, err
}

// resolve returns the address of a host.
func (e *Endpoint) resolve(ctx context.Context, host string, port uint16) (netip.AddrPort, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve %s: %w", host, err)
	}
	for _, a := range addrs { // the family that we listen on
		for _, l := range e.sockets.Addrs() {
			if l.Addr().Is4() == a.Unmap().Is4() {
				return netip.AddrPortFrom(a.Unmap(), port), nil
			}
		}
	}
	return netip.AddrPort{}, fmt.Errorf("resolve %s: no address of a family we listen on", host)
}

func (e *Endpoint) login(*trunk.Trunk) *digest.Client { return nil }
