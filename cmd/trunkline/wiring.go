package main

import (
	_ "embed"
	"path/filepath"
	"time"

	"trunkline/call/event"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/sip"
)

// defaultConfig documents every key there is.
//
//go:embed default.yaml
var defaultConfig []byte

// signalling is what the configuration says of SIP.
func (s *server) signalling() sip.Config {
	c := &s.cfg.SIP
	cfg := sip.Config{
		Trunks: s.cfg.All(), Unknown: sip.UnknownPolicy(c.Unknown), UserAgent: c.UserAgent, Log: s.log,
		Client: clientTLS(s.cfg),
		Digest: sip.Digest{Realm: c.Digest.Realm, Algorithms: c.Digest.Algorithms},
		Stir:   sip.Stir{Sign: s.cfg.Stir.Sign(), Verify: s.cfg.Stir.Verify(), Fetcher: s.fetcher},
		Guard:  guard(c.Guard), Trace: s.seen.message, Changed: s.changed, Refused: s.turned,
		Journal: filepath.Join(s.cfg.Data, "dialogs"),
	}
	if s.orphans != nil { // sound from before a crash goes on: its far sides are not hung up before it ends
		cfg.Linger = time.Duration(s.cfg.Media.Orphans)
	}
	for _, l := range c.Listen {
		cfg.Listen = append(cfg.Listen, sip.Listener{
			Transport: l.Transport, Addr: l.Addr, Advertise: l.Advertise, Origins: l.Origins,
			TLS: sip.ServerTLS{CertFile: l.Certificate, KeyFile: l.Key, ClientCAFile: l.ClientCA},
		})
	}
	if r := &c.Registrar; r.Trunk != "" {
		cfg.Registrar = &sip.Registrar{
			Trunk: r.Trunk, Users: r.Users, Domains: r.Domains,
			MinExpires: time.Duration(r.MinExpires), MaxExpires: time.Duration(r.MaxExpires), MaxContacts: r.MaxContacts,
		}
	}
	return cfg
}

// clientTLS is what we show and believe where we connect by TLS.
func clientTLS(cfg *config.Config) sip.ClientTLS {
	c := &cfg.SIP.ClientTLS
	return sip.ClientTLS{CAFile: c.CA, CertFile: c.Certificate, KeyFile: c.Key}
}

// guard is how much may come. In the file 0 does not limit; below, where 0 is the
// default, a negative rate does not.
func guard(c config.Guard) (g sip.Guard) {
	rate := func(n float64) float64 {
		if n == 0 {
			return -1
		}
		return n
	}
	g.Source[0].PerSecond, g.Source[1].PerSecond = rate(c.Messages), rate(c.Invites)
	g.Source[0].Burst, g.Source[1].Burst = int(4*c.Messages), int(3*c.Invites) // at once after a pause, as docs/protection.md has it
	g.Trunk[0].PerSecond, g.Trunk[1].PerSecond = rate(c.TrunkMessages), rate(c.TrunkInvites)
	g.Strangers.PerSecond, g.Strangers.Burst = rate(c.Strangers), int(2*c.Strangers)
	g.Bans.Longest, g.Scanners = time.Duration(c.LongestBan), c.Scanners
	if !c.Bans {
		for i := range g.Bans.Sentences {
			g.Bans.Sentences[i].After = -1
		}
	}
	return g
}

// up reports whether a trunk may be worth a call.
func (s *server) up(trunk string) bool { return s.endpoint.Up(trunk) }

// changed is told how trunks, targets and registrations come and go; the log is
// already.
func (s *server) changed(c sip.Change) {
	s.bus.Publish("", "", event.TrunkChanged{Trunk: c.Trunk, What: c.What, Name: c.Name, From: c.From, To: c.To, Cause: c.Cause})
}

// turned is told of messages that signalling has turned away.
func (s *server) turned(t sip.Turned) {
	s.bus.Publish("", "", event.MessageRefused{Rule: t.Rule, Source: t.Source.String(), Untold: t.Unsaid})
}
