package cause

import (
	"maps"
	"slices"
	"testing"
)

// TestFromStatus holds every status that has a meaning: its code, its Q.850 value,
// and whether another trunk is tried.
func TestFromStatus(t *testing.T) {
	left := maps.Clone(statuses)
	f := func(status int, code Code, q850 int, retry bool) {
		t.Helper()
		delete(left, status)
		c := FromStatus(status, "")
		if c.Code != code || c.Q850 != q850 || c.Status != status || c.Retry() != retry {
			t.Errorf("%d: %+v, retry %v", status, c, c.Retry())
		}
	}
	f(200, Normal, 16, false)
	f(300, Failed, 31, true)
	f(301, Failed, 31, true)
	f(302, Failed, 31, true)
	f(305, Failed, 31, true)
	f(380, Failed, 31, true)
	f(400, Failed, 41, true)
	f(401, Rejected, 21, true)
	f(402, Rejected, 21, true)
	f(403, Rejected, 21, true)
	f(404, NotFound, 1, false)
	f(405, Failed, 63, true)
	f(406, Media, 79, true)
	f(407, Rejected, 21, true)
	f(408, NoAnswer, 102, false)
	f(410, NotFound, 22, false)
	f(412, Failed, 31, true)
	f(413, Failed, 127, true)
	f(414, Failed, 127, true)
	f(415, Media, 79, true)
	f(416, Failed, 127, true)
	f(417, Failed, 31, true) // unknown: as 400
	f(420, Failed, 127, true)
	f(421, Failed, 127, true)
	f(422, Failed, 31, true)
	f(423, Failed, 127, true)
	f(428, Rejected, 21, true)
	f(430, Unreachable, 31, true)
	f(433, Rejected, 24, false)
	f(436, Rejected, 21, true)
	f(437, Rejected, 21, true)
	f(438, Rejected, 21, true)
	f(480, NoAnswer, 18, false)
	f(481, Failed, 41, true)
	f(482, Failed, 25, false)
	f(483, Failed, 25, false)
	f(484, NotFound, 28, false)
	f(485, NotFound, 1, false)
	f(486, Busy, 17, false)
	f(487, Cancelled, 16, false)
	f(488, Media, 88, true)
	f(491, Failed, 31, true)
	f(493, Media, 31, true)
	f(494, Rejected, 31, true)
	f(500, Failed, 41, true)
	f(501, Failed, 79, true)
	f(502, Unreachable, 38, true)
	f(503, Unreachable, 41, true)
	f(504, Unreachable, 102, true)
	f(505, Failed, 127, true)
	f(513, Failed, 127, true)
	f(580, Media, 31, true)
	f(599, Failed, 31, true)
	f(600, Busy, 17, false)
	f(603, Rejected, 21, false)
	f(604, NotFound, 1, false)
	f(606, Media, 88, false)
	f(607, Rejected, 21, false)
	f(608, Rejected, 21, false)
	f(699, Rejected, 31, false)
	f(799, Failed, 31, true)
	f(100, Failed, 31, true)
	for status := range left {
		t.Errorf("%d has a meaning that is not tested", status)
	}
}

// TestValues holds every value that has a meaning of its own.
func TestValues(t *testing.T) {
	left := maps.Clone(values)
	f := func(status int, code Code, q850s ...int) {
		t.Helper()
		for _, q850 := range q850s {
			delete(left, q850)
			if v := valueOf(q850); v.code != code || v.status != status {
				t.Errorf("%d: %+v", q850, v)
			}
		}
	}
	f(404, NotFound, 1, 2, 3, 4, 5)
	f(480, NoAnswer, 8, 9, 19, 20, 31)
	f(480, NoAnswer, 6, 7, 10, 15, 30) // like 31
	f(410, NotFound, 14, 22, 23)
	f(487, Normal, 16)
	f(486, Busy, 17)
	f(408, NoAnswer, 18)
	f(403, Rejected, 21, 50, 53, 55, 57, 87)
	f(433, Rejected, 24)
	f(483, Failed, 25)
	f(404, Cancelled, 26)
	f(502, Unreachable, 27)
	f(484, NotFound, 28)
	f(501, Rejected, 29)
	f(503, Unreachable, 34, 38, 41, 42, 47, 58)
	f(503, Unreachable, 32, 39, 43, 46) // like 47
	f(500, Failed, 63, 49, 62)
	f(488, Media, 65, 70)
	f(501, Failed, 79, 66, 69)
	f(503, Media, 88)
	f(500, Failed, 95, 81, 90)
	f(504, Unreachable, 102)
	f(500, Failed, 111, 96, 100, 103)
	f(500, Failed, 127, 112, 126)
	f(500, Failed, 0, -1, 128, 1<<30)
	for q850 := range left {
		t.Errorf("%d has a meaning that is not tested", q850)
	}
}

// ofValue is the cause that a Q.850 value alone stands for.
func ofValue(q850 int) Cause {
	v := valueOf(q850)
	return Cause{Code: v.code, Status: v.status, Q850: q850}
}

// TestEveryValueIsWhole goes through all that can be received, in both directions:
// what it becomes can be sent, and sending it back does not go round in circles.
func TestEveryValueIsWhole(t *testing.T) {
	known := func(code Code) bool {
		return slices.ContainsFunc(causes, func(r row) bool { return r.code == code })
	}
	for q850 := 1; q850 <= 127; q850++ {
		c := ofValue(q850)
		if !known(c.Code) || c.Status < 400 || c.Status > 699 || valueOf(q850).name == "" {
			t.Errorf("Q.850 %d: %+v", q850, c)
		}
		if back := FromStatus(c.Status, ""); back.Retry() != c.Retry() && c.Code == back.Code {
			t.Errorf("Q.850 %d is status %d, with another verdict", q850, c.Status)
		}
	}
	for status := 200; status <= 699; status++ {
		c := FromStatus(status, "")
		if !known(c.Code) || c.Q850 < 1 || c.Q850 > 127 {
			t.Errorf("%d: %+v", status, c)
		}
		if back := ofValue(c.Q850); back.Status < 400 {
			t.Errorf("%d is Q.850 %d is %d", status, c.Q850, back.Status)
		}
	}
}

// TestRFC3398 holds the two tables of the RFC as they are printed there, less what
// it leaves to the implementation: 16, 487, 488, 606.
func TestRFC3398(t *testing.T) {
	for q850, status := range map[int]int{ // §7.2.4.1
		1: 404, 2: 404, 3: 404, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502,
		28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503,
		65: 488, 70: 488, 79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
	} {
		if got := ofValue(q850).Status; got != status {
			t.Errorf("Q.850 %d: status %d, want %d", q850, got, status)
		}
	}
	for status, q850 := range map[int]int{ // §8.2.6.1
		400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
		415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
		500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127, 600: 17, 603: 21, 604: 1,
	} {
		if got := FromStatus(status, "").Q850; got != q850 {
			t.Errorf("%d: Q.850 %d, want %d", status, got, q850)
		}
	}
}
