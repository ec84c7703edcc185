package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"slices"
	"testing"
)

// TestDomains reads certificates by RFC 5922 §7.1.
func TestDomains(t *testing.T) {
	f := func(cert x509.Certificate, want ...string) {
		t.Helper()
		if got := domains(&cert); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	uri := func(text string) *url.URL {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	common := pkix.Name{CommonName: "CN.example.com"}
	f(x509.Certificate{Subject: common}, "cn.example.com")
	f(x509.Certificate{Subject: common, DNSNames: []string{"A.example.com."}}, "a.example.com")
	f(x509.Certificate{URIs: []*url.URL{uri("sip:example.com"), uri("sip:alice@example.com"), uri("https://example.com")}}, "example.com")
	f(x509.Certificate{Subject: common, URIs: []*url.URL{uri("sip:alice@example.com")}})
	f(x509.Certificate{DNSNames: []string{"*.example.com"}})
}
