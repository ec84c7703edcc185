package line

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Via returns the Via of a new transaction at a place (RFC 3261 §8.1.1.7); rport asks
// for the answer to come back the same way (RFC 3581).
func Via(at sockets.Place) *gosip.ViaHeader {
	return &gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(at.Network), Host: at.Host, Port: at.Port,
		Params: gosip.HeaderParams{{K: "branch", V: wire.NewBranch()}, {K: "rport"}},
	}
}

// BranchOf returns the branch of a message.
func BranchOf(m gosip.Message) string {
	branch, _ := m.Via().Params.Get("branch")
	return branch
}

// TagOf returns the tag of the far side in a response to us.
func TagOf(res *gosip.Response) string {
	tag, _ := res.To().Params.Get("tag")
	return tag
}

// AckRefusal writes the ACK to a refusal of an INVITE, which belongs to that
// transaction (RFC 3261 §17.1.1.3).
func AckRefusal(invite *gosip.Request, res *gosip.Response) *gosip.Request {
	ack := Cancel(invite)
	ack.Method = gosip.ACK
	ack.CSeq().MethodName = gosip.ACK
	if tag := TagOf(res); tag != "" {
		ack.To().Params.Add("tag", tag)
	}
	return ack
}
