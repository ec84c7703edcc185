package cause

// row is what we send for a code.
type row struct {
	code   Code
	status int
	q850   int
	means  string // for the documentation
}

// causes are what each code stands for on the wire when we are the one who ends
// the dialog, so that §8.2.6.1 of RFC 3398 leads from the status to the value.
var causes = []row{
	{Normal, 200, 16, "somebody hung up after the answer"},
	{Busy, 486, 17, "the person is in another call"},
	{NoAnswer, 480, 19, "nobody answered in time, or the phone is not there"},
	{Rejected, 603, 21, "a person or a policy refused"},
	{Cancelled, 487, 16, "the caller gave up before the answer"},
	{NotFound, 404, 1, "the number does not exist, or not like this"},
	{Unreachable, 502, 38, "the trunk does not respond, or says that it cannot now"},
	{Media, 488, 88, "no codec or protection of sound in common"},
	{Failed, 500, 41, "anything else"},
	{Overload, 503, 42, "we have no room"},
}

// meaning is what a final status means to us.
type meaning struct {
	code Code
	q850 int // RFC 3398 §8.2.6.1 where it has the status

	// retry says that another trunk might succeed: this trunk was the trouble, not
	// the person called, nor what the caller wants.
	retry bool

	// hop says that the status speaks about us and our neighbour, and would mislead
	// whoever called us.
	hop bool
}

// statuses are what a received status means. What is not here is what the x00 of
// its class is, with Q.850 31 (RFC 3398 §8.2.6.1).
var statuses = map[int]meaning{
	200: {code: Normal, q850: 16},

	// Redirections that we do not follow. The caller gets none: following is toll
	// that the trunk in between would not have to pay.
	300: {code: Failed, q850: 31, retry: true, hop: true},

	400: {code: Failed, q850: 41, retry: true},
	401: {code: Rejected, q850: 21, retry: true, hop: true}, // the password it wants is ours to give
	402: {code: Rejected, q850: 21, retry: true, hop: true},
	403: {code: Rejected, q850: 21, retry: true},
	404: {code: NotFound, q850: 1},
	405: {code: Failed, q850: 63, retry: true, hop: true},
	406: {code: Media, q850: 79, retry: true},
	407: {code: Rejected, q850: 21, retry: true, hop: true},
	408: {code: NoAnswer, q850: 102, hop: true}, // a caller's proxy would take 408 for its own time-out
	410: {code: NotFound, q850: 22},
	412: {code: Failed, q850: 31, retry: true, hop: true},
	413: {code: Failed, q850: 127, retry: true, hop: true},
	414: {code: Failed, q850: 127, retry: true, hop: true},
	415: {code: Media, q850: 79, retry: true, hop: true},
	416: {code: Failed, q850: 127, retry: true, hop: true},
	420: {code: Failed, q850: 127, retry: true, hop: true},
	421: {code: Failed, q850: 127, retry: true, hop: true},
	422: {code: Failed, q850: 31, retry: true, hop: true},
	423: {code: Failed, q850: 127, retry: true, hop: true},
	428: {code: Rejected, q850: 21, retry: true, hop: true}, // RFC 8224 §6.2.2, and 436 to 438
	430: {code: Unreachable, q850: 31, retry: true, hop: true},
	433: {code: Rejected, q850: 24}, // RFC 5079: the person takes no anonymous calls
	436: {code: Rejected, q850: 21, retry: true, hop: true},
	437: {code: Rejected, q850: 21, retry: true, hop: true},
	438: {code: Rejected, q850: 21, retry: true, hop: true},
	480: {code: NoAnswer, q850: 18},
	481: {code: Failed, q850: 41, retry: true, hop: true},
	482: {code: Failed, q850: 25}, // a loop is no shorter through another trunk
	483: {code: Failed, q850: 25},
	484: {code: NotFound, q850: 28},
	485: {code: NotFound, q850: 1},
	486: {code: Busy, q850: 17},
	487: {code: Cancelled, q850: 16}, // RFC 3398 has none; what led to it was a CANCEL
	488: {code: Media, q850: 88, retry: true},
	491: {code: Failed, q850: 31, retry: true, hop: true},
	493: {code: Media, q850: 31, retry: true, hop: true},
	494: {code: Rejected, q850: 31, retry: true, hop: true},

	500: {code: Failed, q850: 41, retry: true},
	501: {code: Failed, q850: 79, retry: true},
	502: {code: Unreachable, q850: 38, retry: true},
	503: {code: Unreachable, q850: 41, retry: true, hop: true}, // RFC 3261 §16.7: it is not we who have no room
	504: {code: Unreachable, q850: 102, retry: true},
	505: {code: Failed, q850: 127, retry: true, hop: true},
	513: {code: Failed, q850: 127, retry: true, hop: true},
	580: {code: Media, q850: 31, retry: true, hop: true},

	// 6xx speaks for everywhere the person called could be reached.
	600: {code: Busy, q850: 17},
	603: {code: Rejected, q850: 21},
	604: {code: NotFound, q850: 1},
	606: {code: Media, q850: 88},
	607: {code: Rejected, q850: 21}, // RFC 8197: unwanted
	608: {code: Rejected, q850: 21}, // RFC 8688: an analytics engine thinks so
}

// meaningOf returns what a status means.
func meaningOf(status int) meaning {
	if m, ok := statuses[status]; ok {
		return m
	}
	switch m := statuses[status/100*100]; {
	case status >= 200 && status < 300:
		return m
	case status >= 600 && status < 700: // not 600, which knows that it is busy
		return meaning{code: Rejected, q850: 31}
	case m.code != "":
		m.q850 = 31
		return m
	}
	return meaning{code: Failed, q850: 31, retry: true}
}

// value is what a Q.850 cause value means to us.
type value struct {
	code   Code
	status int // RFC 3398 §7.2.4.1 where it has the value
	name   string
}

// values are what a received Q.850 cause value means. One that is not here means
// what the last one of its class does (Q.850 §2.2: "unspecified").
var values = map[int]value{
	1:  {NotFound, 404, "unallocated number"},
	2:  {NotFound, 404, "no route to network"},
	3:  {NotFound, 404, "no route to destination"},
	4:  {NotFound, 404, "special information tone"},
	5:  {NotFound, 404, "misdialled trunk prefix"},
	8:  {NoAnswer, 480, "pre-emption"},
	9:  {NoAnswer, 480, "pre-emption, circuit kept"},
	14: {NotFound, 410, "number ported"},
	16: {Normal, 487, "normal clearing"}, // RFC 3398 leaves it open: before the answer it is a CANCEL
	17: {Busy, 486, "user busy"},
	18: {NoAnswer, 408, "no user responding"},
	19: {NoAnswer, 480, "no answer from user"},
	20: {NoAnswer, 480, "subscriber absent"},
	21: {Rejected, 403, "call rejected"},
	22: {NotFound, 410, "number changed"},
	23: {NotFound, 410, "redirection to new destination"},
	24: {Rejected, 433, "rejected for anonymity"},
	25: {Failed, 483, "exchange routing error"},
	26: {Cancelled, 404, "answered elsewhere"},
	27: {Unreachable, 502, "destination out of order"},
	28: {NotFound, 484, "address incomplete"},
	29: {Rejected, 501, "facility rejected"},
	31: {NoAnswer, 480, "normal, unspecified"},
	34: {Unreachable, 503, "no circuit available"},
	38: {Unreachable, 503, "network out of order"},
	41: {Unreachable, 503, "temporary failure"},
	42: {Unreachable, 503, "switching equipment congestion"},
	47: {Unreachable, 503, "resource unavailable, unspecified"},
	50: {Rejected, 403, "facility not subscribed"},
	53: {Rejected, 403, "outgoing calls barred in group"},
	55: {Rejected, 403, "incoming calls barred in group"},
	57: {Rejected, 403, "bearer capability not authorised"},
	58: {Unreachable, 503, "bearer capability not available now"},
	63: {Failed, 500, "service or option not available, unspecified"},
	65: {Media, 488, "bearer capability not implemented"},
	70: {Media, 488, "restricted digital information only"},
	79: {Failed, 501, "service or option not implemented, unspecified"},
	87: {Rejected, 403, "user not member of group"},
	88: {Media, 503, "incompatible destination"},
	95: {Failed, 500, "invalid message, unspecified"},

	102: {Unreachable, 504, "recovery on timer expiry"},
	111: {Failed, 500, "protocol error, unspecified"},
	127: {Failed, 500, "interworking, unspecified"},
}

// valueOf returns what a Q.850 cause value means. There are eight classes of 16
// values, of which the first two are one (Q.850 §2.2).
func valueOf(q850 int) value {
	if q850 < 1 || q850 > 127 {
		q850 = 127
	}
	if v, ok := values[q850]; ok {
		return v
	}
	v := values[max(q850|15, 31)]
	v.name = "like " + v.name
	return v
}
