package config

import (
	"net"
	"os"
	"strings"
	"time"

	"trunkline/sip/stir"
	"trunkline/sip/trunk"
)

// Trace says how much of what SIP says is kept for looking at.
type Trace struct {
	Bytes   int    `yaml:"bytes"`
	PerCall int    `yaml:"per_call"`
	Numbers string `yaml:"numbers"`
}

// Homer is a collector that gets a copy of all that SIP and RTCP say.
type Homer struct {
	Network string `yaml:"network"`
	Address string `yaml:"address"`
	Agent   uint32 `yaml:"agent"`
	Node    string `yaml:"node"`
	KeyFile string `yaml:"key_file"`

	Key string `yaml:"-"`
}

// Stir is what it takes to sign callers' numbers and to verify them.
type Stir struct {
	KeyFile        string   `yaml:"key_file"`
	CertificateURL string   `yaml:"certificate_url"`
	Own            []string `yaml:"own"`
	OrigID         string   `yaml:"origid"`
	RootsFile      string   `yaml:"roots_file"`
	MaxAge         Duration `yaml:"max_age"`
	Refuse         string   `yaml:"refuse"`
}

// Sign returns what a Signer is made of; nil: nothing is signed.
func (s Stir) Sign() *stir.SignConfig {
	if s.KeyFile == "" {
		return nil
	}
	return &stir.SignConfig{KeyFile: s.KeyFile, CertificateURL: s.CertificateURL, Own: s.Own, OrigID: s.OrigID}
}

// Verify returns what a Verifier is made of; nil: nothing is verified.
func (s Stir) Verify() *stir.VerifyConfig {
	if s.RootsFile == "" {
		return nil
	}
	return &stir.VerifyConfig{RootsFile: s.RootsFile, MaxAge: trunk.Duration(s.MaxAge), Refuse: s.Refuse}
}

// checkSeeing looks at traces and copies.
func (v *validation) checkSeeing(c *Config) {
	t, h := &c.Trace, &c.Homer
	v.oneOf("$.trace.numbers", t.Numbers, "masked", "plain")
	if t.Bytes < 0 {
		v.fail("$.trace.bytes", "%d: 0 keeps nothing, more is bytes of memory", t.Bytes)
	}
	if t.PerCall < 4096 {
		v.fail("$.trace.per_call", "%d: at least 4096", t.PerCall)
	}
	v.oneOf("$.homer.network", h.Network, "udp", "tcp")
	if h.Address != "" {
		if host, port, err := net.SplitHostPort(h.Address); err != nil || host == "" || port == "" {
			v.fail("$.homer.address", "%q: want host:port", h.Address)
		}
	}
	v.plain("$.homer.node", h.Node)
	if h.KeyFile != "" {
		text, err := os.ReadFile(h.KeyFile)
		if err != nil {
			v.fail("$.homer.key_file", "%v", err)
		}
		h.Key = strings.TrimSpace(string(text))
	}
}

// checkStir sees that keys and roots can be read.
func (v *validation) checkStir(s *Stir) {
	v.oneOf("$.stir.refuse", s.Refuse, "nothing", "failed", "unsigned")
	if sign := s.Sign(); sign != nil {
		if _, err := stir.NewSigner(*sign); err != nil {
			v.fail("$.stir.key_file", "%v", err)
		}
	}
	v.readable("$.stir.roots_file", s.RootsFile)
	if time.Duration(s.MaxAge) < time.Second {
		v.fail("$.stir.max_age", "%s: at least 1s", time.Duration(s.MaxAge))
	}
}

// lacks says what a trunk with an option stir needs and is not configured.
func (s *Stir) lacks(option string) (texts []string) {
	if (option == "sign" || option == "both") && s.KeyFile == "" {
		texts = append(texts, option+" needs stir.key_file")
	}
	if (option == "verify" || option == "both") && s.RootsFile == "" {
		texts = append(texts, option+" needs stir.roots_file")
	}
	return texts
}
