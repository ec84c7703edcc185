package line

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// Standing is a dialog that is up, with what a BYE within it needs (RFC 3261 §12.2).
type Standing struct {
	CallID  string    `json:"call_id"`
	From    string    `json:"from"` // our header value, with tag
	To      string    `json:"to"`   // theirs
	Target  string    `json:"target"`
	Routes  []string  `json:"routes,omitempty"`
	CSeq    uint32    `json:"cseq"` // of our last request when it was written
	Network string    `json:"network"`
	Peer    string    `json:"peer"` // address and port
	Since   time.Time `json:"since"`
}

// Standing returns what a BYE needs, as of now.
func (l *Line) Standing(now time.Time) Standing {
	from := gosip.FromHeader{DisplayName: l.LocalName, Address: l.Local, Params: gosip.HeaderParams{{K: "tag", V: l.LocalTag}}}
	to := gosip.ToHeader{DisplayName: l.RemoteName, Address: l.Remote, Params: gosip.HeaderParams{{K: "tag", V: l.RemoteTag}}}
	e := Standing{
		CallID: l.CallID, From: from.Value(), To: to.Value(), Target: l.Target.String(),
		CSeq: l.Seq, Network: l.At.Network, Peer: l.Peer.String(), Since: now.UTC(),
	}
	for _, r := range l.Routes {
		e.Routes = append(e.Routes, "<"+r.String()+">")
	}
	return e
}
