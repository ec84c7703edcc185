package stir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Extensions of certificates: RFC 8226 §8 and §9, RFC 9118.
var (
	oidTNAuthList          = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 26}
	oidConstraints         = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 27}
	oidEnhancedConstraints = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 33}
)

// maxChain bounds the certificates at one address.
const maxChain = 8

// credential is what is at an x5u: a certificate with those above it, and what it
// is good for.
type credential struct {
	leaf  *x509.Certificate
	above []*x509.Certificate
	key   *ecdsa.PublicKey
	scope scope
}

// readCredential reads a chain, the leaf first: PEM, or one certificate as DER.
func readCredential(text []byte) (*credential, error) {
	chain, err := readChain(text)
	if err != nil {
		return nil, err
	}
	c := &credential{leaf: chain[0], above: chain[1:]}
	key, ok := c.leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("key of the certificate is not on P-256")
	}
	c.key = key
	if c.leaf.IsCA || c.leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, errors.New("certificate is not for signatures")
	}
	found := false
	for _, e := range c.leaf.Extensions {
		switch {
		case e.Id.Equal(oidTNAuthList):
			found = true
			if c.scope, err = readTNAuthList(e.Value); err != nil {
				return nil, err
			}
		case e.Id.Equal(oidConstraints), e.Id.Equal(oidEnhancedConstraints):
			return nil, errors.New("certificate has claim constraints, which are not supported")
		}
	}
	if !found {
		return nil, errors.New("certificate has no TNAuthList")
	}
	c.leaf.UnhandledCriticalExtensions = slices.DeleteFunc(c.leaf.UnhandledCriticalExtensions, oidTNAuthList.Equal)
	return c, nil
}

func readChain(text []byte) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if len(chain) == maxChain {
			return nil, fmt.Errorf("more than %d certificates", maxChain)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, cert)
	}
	if len(chain) == 0 {
		cert, err := x509.ParseCertificate(text)
		if err != nil {
			return nil, errors.New("no certificate there")
		}
		chain = append(chain, cert)
	}
	return chain, nil
}

// trusted reports why the chain does not lead to a root now.
func (c *credential) trusted(roots *x509.CertPool, now time.Time) error {
	above := x509.NewCertPool()
	for _, cert := range c.above {
		above.AddCert(cert)
	}
	_, err := c.leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: above, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}

// signed reports whether the certificate's key made the signature.
func (c *credential) signed(p *passport) bool {
	sum := sha256.Sum256([]byte(p.signed))
	r, s := new(big.Int).SetBytes(p.signature[:32]), new(big.Int).SetBytes(p.signature[32:])
	return ecdsa.Verify(c.key, sum[:], r, s)
}

// scope is a TNAuthList: what a certificate may sign for.
type scope struct {
	providers []string // a provider may sign for any number; which are its own is its regulator's business
	ranges    []numberRange
}

type numberRange struct{ first, last *big.Int }

// covers reports whether a number is in the scope.
func (s scope) covers(number string) bool {
	if len(s.providers) > 0 {
		return true
	}
	n, ok := new(big.Int).SetString(number, 10)
	return ok && slices.ContainsFunc(s.ranges, func(r numberRange) bool {
		return n.Cmp(r.first) >= 0 && n.Cmp(r.last) <= 0 && len(number) == len(r.first.String())
	})
}

// readTNAuthList reads the extension (RFC 8226 §9; explicit tags):
//
//	SEQUENCE OF CHOICE { [0] provider IA5String,
//	                     [1] SEQUENCE { start IA5String, count INTEGER },
//	                     [2] number IA5String }
func readTNAuthList(der []byte) (s scope, err error) {
	bad := errors.New("TNAuthList cannot be read")
	var entries []asn1.RawValue
	if rest, err := asn1.Unmarshal(der, &entries); err != nil || len(rest) > 0 || len(entries) == 0 {
		return s, bad
	}
	for _, e := range entries {
		if e.Class != asn1.ClassContextSpecific || !e.IsCompound {
			return s, bad
		}
		var text string
		count := 1
		switch e.Tag {
		case 0, 2:
			if rest, err := asn1.UnmarshalWithParams(e.Bytes, &text, "ia5"); err != nil || len(rest) > 0 {
				return s, bad
			}
		case 1:
			var r struct {
				Start string `asn1:"ia5"`
				Count int
			}
			if rest, err := asn1.Unmarshal(e.Bytes, &r); err != nil || len(rest) > 0 || r.Count < 2 {
				return s, bad
			}
			text, count = r.Start, r.Count
		default:
			return s, bad
		}
		if e.Tag == 0 {
			s.providers = append(s.providers, text)
			continue
		}
		first, ok := new(big.Int).SetString(Canonical(text), 10)
		if !ok || strings.HasPrefix(text, "0") {
			return s, bad
		}
		s.ranges = append(s.ranges, numberRange{first, new(big.Int).Add(first, big.NewInt(int64(count-1)))})
	}
	return s, nil
}
