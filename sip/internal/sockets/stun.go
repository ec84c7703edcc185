package sockets

import (
	"encoding/binary"
	"net/netip"
)

// STUN on the SIP port (RFC 5626 §8): a phone behind a NAT learns by it whether
// its address is still the same.
const (
	stunHead      = 20
	stunCookie    = 0x2112A442
	stunRequest   = 0x0001
	stunSuccess   = 0x0101
	stunXORMapped = 0x0020
	stunOptional  = 0x8000 // attributes from here on may be ignored
)

// isSTUN reports whether a datagram is STUN (RFC 8489 §5). No SIP message begins
// with such a byte.
func isSTUN(raw []byte) bool {
	return len(raw) >= stunHead && raw[0] < 4 && binary.BigEndian.Uint32(raw[4:]) == stunCookie
}

// bindingAnswer returns the answer to a binding request; nil to anything else,
// and to a request that insists on something (there is nothing here to insist on).
func bindingAnswer(raw []byte, from netip.AddrPort) []byte {
	if !isSTUN(raw) || binary.BigEndian.Uint16(raw) != stunRequest {
		return nil
	}
	rest := raw[stunHead:]
	if int(binary.BigEndian.Uint16(raw[2:])) != len(rest) || len(rest)%4 != 0 {
		return nil
	}
	for len(rest) >= 4 {
		kind, length := binary.BigEndian.Uint16(rest), (int(binary.BigEndian.Uint16(rest[2:]))+3)&^3
		if kind < stunOptional || 4+length > len(rest) {
			return nil
		}
		rest = rest[4+length:]
	}
	family, addr := byte(1), from.Addr().AsSlice()
	if len(addr) == 16 {
		family = 2
	}
	b := make([]byte, 0, stunHead+4+4+16)
	b = binary.BigEndian.AppendUint16(b, stunSuccess)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(addr)))
	b = append(b, raw[4:stunHead]...)
	b = binary.BigEndian.AppendUint16(b, stunXORMapped)
	b = binary.BigEndian.AppendUint16(b, uint16(4+len(addr)))
	b = append(b, 0, family)
	b = binary.BigEndian.AppendUint16(b, from.Port()^uint16(stunCookie>>16))
	for i, c := range addr {
		b = append(b, c^raw[4+i]) // the cookie, then the transaction
	}
	return b
}
