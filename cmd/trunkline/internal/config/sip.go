package config

import (
	"fmt"
	"net/netip"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"trunkline/sip/trunk"
)

// SIP is the signalling of the node.
type SIP struct {
	Listen    []Listener `yaml:"listen"`
	Unknown   string     `yaml:"unknown"`
	UserAgent string     `yaml:"user_agent"`
	ClientTLS ClientTLS  `yaml:"client_tls"`
	Digest    Digest     `yaml:"digest"`
	Registrar Registrar  `yaml:"registrar"`
	Guard     Guard      `yaml:"guard"`
}

// Listener is an address to receive SIP on. In the file it is a mapping, or
// "transport:address:port" where there is nothing more to say.
type Listener struct {
	Transport   string   `yaml:"transport"`
	Address     string   `yaml:"address"`
	Advertise   string   `yaml:"advertise"`
	Certificate string   `yaml:"certificate"`
	Key         string   `yaml:"key"`
	ClientCA    string   `yaml:"client_ca"`
	Origins     []string `yaml:"origins"`

	Addr netip.AddrPort `yaml:"-"`
}

// String returns "udp:127.0.0.1:5060".
func (l Listener) String() string { return l.Transport + ":" + l.Address }

// UnmarshalYAML reads either form.
func (l *Listener) UnmarshalYAML(n ast.Node) error {
	if scalar, ok := n.(*ast.StringNode); ok {
		l.Transport, l.Address, _ = strings.Cut(scalar.Value, ":")
		return nil
	}
	type plain Listener
	return yaml.NodeToValue(n, (*plain)(l), yaml.Strict())
}

// ClientTLS is what we show and believe where we connect by TLS.
type ClientTLS struct {
	CA          string `yaml:"ca"`
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Digest is how others prove to us who they are.
type Digest struct {
	Realm      string   `yaml:"realm"`
	Algorithms []string `yaml:"algorithms"`
}

// Registrar lets phones and agents register. It is off without a trunk.
type Registrar struct {
	Trunk       string          `yaml:"trunk"`
	Users       []trunk.Account `yaml:"users"`
	Domains     []string        `yaml:"domains"`
	MinExpires  Duration        `yaml:"min_expires"`
	MaxExpires  Duration        `yaml:"max_expires"`
	MaxContacts int             `yaml:"max_contacts"`
}

// Guard says how much may come in a second, and whether too much is a ban.
type Guard struct {
	Messages      float64  `yaml:"messages"`
	Invites       float64  `yaml:"invites"`
	TrunkMessages float64  `yaml:"trunk_messages"`
	TrunkInvites  float64  `yaml:"trunk_invites"`
	Strangers     float64  `yaml:"strangers"`
	Bans          bool     `yaml:"bans"`
	LongestBan    Duration `yaml:"longest_ban"`
	Scanners      []string `yaml:"scanners"`
}

func (v *validation) checkSIP(c *SIP) {
	v.plain("$.sip.user_agent", c.UserAgent)
	v.plain("$.sip.digest.realm", c.Digest.Realm)
	v.oneOf("$.sip.unknown", c.Unknown, "drop", "403")
	if len(c.Listen) == 0 {
		v.fail("$.sip.listen", "at least one address is needed")
	}
	for i := range c.Listen {
		v.checkListener(fmt.Sprintf("$.sip.listen[%d]", i), &c.Listen[i])
	}
	v.checkPair("$.sip.client_tls", c.ClientTLS.Certificate, c.ClientTLS.Key)
	v.readable("$.sip.client_tls.ca", c.ClientTLS.CA)
	if c.Digest.Realm == "" || strings.ContainsAny(c.Digest.Realm, `"\`) {
		v.fail("$.sip.digest.realm", "%q: a name without quotes is needed", c.Digest.Realm)
	}
	for i, name := range c.Digest.Algorithms {
		v.oneOf(fmt.Sprintf("$.sip.digest.algorithms[%d]", i), name, "SHA-256", "SHA-512-256", "MD5")
	}
	g := c.Guard
	for _, rate := range []struct {
		key string
		n   float64
	}{
		{"messages", g.Messages}, {"invites", g.Invites}, {"trunk_messages", g.TrunkMessages},
		{"trunk_invites", g.TrunkInvites}, {"strangers", g.Strangers},
	} {
		if !(rate.n >= 0 && rate.n <= 1e6) {
			v.fail("$.sip.guard."+rate.key, "%v: 0 (no limit) to 1000000 per second", rate.n)
		}
	}
}

func (v *validation) checkListener(path string, l *Listener) {
	encrypted := l.Transport == "tls" || l.Transport == "wss"
	v.oneOf(path, l.Transport, "udp", "tcp", "tls", "ws", "wss")
	var err error
	if l.Addr, err = netip.ParseAddrPort(l.Address); err != nil {
		v.fail(path, "%q: want transport:address:port, such as udp:127.0.0.1:5060", l.String())
	}
	if l.Advertise != "" {
		if _, _, err := trunk.ParseHost(l.Advertise); err != nil {
			v.fail(path+".advertise", "%v", err)
		}
	}
	v.readable(path+".client_ca", l.ClientCA)
	switch {
	case encrypted && (l.Certificate == "" || l.Key == ""):
		v.fail(path, "%s needs a certificate and a key", l.Transport)
	case encrypted:
		v.checkPair(path, l.Certificate, l.Key)
	case l.Certificate != "" || l.Key != "" || l.ClientCA != "":
		v.fail(path, "%s knows no certificates: they are for tls and wss", l.Transport)
	}
	if len(l.Origins) > 0 && l.Transport != "ws" && l.Transport != "wss" {
		v.fail(path+".origins", "are for ws and wss")
	}
}

// checkRegistrar looks at the phones; their passwords must be there. Mistakes has
// looked for their trunk.
func (v *validation) checkRegistrar(c *Registrar) {
	const path = "$.sip.registrar"
	if c.Trunk == "" {
		if len(c.Users) > 0 {
			v.fail(path+".trunk", "a trunk is needed: the one that registered phones are")
		}
		return
	}
	if len(c.Users) == 0 {
		v.fail(path+".users", "users are needed")
	}
	seen := map[string]bool{}
	for i, u := range c.Users {
		at := fmt.Sprintf("%s.users[%d]", path, i)
		switch {
		case u.User == "":
			v.fail(at+".user", "a user is needed")
		case seen[u.User]:
			v.fail(at+".user", "%q is there already", u.User)
		}
		seen[u.User] = true
		v.plain(at+".user", u.User)
		if u.PasswordFile == "" {
			v.fail(at+".password_file", "a file that holds the password is needed")
		}
		v.readable(at+".password_file", u.PasswordFile)
	}
	if c.MinExpires > c.MaxExpires {
		v.fail(path+".min_expires", "is more than max_expires")
	}
	if c.MaxContacts < 1 || c.MaxContacts > 100 {
		v.fail(path+".max_contacts", "%d: 1 to 100", c.MaxContacts)
	}
}

// checkPair looks at a certificate and its key, both or none.
func (v *validation) checkPair(path, certificate, key string) {
	if (certificate == "") != (key == "") {
		v.fail(path, "a certificate and a key belong together")
	}
	v.readable(path+".certificate", certificate)
	v.readable(path+".key", key)
}

// readable sees that a file that is named can be read.
func (v *validation) readable(path, file string) {
	if file == "" {
		return
	}
	f, err := os.Open(file)
	if err != nil {
		v.fail(path, "%v", err)
		return
	}
	_ = f.Close()
}

func named(trunks []trunk.Trunk, name string) bool {
	for i := range trunks {
		if trunks[i].Name == name {
			return true
		}
	}
	return false
}
