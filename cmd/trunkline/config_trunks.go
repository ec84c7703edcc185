package main

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"trunkline/call"
)

// checkTrunks sees that names are unique, that nobody is trusted by accident,
// and that every trunk can do something.
func (v *validation) checkTrunks(trunks []trunkConfig) {
	seen := map[string]bool{}
	for i := range trunks {
		t, path := &trunks[i], fmt.Sprintf("$.trunks[%d]", i)
		switch {
		case t.Name == "":
			v.fail(path+".name", "a name is needed")
		case seen[t.Name]:
			v.fail(path+".name", "%q is the name of another trunk too", t.Name)
		}
		seen[t.Name] = true
		v.plain(path+".name", t.Name)
		v.plain(path+".from", t.From)
		if t.Transport == "" {
			t.Transport = "udp"
		}
		v.oneOf(path+".transport", t.Transport, "udp", "tcp")
		v.checkNetworks(t, path)
		if t.Target != "" {
			v.hostPort(path+".target", t.Target)
		} else if len(t.Networks) == 0 {
			v.fail(path, "trunk %s has neither networks nor target: nobody can call through it", t.Name)
		}
		for j, name := range t.Codecs {
			if _, err := call.CodecIDs([]string{name}); err != nil {
				v.fail(fmt.Sprintf("%s.codecs[%d]", path, j), "%q is no codec we speak", name)
			}
		}
		v.oneOf(path+".srtp", cmp.Or(t.SRTP, "off"), call.SRTPPolicies()...)
		v.oneOf(path+".dtmf", cmp.Or(t.DTMF, "rfc4733"), call.KeyStyles()...)
		v.oneOf(path+".media", cmp.Or(t.Media, "relay"), "relay", "decode")
	}
}

func (v *validation) checkNetworks(t *trunkConfig, path string) {
	for j, text := range t.Networks {
		at := fmt.Sprintf("%s.networks[%d]", path, j)
		p, err := netip.ParsePrefix(text)
		switch {
		case err != nil:
			v.fail(at, "%q is not a network such as 192.0.2.0/24 or 192.0.2.7/32", text)
		case p.Bits() == 0:
			v.fail(at, "%s would let the whole world call: name the networks of the trunk", text)
		}
		t.networks = append(t.networks, p)
	}
}

func (v *validation) hostPort(path, text string) {
	host, port, err := net.SplitHostPort(text)
	n, perr := strconv.ParseUint(port, 10, 16)
	if err != nil || host == "" || strings.ContainsAny(host, " /@<>\";?") || perr != nil || n == 0 {
		v.fail(path, "%q: want host:port, such as 192.0.2.7:5060", text)
	}
}

func (v *validation) checkRoutes(c *config) {
	trunks := map[string]bool{"": true}
	for _, t := range c.Trunks {
		trunks[t.Name] = true
	}
	for i, r := range c.Routes {
		path := fmt.Sprintf("$.routes[%d]", i)
		switch {
		case r.Flow == "" && r.Bridge == nil:
			v.fail(path+".flow", "a flow is needed, or a bridge")
		case r.Flow != "" && r.Bridge != nil:
			v.fail(path+".bridge", "a route has a flow or a bridge, not both")
		case r.Bridge != nil && (r.Bridge.Trunk == "" || !trunks[r.Bridge.Trunk]):
			v.fail(path+".bridge.trunk", "there is no trunk %q", r.Bridge.Trunk)
		}
		if !trunks[r.Trunk] {
			v.fail(path+".trunk", "there is no trunk %q", r.Trunk)
		}
	}
}

func (v *validation) checkSpeech(c *speechConfig) {
	seen := map[string]bool{}
	for i := range c.Recognizers {
		r, path := &c.Recognizers[i], fmt.Sprintf("$.speech.recognizers[%d]", i)
		v.oneOf(path+".provider", r.Provider, "pocketsphinx", "process")
		switch {
		case r.Language == "":
			v.fail(path+".language", "a language is needed")
		case seen[r.Language]:
			v.fail(path+".language", "%q has a recognizer already", r.Language)
		}
		seen[r.Language] = true
		if r.Provider == "process" && len(r.Command) == 0 {
			v.fail(path+".command", "provider process needs a command")
		}
		if r.Workers < 0 || r.Workers > 64 {
			v.fail(path+".workers", "%d: 1 to 64, or 0 to choose by the number of processors", r.Workers)
		}
	}
}
