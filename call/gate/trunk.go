package gate

import (
	"net"
	"strings"

	"trunkline/call/negotiate"
	"trunkline/call/number"
	"trunkline/codecs"
	"trunkline/media/msg"
	"trunkline/sip/trunk"
)

// Trunk is a trunk with its names understood. It never changes.
type Trunk struct {
	Data    trunk.Trunk // with what its quirks and defaults mean
	Numbers number.Plan
	Refer   string // refuse, handle or pass
	codecs  []codecs.ID
	secure  negotiate.Policy
	keys    msg.KeyStyle
}

// understand looks up what a trunk names.
func understand(t trunk.Trunk) (*Trunk, error) {
	applied := t.Effective()
	known := &Trunk{Data: applied, Numbers: number.New(applied.Numbers), Refer: applied.Refer}
	var err error
	if known.codecs, err = negotiate.Codecs(t.Codecs); err != nil {
		return nil, err
	}
	if known.secure, err = negotiate.PolicyNamed(known.Data.SRTP); err != nil {
		return nil, err
	}
	known.keys, err = negotiate.KeyStyleNamed(known.Data.DTMF)
	return known, err
}

// Local is what a leg of this trunk brings to a negotiation, but for its address.
func (t *Trunk) Local() negotiate.Local {
	return negotiate.Local{
		Codecs: t.codecs, NAT: t.Data.NAT, Secure: t.secure, Keys: t.keys, Decode: t.Data.Media == "decode",
	}
}

// Host is where calls to the trunk go first, for URIs; "" when it has no target.
func (t *Trunk) Host() string {
	if len(t.Data.Targets) == 0 {
		return ""
	}
	return t.Data.Targets[0].Host
}

func hostOf(hostPort string) string {
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		return host
	}
	return strings.Trim(hostPort, "[]")
}
