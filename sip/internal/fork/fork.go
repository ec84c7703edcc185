// Package fork is what rings of one INVITE of ours: a proxy on the way may have sent
// it to several places, and each that answers by a provisional response begins a
// dialog of its own (RFC 3261 §12.1, §13.2.2.1).
//
// It is passive state of the dialog that sent the INVITE, and sends nothing. Only
// sip/internal/dialog uses it.
package fork

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/line"
	"trunkline/sip/internal/reliable"
	"trunkline/sip/internal/wire"
)

// Branch is one place that rings.
type Branch struct {
	Line line.Line
	SDP  []byte // the far side's last word of what it wants to hear
	rel  reliable.Receiver
}

// Agreed reports whether our offer is answered for good, so that another may be made.
func (b *Branch) Agreed() bool { return b != nil && b.rel.Agreed() }

// Set are the branches of one INVITE. The zero value is empty.
type Set struct{ byTag map[string]*Branch }

// Of returns the branch with this tag, or nil.
func (s *Set) Of(tag string) *Branch { return s.byTag[tag] }

// maxBranches bounds how many one INVITE may have.
const maxBranches = 16

// News is what a provisional response says.
type News struct {
	Branch *Branch        // nil: it begins none
	SDP    []byte         // what it describes, unless that cannot change any more
	Prack  *gosip.Request // its acknowledgement, written by the branch's line; nil: it wants none
}

// Ring takes in a provisional response to the INVITE that from has sent with this
// CSeq. False: there is nothing new in it.
func (s *Set) Ring(from *line.Line, seq uint32, res *gosip.Response) (n News, fresh bool) {
	n.SDP, _ = wire.SDP(res)
	tag := line.TagOf(res)
	if tag == "" || res.StatusCode == 100 {
		return n, true
	}
	b := s.byTag[tag]
	if b == nil {
		if len(s.byTag) >= maxBranches {
			return News{}, false
		}
		if s.byTag == nil {
			s.byTag = map[string]*Branch{}
		}
		b = &Branch{Line: from.Branch(res)}
		s.byTag[b.Line.RemoteTag] = b
	}
	agreed := b.Agreed()
	verdict, rack := b.rel.Take(res, seq)
	if verdict == reliable.Ignored {
		return News{}, false
	}
	n.Branch = b
	if agreed { // only UPDATE changes it now
		n.SDP = nil
	} else if len(n.SDP) > 0 {
		b.SDP = n.SDP
	}
	if verdict == reliable.Fresh {
		b.Line.Refresh(res)
		n.Prack = b.Line.Prack(rack)
	}
	return n, true
}
