package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"trunkline/media/msg"
)

// suite is what RFC 4568 §6.2 and RFC 7714 §14.2 say of one crypto suite.
type suite struct {
	id        msg.Suite
	name      string // on the a=crypto line
	key, salt int    // bytes
	rtpTag    int    // bytes of signature; 0 with GCM, which has its own
	rtcpTag   int
}

// suites are those we speak. None is without encryption or authentication.
var suites = []suite{
	{msg.AES128SHA1With80, "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10},
	{msg.AES128SHA1With32, "AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10}, // SRTCP keeps 80 bits
	{msg.AES128GCM, "AEAD_AES_128_GCM", 16, 12, 0, 0},
	{msg.AES256GCM, "AEAD_AES_256_GCM", 32, 12, 0, 0},
}

var errSuite = errors.New("no such suite")

func bySuite(id msg.Suite) (suite, error) {
	i := slices.IndexFunc(suites, func(s suite) bool { return s.id == id })
	if i < 0 {
		return suite{}, errSuite
	}
	return suites[i], nil
}

// SuiteName returns a suite's name on an a=crypto line; "" when there is none.
func SuiteName(id msg.Suite) string {
	s, _ := bySuite(id)
	return s.name
}

// SuiteByName finds a suite by its name on an a=crypto line.
func SuiteByName(name string) (id msg.Suite, ok bool) {
	i := slices.IndexFunc(suites, func(s suite) bool { return s.name == name })
	if i < 0 {
		return msg.PlainRTP, false
	}
	return suites[i].id, true
}

// NewKeys makes random keys.
func NewKeys(id msg.Suite) (msg.Keys, error) {
	s, err := bySuite(id)
	if err != nil {
		return msg.Keys{}, fmt.Errorf("make srtp keys: %w", err)
	}
	k := msg.Keys{Suite: id}
	rand.Read(k.Key[:s.key]) // never fails
	rand.Read(k.Salt[:s.salt])
	return k, nil
}

// KeysFrom takes keys from an a=crypto line: key and salt, one behind the other
// (RFC 4568 §6.1).
func KeysFrom(id msg.Suite, inline []byte) (msg.Keys, error) {
	s, err := bySuite(id)
	if err != nil {
		return msg.Keys{}, fmt.Errorf("read srtp keys: %w", err)
	}
	if len(inline) != s.key+s.salt {
		return msg.Keys{}, fmt.Errorf("read srtp keys: %d bytes: %s takes %d", len(inline), s.name, s.key+s.salt)
	}
	k := msg.Keys{Suite: id}
	copy(k.Key[:], inline[:s.key])
	copy(k.Salt[:], inline[s.key:])
	return k, nil
}

// Inline returns key and salt as an a=crypto line has them; nil for keys of no suite.
func Inline(k msg.Keys) []byte {
	s, err := bySuite(k.Suite)
	if err != nil {
		return nil
	}
	return append(slices.Clone(k.Key[:s.key]), k.Salt[:s.salt]...)
}

// newHalf derives the session keys of one direction. scratch takes in what is
// decrypted; the direction that we send in has none.
func newHalf(k msg.Keys, scratch []byte) (*half, error) {
	s, err := bySuite(k.Suite)
	if err != nil {
		return nil, err
	}
	master, err := aes.NewCipher(k.Key[:s.key])
	if err != nil {
		return nil, err
	}
	h := &half{keys: k}
	if h.rtp, err = s.sealer(master, k, labelRTP, scratch); err != nil {
		return nil, err
	}
	h.rtcp, err = s.sealer(master, k, labelRTCP, scratch)
	return h, err
}

// Labels of the key derivation (RFC 3711 §4.3.2): encryption key, authentication
// key and salt follow one another.
const (
	labelRTP  = 0
	labelRTCP = 3
)

// sealer makes the cipher for the session keys with the given label.
func (s suite) sealer(master cipher.Block, k msg.Keys, label byte, scratch []byte) (sealer, error) {
	var key [32]byte
	var auth [20]byte
	var salt [14]byte
	derive(key[:s.key], master, k.Salt, label)
	derive(auth[:], master, k.Salt, label+1)
	derive(salt[:s.salt], master, k.Salt, label+2)
	block, err := aes.NewCipher(key[:s.key])
	if err != nil {
		return nil, err
	}
	switch {
	case s.rtpTag == 0:
		return newGCM(block, salt[:s.salt], scratch)
	case label == labelRTP:
		return newCounterMode(block, auth[:], salt[:], s.rtpTag), nil
	}
	return newCounterMode(block, auth[:], salt[:], s.rtcpTag), nil
}

// derive fills dst with session key material: the keystream of the master key
// whose counter begins at the salt with the label mixed in (RFC 3711 §4.3; keys
// are never derived again). A salt of 12 bytes ends in two zeroes (RFC 7714 §11).
func derive(dst []byte, master cipher.Block, salt [14]byte, label byte) {
	iv := make([]byte, aes.BlockSize)
	copy(iv, salt[:])
	iv[7] ^= label
	clear(dst)
	cipher.NewCTR(master, iv).XORKeyStream(dst, dst)
}
