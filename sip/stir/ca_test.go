package stir

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trunkline/internal/fetch"
)

// noon is when the tests happen.
var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// authority is a CA with an intermediate, and the files of one provider.
type authority struct {
	t        testing.TB
	dir      string
	rootKey  *ecdsa.PrivateKey
	root     *x509.Certificate
	interKey *ecdsa.PrivateKey
	inter    *x509.Certificate
	serial   int64
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newAuthority(t testing.TB) *authority {
	a := &authority{t: t, dir: t.TempDir(), rootKey: newKey(t), interKey: newKey(t)}
	ca := func(name string) *x509.Certificate {
		return &x509.Certificate{
			Subject: pkix.Name{CommonName: name}, NotBefore: noon.AddDate(-1, 0, 0), NotAfter: noon.AddDate(1, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
	}
	root := ca("root")
	a.root = a.issue(root, root, &a.rootKey.PublicKey, a.rootKey)
	a.inter = a.issue(ca("intermediate"), a.root, &a.interKey.PublicKey, a.rootKey)
	return a
}

func (a *authority) issue(cert, parent *x509.Certificate, key any, by *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	a.serial++
	cert.SerialNumber = big.NewInt(a.serial)
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, key, by)
	if err != nil {
		a.t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return parsed
}

// leaf issues a certificate that is right, after change has had its way.
func (a *authority) leaf(key *ecdsa.PrivateKey, change func(*x509.Certificate)) []byte {
	a.t.Helper()
	cert := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "SHAKEN 4711"},
		NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: []pkix.Extension{{Id: oidTNAuthList, Value: tnAuthList(a.t, "4711")}},
	}
	if change != nil {
		change(cert)
	}
	return encodePEM(a.issue(cert, a.inter, &key.PublicKey, a.interKey), a.inter)
}

func encodePEM(certs ...*x509.Certificate) (text []byte) {
	for _, c := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return text
}

// entry writes one TNEntry: explicit tag around a value.
func entry(t testing.TB, tag int, value any, params string) asn1.RawValue {
	t.Helper()
	der, err := asn1.MarshalWithParams(value, params)
	if err != nil {
		t.Fatal(err)
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: tag, IsCompound: true, Bytes: der}
}

type rangeDER struct {
	Start string `asn1:"ia5"`
	Count int
}

// tnAuthList writes an extension: providers are names, numbers begin with 1.
func tnAuthList(t testing.TB, provider string, more ...asn1.RawValue) []byte {
	t.Helper()
	if provider != "" {
		more = append(more, entry(t, 0, provider, "ia5"))
	}
	der, err := asn1.Marshal(more)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// file writes a file and returns its name.
func (a *authority) file(name string, text []byte) string {
	a.t.Helper()
	path := filepath.Join(a.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		a.t.Fatal(err)
	}
	return path
}

func keyPEM(t testing.TB, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

const certURL = "https://cert.example.com/4711.pem?a=b&c=d"

func (a *authority) signer(key *ecdsa.PrivateKey) *Signer {
	a.t.Helper()
	s, err := NewSigner(SignConfig{KeyFile: a.file("key.pem", keyPEM(a.t, key)), CertificateURL: certURL, Own: []string{"+4930123"}})
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

func (a *authority) verifier(refuse string, fetcher Fetcher) *Verifier {
	a.t.Helper()
	v, err := NewVerifier(VerifyConfig{RootsFile: a.file("roots.pem", encodePEM(a.root)), Refuse: refuse}, fetcher)
	if err != nil {
		a.t.Fatal(err)
	}
	return v
}

// shelf is a repository of certificates.
type shelf struct {
	mu    sync.Mutex
	certs map[string][]byte
	asked int
}

func (s *shelf) Get(ctx context.Context, address string, limits fetch.Limits) (*fetch.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if limits.Timeout <= 0 || len(limits.Types) == 0 {
		return nil, errors.New("a fetch without limits")
	}
	if text, ok := s.certs[address]; ok && ctx.Err() == nil {
		return &fetch.Response{Body: text}, nil
	}
	return nil, fetch.ErrStatus
}
