package stir

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// SignConfig is what it takes to sign.
type SignConfig struct {
	KeyFile        string   `json:"key_file" doc:"PEM with the private key, on P-256"`
	CertificateURL string   `json:"certificate_url" doc:"https address where everybody gets the certificate"`
	Own            []string `json:"own,omitempty" doc:"Beginnings of the numbers that are ours, such as +4930123; they are attested A"`
	OrigID         string   `json:"origid,omitempty" doc:"UUID that stands for where calls come from; default: one for each call"`
}

// Signer signs calls. It may be used by any goroutine.
type Signer struct {
	cfg SignConfig
	key *ecdsa.PrivateKey
}

// NewSigner reads the key.
func NewSigner(cfg SignConfig) (*Signer, error) {
	if !strings.HasPrefix(cfg.CertificateURL, "https://") || strings.ContainsAny(cfg.CertificateURL, "<> \"\r\n") || len(cfg.CertificateURL) > maxURL {
		return nil, fmt.Errorf("stir: certificate_url %.80q is not an https address", cfg.CertificateURL)
	}
	for _, n := range cfg.Own {
		if !strings.HasPrefix(n, "+") || Canonical(n) == "" {
			return nil, fmt.Errorf("stir: own number %.40q does not begin like +4930", n)
		}
	}
	text, err := os.ReadFile(cfg.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("stir: read key: %w", err)
	}
	key, err := readKey(text)
	if err != nil {
		return nil, fmt.Errorf("stir: read key %s: %w", cfg.KeyFile, err)
	}
	return &Signer{cfg, key}, nil
}

// readKey reads the first private key of a PEM file. Errors say nothing of it.
func readKey(text []byte) (*ecdsa.PrivateKey, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		var parsed any
		var err error
		switch block.Type {
		case "EC PRIVATE KEY":
			parsed, err = x509.ParseECPrivateKey(block.Bytes)
		case "PRIVATE KEY":
			parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		default:
			continue
		}
		key, ok := parsed.(*ecdsa.PrivateKey)
		if err != nil || !ok || key.Curve != elliptic.P256() {
			return nil, errors.New("not a key on P-256")
		}
		return key, nil
	}
	return nil, errors.New("no private key in it")
}

// Attest returns what we can say about a caller: A when the number is ours, B when
// the call comes from a customer we know, such as a phone or a trunk that has
// proven who it is, else C.
func (s *Signer) Attest(number string, customer bool) Attest {
	for _, own := range s.cfg.Own {
		if strings.HasPrefix(number, own) {
			return Full
		}
	}
	if customer {
		return Partial
	}
	return Gateway
}

// Sign returns the values of the headers Identity and Date for a call from orig to
// dest, which are whole numbers (E.164). A caller without a number, or a called party
// that is no number, cannot be signed for.
func (s *Signer) Sign(orig, dest string, attest Attest, now time.Time) (identity, date string, err error) {
	c := claims{Attest: attest, Iat: now.Unix(), OrigID: s.cfg.OrigID}
	c.Orig.TN = Canonical(orig)
	c.Dest.TN = []string{Canonical(dest)}
	if c.Orig.TN == "" || c.Dest.TN[0] == "" {
		return "", "", fmt.Errorf("stir: sign call from %.40q to %.40q: not both are numbers", orig, dest)
	}
	if c.OrigID == "" {
		c.OrigID = newUUID()
	}
	token, err := s.seal(head{Alg: "ES256", Ppt: shaken, Typ: "passport", X5u: s.cfg.CertificateURL}, c)
	if err != nil {
		return "", "", fmt.Errorf("stir: sign: %w", err)
	}
	return token + ";info=<" + s.cfg.CertificateURL + `>;alg=ES256;ppt="shaken"`, now.UTC().Format(http.TimeFormat), nil
}

// seal signs: r and s in 32 bytes each (RFC 7518 §3.4).
func (s *Signer) seal(h head, c claims) (string, error) {
	signed := encode(h) + "." + encode(c)
	sum := sha256.Sum256([]byte(signed))
	r, v, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	var sig [64]byte
	r.FillBytes(sig[:32])
	v.FillBytes(sig[32:])
	return signed + "." + b64.EncodeToString(sig[:]), nil
}

// newUUID returns a random UUID (RFC 9562 §5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
