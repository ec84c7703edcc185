package main

import (
	_ "embed"
	"time"

	"trunkline/call"
	"trunkline/call/route"
	"trunkline/sip"
	"trunkline/sip/trunk"
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
	}
	for _, l := range c.Listen {
		cfg.Listen = append(cfg.Listen, sip.Listener{Transport: sip.Transport(l.Transport), Addr: l.Addr})
	}
	return cfg
}

// callTrunks is what calls need to know of trunks.
func callTrunks(trunks []trunk.Trunk) (list []call.Trunk) {
	for i := range trunks {
		t := trunks[i].Effective()
		list = append(list, call.Trunk{
			Name: t.Name, Codecs: t.Codecs, Target: trunks[i].Target, NAT: t.NAT, SRTP: t.SRTP, DTMF: t.DTMF,
			Decode: t.Media == "decode", EarlyMedia: t.EarlyMedia,
		})
	}
	return list
}

func callRoutes(rules []route.Rule) (list []call.Route) {
	for _, r := range rules {
		to := call.Route{Trunk: r.Trunk, To: r.To, Flow: r.Flow, Vars: r.Vars}
		if b := r.Bridge; b != nil {
			to.Bridge = call.DialRequest{Trunk: b.Trunk, To: b.To, Timeout: time.Duration(b.Timeout)}
		}
		list = append(list, to)
	}
	return list
}
