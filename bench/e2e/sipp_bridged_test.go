//go:build e2e

package e2e

import "testing"

const byCallee = "normal by callee"

// TestSIPpBridged: what callers and callees do to a server between them.
func TestSIPpBridged(t *testing.T) {
	play(t, sippServer(t, setup{}),
		behaviour{caller: "bridged", callee: "uas_answers", to: "through", hears: true, isHeard: true, ends: byCaller, leg: byCaller},
		behaviour{
			caller: "bridged_hung_up", callee: "uas_hangs_up", to: "through", hears: true, isHeard: true,
			ends: byCallee, leg: byCallee,
		},
		behaviour{caller: "bridged_cancel", callee: "uas_rings", to: "through", ends: cancelled},
		behaviour{caller: "bridged_early", callee: "uas_early", to: "through", hears: true, isHeard: true, ends: byCaller},
		behaviour{caller: "bridged_headers", callee: "uas_headers", to: "through", ends: byCaller, leg: byCaller},
		behaviour{caller: "bridged_fax", callee: "uas_answers", to: "through", hears: true, isHeard: true, ends: byCaller, leg: byCaller},
		behaviour{caller: "bridged", callee: "uas_prack", to: "through", ends: byCaller},
		behaviour{caller: "bridged", callee: "uas_forks", to: "through", ends: byCaller},
		behaviour{caller: "refused_404", callee: "uas_refuses_404", to: "through", ends: "not_found by callee"},
		behaviour{caller: "refused_480", callee: "uas_refuses_480", to: "through", ends: "no_answer by callee"},
		behaviour{caller: "refused_486", callee: "uas_refuses_486", to: "through", ends: "busy by callee"},
		behaviour{caller: "refused_488", callee: "uas_refuses_488", to: "through", ends: "media by callee"},
		behaviour{caller: "refused_500", callee: "uas_refuses_500", to: "through", ends: "failed by callee"},
		behaviour{caller: "refused_503", callee: "uas_refuses_503", to: "through", ends: "unreachable by callee"},
		behaviour{caller: "refused_600", callee: "uas_refuses_600", to: "through", ends: "busy by callee"},
		behaviour{caller: "refused_603", callee: "uas_refuses_603", to: "through", ends: "rejected by callee"},
		behaviour{caller: "refused_redirect", callee: "uas_redirects", to: "through", ends: "failed by callee"},
	)
}
