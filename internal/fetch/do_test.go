package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// echo tells what came.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.WriteHeader(http.StatusTeapot)
	fmt.Fprintf(w, "%s %s %s key=%s agent=%s type=%s", r.Method, r.URL.Path, body, r.Header.Get("X-Key"), r.UserAgent(), r.Header.Get("Content-Type"))
}

func TestDo(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(echo))
	defer other.Close()
	base, c := web(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/other":
			http.Redirect(w, r, other.URL+"/end", http.StatusTemporaryRedirect)
		case "/inside":
			http.Redirect(w, r, "http://10.0.0.1/", http.StatusTemporaryRedirect)
		default:
			echo(w, r)
		}
	}, Options{})
	f := func(path, want string) {
		t.Helper()
		a, err := c.Do(t.Context(), Request{
			Method: "PUT", Address: base + path, Body: []byte("hello"),
			Header: http.Header{"x-key": {"secret"}, "Content-Type": {"text/plain"}, "User-Agent": {"flow"}},
		}, Limits{Redirects: 2})
		if err != nil || a.Status != http.StatusTeapot || string(a.Body) != want {
			t.Errorf("%s: %+v, %v; want %s", path, a, err, want)
		}
	}
	f("/a", "PUT /a hello key=secret agent=flow type=text/plain")
	f("/same", "PUT /end hello key=secret agent=flow type=text/plain")
	f("/other", "PUT /end hello key= agent=flow type=text/plain")

	_, err := c.Do(t.Context(), Request{Method: "POST", Address: base + "/inside"}, Limits{Redirects: 2})
	if !errors.Is(err, ErrForbidden) || strings.Contains(err.Error(), "/inside") {
		t.Errorf("redirected inside: %v", err)
	}
	if _, err = c.Do(t.Context(), Request{Method: "B AD", Address: base}, Limits{}); err == nil {
		t.Error("a method of two words")
	}
}
