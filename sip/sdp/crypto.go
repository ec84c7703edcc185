package sdp

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Limits on a=crypto lines from outside.
const (
	maxCrypto     = 16  // of one m= line
	maxCryptoLine = 512 // bytes
)

// Crypto is one a=crypto line: keys for SRTP (RFC 4568).
type Crypto struct {
	Tag   int    // 1 to 999999999; an answer repeats the offer's
	Suite string // as registered: "AES_CM_128_HMAC_SHA1_80"
	Key   Secret // master key and master salt
}

// Secret is key material. It is as long as its suite asks and is never printed:
// every verb of fmt, and every encoder that asks for text, gets a word instead.
type Secret []byte

// Format writes a word instead of the secret.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns a word instead of the secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

const hidden = "(secret)"

// cryptoSuites are the suites that are read and written, each with the length of
// its key and salt together (RFC 4568 §6.2, RFC 7714 §14.2). Whether one is
// spoken is the negotiation's business.
var cryptoSuites = map[string]int{
	"AES_CM_128_HMAC_SHA1_80": 16 + 14,
	"AES_CM_128_HMAC_SHA1_32": 16 + 14,
	"AEAD_AES_128_GCM":        16 + 12,
	"AEAD_AES_256_GCM":        32 + 12,
}

// Secure reports whether the line's profile is SRTP with keys in SDP. With DTLS
// (UDP/TLS/RTP/SAVP) it is not.
func (m Media) Secure() bool {
	return strings.EqualFold(m.Proto, "RTP/SAVP") || strings.EqualFold(m.Proto, "RTP/SAVPF")
}

// ChooseCrypto returns the first of the line's keys whose suite is among ours: the
// author's order counts (RFC 4568 §5.1.2).
func (m Media) ChooseCrypto(suites ...string) (Crypto, bool) {
	i := slices.IndexFunc(m.Crypto, func(c Crypto) bool { return slices.Contains(suites, c.Suite) })
	if i < 0 {
		return Crypto{}, false
	}
	return m.Crypto[i], true
}

// applyCrypto reads an a=crypto line, or notes why not. One that makes no sense
// costs only itself: others may do.
func (m *Media) applyCrypto(value string) {
	if len(m.Crypto)+len(m.CryptoSkipped) == maxCrypto {
		return
	}
	c, err := parseCrypto(value)
	if err == nil && slices.ContainsFunc(m.Crypto, func(other Crypto) bool { return other.Tag == c.Tag }) {
		err = errors.New("tag used twice")
	}
	if err != nil {
		number := len(m.Crypto) + len(m.CryptoSkipped) + 1
		m.CryptoSkipped = append(m.CryptoSkipped, fmt.Sprintf("crypto line %d: %v", number, err))
		return
	}
	m.Crypto = append(m.Crypto, c)
}

// parseCrypto reads "tag suite inline:key[|lifetime][|mki:length] [parameter...]".
// Errors quote nothing that could be part of a key.
func parseCrypto(value string) (Crypto, error) {
	if len(value) > maxCryptoLine {
		return Crypto{}, fmt.Errorf("longer than %d bytes", maxCryptoLine)
	}
	parts := strings.Fields(value)
	if len(parts) < 3 {
		return Crypto{}, errors.New("want tag, suite and key")
	}
	tag, err := strconv.ParseUint(parts[0], 10, 32)
	if err != nil || tag == 0 || tag > 999999999 {
		return Crypto{}, errors.New("tag is not a number from 1 to 999999999")
	}
	suite := strings.ToUpper(parts[1])
	length, known := cryptoSuites[suite]
	if !known {
		return Crypto{}, errors.New("suite not spoken here")
	}
	key, err := parseInline(parts[2])
	if err != nil {
		return Crypto{}, err
	}
	if len(key) != length {
		return Crypto{}, fmt.Errorf("key and salt of %d bytes: %s takes %d", len(key), suite, length)
	}
	for _, parameter := range parts[3:] {
		if err := bearable(parameter); err != nil {
			return Crypto{}, err
		}
	}
	return Crypto{Tag: int(tag), Suite: suite, Key: key}, nil
}

// parseInline reads "inline:key[|lifetime][|mki:length]". How long a key may be
// used is read and forgotten: the shortest lifetime seen, 2^20 packets, is six
// hours of sound, and one who is strict about it sends new keys.
func parseInline(text string) ([]byte, error) {
	const method = "inline:"
	if len(text) < len(method) || !strings.EqualFold(text[:len(method)], method) {
		return nil, errors.New("no inline key")
	}
	if strings.Contains(text, ";") {
		return nil, errors.New("several keys, which takes an MKI")
	}
	parts := strings.Split(text[len(method):], "|")
	key, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	if err != nil {
		return nil, errors.New("key is not base64")
	}
	if len(parts) > 3 {
		return nil, errors.New("more than a lifetime and an MKI behind the key")
	}
	for i, part := range parts[1:] {
		_, size, isMKI := strings.Cut(part, ":")
		switch {
		case isMKI && size != "0":
			return nil, errors.New("an MKI, which is not spoken here")
		case !isMKI && (i > 0 || !isLifetime(part)):
			return nil, errors.New("lifetime makes no sense")
		}
	}
	return key, nil
}

// isLifetime reports whether text is a number of packets: "1048576" or "2^20".
func isLifetime(text string) bool {
	exponent, power := strings.CutPrefix(text, "2^")
	n, err := strconv.ParseUint(exponent, 10, 64)
	return err == nil && n > 0 && (!power || n <= 48)
}

// bearable says why we cannot do with a session parameter (RFC 4568 §6.3). Those
// that would leave something unprotected are never granted, and an unknown one
// that is not marked as optional rules the line out (§6.3.7).
func bearable(parameter string) error {
	name, value, _ := strings.Cut(parameter, "=")
	switch {
	case strings.EqualFold(name, "WSH"), strings.HasPrefix(name, "-"):
		return nil
	case strings.EqualFold(name, "KDR") && value == "0":
		return nil
	}
	return errors.New("a session parameter that is not spoken here")
}

// check says why a line cannot be written.
func (c Crypto) check() error {
	switch length, known := cryptoSuites[c.Suite]; {
	case c.Tag < 1 || c.Tag > 999999999:
		return fmt.Errorf("crypto tag %d", c.Tag)
	case !known:
		return fmt.Errorf("crypto %d: no such suite", c.Tag)
	case len(c.Key) != length:
		return fmt.Errorf("crypto %d: key and salt of %d bytes: %s takes %d", c.Tag, len(c.Key), c.Suite, length)
	}
	return nil
}

// text is the value of the attribute.
func (c Crypto) text() string {
	return strconv.Itoa(c.Tag) + " " + c.Suite + " inline:" + base64.StdEncoding.EncodeToString(c.Key)
}
