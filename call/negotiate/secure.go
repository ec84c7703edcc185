package negotiate

import (
	"errors"
	"fmt"

	"trunkline/media/msg"
	"trunkline/media/srtp"
	"trunkline/sip/sdp"
)

// Policy says what a leg makes of SRTP with keys in SDP (RFC 4568).
type Policy uint8

// The policies. With Optional, keys are offered on a plain line, which old
// equipment takes for plain RTP, and a far side that asks for SRTP gets it.
const (
	SecureOff Policy = iota
	SecureOptional
	SecureRequired
)

// NewKeys makes a leg's own keys, one for each suite we speak, the most welcome
// first.
func NewKeys() ([]msg.Keys, error) {
	var list []msg.Keys
	for _, suite := range [...]msg.Suite{msg.AES128SHA1With80, msg.AES256GCM, msg.AES128GCM, msg.AES128SHA1With32} {
		k, err := srtp.NewKeys(suite)
		if err != nil {
			return nil, fmt.Errorf("make SRTP keys: %w", err)
		}
		list = append(list, k)
	}
	return list, nil
}

// offerKeys puts our keys into an offer.
func (l Local) offerKeys(m *sdp.Media) {
	if l.Secure == SecureOff {
		return
	}
	if l.Secure == SecureRequired {
		m.Proto = "RTP/SAVP"
	}
	for i, k := range l.Own {
		m.Crypto = append(m.Crypto, sdp.Crypto{Tag: i + 1, Suite: srtp.SuiteName(k.Suite), Key: srtp.Inline(k)})
	}
}

// errPlain refuses a far side that wants to be overheard.
var errPlain = errors.New("SRTP is required here and the far side offers none that we speak")

// answerKeys takes the first keys of an offer that we speak the suite of, and
// answers with ours.
func (l Local) answerKeys(offer sdp.Media, ours *sdp.Media, p *msg.Params) error {
	if l.Secure == SecureOff {
		if offer.Secure() {
			return errors.New("SRTP is not spoken here: see the trunk's srtp option")
		}
		return nil
	}
	c, secure, err := l.agree(offer)
	if err != nil || !secure {
		return err
	}
	own := l.own(c.Suite)
	ours.Crypto = []sdp.Crypto{{Tag: c.Tag, Suite: c.Suite, Key: srtp.Inline(own)}}
	return l.secure(c, own, p)
}

// acceptKeys takes the keys of an answer.
func (l Local) acceptKeys(answer sdp.Media, p *msg.Params) error {
	if l.Secure == SecureOff {
		if answer.Secure() || len(answer.Crypto) > 0 {
			return errors.New("the far side answers with SRTP that was not offered")
		}
		return nil
	}
	c, secure, err := l.agree(answer)
	if err != nil || !secure {
		return err
	}
	return l.secure(c, l.own(c.Suite), p)
}

// agree finds the far side's keys to use; secure is false when there shall be
// none.
func (l Local) agree(m sdp.Media) (c sdp.Crypto, secure bool, err error) {
	var names []string
	for _, k := range l.Own {
		names = append(names, srtp.SuiteName(k.Suite))
	}
	c, ok := m.ChooseCrypto(names...)
	switch {
	case ok:
		return c, true, nil
	case m.Secure() && len(m.CryptoSkipped) > 0:
		return c, false, fmt.Errorf("no usable SRTP keys: %s", m.CryptoSkipped[0])
	case m.Secure():
		return c, false, errors.New("no SRTP suite in common")
	case l.Secure == SecureRequired:
		return c, false, errPlain
	}
	return c, false, nil
}

func (l Local) own(suite string) msg.Keys {
	for _, k := range l.Own {
		if srtp.SuiteName(k.Suite) == suite {
			return k
		}
	}
	return msg.Keys{}
}

func (l Local) secure(c sdp.Crypto, own msg.Keys, p *msg.Params) error {
	theirs, err := srtp.KeysFrom(own.Suite, c.Key)
	if err != nil {
		return fmt.Errorf("SRTP keys: %w", err)
	}
	p.Secure = msg.Secure{Ours: own, Theirs: theirs}
	return nil
}
