package sockets

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net"
	"sync"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// Settle sets, once, what sipgo keeps for the whole process and offers no other
// way to say: the size of what it sends over UDP, because a 200 OK with a few
// Record-Routes is larger than 1300 bytes and not sending it at all is worse than
// a fragment; the size of what it reads, for the same reason; and where it logs what no logger of ours reaches.
func Settle() { settleOnce() }

var settleOnce = sync.OnceFunc(func() {
	gosip.UDPMTUSize = 65507 + 200
	gosip.TransportBufferReadSize = math.MaxUint16
	gosip.SetDefaultLogger(slog.New(DebugOnly{Next: slog.Default().Handler()}))
})

// Stack makes sipgo's layers so that they have no connection but ours, and look
// up no name. They log whole hostile messages as errors; the gate has logged those
// once already, so what they have to say is for debugging.
func (s *Set) Stack() (*sipgo.UserAgent, error) {
	quiet := slog.New(DebugOnly{s.env.Log.Handler()})
	noNames := &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("resolve: only the endpoint looks up names")
	}}
	return sipgo.NewUA(
		sipgo.WithUserAgentDNSResolver(noNames),
		sipgo.WithUserAgentTransportLayerOptions(
			gosip.WithTransportLayerLogger(quiet),
			gosip.WithTransportLayerTransports(gosip.TransportsConfig{
				TCP: &gosip.TransportTCP{DialerCreate: refuseDial},
				TLS: &gosip.TransportTLS{TransportTCP: &gosip.TransportTCP{DialerCreate: refuseDial}},
			}),
		),
		sipgo.WithUserAgentTransactionLayerOptions(
			gosip.WithTransactionLayerLogger(quiet),
			gosip.WithTransactionLayerUnhandledResponseHandler(func(*gosip.Response) {}),
		),
	)
}

// DebugOnly turns whatever sipgo logs into debug messages.
type DebugOnly struct{ Next slog.Handler }

// Enabled reports whether debug messages are wanted.
func (h DebugOnly) Enabled(ctx context.Context, _ slog.Level) bool {
	return h.Next.Enabled(ctx, slog.LevelDebug)
}

// Handle passes a record on.
func (h DebugOnly) Handle(ctx context.Context, r slog.Record) error {
	r.Level = slog.LevelDebug
	return h.Next.Handle(ctx, r)
}

// WithAttrs passes attributes on.
func (h DebugOnly) WithAttrs(attrs []slog.Attr) slog.Handler {
	return DebugOnly{h.Next.WithAttrs(attrs)}
}

// WithGroup passes a group on.
func (h DebugOnly) WithGroup(name string) slog.Handler { return DebugOnly{h.Next.WithGroup(name)} }
