//go:build e2e

package e2e

import "testing"

// TestSIPpTransfers: what a caller does who wants somebody else in its place.
func TestSIPpTransfers(t *testing.T) {
	play(t, sippServer(t, setup{caller: ", refer: handle"}),
		behaviour{caller: "refer_blind", callee: "uas_hangs_up", to: "echo", ends: byCallee},
	)
}
