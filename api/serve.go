package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// What a client may take its time for, and how much of us it may occupy.
const (
	headerTimeout  = 5 * time.Second
	requestTimeout = 15 * time.Second // to send the whole request
	answerTimeout  = 30 * time.Second // streams have their own
	idleTimeout    = 60 * time.Second
	maxHeader      = 32 << 10
	maxConnections = 1024
)

// minToken is the shortest token that may guard the API against strangers.
const minToken = 16

// Server is a Handler on a listening socket.
type Server struct {
	handler  *Handler
	http     *http.Server
	listener net.Listener

	mu     sync.Mutex
	open   int
	silent map[net.Conn]struct{} // opened, but nothing was asked yet
}

// Listen opens addr ("127.0.0.1:8080", "[::1]:0") for h. Beyond loopback it
// refuses without a good token: whoever reaches the API can place calls.
func Listen(h *Handler, addr string) (*Server, error) {
	s, err := listen(h, addr)
	if err != nil {
		return nil, fmt.Errorf("listen for api on %s: %w", addr, err)
	}
	return s, nil
}

func listen(h *Handler, addr string) (*Server, error) {
	// Resolved once, so that what is checked is what is opened.
	tcp, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, err
	}
	if !tcp.IP.IsLoopback() {
		switch {
		case h.Token == "":
			return nil, errors.New("the address can be reached from other machines and no token is set: " +
				"set a token, or listen on 127.0.0.1")
		case len(h.Token) < minToken:
			return nil, fmt.Errorf("the address can be reached from other machines and the token is easy to guess: "+
				"it needs at least %d characters", minToken)
		}
	}
	l, err := net.ListenTCP("tcp", tcp)
	if err != nil {
		return nil, err
	}
	s := &Server{handler: h, listener: l, silent: map[net.Conn]struct{}{}}
	s.http = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         s.count,
		ErrorLog:          slog.NewLogLogger(h.Log.Handler(), slog.LevelDebug), // what clients do wrong
	}
	return s, nil
}

// count closes connections beyond the limit: they would take the descriptors
// that calls need.
func (s *Server) count(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.silent, c)
	switch state {
	case http.StateNew:
		s.open++
		s.silent[c] = struct{}{}
		if s.open > maxConnections {
			_ = c.Close()
		}
	case http.StateClosed, http.StateHijacked:
		s.open--
	case http.StateActive, http.StateIdle:
	}
}

// closeSilent closes connections that never asked for anything: http.Server
// would wait for them.
func (s *Server) closeSilent() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.silent {
		_ = c.Close()
	}
}

// Addr returns where the server listens.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers requests until Shutdown; its error is nil then.
func (s *Server) Serve() error {
	err := s.http.Serve(s.listener)
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return fmt.Errorf("serve api: %w", err)
}

// Shutdown ends the streams, lets requests finish while ctx lasts, then cuts
// what is left. No connection and no goroutine remains.
func (s *Server) Shutdown(ctx context.Context) error {
	s.handler.CloseStreams()
	_ = s.listener.Close() // no new ones; when Serve was never called, nobody else closes it
	s.closeSilent()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, net.ErrClosed) {
		err = nil // the listener, by us: Serve had not noticed yet
	}
	if err != nil {
		err = errors.Join(err, s.http.Close())
	}
	return err
}
