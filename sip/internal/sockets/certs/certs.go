// Package certs is what TLS shows and believes: certificates from files, read
// again when they change, and the SIP domains that a peer's certificate stands for
// (RFC 5922). Only sockets uses it; it opens no connection.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
)

// Server is what a TLS listener shows, and whom it believes. The files are
// read again when they change.
type Server struct {
	CertFile string // PEM, with intermediates
	KeyFile  string
	// ClientCAFile holds who may vouch for the certificates of clients. With it
	// they are asked for one; who has none may connect all the same.
	ClientCAFile string
}

// Client is what we show where we connect, and whom we believe. The files are
// read for each connection.
type Client struct {
	CAFile   string // who may vouch for servers; "": whom the system trusts
	CertFile string // our own certificate; "": none
	KeyFile  string
}

// Config is how to connect to the server with a name.
func (c Client) Config(server string) (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: server}
	if c.CAFile != "" {
		pool, err := readPool(c.CAFile)
		if err != nil {
			return nil, err
		}
		cfg.RootCAs = pool
	}
	if c.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(c.CertFile, c.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w", err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

// Identity is a Server in use. Every handshake looks whether its files are
// still those that were read: certificates last for weeks, processes for longer.
type Identity struct {
	files Server
	log   *slog.Logger

	mu      sync.Mutex
	stamp   string // of the files last tried, good or bad
	config  *tls.Config
	clients *x509.CertPool // nil: nobody is asked
}

// New reads the files of a server. Later troubles with them are told to log.
func New(files Server, log *slog.Logger) (*Identity, error) {
	if files.CertFile == "" || files.KeyFile == "" {
		return nil, errors.New("no certificate and key")
	}
	i := &Identity{files: files, log: log}
	return i, i.Reload()
}

// Config is the configuration of a listener.
func (i *Identity) Config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return i.current(), nil
		},
	}
}

// current returns what to shake hands with now. Files that are broken, or half
// written, leave what there was before.
func (i *Identity) current() *tls.Config {
	i.mu.Lock()
	defer i.mu.Unlock()
	if stamp := i.files.stamp(); stamp != i.stamp {
		if err := i.read(stamp); err != nil {
			i.log.Warn("sip certificate not reloaded", "file", i.files.CertFile, "error", err)
		} else {
			i.log.Info("sip certificate reloaded", "file", i.files.CertFile)
		}
	}
	return i.config
}

// Reload reads the files again. Where that fails, what there was stays in use.
func (i *Identity) Reload() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.read(i.files.stamp())
}

// read replaces all or nothing.
func (i *Identity) read(stamp string) error {
	i.stamp = stamp
	pair, err := tls.LoadX509KeyPair(i.files.CertFile, i.files.KeyFile)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	var clients *x509.CertPool
	if i.files.ClientCAFile != "" {
		if clients, err = readPool(i.files.ClientCAFile); err != nil {
			return err
		}
		// Not VerifyClientCertIfGiven: that wants certificates made for clients, and
		// carriers show the one of their server (RFC 5922 §7). Names verifies it.
		cfg.ClientAuth, cfg.ClientCAs = tls.RequestClientCert, clients
	}
	i.config, i.clients = cfg, clients
	return nil
}

// stamp changes when one of the files does.
func (s Server) stamp() string {
	var b strings.Builder
	for _, name := range []string{s.CertFile, s.KeyFile, s.ClientCAFile} {
		if info, err := os.Stat(name); err == nil {
			b.WriteString(strconv.FormatInt(info.ModTime().UnixNano(), 36) + "." + strconv.FormatInt(info.Size(), 36))
		}
		b.WriteByte('/')
	}
	return b.String()
}

// Names returns whom the certificate of a client names. No certificate is no
// name; one that nobody vouches for is an error.
func (i *Identity) Names(state tls.ConnectionState) ([]string, error) {
	i.mu.Lock()
	clients := i.clients
	i.mu.Unlock()
	if clients == nil || len(state.PeerCertificates) == 0 {
		return nil, nil
	}
	leaf := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, cert := range state.PeerCertificates[1:] {
		between.AddCert(cert)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: clients, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, fmt.Errorf("verify client certificate: %w", err)
	}
	return domains(leaf), nil
}

// domains returns the SIP domains that a certificate stands for (RFC 5922 §7.1),
// in lower case: those of its sip URIs, its DNS names, and only without either
// the common name. A pattern such as *.example.com stands for nobody.
func domains(cert *x509.Certificate) []string {
	var names []string
	add := func(name string) {
		if name = strings.ToLower(strings.TrimSuffix(name, ".")); name != "" && !strings.Contains(name, "*") {
			names = append(names, name)
		}
	}
	for _, uri := range cert.URIs {
		host := uri.Opaque // sip:example.com
		if strings.EqualFold(uri.Scheme, "sip") && !strings.ContainsAny(host, "@/;?:") {
			add(host)
		}
	}
	for _, name := range cert.DNSNames {
		add(name)
	}
	if len(cert.DNSNames)+len(cert.URIs)+len(cert.IPAddresses)+len(cert.EmailAddresses) == 0 {
		add(cert.Subject.CommonName)
	}
	return names
}

func readPool(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read certificate authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("read certificate authorities: %s holds no certificate", file)
	}
	return pool, nil
}
