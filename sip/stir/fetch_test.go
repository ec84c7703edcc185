package stir

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"trunkline/internal/fetch"
)

// TestThroughTheGuardedClient verifies with a certificate from a real server, and
// shows that an x5u which leads into a private network is not followed.
func TestThroughTheGuardedClient(t *testing.T) {
	a := newAuthority(t)
	key := newKey(t)
	asked := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if r.URL.Path != "/4711.pem" {
			http.Redirect(w, r, "https://169.254.169.254/4711.pem", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		w.Write(a.leaf(key, nil))
	}))
	defer server.Close()
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	client := func(networks ...netip.Prefix) *fetch.Client {
		c := fetch.New(fetch.Options{Networks: networks, TLS: &tls.Config{RootCAs: roots}})
		t.Cleanup(c.Close)
		return c
	}
	loopback := netip.MustParsePrefix("127.0.0.0/8")
	f := func(path string, c *fetch.Client, want Verstat, text string) {
		t.Helper()
		s := a.signer(key)
		s.cfg.CertificateURL = server.URL + path
		identity, _, err := s.Sign("+4930", "+1215", Full, noon)
		if err != nil {
			t.Fatal(err)
		}
		r := a.verifier("", c).Verify(t.Context(), call(identity), noon)
		if r.Verstat != want || text != "" && (len(r.Problems) != 1 || r.Problems[0].Status != 436 || !strings.Contains(r.Problems[0].Text, text)) {
			t.Errorf("%s: %+v", path, r)
		}
	}
	f("/4711.pem", client(loopback), Passed, "")
	f("/elsewhere", client(loopback), Failed, "forbidden")
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
	f("/4711.pem", client(), Failed, "forbidden")
	if asked != 2 {
		t.Error("a private address was asked")
	}
}
