package client

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGet: answers come as they are, problems as errors in the server's words, the
// token goes to nobody else.
func TestGet(t *testing.T) {
	var elsewhere []string
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		elsewhere = append(elsewhere, r.Header.Get("Authorization"))
	}))
	defer other.Close()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/token":
			_, _ = w.Write([]byte(r.Header.Get("Authorization")))
		case "/v1/away":
			http.Redirect(w, r, other.URL, http.StatusFound)
		default:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte(`{"title": "There is no such call", "detail": "no call x lives"}`))
		}
	}))
	defer s.Close()
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := Flags{API: s.URL + "/", TokenFile: file}
	if got, err := f.Get(t.Context(), "/v1/token"); string(got) != "Bearer s3cret" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := f.Get(t.Context(), "/v1/calls/x"); err == nil || !strings.HasSuffix(err.Error(), ": no call x lives") {
		t.Errorf("of a problem: %v", err)
	}
	if _, err := f.Get(t.Context(), "/v1/away"); err == nil || len(elsewhere) > 0 {
		t.Errorf("redirected: %v, and %q went elsewhere", err, elsewhere)
	}
	for _, bad := range []Flags{{API: "nowhere"}, {API: s.URL, TokenFile: file + ".not"}} {
		if _, err := bad.Get(t.Context(), "/v1/token"); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
}
