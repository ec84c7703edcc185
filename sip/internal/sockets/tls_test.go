package sockets

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/sip/internal/sockets/certs"
)

// pki is a certificate authority of one test.
type pki struct {
	t    *testing.T
	dir  string
	ca   string // file
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	n    int64
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{t: t, dir: t.TempDir()}
	p.cert, p.key = p.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "test authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	p.ca = p.write("ca.pem", "CERTIFICATE", p.cert.Raw)
	return p
}

// sign makes a certificate; the first one signs itself.
func (p *pki) sign(template *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	p.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	p.n++
	template.SerialNumber = big.NewInt(p.n)
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := p.cert, p.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		p.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return cert, key
}

func (p *pki) write(name, kind string, der []byte) string {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// issue writes a certificate for names, made for servers as carriers have it.
func (p *pki) issue(file string, names ...string) (certFile, keyFile string) {
	p.t.Helper()
	cert, key := p.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "not to be looked at"}, DNSNames: names, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.write(file+".pem", "CERTIFICATE", cert.Raw), p.write(file+".key", "PRIVATE KEY", der)
}

// server is what a server with a name shows.
func (p *pki) server(name string) certs.Server {
	cert, key := p.issue(name, name)
	return certs.Server{CertFile: cert, KeyFile: key}
}

// listener is one of a transport, with a certificate.
func (p *pki) listener(network string, bind netip.AddrPort) Listener {
	return Listener{Network: network, Addr: bind, TLS: p.server("us.example.com")}
}

// TestServerNames holds that we send to nobody who cannot prove to be the trunk.
func TestServerNames(t *testing.T) {
	pki, other := newPKI(t), newPKI(t)
	server := open(t, Config{}, Listener{Network: TLS, Addr: home, TLS: pki.server("sip.example.com")})
	f := func(client certs.Client, name, want string) {
		t.Helper()
		b := open(t, Config{Client: client}, pki.listener(TLS, home))
		_, err := b.To(t.Context(), Peer{Network: TLS, Addr: server.addr(0), Name: name})
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", name, err, want)
		case want != "" && b.Stats().Transports[TLS].DialFailures != 1:
			t.Errorf("%s: no failure counted", name)
		}
	}
	ca := certs.Client{CAFile: pki.ca}
	f(ca, "sip.example.com", "")
	f(ca, "SIP.Example.com.", "")
	f(ca, "other.example.com", "other.example.com")
	f(ca, "", "127.0.0.1")
	f(certs.Client{CAFile: other.ca}, "sip.example.com", "unknown authority")
	f(certs.Client{}, "sip.example.com", "unknown authority")
	f(certs.Client{CAFile: "none"}, "sip.example.com", "read certificate authorities")
	f(certs.Client{CAFile: pki.ca, CertFile: "none"}, "sip.example.com", "read client certificate")
	until(t, "failed handshakes to be counted", func() bool { return server.Stats().Refused["handshake"] >= 4 })
}

// TestReuseAsksForTheName holds that a connection is only good for the name that
// it proved.
func TestReuseAsksForTheName(t *testing.T) {
	pki := newPKI(t)
	server := open(t, Config{}, Listener{Network: TLS, Addr: home, TLS: pki.server("a.example.com")})
	b := open(t, Config{Client: certs.Client{CAFile: pki.ca}}, pki.listener(TLS, home))
	a := Peer{Network: TLS, Addr: server.addr(0), Name: "a.example.com"}
	if _, status := b.ask(a, ""); status != 200 {
		t.Fatalf("status %d", status)
	}
	c := a
	c.Name = "c.example.com"
	if b.Serves(c) || !b.Serves(a) || !b.Serves(Peer{Network: TLS, Addr: a.Addr}) || b.Serves(Peer{Network: TCP, Addr: a.Addr}) {
		t.Error("the connection serves another name, another transport, or not its own")
	}
	if _, err := b.To(t.Context(), c); err == nil {
		t.Error("sent to a name that was not proven")
	}
}

// TestNobodyTakesThePlace holds that a connection from the address where we
// connect by TLS is not mistaken for ours.
func TestNobodyTakesThePlace(t *testing.T) {
	pki := newPKI(t)
	server := open(t, Config{}, Listener{Network: TLS, Addr: home, TLS: pki.server("a.example.com")})
	b := open(t, Config{Client: certs.Client{CAFile: pki.ca}}, pki.listener(TLS, home), Listener{Network: TCP, Addr: home})
	to := Peer{Network: TLS, Addr: server.addr(0), Name: "a.example.com"}
	b.ask(to, "")
	under, far := net.Pipe()
	t.Cleanup(func() { under.Close(); far.Close() })
	mask := newConn(b.hub, TCP, masked{under, to.Addr, b.addr(1)}, &stream{})
	if err := b.hub.register(mask); err == nil || !strings.Contains(err.Error(), "a.example.com") {
		t.Errorf("a stranger took the place: %v", err)
	}
	if c := b.hub.find(to.Addr); c == nil || c.network != TLS {
		t.Errorf("found %+v", c)
	}
}

// masked is a connection that says of itself what it likes.
type masked struct {
	net.Conn
	peer, at netip.AddrPort
}

func (m masked) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(m.peer) }
func (m masked) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(m.at) }

// TestClientCertificates holds that a verified certificate tells who a source is,
// and lets it in where addresses do not.
func TestClientCertificates(t *testing.T) {
	ours, other := newPKI(t), newPKI(t)
	for _, network := range []string{TLS, WSS} {
		files := ours.server("sip.example.com")
		files.ClientCAFile = ours.ca
		server := open(t, Config{
			Known:        func(netip.Addr) bool { return false },
			KnownNames:   func(names []string) bool { return slices.Contains(names, "carrier.example.com") },
			CloseUnknown: true,
		}, Listener{Network: network, Addr: home, TLS: files})
		to := Peer{Network: network, Addr: server.addr(0), Name: "sip.example.com"}
		client := func(p *pki, names ...string) *bench {
			cfg := certs.Client{CAFile: ours.ca}
			if p != nil {
				cfg.CertFile, cfg.KeyFile = p.issue("client", names...)
			}
			return open(t, Config{Client: cfg}, ours.listener(network, home))
		}
		if _, status := client(ours, "Carrier.example.com", "*.example.com").ask(to, ""); status != 200 {
			t.Errorf("%s: status %d", network, status)
		}
		gate, handler := server.last()
		if want := []string{"carrier.example.com"}; !slices.Equal(gate.Names, want) || !slices.Equal(handler.Names, want) {
			t.Errorf("%s: names %q and %q", network, gate.Names, handler.Names)
		}
		for i, stranger := range []*bench{client(ours, "other.example.com"), client(nil), client(other, "carrier.example.com")} {
			if at, err := stranger.To(t.Context(), to); err == nil {
				_ = stranger.stack.TransportLayer().WriteMsg(stranger.request(at, to.Addr, "")) // or it fails: the connection is closed
			}
			until(t, "a stranger to be refused", func() bool { s := server.Stats().Refused; return s["unknown_source"]+s["handshake"] == uint64(i+1) })
		}
		if s := server.Stats().Refused; s["unknown_source"] != 2 || s["handshake"] != 1 {
			t.Errorf("%s: refused %v", network, s)
		}
	}
}

// TestUnknownNeedNotShakeHands holds that strangers get no handshake where no
// certificate could make them known.
func TestUnknownNeedNotShakeHands(t *testing.T) {
	pki := newPKI(t)
	b := open(t, Config{Known: func(netip.Addr) bool { return false }, CloseUnknown: true}, pki.listener(TLS, home))
	ended(t, dialTCP(t, b.addr(0)))
	until(t, "the refusal", func() bool { return b.Stats().Refused["unknown_source"] == 1 })
}

// TestReload changes a certificate while the listener runs.
func TestReload(t *testing.T) {
	pki := newPKI(t)
	files := pki.server("old.example.com")
	b := open(t, Config{}, Listener{Network: TLS, Addr: home, TLS: files})
	shown := func() string {
		t.Helper()
		c, err := tls.Dial("tcp", b.addr(0).String(), &tls.Config{InsecureSkipVerify: true}) // what is shown is looked at
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return strings.Join(c.ConnectionState().PeerCertificates[0].DNSNames, " ")
	}
	replace := func(from string) {
		t.Helper()
		for _, end := range []string{".pem", ".key"} {
			text, err := os.ReadFile(filepath.Join(pki.dir, from+end))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(pki.dir, "old.example.com"+end), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := shown(); got != "old.example.com" {
		t.Fatalf("shown %s", got)
	}
	pki.issue("next", "a-longer-name.example.com")
	replace("next")
	if got := shown(); got != "a-longer-name.example.com" {
		t.Errorf("after the change %s is shown", got)
	}
	if err := os.WriteFile(files.KeyFile, []byte("half a k"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Reload(); err == nil {
		t.Error("half a key was taken")
	}
	if got := shown(); got != "a-longer-name.example.com" {
		t.Errorf("with half a key %s is shown", got)
	}
	replace("next")
	if err := b.Reload(); err != nil {
		t.Errorf("reload: %v", err)
	}
}

// TestOldTLS holds that nothing below TLS 1.2 is spoken.
func TestOldTLS(t *testing.T) {
	pki := newPKI(t)
	b := open(t, Config{}, pki.listener(TLS, home))
	f := func(version uint16, want bool) {
		t.Helper()
		c, err := tls.Dial("tcp", b.addr(0).String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: version})
		if (err == nil) != want {
			t.Errorf("version %x: %v", version, err)
		}
		if err == nil {
			c.Close()
		}
	}
	f(tls.VersionTLS11, false)
	f(tls.VersionTLS12, true)
	f(tls.VersionTLS13, true)
}
