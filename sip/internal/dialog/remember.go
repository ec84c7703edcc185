package dialog

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/journal"
)

// remember puts a dialog that is up into the journal, so that its far side hears of
// it should we crash. Only within do.
func (d *Dialog) remember() {
	if d.layer.Journal == nil || d.slot != 0 || d.gone {
		return
	}
	l := &d.line
	from := gosip.FromHeader{DisplayName: l.LocalName, Address: l.Local, Params: gosip.HeaderParams{{K: "tag", V: l.LocalTag}}}
	to := gosip.ToHeader{DisplayName: l.RemoteName, Address: l.Remote, Params: gosip.HeaderParams{{K: "tag", V: l.RemoteTag}}}
	e := journal.Entry{
		CallID: l.CallID, From: from.Value(), To: to.Value(), Target: l.Target.String(),
		CSeq: l.Seq, Network: l.At.Network, Peer: l.Peer.String(), Since: time.Now().UTC(),
	}
	for _, r := range l.Routes {
		e.Routes = append(e.Routes, "<"+r.String()+">")
	}
	d.slot = d.layer.Journal.Add(e)
}
