package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestPost(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.Header.Get("Authorization")+" "+string(body))
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/echo", http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 100)) })
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret", http.StatusInternalServerError) })
	server := httptest.NewServer(mux)
	defer server.Close()
	c := New(Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, PlainOK: true})
	defer c.Close()

	f := func(path, want string, cause error) {
		t.Helper()
		res, err := c.Post(t.Context(), server.URL+path, http.Header{"Authorization": {"Bearer k"}}, []byte("hello"), Limits{Bytes: 50, Redirects: 3})
		switch {
		case !errors.Is(err, cause):
			t.Errorf("%s: %v; want %v", path, err, cause)
		case err == nil && string(res.Body) != want:
			t.Errorf("%s: %q; want %q", path, res.Body, want)
		case err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), path)):
			t.Errorf("%s: the error tells too much: %v", path, err)
		}
	}
	f("/echo", "POST Bearer k hello", nil)
	f("/away", "", ErrStatus)
	f("/long", "", ErrTooLarge)
	f("/broken", "", ErrStatus)

	if _, err := New(Options{PlainOK: true}).Post(t.Context(), server.URL+"/echo", nil, nil, Limits{}); !errors.Is(err, ErrForbidden) {
		t.Errorf("this machine is reached without leave: %v", err)
	}
}
