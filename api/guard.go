package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"trunkline/api/internal/body"
	"trunkline/api/problem"
)

// guard is what every request passes before a handler sees it: limits, who may
// come in, and what happens when a handler panics.
//
// With a token, only who sends it is answered. Without one the API trusts the
// machine's own users (Listen allows only loopback then), but not the web pages
// in their browsers: a page may send requests to 127.0.0.1 and, by rebinding its
// own name to it, even read the answers. So requests must name this machine as
// their host, and must not come from a page of another origin.
func (h *Handler) guard(next http.Handler) http.Handler {
	token := sha256.Sum256([]byte(h.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		set := w.Header().Set
		set("X-Content-Type-Options", "nosniff")
		set("Cache-Control", "no-store")
		set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		set("Referrer-Policy", "no-referrer")

		t := &tracked{ResponseWriter: w}
		defer h.recover(t, r)
		if p := h.admit(r, token); p != nil {
			p.Write(t)
			return
		}
		r.Body = http.MaxBytesReader(t, r.Body, body.Most+1)
		next.ServeHTTP(t, r.WithContext(context.WithValue(r.Context(), clientKey{}, r.RemoteAddr)))
	})
}

// clientKey finds a request's remote address in its context: whatever changes
// something is logged with who asked for it.
type clientKey struct{}

func client(ctx context.Context) string {
	addr, _ := ctx.Value(clientKey{}).(string)
	return addr
}

func (h *Handler) admit(r *http.Request, token [sha256.Size]byte) *problem.Problem {
	public := r.URL.Path == livePath || r.URL.Path == readyPath
	switch {
	case h.Token != "" && !public && !bears(r, token):
		return problem.New(problem.Unauthorized, "")
	case h.Token == "" && !h.ourHost(r.Host):
		return problem.New(problem.ForeignHost, "without a token only requests to localhost are answered, not to "+problem.Clip(r.Host))
	case h.Token == "" && !sameOrigin(r):
		return problem.New(problem.ForeignOrigin, "without a token web pages of other origins are not answered")
	case r.ContentLength > body.Most:
		return problem.New(problem.BodyTooLarge, "the limit is 1 MB")
	case r.Header.Get("Content-Encoding") != "":
		return problem.New(problem.UnsupportedMedia, "send the body without Content-Encoding")
	}
	return nil
}

// bears reports whether r carries the token. Hashes are compared so that the
// time taken tells nothing, not even the token's length.
func bears(r *http.Request, token [sha256.Size]byte) bool {
	scheme, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	hash := sha256.Sum256([]byte(strings.TrimSpace(given)))
	return subtle.ConstantTimeCompare(hash[:], token[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// ourHost reports whether a Host header names this machine by a name that no
// stranger's name server can hand out.
func (h *Handler) ourHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	if host == "localhost" || slices.Contains(h.Hosts, host) {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// sameOrigin reports whether r comes from no web page, or from one of ours.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

// recover answers for a handler that panicked: one request fails, nothing else.
func (h *Handler) recover(w *tracked, r *http.Request) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	h.Log.Error("api handler panicked", "method", r.Method, "path", problem.Clip(r.URL.Path), "panic", fault)
	if !w.begun {
		problem.New(problem.Internal, "").Write(w)
	}
}

// tracked knows whether an answer has begun.
type tracked struct {
	http.ResponseWriter
	begun bool
}

// Unwrap serves http.ResponseController.
func (t *tracked) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (t *tracked) WriteHeader(status int) {
	t.begun = true
	t.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (t *tracked) Write(b []byte) (int, error) {
	t.begun = true
	return t.ResponseWriter.Write(b)
}
