package sip

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/internal/journal"
	"trunkline/sip/internal/dialog"
	"trunkline/sip/internal/sockets"
)

// ahead is how far the number of a BYE after a crash lies beyond the last that the
// journal knows: the dialog may have sent more requests than it was told of.
const ahead = 10_000

// bury tells the far sides of dialogs that a crash has left that their calls are
// over, when what lingers of them is over too. They would else talk to nobody until
// a session timer ends it. Until they are told the journal keeps them.
func (e *Endpoint) bury(left []dialog.Standing) {
	if len(left) == 0 {
		return
	}
	e.log.Warn("calls were lost in a crash; their far sides will be told", "dialogs", len(left), "after", e.cfg.Linger)
	slots := make([]journal.Slot, len(left))
	for i, entry := range left {
		slots[i] = e.journal.Add(entry)
	}
	e.dialogs.Begin(func() {
		wait := time.NewTimer(e.cfg.Linger)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-e.dialogs.Context().Done():
			return
		}
		const together = 64
		turns := make(chan struct{}, together)
		for i, entry := range left {
			select {
			case turns <- struct{}{}:
			case <-e.dialogs.Context().Done():
				return
			}
			e.dialogs.Begin(func() {
				defer func() { <-turns }()
				if err := e.farewell(entry); err != nil {
					e.log.Info("nobody answers for a lost call", "call_id", entry.CallID, "peer", entry.Peer, "error", err)
				}
				e.journal.Drop(slots[i])
			})
		}
	})
}

// farewell sends the BYE of a dialog of which only the journal knows.
func (e *Endpoint) farewell(entry dialog.Standing) error {
	to, err := netip.ParseAddrPort(entry.Peer)
	if err != nil {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "BYE %s SIP/2.0\r\nVia: SIP/2.0/UDP localhost\r\n", entry.Target)
	for _, r := range entry.Routes {
		fmt.Fprintf(&text, "Route: %s\r\n", r)
	}
	fmt.Fprintf(&text, "From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d BYE\r\n", entry.From, entry.To, entry.CallID, entry.CSeq+ahead)
	fmt.Fprintf(&text, "Reason: Q.850;cause=41;text=\"temporary failure\"\r\nContent-Length: 0\r\n\r\n")
	msg, err := gosip.NewParser().ParseSIP([]byte(text.String()))
	if err != nil {
		return err
	}
	req, ok := msg.(*gosip.Request)
	if !ok || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return fmt.Errorf("entry of %q: cannot be read", entry.CallID)
	}
	e.table.AddTarget(to.Addr(), "")
	ctx, cancel := context.WithTimeout(context.Background(), e.timers.Give)
	defer cancel()
	stop := context.AfterFunc(e.dialogs.Context(), cancel)
	defer stop()
	_, err = e.ask(ctx, req, gosip.Uri{}, sockets.Peer{Network: entry.Network, Addr: to})
	return err
}
