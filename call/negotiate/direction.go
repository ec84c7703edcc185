package negotiate

import (
	"trunkline/media/msg"
	"trunkline/sip/sdp"
)

// allowed is what flows over a remote line: what the far side wants, as far as we do.
// One that is held and answers as if it were not is held all the same.
func (l Local) allowed(m sdp.Media) msg.Direction {
	theirs := wanted(m)
	sends, receives := theirs.Sends() && l.Direction.Sends(), theirs.Receives() && l.Direction.Receives()
	switch {
	case sends && receives:
		return msg.SendRecv
	case sends:
		return msg.SendOnly
	case receives:
		return msg.RecvOnly
	}
	return msg.Inactive
}

// wanted is what the far side wants, seen from us, with the old way of holding counted
// in: an address of zeroes (RFC 3264 §8.4).
func wanted(m sdp.Media) msg.Direction {
	d := m.Direction
	if m.Addr.IsUnspecified() && d == sdp.SendRecv {
		d = sdp.SendOnly
	}
	switch d {
	case sdp.SendOnly:
		return msg.RecvOnly
	case sdp.RecvOnly:
		return msg.SendOnly
	case sdp.Inactive:
		return msg.Inactive
	case sdp.SendRecv:
	}
	return msg.SendRecv
}

// described is a direction of ours as a description has it.
func described(d msg.Direction) sdp.Direction {
	switch d {
	case msg.SendOnly:
		return sdp.SendOnly
	case msg.RecvOnly:
		return sdp.RecvOnly
	case msg.Inactive:
		return sdp.Inactive
	case msg.SendRecv:
	}
	return sdp.SendRecv
}
