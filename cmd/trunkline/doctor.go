package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"time"

	"trunkline/api"
	"trunkline/cmd/trunkline/internal/client"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/cmd/trunkline/internal/doctor"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

// doctorCmd examines a trunk.
type doctorCmd struct {
	client.Flags
	Trunk  string        `arg:"" help:"Name of the trunk."`
	To     string        `required:"" placeholder:"NUMBER" help:"Whom to call: best a number that answers and sounds."`
	From   string        `placeholder:"NUMBER" help:"Who calls; without it what the trunk says."`
	Config string        `short:"c" type:"path" placeholder:"FILE" help:"Configuration file with the trunk; without it a running server is asked."`
	Bind   string        `placeholder:"ADDR" help:"Address of ours to call from; without it the one from which the trunk is reached."`
	Ring   time.Duration `default:"30s" help:"How long it may ring."`
	Talk   time.Duration `default:"3s" help:"How long to listen."`
}

// errSick is what a trunk with a failed finding ends the command with.
var errSick = errors.New("the trunk is not in good health")

// Run prints what was found, each on its line. It fails when something failed.
func (c doctorCmd) Run(ctx context.Context) error {
	cfg := doctor.Config{To: c.To, From: c.From, Ring: c.Ring, Talk: c.Talk, Log: slog.New(slog.DiscardHandler)}
	var err error
	if cfg.Trunk, cfg.Client, err = c.find(ctx); err != nil {
		return err
	}
	if cfg.Bind, err = c.bind(&cfg.Trunk); err != nil {
		return usageError{err}
	}
	failed := false
	err = doctor.Run(ctx, cfg, func(f doctor.Finding) {
		failed = failed || f.Verdict == doctor.Fail
		fmt.Println(f)
	})
	if err == nil && failed {
		err = errSick
	}
	return err
}

// find looks the trunk up, in the file or where it lives.
func (c doctorCmd) find(ctx context.Context) (t trunk.Trunk, tls sip.ClientTLS, err error) {
	if c.Config == "" {
		body, err := c.Get(ctx, "/v1/trunks/"+url.PathEscape(c.Trunk))
		if err != nil {
			return t, tls, err
		}
		var found api.Trunk
		if err := json.Unmarshal(body, &found); err != nil {
			return t, tls, fmt.Errorf("read trunk %s: %w", c.Trunk, err)
		}
		return found.Config, tls, nil
	}
	cfg, err := config.Load(c.Config, defaultConfig)
	if err != nil {
		return t, tls, usageError{err}
	}
	for _, t := range cfg.All() {
		if t.Name == c.Trunk {
			return t, clientTLS(cfg), nil
		}
	}
	return t, tls, usageError{fmt.Errorf("%s has no trunk %q", c.Config, c.Trunk)}
}

// bind chooses our address: the one given, or that which reaches the trunk.
func (c doctorCmd) bind(t *trunk.Trunk) (netip.Addr, error) {
	if c.Bind != "" {
		return netip.ParseAddr(c.Bind)
	}
	targets := t.AllTargets()
	if len(targets) == 0 {
		return netip.Addr{}, fmt.Errorf("trunk %s has no target: it cannot be called", c.Trunk)
	}
	host, _, err := trunk.ParseHost(targets[0].Host)
	if err != nil {
		return netip.Addr{}, err
	}
	// A connected UDP socket sends nothing; it asks the routing table.
	conn, err := net.Dial("udp", net.JoinHostPort(host, "5060"))
	if err != nil { // such as a name that has SRV records only
		if conn, err = net.Dial("udp", "192.0.2.1:5060"); err != nil {
			return netip.Addr{}, fmt.Errorf("find an address of ours that reaches %s: %w; give one with --bind", host, err)
		}
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap(), nil
}
