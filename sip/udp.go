package sip

import (
	"log/slog"
	"sync"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
)

// settleOnce runs settle before the first endpoint does anything.
var settleOnce = sync.OnceFunc(settle)

// settle sets the two things that sipgo keeps for the whole process and offers
// no other way to say: the size of what it sends over UDP, because a 200 OK with
// a few Record-Routes is larger than 1300 bytes and not sending it at all is worse
// than a fragment; and where it logs what no logger of ours reaches.
func settle() {
	gosip.UDPMTUSize = 65507 + 200
	gosip.SetDefaultLogger(slog.New(sockets.DebugOnly{Next: slog.Default().Handler()}))
}
