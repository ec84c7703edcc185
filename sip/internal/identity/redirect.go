package identity

import (
	"slices"
	"strconv"
	"strings"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/grammar"
)

// Redirection is one number that a call was for and that sent it on.
type Redirection struct {
	Party
	Reason  string // in the words of RFC 5806: user-busy, no-answer, unconditional …; never empty
	Counter int    // how many redirections it stands for, at least 1
	Private bool   // it does not want to be shown
}

// maxRedirections bounds what is read and written. Longer chains are loops.
const maxRedirections = 10

// Reasons of RFC 5806 with what they are in History-Info: the cause parameter of
// RFC 4458, as RFC 7544 maps them.
var redirectReasons = []struct {
	word  string
	cause int
}{
	{"unknown", 404}, {"user-busy", 486}, {"no-answer", 408}, {"unconditional", 302},
	{"deflection", 480}, {"unavailable", 503},
	{"deflection", 487}, // while it rang; written as 480
	{"time-of-day", 404}, {"do-not-disturb", 404}, {"follow-me", 404}, {"out-of-service", 404}, {"away", 404},
}

func causeOf(reason string) int {
	for _, r := range redirectReasons {
		if r.word == reason {
			return r.cause
		}
	}
	return 404
}

func reasonOf(cause int) string {
	for _, r := range redirectReasons {
		if r.cause == cause {
			return r.word
		}
	}
	return "unknown"
}

// redirections reads whichever of the two headers there is. Gateways that send
// both say the same twice; History-Info is the one that is in order.
func redirections(h Headers) []Redirection {
	if list := readHistory(h.Values("History-Info")); len(list) > 0 {
		if words := h.Values("Privacy"); slices.ContainsFunc(words, func(v string) bool { return strings.Contains(strings.ToLower(v), "history") }) {
			for i := range list {
				list[i].Private = true
			}
		}
		return list
	}
	return readDiversion(h.Values("Diversion"))
}

// readDiversion reads Diversion, the last redirection of which stands first.
func readDiversion(values []string) []Redirection {
	var list []Redirection
	for _, v := range grammar.List(values, maxRedirections) {
		a, ok := grammar.ReadAddress(v)
		if !ok {
			continue
		}
		r := Redirection{Party: Party{a.Display, a.User, a.Host}, Reason: "unknown", Counter: 1}
		if reason, ok := a.Param("reason"); ok && grammar.IsToken(reason) && len(reason) <= 32 {
			r.Reason = strings.ToLower(reason)
		}
		if counter, ok := a.Param("counter"); ok {
			if n, err := strconv.ParseUint(counter, 10, 8); err == nil && n > 0 {
				r.Counter = int(n)
			}
		}
		if privacy, ok := a.Param("privacy"); ok {
			r.Private = !strings.EqualFold(privacy, "off")
		}
		list = append(list, r.anonymised())
	}
	slices.Reverse(list)
	return list
}

// anonymised drops what only looks like a number.
func (r Redirection) anonymised() Redirection {
	if hidden(r.Party) || strings.HasSuffix(r.Host, ".invalid") {
		r.Party, r.Private = Party{}, r.Private || hidden(r.Party)
	}
	return r
}

// Diversion writes Diversion values, one for each header (RFC 5806).
func Diversion(list []Redirection, host string) []string {
	var values []string
	for _, r := range slices.Backward(list[max(0, len(list)-maxRedirections):]) {
		if !grammar.IsToken(r.Reason) {
			r.Reason = "unknown"
		}
		v := r.shown(host).String() + ";reason=" + r.Reason + ";counter=" + strconv.Itoa(max(r.Counter, 1))
		if r.Private {
			v += ";privacy=full"
		} else {
			v += ";privacy=off"
		}
		values = append(values, v)
	}
	return values
}

// shown is the party with our host, or an address that stands for none.
func (r Redirection) shown(host string) Party {
	switch {
	case r.User == "" && r.Private:
		return Party{"", nobody, nowhere}
	case r.User == "":
		return Party{"", "unknown", "unknown.invalid"}
	}
	return Party{r.Display, r.User, host}
}

// entry is one value of History-Info.
type entry struct {
	address grammar.Address
	index   string
}

// readHistory reads History-Info. An entry that was reached by a redirection has a
// cause in its URI (RFC 4458, RFC 7544); what sent the call there is the entry
// that mp names, or the one before it in the tree of indices. Older peers say the
// cause in a Reason of the entry that sent it on (RFC 4244). Entries with neither
// are a proxy's routing and no redirection.
func readHistory(values []string) []Redirection {
	var entries []entry
	for _, v := range grammar.List(values, 2*maxRedirections) {
		if a, ok := grammar.ReadAddress(v); ok {
			index, _ := a.Param("index")
			entries = append(entries, entry{a, index})
		}
	}
	var list []Redirection
	for i, e := range entries[min(1, len(entries)):] {
		from, ok := parent(entries[:i+1], e)
		if !ok {
			continue
		}
		number, _ := e.address.URIParam("cause")
		if _, mp := e.address.Param("mp"); number == "" && mp {
			number = "404"
		}
		if reasons := cause.Reasons([]string{from.URIHeader("Reason")}); number == "" && len(reasons) > 0 && reasons[0].Protocol == cause.SIP {
			number = strconv.Itoa(reasons[0].Cause)
		}
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || len(list) == maxRedirections {
			continue
		}
		list = addRedirection(list, from, int(n))
	}
	return list
}

// addRedirection adds one, or counts it up when the one before stands for somebody
// nobody knows (RFC 7544: how a counter above 1 is written).
func addRedirection(list []Redirection, from grammar.Address, n int) []Redirection {
	r := Redirection{Party: Party{from.Display, from.User, from.Host}, Reason: reasonOf(n), Counter: 1}
	r.Private = strings.Contains(strings.ToLower(from.URIHeader("Privacy")), "history")
	r = r.anonymised()
	if last := len(list) - 1; last >= 0 && list[last].User == "" && !list[last].Private {
		r.Counter += list[last].Counter
		list = list[:last]
	}
	return append(list, r)
}

// parent finds what sent a call to an entry.
func parent(before []entry, e entry) (grammar.Address, bool) {
	index, ok := e.address.Param("mp")
	if !ok {
		at := strings.LastIndexByte(e.index, '.')
		if at < 0 {
			return before[len(before)-1].address, true // no tree to go by: order is all there is
		}
		index = e.index[:at]
	}
	for _, b := range slices.Backward(before) {
		if b.index == index {
			return b.address, true
		}
	}
	return grammar.Address{}, false
}

// HistoryInfo writes History-Info values, one for each header: the numbers that
// redirected, and where the call goes now. None when nobody redirected.
func HistoryInfo(list []Redirection, called Party, host string) []string {
	if len(list) == 0 {
		return nil
	}
	var values []string
	index, reason := "", 0
	add := func(p Party, private bool) {
		if len(values) > 2*maxRedirections {
			return
		}
		uri := "sip:" + grammar.EscapeUser(p.User) + "@" + p.Host
		mp := ""
		if reason != 0 {
			uri += ";cause=" + strconv.Itoa(reason)
			mp = ";mp=" + index
			index += "."
		}
		if private {
			uri += "?Privacy=history"
		}
		index += "1"
		values = append(values, "<"+uri+">;index="+index+mp)
	}
	for _, r := range list[max(0, len(list)-maxRedirections):] {
		for range min(r.Counter, maxRedirections) - 1 {
			add(Party{"", "unknown", "unknown.invalid"}, false)
			reason = 404
		}
		add(r.shown(host), r.Private)
		reason = causeOf(r.Reason)
	}
	add(Party{"", called.User, host}, false)
	return values
}

// withoutNumbers hides the redirections that want to be hidden.
func withoutNumbers(list []Redirection) []Redirection {
	list = slices.Clone(list)
	for i := range list {
		if list[i].Private {
			list[i].Party = Party{}
		}
	}
	return list
}
