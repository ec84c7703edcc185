package sockets

import (
	"log/slog"
	"sync"

	gosip "github.com/emiago/sipgo/sip"
)

// Settle sets, once, the two things that sipgo keeps for the whole process and
// offers no other way to say: the size of what it sends over UDP, because a 200
// OK with a few Record-Routes is larger than 1300 bytes and not sending it at all
// is worse than a fragment; and where it logs what no logger of ours reaches.
func Settle() { settleOnce() }

var settleOnce = sync.OnceFunc(func() {
	gosip.UDPMTUSize = 65507 + 200
	gosip.SetDefaultLogger(slog.New(DebugOnly{Next: slog.Default().Handler()}))
})
