package trace

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
)

// WritePCAP writes the messages as a capture file (libpcap's classic format,
// microseconds, link type RAW), with the IP and UDP or TCP headers they may have
// had and right checksums. TCP messages are written as TCP from the middle of a
// connection. What came encrypted or in WebSocket frames is written as if by
// UDP, which is how a dissector takes plain SIP on any port. A message has one
// packet, whatever the MTU, as long as IP has room for it.
func WritePCAP(w io.Writer, msgs []Message) error {
	b := bufio.NewWriter(w)
	p := packer{streams: map[stream]uint32{}}
	_, _ = b.Write(fileHeader()) // Flush tells
	for _, m := range msgs {
		for _, packet := range p.packets(m) {
			var h [16]byte
			binary.LittleEndian.PutUint32(h[0:], uint32(m.At.Unix()))
			binary.LittleEndian.PutUint32(h[4:], uint32(m.At.Nanosecond()/1000))
			binary.LittleEndian.PutUint32(h[8:], uint32(len(packet)))
			binary.LittleEndian.PutUint32(h[12:], uint32(len(packet)))
			_, _ = b.Write(h[:])
			_, _ = b.Write(packet)
		}
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write pcap: %w", err)
	}
	return nil
}

// fileHeader is what a capture file begins with.
func fileHeader() []byte {
	const (
		magic     = 0xa1b2c3d4 // microseconds
		linkRaw   = 101        // packets begin with the IP header
		snapshot  = 256 << 10
		major     = 2
		minor     = 4
		zone      = 0
		precision = 0
	)
	h := binary.LittleEndian.AppendUint32(nil, magic)
	h = binary.LittleEndian.AppendUint16(h, major)
	h = binary.LittleEndian.AppendUint16(h, minor)
	for _, v := range []uint32{zone, precision, snapshot, linkRaw} {
		h = binary.LittleEndian.AppendUint32(h, v)
	}
	return h
}

// Protocol numbers and lengths of headers, in bytes.
const (
	protoTCP  = 6
	protoUDP  = 17
	ip4Header = 20
	ip6Header = 40
	udpHeader = 8
	tcpHeader = 20
	maxIP     = 65535 - ip4Header // of payload, with both kinds of IP
)

// stream is one direction of a TCP connection.
type stream struct{ from, to netip.AddrPort }

// packer makes packets of messages. It counts the bytes of each stream.
type packer struct{ streams map[stream]uint32 }

func (p *packer) packets(m Message) [][]byte {
	local, remote := sameFamily(m.Local, m.Remote)
	s := stream{remote, local}
	if m.Sent {
		s = stream{local, remote}
	}
	text := []byte(m.Text)
	if m.Transport != "tcp" && len(text) <= maxIP-udpHeader {
		return [][]byte{packet(s, protoUDP, udp(s, text))}
	}
	var list [][]byte
	for {
		n := min(len(text), maxIP-tcpHeader)
		list = append(list, packet(s, protoTCP, p.tcp(s, text[:n])))
		if text = text[n:]; len(text) == 0 {
			return list
		}
	}
}

// sameFamily returns both addresses as IPv4 or both as IPv6. Which of our own
// was meant is not known of a socket for all of them; it stays unspecified.
func sameFamily(local, remote netip.AddrPort) (netip.AddrPort, netip.AddrPort) {
	l, r := local.Addr().Unmap(), remote.Addr().Unmap()
	if !r.IsValid() {
		r = netip.IPv4Unspecified()
	}
	if l.Is4() != r.Is4() || !l.IsValid() {
		if l = netip.IPv6Unspecified(); r.Is4() {
			l = netip.IPv4Unspecified()
		}
	}
	return netip.AddrPortFrom(l, local.Port()), netip.AddrPortFrom(r, remote.Port())
}

// packet puts an IP header before a payload whose checksum is still to be made.
func packet(s stream, proto byte, payload []byte) []byte {
	from, to := s.from.Addr().AsSlice(), s.to.Addr().AsSlice()
	pseudo := append(append([]byte{}, from...), to...) // RFC 768, RFC 9293 §3.1, RFC 8200 §8.1
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(payload)))
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(proto))
	sum := checksum(pseudo, payload)
	at := 16
	if proto == protoUDP {
		at = 6
		if sum == 0 { // which would mean that there is none
			sum = 0xffff
		}
	}
	binary.BigEndian.PutUint16(payload[at:], sum)

	const ttl = 64
	var h []byte
	if s.from.Addr().Is4() {
		h = append(h, 0x45, 0)
		h = binary.BigEndian.AppendUint16(h, uint16(ip4Header+len(payload)))
		h = append(h, 0, 0, 0x40, 0, ttl, proto, 0, 0) // don't fragment
		h = append(append(h, from...), to...)
		binary.BigEndian.PutUint16(h[10:], checksum(h))
	} else {
		h = append(h, 0x60, 0, 0, 0)
		h = binary.BigEndian.AppendUint16(h, uint16(len(payload)))
		h = append(h, proto, ttl)
		h = append(append(h, from...), to...)
	}
	return append(h, payload...)
}

// ports begins a UDP or TCP header.
func ports(s stream) []byte {
	h := binary.BigEndian.AppendUint16(nil, s.from.Port())
	return binary.BigEndian.AppendUint16(h, s.to.Port())
}

// udp returns a datagram without its checksum.
func udp(s stream, text []byte) []byte {
	h := binary.BigEndian.AppendUint16(ports(s), uint16(udpHeader+len(text)))
	return append(append(h, 0, 0), text...)
}

// tcp returns a segment without its checksum.
func (p *packer) tcp(s stream, text []byte) []byte {
	const (
		first  = 1
		offset = tcpHeader / 4 << 4
		flags  = 0x18 // PSH, ACK
		window = 65535
	)
	back := stream{s.to, s.from}
	h := binary.BigEndian.AppendUint32(ports(s), first+p.streams[s])
	h = binary.BigEndian.AppendUint32(h, first+p.streams[back])
	h = append(h, offset, flags)
	h = binary.BigEndian.AppendUint16(h, window)
	p.streams[s] += uint32(len(text))
	return append(append(h, 0, 0, 0, 0), text...)
}

// checksum is the Internet checksum (RFC 1071) of pieces, all but the last of even
// length.
func checksum(pieces ...[]byte) uint16 {
	var sum uint64
	for _, b := range pieces {
		for ; len(b) >= 2; b = b[2:] {
			sum += uint64(binary.BigEndian.Uint16(b))
		}
		if len(b) == 1 {
			sum += uint64(b[0]) << 8
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
